// analyze_resume_test.cpp -- runs that end before their time and are gone on with: the file is the one that an
// undisturbed run writes.
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

class Resume : public Analyze {
  protected:
    // Photos with and without digits, files that are none, a name that breaks lines.
    void make_photos(int count) const {
        const cv::Mat blank(16, 16, CV_8UC1, cv::Scalar(200));
        write_png(scratch_.path() / "blank.png", blank);
        for (int i = 0; i < count; ++i) {
            const fs::path photo = folder_ / (std::to_string(1000 + i) + (i % 7 == 3 ? ",\n\".png" : ".png"));
            if (i % 5 == 2)
                write_atomically(photo, "no image");
            else
                fs::copy(i % 5 == 4 ? scratch_.path() / "blank.png" : page_, photo);
        }
    }

    std::vector<std::string> arguments(const std::string& format, const std::string& output) const {
        return {"-q", "--no-times", "--jobs=2", "--format", format, "-o", output, folder_.string()};
    }
    Process::Result run(const std::string& format, const std::string& output, bool resume = false) const {
        auto all = arguments(format, output);
        if (resume) all.push_back("--resume");
        return analyze(all, {});
    }
    std::string undisturbed(const std::string& format) const {
        const std::string whole = scratch_.path() / ("whole." + format);
        if (!fs::exists(whole)) {
            EXPECT_EQ(run(format, whole).status, 1);
        }
        return bytes_of(whole);
    }

    const std::string output_ = scratch_.path() / "out";
    const std::string partial_ = output_ + ".partial";
};

constexpr const char* kFormats[] = {"text", "jsonl", "csv"};

// Wherever the file was cut off.
TEST_F(Resume, GoesOnFromEveryByte) {
    make_photos(8);
    for (const char* format : kFormats) {
        const std::string whole = undisturbed(format);
        const std::size_t step = std::string(format) == "jsonl" ? 211 : 17;
        for (std::size_t bytes = 0; bytes <= whole.size(); bytes += step) {
            SCOPED_TRACE(std::string(format) + " " + std::to_string(bytes));
            for (const std::string& end : {std::string(), std::string(100, '\0')}) {
                fs::remove(output_);
                write_atomically(partial_, whole.substr(0, bytes) + end);
                const auto again = run(format, output_, true);
                ASSERT_EQ(again.status, 1) << again.err;  // also where the failed ones are in the first part
                ASSERT_EQ(bytes_of(output_), whole);
                ASSERT_FALSE(fs::exists(partial_));
            }
        }
    }
}

// tests/kill_and_resume does this with more photos and more rounds.
TEST_F(Resume, IsIdenticalWhereverTheRunWasKilled) {
    make_photos(60);
    std::mt19937 random(7);
    for (const char* format : kFormats) {
        const std::string whole = undisturbed(format);
        for (int round = 0; round < 3; ++round) {
            fs::remove(output_);
            int kills = 0;
            for (; !fs::exists(output_); ++kills) {
                std::vector<std::string> command{CHIFFRE_ANALYZE, "--device", "cpu", "--weights", weights_, "--resume"};
                for (const std::string& argument : arguments(format, output_)) command.push_back(argument);
                Process process(command, {});
                std::this_thread::sleep_for(std::chrono::microseconds(random() % 200'000));
                if (kills < 4) kill(process.id(), SIGKILL);
                process.wait();
            }
            ASSERT_EQ(bytes_of(output_), whole) << format << ", killed " << kills << " times";
        }
    }
}

TEST_F(Resume, WhatIsCompleteStaysAsItIs) {
    make_photos(8);
    for (const char* format : kFormats) {
        const std::string whole = undisturbed(format);
        fs::remove(output_);
        EXPECT_EQ(run(format, output_, true).status, 1);  // nothing to go on with: begins
        const auto before = fs::last_write_time(output_);
        const auto again = run(format, output_, true);
        EXPECT_EQ(again.status, 1) << again.err;
        EXPECT_EQ(again.err, "");
        EXPECT_EQ(bytes_of(output_), whole);
        EXPECT_EQ(fs::last_write_time(output_), before);
        EXPECT_FALSE(fs::exists(partial_));
    }
    // Images that came since are not what that file is of; in text they might be some that could not be read.
    fs::copy(page_, folder_ / "zzz.png");
    fs::remove(output_);
    write_atomically(output_, undisturbed("csv"));
    const auto more = run("csv", output_, true);
    EXPECT_EQ(more.status, 2);
    EXPECT_NE(more.err.find("zzz.png as well"), std::string::npos) << more.err;
}

TEST_F(Resume, OfAnotherRunIsRefusedAndLeftAsItIs) {
    make_photos(8);
    const auto refused = [&](const std::string& bytes, const std::string& format, const std::string& why) {
        SCOPED_TRACE(why);
        write_atomically(partial_, bytes);
        const auto again = run(format, output_, true);
        EXPECT_EQ(again.status, 2);
        EXPECT_TRUE(again.err.starts_with("analyze: --resume: expected ")) << again.err;
        EXPECT_NE(again.err.find(why), std::string::npos) << again.err;
        EXPECT_TRUE(is_one_line(again.err)) << again.err;
        EXPECT_EQ(bytes_of(partial_), bytes);
        EXPECT_FALSE(fs::exists(output_));
    };
    refused(undisturbed("csv"), "jsonl", "records of --format jsonl");
    refused(undisturbed("jsonl"), "csv", "no header of such");
    refused(undisturbed("csv"), "text", "a line that none of them has");
    const auto timed = analyze({"-q", "--format", "jsonl", folder_}).out;
    refused(timed, "jsonl", "--no-times");
    const std::string other = analyze({"-q", "--no-times", "--format", "jsonl", page_, folder_.string()}).out;
    refused(other, "jsonl", "in the same order");
    refused(analyze({"-q", "--format", "csv", page_, folder_.string()}).out, "csv", "in the same order");
    refused(undisturbed("jsonl") + undisturbed("jsonl"), "jsonl", "fewer of them");
}

TEST_F(Resume, APartialFileIsNotOverwrittenUnasked) {
    write_atomically(partial_, "precious");
    const auto run = analyze({"-o", output_, page_});
    EXPECT_EQ(run.status, 2);
    EXPECT_EQ(run.err, "analyze: " + partial_ +
                           ": expected none, found the results of a run that did not end (--resume goes on with it, "
                           "--force begins anew)\n");
    EXPECT_EQ(bytes_of(partial_), "precious");
    EXPECT_EQ(analyze({"--force", "-o", output_, page_}).status, 0);
    EXPECT_EQ(bytes_of(output_), kPageRows);
    EXPECT_FALSE(fs::exists(partial_));
    EXPECT_EQ(analyze({"--resume", page_}).status, 2);
}

TEST_F(Resume, TwoRunsDoNotWriteTheSameFile) {
    const fs::path pipe = scratch_.path() / "pipe.png";
    mkfifo(pipe.c_str(), 0600);
    Process first({CHIFFRE_ANALYZE, "-v", "--device=cpu", "--jobs=1", "-o", output_, page_, pipe}, {});
    while (!fs::exists(partial_) || fs::file_size(partial_) == 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const auto second = analyze({"--resume", "-o", output_, page_, pipe});
    EXPECT_EQ(second.status, 5);
    EXPECT_EQ(second.err, "analyze: " + partial_ + ": expected no other run to write here, found one that does\n");
    write_atomically(scratch_.path() / "page", bytes_of(page_));
    std::ofstream(pipe, std::ios::binary) << bytes_of(page_);
    EXPECT_EQ(first.wait().status, 0);
    EXPECT_TRUE(fs::exists(output_));
}

TEST_F(Resume, FailedPathsAreAListThatCanBeFedBack) {
    make_photos(10);
    const std::string failed = scratch_.path() / "failed";
    const auto all = [&](std::vector<std::string> more) {
        more.insert(more.end(), {"-q", "--errors-to", failed, "-o", output_, folder_.string()});
        return analyze(more).status;
    };
    ASSERT_EQ(all({}), 1);
    const std::string in = folder_.string() + "/";
    EXPECT_EQ(bytes_of(failed), in + "1002.png\n" + in + "1007.png\n");
    EXPECT_EQ(all({}), 2) << "neither file is overwritten";
    ASSERT_EQ(all({"--force", "--null"}), 1);
    EXPECT_EQ(bytes_of(failed), in + "1002.png" + '\0' + in + "1007.png" + '\0');

    // A name with a line feed cannot stand on a line.
    write_atomically(folder_ / "1005\n.png", "no image");
    ASSERT_EQ(all({"--force"}), 1);
    const std::string nul = in + "1002.png" + '\0' + in + "1005\n.png" + '\0' + in + "1007.png" + '\0';
    EXPECT_EQ(bytes_of(failed), nul);
    const auto again = analyze({"-q", "--format", "jsonl", "--files-from", failed});
    EXPECT_EQ(std::count(again.out.begin(), again.out.end(), '\n'), 3);

    // A run that is gone on with lists those of its first part, too.
    for (const char* format : kFormats) {
        const auto whole = analyze({"-q", "--no-times", "--format", format, folder_}).out;
        fs::remove(output_);
        fs::remove(failed);
        write_atomically(partial_, whole.substr(0, whole.size() * 3 / 4));
        write_atomically(failed + ".partial", "torn");
        EXPECT_EQ(all({"--resume", "--no-times", "--format", format}), 1);
        EXPECT_EQ(bytes_of(output_), whole);
        EXPECT_EQ(bytes_of(failed), nul) << format;
    }
}

TEST_F(Resume, SaysWhatWasDoneEarlier) {
    make_photos(8);
    write_atomically(partial_, undisturbed("jsonl").substr(0, undisturbed("jsonl").size() / 2));
    const auto again = analyze({"--resume", "--progress=json", "--no-times", "--format=jsonl", "-o", output_, folder_});
    EXPECT_NE(again.err.find(" of them earlier; "), std::string::npos) << again.err;
    const std::size_t at = again.err.rfind("{\"progress\"");
    ASSERT_NE(at, std::string::npos) << again.err;
    const Json last = Json::parse(again.err.substr(at, again.err.find('\n', at) - at));
    EXPECT_EQ(last["progress"], "finished");
    EXPECT_EQ(last["photos"], 9);
    EXPECT_EQ(last["total"], 9);
    EXPECT_EQ(last["failed"], 2);
    EXPECT_GT(last["before"], 2);
    EXPECT_LT(last["before"], 9);
}

}  // namespace
}  // namespace chiffre
