// analyze_gallery_test.cpp -- analyze --html: the page holds what the records do, in their order, whoever reads the
// photos and however often the run is ended.
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "analyze_fixture.h"

namespace chiffre {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

class AnalyzeHtml : public Analyze {
  protected:
    void make_photos(int count) const {
        for (int i = 0; i < count; ++i) {
            const fs::path photo = folder_ / (std::to_string(1000 + i) + (i % 7 == 3 ? "<b>\n\".png" : ".png"));
            if (i % 5 == 2)
                write_atomically(photo, "no image");
            else
                fs::copy(page_, photo);
        }
    }

    // The entries of a part, in their order, less what marks a photo's stage pictures: of those there are so many.
    std::vector<Json> entries(const std::string& part = "1-of-1") const {
        std::vector<Json> all;
        std::ifstream in(html_ / part / "0.js");
        for (std::string line; std::getline(in, line);) {
            EXPECT_TRUE(line.starts_with("photo(") && line.ends_with(");")) << line;
            const Json arguments = Json::parse("[" + line.substr(6, line.size() - 8) + "]");
            EXPECT_EQ(arguments.at(1), all.size());
            all.push_back(arguments.at(2));
            all.back().erase("stages");
        }
        return all;
    }
    std::string state(const std::string& part = "1-of-1") const {
        const std::string script = bytes_of(html_ / part / "run.js");
        return Json::parse(script.substr(4, script.size() - 7)).at("state");
    }

    void expect_all_of(const std::string& jsonl, const std::vector<Json>& shown) const {
        std::istringstream lines(jsonl);
        std::size_t i = 0;
        for (std::string line; std::getline(lines, line); ++i) {
            const Json record = Json::parse(line);
            ASSERT_LT(i, shown.size());
            EXPECT_EQ(shown[i].at("path"), record.at("path"));
            if (record.contains("error")) {
                EXPECT_EQ(shown[i].at("error"), record.at("error").at("message"));
                continue;
            }
            EXPECT_EQ(shown[i].at("text"), record.at("text"));
            EXPECT_EQ(shown[i].at("confidence"), record.at("confidence"));
            for (const char* end : {".jpg", "-photo.jpg", "-crops.jpg", ".js"})
                EXPECT_TRUE(fs::exists(html_ / "1-of-1/0" / (std::to_string(i) + end))) << i << end;
        }
        EXPECT_EQ(shown.size(), i);
    }

    const fs::path html_ = scratch_.path() / "report";
    const std::string output_ = scratch_.path() / "out";
};

TEST_F(AnalyzeHtml, ShowsWhatTheRecordsSay) {
    make_photos(12);
    for (const char* jobs : {"1", "4"}) {
        const auto run = analyze({"-q", "--jobs", jobs, "--format=jsonl", "--html", html_, folder_});
        EXPECT_EQ(run.status, 1) << run.err;
        expect_all_of(run.out, entries());
        EXPECT_EQ(state(), "complete");
        EXPECT_TRUE(fs::exists(html_ / "index.html"));
    }
    // The same records as without a page.
    EXPECT_EQ(analyze({"-q", "--no-times", "--format=jsonl", "--html", html_, folder_}).out,
              analyze({"-q", "--no-times", "--format=jsonl", folder_}).out);
}

// The thumbnails of an earlier run are no photos of this one.
TEST_F(AnalyzeHtml, InTheFolderThatIsReadIsPassedOver) {
    for (int round = 0; round < 2; ++round) {
        const auto run = analyze({"-q", "--recursive", "--html", folder_ / "report", folder_});
        EXPECT_EQ(run.out, page_.string() + ": " + kPageLine + "\n") << run.err;
    }
}

TEST_F(AnalyzeHtml, OfOnePhotoAndOfStandardInput) {
    EXPECT_EQ(analyze({"--html", html_, page_}).out, kPageRows);
    EXPECT_EQ(entries().size(), 1);
    EXPECT_EQ(analyze({"--html", html_, "-"}, {.input = bytes_of(page_)}).out, kPageRows);
    EXPECT_EQ(entries().at(0).at("path"), "-");
}

TEST_F(AnalyzeHtml, IsCompleteHoweverOftenTheRunWasKilled) {
    make_photos(30);
    const std::string whole = analyze({"-q", "--no-times", "--format=jsonl", folder_}).out;
    std::mt19937 random(11);
    for (int round = 0; round < 2; ++round) {
        fs::remove(output_);
        fs::remove_all(html_);
        for (int kills = 0; !fs::exists(output_); ++kills) {
            Process process({CHIFFRE_ANALYZE, "--device=cpu", "--weights", weights_, "--resume", "-q", "--no-times",
                             "--jobs=2", "--format=jsonl", "-o", output_, "--html", html_, folder_},
                            {});
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 300'000));
            if (kills < 5) kill(process.id(), SIGKILL);
            process.wait();
        }
        EXPECT_EQ(bytes_of(output_), whole);
        expect_all_of(whole, entries());
        EXPECT_EQ(state(), "complete");
    }
}

// Where the first part of a run had no page, or lost it: its photos are read again for that, its records stay.
TEST_F(AnalyzeHtml, APageMayBeAskedForLater) {
    make_photos(9);
    for (const char* format : {"text", "jsonl", "csv"}) {
        const std::string whole = analyze({"-q", "--no-times", "--format", format, folder_}).out;
        for (const std::size_t bytes : {whole.size() / 2, whole.size()}) {
            SCOPED_TRACE(format + std::to_string(bytes));
            fs::remove(output_);
            fs::remove_all(html_);
            write_atomically(bytes == whole.size() ? output_ : output_ + ".partial", whole.substr(0, bytes));
            const auto run =
                analyze({"-q", "--no-times", "--resume", "--format", format, "-o", output_, "--html", html_, folder_});
            EXPECT_EQ(run.status, 1) << run.err;
            EXPECT_EQ(bytes_of(output_), whole);
            EXPECT_EQ(entries().size(), 10);
            EXPECT_EQ(state(), "complete");
        }
    }
}

TEST_F(AnalyzeHtml, AnInterruptedRunHasAPageOfWhatWasFinished) {
    const fs::path pipe = scratch_.path() / "pipe.png";
    mkfifo(pipe.c_str(), 0600);
    Process process({CHIFFRE_ANALYZE, "--device=cpu", "--weights", weights_, "--jobs=1", "--html", html_, page_, pipe},
                    {});
    while (!fs::exists(html_ / "1-of-1/0.js") || fs::file_size(html_ / "1-of-1/0.js") == 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    EXPECT_EQ(state(), "reading");
    kill(process.id(), SIGINT);
    EXPECT_EQ(process.wait().status, 130);
    EXPECT_EQ(state(), "interrupted");
    EXPECT_EQ(entries().size(), 1);
}

TEST_F(AnalyzeHtml, ShardsShareAPage) {
    make_photos(12);
    std::size_t shown = 0;
    for (const std::string shard : {"1", "2"}) {
        analyze({"-q", "--shard", shard + "/2", "--html", html_, folder_});
        shown += entries(shard + "-of-2").size();
        EXPECT_EQ(state(shard + "-of-2"), "complete");
    }
    EXPECT_EQ(shown, 13);
}

TEST_F(AnalyzeHtml, WhatCannotBeWrittenIsOneLineAndStatus5) {
    write_atomically(scratch_.path() / "file", "");
    fs::create_directory(scratch_.path() / "letters");
    write_atomically(scratch_.path() / "letters/letter", "");
    for (const char* where : {"file", "file/page", "letters", "/proc/page"}) {
        const auto run = analyze({"--html", (scratch_.path() / where).string(), page_});
        EXPECT_EQ(run.status, 5) << run.err;
        EXPECT_TRUE(is_one_line(run.err)) << run.err;
        EXPECT_EQ(run.out, "");
    }
    const auto evaluation = analyze({"--html", html_, "evaluate", folder_});
    EXPECT_EQ(evaluation.status, 2);
    EXPECT_NE(evaluation.err.find("--html"), std::string::npos) << evaluation.err;
}

TEST_F(AnalyzeHtml, StagePicturesOfDebugAreNotMadeTwice) {
    const auto run = analyze({"--html", html_, "--debug", scratch_.path() / "stages", page_});
    EXPECT_EQ(run.status, 0) << run.err;
    EXPECT_NE(bytes_of(html_ / "1-of-1/0/0.js").find("[\"../stages/page.png/\",\".png\"]"), std::string::npos);
    EXPECT_FALSE(fs::exists(html_ / "1-of-1/0/0-stages"));
}

}  // namespace
}  // namespace chiffre
