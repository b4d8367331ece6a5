// analyze_output_test.cpp -- where the program's results go: whole files or none, and an exit status where they cannot
// be written or the run is interrupted.
#include <sys/stat.h>
#include <algorithm>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "analyze_fixture.h"

namespace chiffre {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

TEST_F(Analyze, OutputFileIsWholeAndNeverOverwrittenUnasked) {
    const fs::path output = scratch_.path() / "out.txt";
    const auto run = analyze({"--output", output, page_});
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(bytes_of(output), kPageRows);

    const auto again = analyze({"--output", output, "/nowhere.png"});
    EXPECT_EQ(again.status, 2);
    EXPECT_EQ(again.err,
              "analyze: " + output.string() + ": expected a new file, found one that exists (--force overwrites)\n");
    EXPECT_EQ(bytes_of(output), kPageRows);

    EXPECT_EQ(analyze({"--force", "-o", output, page_, page_}).status, 0);
    EXPECT_NE(bytes_of(output), kPageRows);
    EXPECT_EQ(files_in(scratch_.path()), (std::set<std::string>{"in/page.png", "out.txt", "sevens.safetensors"}));
}

TEST_F(Analyze, UnwritableOutputIsStatusFive) {
    for (const std::string& output : {(scratch_.path() / "no/out.txt").string(), folder_.string(),
                                      std::string("/dev/full"), page_.string() + "/out.txt"}) {
        SCOPED_TRACE(output);
        const auto run = analyze({"--output", output, page_});
        EXPECT_EQ(run.status, 5);
        EXPECT_TRUE(run.err.starts_with("analyze: " + output + ": expected ")) << run.err;
        EXPECT_TRUE(is_one_line(run.err)) << run.err;
    }
    for (const char* option : {"--debug", "--annotate"}) {
        const auto run = analyze({option, page_, page_});
        EXPECT_EQ(run.status, 5);
        EXPECT_EQ(run.out, "") << "nothing is read before the folders are there";
    }
    EXPECT_EQ(files_in(scratch_.path()), (std::set<std::string>{"in/page.png", "sevens.safetensors"}));
}

TEST_F(Analyze, StandardOutputThatCannotBeWrittenIsStatusFive) {
    const std::pair<const char*, std::function<void()>> cases[] = {
        {"Bad file descriptor", [] { close(STDOUT_FILENO); }},
        {"No space left on device", [] { dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO); }},
        {"Broken pipe",
         [] {
             int ends[2];
             if (pipe(ends) != 0) _exit(99);
             close(ends[0]);
             dup2(ends[1], STDOUT_FILENO);
         }},
    };
    for (const auto& [reason, in_child] : cases)
        for (const std::string& argument : {page_.string(), std::string("--help"), std::string("--version")}) {
            const auto run = analyze({argument}, {.in_child = in_child});
            EXPECT_EQ(run.err, std::string("analyze: standard output: expected to be able to write here, found: ") +
                                   reason + "\n");
            EXPECT_EQ(run.status, 5);
        }
}

TEST_F(Analyze, ClosedStandardErrorDoesNotSpoilTheOutput) {
    const auto run = analyze({"-v", page_, "/nowhere.png"}, {.in_child = [] { close(STDERR_FILENO); }});
    EXPECT_EQ(run.out, page_.string() + ": " + kPageLine + "\n");
    EXPECT_EQ(run.status, 1);
}

TEST_F(Analyze, DebugAndAnnotateWriteTheirPictures) {
    fs::create_directory(folder_ / "other");
    fs::copy(page_, folder_ / "other/page.png");
    const auto run = analyze(
        {"--debug", scratch_.path() / "d", "--annotate", scratch_.path() / "a", page_, folder_ / "other/page.png"});
    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(without_summary(run.err), "");
    EXPECT_EQ(files_in(scratch_.path() / "a"),
              (std::set<std::string>{"page.png.annotated.png", "page.png-2.annotated.png"}));
    const auto debug = files_in(scratch_.path() / "d/page.png");
    for (const char* name : {"1_decode.png", "2_binarize.png", "3_segment.png", "4_order.png", "5_normalize.png",
                             "6_classify.png", "7_assemble.png", "8_report.json"})
        EXPECT_TRUE(debug.count(name)) << name;
    // Row, position, digit and confidence.
    EXPECT_TRUE(std::any_of(debug.begin(), debug.end(),
                            [](const std::string& name) { return name.starts_with("crops/r1_c3_7_0.9"); }));
    EXPECT_EQ(Json::parse(bytes_of(scratch_.path() / "d/page.png-2/8_report.json"))["text"], "777 77\n7777");
}

// Starts analyze on a page and then on a pipe that nobody writes to, and sends `signal` once the page is read.
Process::Result interrupted(std::vector<std::string> arguments, const fs::path& pipe, int signal) {
    mkfifo(pipe.c_str(), 0600);
    arguments.insert(arguments.begin(), CHIFFRE_ANALYZE);
    arguments.push_back(pipe);
    Process process(arguments, {});
    while (process.err_so_far().find(" rows, ") == std::string::npos)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // until it waits for the pipe
    kill(process.id(), signal);
    return process.wait();
}

TEST_F(Analyze, InterruptKeepsWhatWasFinished) {
    const auto run = interrupted({"-v", "--weights", weights_, page_}, scratch_.path() / "pipe1", SIGINT);
    EXPECT_EQ(run.status, 130);
    EXPECT_EQ(run.out, page_.string() + ": " + kPageLine + "\n");
    EXPECT_TRUE(run.err.ends_with("analyze: interrupted\n")) << run.err;

    const fs::path output = scratch_.path() / "out.txt";
    const auto to_file =
        interrupted({"-v", "--weights", weights_, "-o", output, page_}, scratch_.path() / "pipe2", SIGINT);
    EXPECT_EQ(to_file.status, 130);
    EXPECT_FALSE(fs::exists(output));
    EXPECT_EQ(bytes_of(output.string() + ".partial"), page_.string() + ": " + kPageLine + "\n");
}

}  // namespace
}  // namespace chiffre
