// analyze_jobs_test.cpp -- photos read side by side: the same bytes as one after another, and what is said of the run
// meanwhile and at its end.
#include <pty.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <thread>

#include "analyze_fixture.h"

namespace chiffre {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

class Jobs : public Analyze {
  protected:
    void make_photos(int count) const {
        write_png(scratch_.path() / "blank.png", cv::Mat(16, 16, CV_8UC1, cv::Scalar(200)));
        for (int i = 0; i < count; ++i) {
            const fs::path photo = folder_ / (std::to_string(1000 + i) + ".png");
            if (i % 5 == 2)
                write_atomically(photo, "no image");
            else
                fs::copy(i % 5 == 4 ? scratch_.path() / "blank.png" : page_, photo);
        }
    }
};

TEST_F(Jobs, DoNotShowInTheOutput) {
    make_photos(40);
    for (const std::string format : {"text", "jsonl", "csv"}) {
        const auto run = [&](const std::string& jobs) {
            return analyze({"-q", "--no-times", "--format", format, "--jobs", jobs, folder_});
        };
        const auto one = run("1");
        EXPECT_EQ(std::count(one.err.begin(), one.err.end(), '\n'), 8);
        for (const char* jobs : {"2", "3", "16"}) {
            const auto several = run(jobs);
            EXPECT_EQ(several.out, one.out);
            EXPECT_EQ(several.err, one.err);
            EXPECT_EQ(several.status, 1);
        }
        EXPECT_EQ(analyze({"-q", "--no-times", "--format", format, folder_}).out, one.out);
    }
    EXPECT_EQ(analyze({"--jobs", "0", page_}).status, 2);
    EXPECT_EQ(analyze({"--jobs", "many", page_}).err,
              "analyze: --jobs: expected a number from 1 to 1024, found 'many'\n");
}

TEST_F(Jobs, NamesOfPicturesDoNotDependOnWhoIsFirst) {
    for (int i = 0; i < 6; ++i) {
        fs::create_directory(folder_ / std::to_string(i));
        fs::copy(page_, folder_ / std::to_string(i) / "a.png");
    }
    write_atomically(folder_ / "2/a.png", "no image");
    const fs::path drawn = scratch_.path() / "drawn";
    EXPECT_EQ(analyze({"-q", "-r", "--jobs=3", "--annotate", drawn, folder_}).status, 1);
    EXPECT_EQ(files_in(drawn),
              (std::set<std::string>{"a.png.annotated.png", "a.png-2.annotated.png", "a.png-4.annotated.png",
                                     "a.png-5.annotated.png", "a.png-6.annotated.png", "page.png.annotated.png"}));
}

TEST_F(Jobs, NoTimesLeavesOutWhatDiffers) {
    const auto line = Json::parse(analyze({"--no-times", "--format=jsonl", page_}).out);
    EXPECT_FALSE(line.contains("ms"));
    EXPECT_TRUE(Json::parse(analyze({"--format=jsonl", page_}).out).contains("ms"));
}

TEST_F(Jobs, TheSummaryCountsEveryPhoto) {
    make_photos(10);
    const auto run = analyze({"--jobs=2", folder_});
    const std::string last = run.err.substr(run.err.rfind('\n', run.err.size() - 2) + 1);
    EXPECT_TRUE(std::regex_match(
        last,
        std::regex("analyze: 11 photos: 7 read, 2 empty, 2 failed; 63 digits; [0-9.]+ s, [0-9.,]+ photos/s, [0-9.,]+ "
                   "digits/s; device cpu\n")))
        << last;
    EXPECT_EQ(analyze({"-q", folder_}).err.find("photos:"), std::string::npos);
    EXPECT_EQ(analyze({page_}).err, "") << "one photo has no summary";
}

TEST_F(Jobs, ProgressForPrograms) {
    make_photos(10);
    const std::string list = scratch_.path() / "list";
    write_atomically(list, page_.string() + "\n" + folder_.string() + "\n");
    const auto run = analyze({"-q", "--progress=json", "--jobs=2", "--files-from", list});
    std::istringstream lines(run.err);
    std::vector<Json> all;
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with('{')) all.push_back(Json::parse(line));
    ASSERT_GE(all.size(), 2u) << run.err;
    EXPECT_EQ(all.front()["progress"], "running");
    const Json& last = all.back();
    for (const char* key : {"seconds", "photos_per_s", "digits_per_s", "seconds_left"})
        EXPECT_TRUE(last.contains(key)) << key;
    EXPECT_GT(last["photos_per_s"], 0);
    EXPECT_EQ(last["seconds_left"], 0);
    EXPECT_EQ((std::vector<Json>{last["progress"], last["photos"], last["total"], last["read"], last["empty"],
                                 last["failed"], last["digits"], last["before"]}),
              (std::vector<Json>{"finished", 12, 12, 8, 2, 2, 72, 0}));
    // A pipe can be read but once: how many names it holds is not known before its end.
    const auto piped = analyze({"-q", "--progress=json", "--files-from=-"}, {.input = page_.string()});
    EXPECT_TRUE(Json::parse(piped.err.substr(piped.err.rfind('{')))["total"].is_null());
}

// Standard error of a run with a terminal there.
std::string on_terminal(const std::vector<std::string>& command, const std::function<void()>& in_child) {
    int terminal = -1;
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    const pid_t id = forkpty(&terminal, nullptr, nullptr, nullptr);
    if (id == 0) {
        dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
        setenv("TERM", "xterm", 1);
        unsetenv("NO_COLOR");
        in_child();
        execv(arguments[0], arguments.data());
        _exit(99);
    }
    std::string said;
    char bytes[4096];
    for (ssize_t got; (got = read(terminal, bytes, sizeof bytes)) > 0;)
        said.append(bytes, static_cast<std::size_t>(got));
    waitpid(id, nullptr, 0);
    close(terminal);
    return said;
}

TEST_F(Jobs, ProgressOnATerminal) {
    make_photos(120);
    std::vector<std::string> command{CHIFFRE_ANALYZE, "--jobs=2", "--device=cpu", folder_};
    const std::string said = on_terminal(command, [] {});
    EXPECT_NE(said.find(" of 121 photos ("), std::string::npos) << said;
    EXPECT_NE(said.find("/s, "), std::string::npos) << said;
    EXPECT_NE(said.find(" left"), std::string::npos) << said;
    EXPECT_NE(said.find(", \x1b[31m"), std::string::npos) << said;
    EXPECT_NE(said.find(" failed\x1b[0m"), std::string::npos) << said;
    // Messages begin on a line of their own, and the last thing is the summary.
    EXPECT_NE(said.find("\r\x1b[Kanalyze: "), std::string::npos) << said;
    EXPECT_NE(said.find("\r\x1b[Kanalyze: 121 photos: "), std::string::npos) << said;

    EXPECT_EQ(on_terminal(command, [] { setenv("NO_COLOR", "1", 1); }).find("\x1b[31m"), std::string::npos);
    EXPECT_EQ(on_terminal(command, [] { setenv("TERM", "dumb", 1); }).find('\x1b'), std::string::npos);
    command.push_back("--progress=none");
    EXPECT_EQ(on_terminal(command, [] {}).find('\x1b'), std::string::npos);
    command.back() = "-q";
    EXPECT_EQ(on_terminal(command, [] {}).find('\x1b'), std::string::npos);
}

TEST_F(Jobs, InterruptFinishesWhatIsUnderWayAndIsGoneOnWith) {
    make_photos(150);
    const std::string output = scratch_.path() / "out", whole = scratch_.path() / "whole";
    EXPECT_EQ(analyze({"-q", "--no-times", "--format=jsonl", "-o", whole, folder_}).status, 1);
    const std::vector<std::string> command{CHIFFRE_ANALYZE, "-v",         "--jobs=3",       "--device=cpu", "--weights",
                                           weights_,        "--no-times", "--format=jsonl", "-o",           output,
                                           folder_};
    Process process(command, {});
    while (process.err_so_far().find(" rows, ") == std::string::npos)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    kill(process.id(), SIGINT);
    const auto run = process.wait();
    ASSERT_EQ(run.status, 130);
    EXPECT_TRUE(run.err.ends_with("analyze: interrupted; what was finished is in " + output + ".partial\n")) << run.err;
    const std::string partial = bytes_of(output + ".partial");
    EXPECT_TRUE(bytes_of(whole).starts_with(partial) && partial.ends_with('\n'));
    EXPECT_FALSE(fs::exists(output));
    EXPECT_EQ(analyze({"-q", "--resume", "--no-times", "--format=jsonl", "-o", output, folder_}).status, 1);
    EXPECT_EQ(bytes_of(output), bytes_of(whole));
}

// A photo that comes through a pipe may hold up one job, not the end of the run.
TEST_F(Jobs, InterruptEndsWaitingForPipesInEveryThread) {
    std::vector<std::string> command{CHIFFRE_ANALYZE, "-v", "--jobs=3", "--device=cpu", page_};
    for (const char* name : {"1.pipe", "2.pipe", "3.pipe"}) {
        command.push_back(scratch_.path() / name);
        mkfifo(command.back().c_str(), 0600);
    }
    command.push_back("--files-from=" + (scratch_.path() / "list.pipe").string());
    mkfifo((scratch_.path() / "list.pipe").c_str(), 0600);
    Process process(command, {});
    while (process.err_so_far().find(" rows, ") == std::string::npos)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const auto start = std::chrono::steady_clock::now();
    kill(process.id(), SIGTERM);
    EXPECT_EQ(process.wait().status, 143);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

// The system may refuse threads: the run goes on with those that there are.
TEST_F(Jobs, ThreadsThatCannotBeMadeAreDoneWithout) {
    make_photos(10);
    fs::permissions(scratch_.path(), fs::perms::others_exec | fs::perms::others_read, fs::perm_options::add);
    const auto run = analyze({"--jobs=8", "--format=csv", folder_}, {.in_child = [] {
                                 constexpr uid_t kSomebody = 61'234;  // who has no other threads
                                 const rlimit limit{2, 2};
                                 if (geteuid() != 0 || setrlimit(RLIMIT_NPROC, &limit) != 0 || setgid(kSomebody) != 0 ||
                                     setuid(kSomebody) != 0 || access(CHIFFRE_ANALYZE, X_OK) != 0)
                                     _exit(98);
                             }});
    if (run.status == 98) GTEST_SKIP() << "only root can become a user without threads";
    EXPECT_EQ(run.status, 1) << run.err;
    EXPECT_EQ(run.out, analyze({"-q", "--jobs=1", "--format=csv", folder_}).out);
    EXPECT_TRUE(run.err.starts_with("analyze: --jobs: expected 8 threads, found that the system makes ")) << run.err;
}

}  // namespace
}  // namespace chiffre
