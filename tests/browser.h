// browser.h -- a page as headless Chromium shows it, and as a script finds it that is started in it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "atomic_file.h"
#include "process.h"

namespace chiffre {

class Browser {
  public:
    static std::string program() {
        for (const char* path : {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"})
            if (access(path, X_OK) == 0) return path;
        return "";
    }

    // The document after it was loaded from the disk and `script` was run in it, once it is ready; network: none. The
    // script is an async function's body; what it returns stands in the document as `<pre id=result>`.
    std::string document_of(const std::filesystem::path& page, const std::string& script,
                            const std::string& address = "", const std::string& window = "1400,900") {
        // Beside the page, for the page lets no other script run.
        const std::string page_html = bytes_of(page);
        const std::filesystem::path copy = page.parent_path() / "with_test.html";
        write_atomically(page.parent_path() / "test.js", R"(
            const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
            addEventListener('load', async () => {
                while (!document.documentElement.dataset.ready) await pause(10);
                let result;
                try { result = await (async () => {)" + script +
                                                             R"(})(); } catch (error) { result = 'threw ' + error; }
                const shown = document.createElement('pre');
                shown.id = 'result';
                shown.textContent = typeof result === 'string' ? result : JSON.stringify(result);
                document.body.append(shown);
            });)");
        write_atomically(copy, page_html + "<script src=\"test.js\"></script>");
        const auto start = std::chrono::steady_clock::now();
        // In virtual time pauses cost nothing, and the document is looked at when nothing is left to happen.
        const auto result =
            Process({program(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--host-resolver-rules=MAP * ~NOTFOUND",
                     "--user-data-dir=" + (scratch_.path() / "profile").string(), "--window-size=" + window,
                     "--virtual-time-budget=20000", "--dump-dom", "file://" + copy.string() + address},
                    {})
                .wait();
        seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        EXPECT_EQ(result.status, 0) << result.err;
        return result.out;
    }

    // What the script returned.
    std::string result_of(const std::filesystem::path& page, const std::string& script, const std::string& address = "",
                          const std::string& window = "1400,900") {
        const std::string document = document_of(page, script, address, window), mark = "<pre id=\"result\">";
        const std::size_t at = document.rfind(mark);
        if (at == std::string::npos) return "no result; " + document;
        const std::size_t from = at + mark.size();
        return document.substr(from, document.find("</pre>", from) - from);
    }

    double seconds() const { return seconds_; }  // that the last of these took, the browser's start and all

  private:
    ScratchFolder scratch_;
    double seconds_ = 0;
};

}  // namespace chiffre
