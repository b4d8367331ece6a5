// browser.h -- a page as headless Chromium shows it, and as a script finds it that is started in it. No network.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "atomic_file.h"
#include "process.h"

namespace chiffre {

class Browser {
  public:
    // Empty: there is none.
    static std::string program() {
        for (const char* path : {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"})
            if (access(path, X_OK) == 0) return path;
        return "";
    }

    // The document when it has been loaded; `options` are further ones of Chromium.
    std::string document_of(const std::filesystem::path& page, const std::string& address,
                            const std::vector<std::string>& options) const {
        std::vector<std::string> command{program(),
                                         "--headless",
                                         "--no-sandbox",
                                         "--disable-gpu",
                                         "--disable-dev-shm-usage",
                                         "--host-resolver-rules=MAP * ~NOTFOUND",
                                         "--user-data-dir=" + (scratch_.path() / "profile").string(),
                                         "--window-size=1400,900",
                                         "--dump-dom"};
        command.insert(command.end(), options.begin(), options.end());
        command.push_back("file://" + page.string() + address);
        const auto result = Process(command, {}).wait();
        EXPECT_EQ(result.status, 0) << result.err;
        return result.out;
    }

    // What a script returns that runs in the page once <html> has data-ready: the body of an async function.
    std::string result_of(const std::filesystem::path& page, const std::string& script,
                          const std::string& address) const {
        static const std::string begin = R"(
            const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
            const until = async test => { for (let i = 0; i < 500 && !test(); ++i) await pause(10); };
            addEventListener('load', async () => {
                await until(() => document.documentElement.dataset.ready);
                const shown = document.createElement('pre');
                shown.id = 'result';
                try { shown.textContent = JSON.stringify(await (async () => {)";
        static const std::string end = R"(})()); } catch (error) { shown.textContent = 'threw ' + error; }
                document.body.append(shown);
            });)";
        // Beside the page, which lets no other script run.
        const std::filesystem::path copy = page.parent_path() / "with_test.html";
        write_atomically(page.parent_path() / "test.js", begin + script + end);
        write_atomically(copy, bytes_of(page) + "<script src=\"test.js\"></script>");
        // In virtual time pauses cost nothing, and the document is looked at when nothing is left to happen.
        const std::string document = document_of(copy, address, {"--virtual-time-budget=20000"});
        return between(document, "<pre id=\"result\">", "</pre>");
    }

    // From where the page began to be loaded to where it was ready.
    double ms_to_open(const std::filesystem::path& page) const {
        const std::string ms = between(document_of(page, "", {}), "data-ready=\"", "\"");
        return ms.empty() ? 1e9 : std::stod(ms);
    }

  private:
    static std::string between(const std::string& text, const std::string& before, const std::string& after) {
        const std::size_t at = text.rfind(before);
        if (at == std::string::npos) return "";
        const std::size_t from = at + before.size();
        return text.substr(from, text.find(after, from) - from);
    }

    ScratchFolder scratch_;
};

}  // namespace chiffre
