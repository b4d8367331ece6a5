// late_gpu_test.cpp -- analyze as a user sees it while a GPU takes its time to start. The program under test is linked
// with fake_cuda_engine.cpp; nothing in it knows.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "analyze_fixture.h"
#include "cpu/isa.h"
#include "forced_isa.h"

namespace chiffre {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr auto kPrompt = std::chrono::seconds(30);         // a run of some photos, however busy the machine
constexpr auto kAMoment = std::chrono::milliseconds(200);  // for a GPU that may start to have started

class LateGpu : public Analyze {
  protected:
    LateGpu() {
        std::filesystem::copy_file(page_, third_);
        mkfifo(pipe_.c_str(), 0600);
    }

    // The GPU does not start before start_gpu(). One photo is read after another.
    Process started(const char* gpu, std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {CHIFFRE_ANALYZE, "--jobs=1", "--weights", weights_.string()});
        return Process(arguments, {.in_child = [this, gpu] {
                           setenv("CHIFFRE_FAKE_GPU", gpu, 1);
                           setenv("CHIFFRE_FAKE_GPU_STARTS_WITH", starts_.c_str(), 1);
                       }});
    }
    void start_gpu() const { write_atomically(starts_, ""); }

    // A run that ends although the GPU never starts.
    Process::Result prompt(const char* gpu, std::vector<std::string> arguments) const {
        const auto start = Clock::now();
        auto result = started(gpu, std::move(arguments)).wait();
        result.err = without_summary(result.err);
        EXPECT_LT(Clock::now() - start, kPrompt);
        return result;
    }

    // Three photos. The GPU starts while the program waits for the second, which comes through a pipe.
    Process::Result across(const char* gpu, std::vector<std::string> arguments) const {
        std::filesystem::remove(starts_);
        arguments.insert(arguments.end(), {page_, pipe_, third_});
        Process process = started(gpu, std::move(arguments));
        const int pipe = open(pipe_.c_str(), O_WRONLY);  // waits for the program to read it
        start_gpu();
        std::this_thread::sleep_for(kAMoment);
        write_all(pipe, bytes_of(page_), pipe_);
        close(pipe);
        auto result = process.wait();
        result.err = without_summary(result.err);
        return result;
    }

    // A folder, read while the GPU takes a moment to start.
    Process::Result waiting(std::vector<std::string> arguments) const {
        std::filesystem::remove(starts_);
        arguments.insert(arguments.end(), {"--format", "jsonl", folder_.string()});
        Process process = started("works", std::move(arguments));
        std::this_thread::sleep_for(kAMoment);
        start_gpu();
        return process.wait();
    }

    static std::vector<std::string> devices(const Process::Result& run) {
        std::vector<std::string> found;
        std::istringstream lines(run.out);
        for (std::string line; std::getline(lines, line);) found.push_back(Json::parse(line)["device"]);
        return found;
    }

    static bool cpu_reads_meanwhile() { return cpu::chosen_kernels().fused_multiply_add; }

    const std::filesystem::path third_ = folder_ / "third.png";
    const std::filesystem::path starts_ = scratch_.path() / "starts";
    const std::filesystem::path pipe_ = scratch_.path() / "pipe.png";
};

#define CHIFFRE_NEEDS_FUSED_MULTIPLY_ADD() \
    if (!cpu_reads_meanwhile()) GTEST_SKIP() << "this CPU has no fused multiply-adds: the GPU is waited for"

TEST_F(LateGpu, IsNotStartedForOnePhoto) {
    const auto run = prompt("works", {"--timing", page_});
    EXPECT_EQ(run.out, kPageRows);
    EXPECT_TRUE(run.err.ends_with("\nengine    cpu; a GPU is not opened for one photo\n")) << run.err;
    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(Json::parse(prompt("works", {"--format", "jsonl", page_}).out)["device"], "cpu");
    EXPECT_EQ(prompt("old-driver", {page_}).err, "");
}

TEST_F(LateGpu, TakesOverBetweenTwoPhotos) {
    CHIFFRE_NEEDS_FUSED_MULTIPLY_ADD();
    const auto lines = across("works", {"--format", "jsonl"});
    EXPECT_TRUE(lines.err.starts_with("analyze: device cuda:0 from photo 2 on, weights ")) << lines.err;
    EXPECT_TRUE(is_one_line(lines.err)) << lines.err;
    EXPECT_EQ(lines.status, 0);
    EXPECT_EQ(devices(lines), (std::vector<std::string>{"cpu", "cuda:0", "cuda:0"}));

    const auto quiet = across("works", {"-q"});
    EXPECT_EQ(quiet.err, "");
    EXPECT_EQ(quiet.out, across("works", {"--device", "cpu"}).out);
}

TEST_F(LateGpu, TimingSaysWhoReadMeanwhile) {
    CHIFFRE_NEEDS_FUSED_MULTIPLY_ADD();
    const auto run = across("works", {"--timing", "-v"});
    for (const char* words :
         {"analyze: device cpu, weights ", "analyze: device cuda:0 from photo 2 on, weights ",
          " ms to open in the background; classify waited 0.00 of them; meanwhile the CPU classified 1 batch, from "})
        EXPECT_NE(run.err.find(words), std::string::npos) << words << "\n" << run.err;
}

TEST_F(LateGpu, ThatCannotBeUsedIsSaidWhenItIsKnown) {
    CHIFFRE_NEEDS_FUSED_MULTIPLY_ADD();
    const auto run = across("no-memory", {});
    EXPECT_EQ(run.err,
              "analyze: cuda:0: expected memory enough for the network, found 3 of 100 MiB free; reading on the CPU in "
              "fp32\n");
    EXPECT_EQ(run.out, across("works", {"--device", "cpu"}).out);
    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(across("none", {}).err, "");
}

TEST_F(LateGpu, ThatFailsLosesNothing) {
    CHIFFRE_NEEDS_FUSED_MULTIPLY_ADD();
    const auto run = across("fails-at:2", {"--format", "jsonl"});
    EXPECT_EQ(devices(run), (std::vector<std::string>{"cpu", "cuda:0", "cpu"}));
    EXPECT_NE(run.err.find("found: injected; going on on the CPU in fp32\n"), std::string::npos) << run.err;
    EXPECT_EQ(run.status, 0);
}

TEST_F(LateGpu, IsWaitedForWhereItsScoresAreOthers) {
    const std::vector<std::string> kGpu{"cuda:0", "cuda:0"};
    EXPECT_EQ(devices(waiting({"--precision", "fp16"})), kGpu);
    EXPECT_EQ(devices(waiting({"--device", "cuda"})), kGpu);
    if (cpu::available_kernels().front()->fused_multiply_add) return;  // every CPU of this kind has them
    const ForcedIsa unfused("baseline");
    EXPECT_EQ(devices(waiting({})), kGpu);
}

// ---- a run that ends before the GPU is there -----------------------------------------------------------------------

TEST_F(LateGpu, DoesNotHoldUpTheEnd) {
    CHIFFRE_NEEDS_FUSED_MULTIPLY_ADD();
    const std::string folder = folder_.string(), output = scratch_.path() / "out.txt";
    const auto run = prompt("works", {"--timing", folder});
    EXPECT_EQ(run.out, prompt("works", {"--device", "cpu", folder}).out);
    EXPECT_NE(run.err.find("\nengine    still being opened in the background when all was done; meanwhile the CPU "
                           "classified 2 batches, from "),
              std::string::npos)
        << run.err;
    EXPECT_EQ(run.status, 0);

    EXPECT_EQ(prompt("works", {"-o", output, folder}).status, 0);
    EXPECT_EQ(bytes_of(output), run.out);
    EXPECT_EQ(prompt("works", {page_, "/nowhere.png"}).status, 1);
}

TEST_F(LateGpu, DoesNotHoldUpAnError) {
    CHIFFRE_NEEDS_FUSED_MULTIPLY_ADD();
    const auto run = prompt("works", {"-o", "/dev/full", folder_.string()});
    EXPECT_TRUE(run.err.starts_with("analyze: /dev/full: ")) << run.err;
    EXPECT_EQ(run.status, 5);
    // ... nor where it was asked for by name
    EXPECT_EQ(prompt("works", {"--device", "cuda", "-o", "/dev/full", "--format", "csv", "/nowhere.png"}).status, 5);
}

TEST_F(LateGpu, DoesNotHoldUpAnInterrupt) {
    CHIFFRE_NEEDS_FUSED_MULTIPLY_ADD();
    const std::filesystem::path output = scratch_.path() / "out.txt";
    const auto start = Clock::now();
    Process process = started("works", {"-v", "-o", output, page_, pipe_});
    while (process.err_so_far().find(" rows, ") == std::string::npos)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // until it waits for the pipe
    kill(process.id(), SIGINT);
    const auto run = process.wait();
    EXPECT_LT(Clock::now() - start, kPrompt);
    EXPECT_EQ(run.status, 130);
    EXPECT_TRUE(run.err.ends_with("analyze: interrupted; what was finished is in " + output.string() + ".partial\n"))
        << run.err;
    EXPECT_EQ(bytes_of(output.string() + ".partial"), page_.string() + ": " + kPageLine + "\n");
    EXPECT_FALSE(std::filesystem::exists(output));
}

}  // namespace
}  // namespace chiffre
