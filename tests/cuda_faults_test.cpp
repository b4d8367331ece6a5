// cuda_faults_test.cpp -- analyze as a user sees it when a GPU is missing, unusable or breaks in the middle of a run.
// The program under test is linked with fake_cuda_engine.cpp; nothing in it knows.
#include <cstdlib>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <utility>

#include "analyze_fixture.h"

namespace chiffre {
namespace {

using Json = nlohmann::json;

class CudaFaults : public Analyze {
  protected:
    CudaFaults() {
        for (const char* name : {"second.png", "third.png"}) std::filesystem::copy_file(page_, folder_ / name);
        on_cpu_ = run("works", {folder_path_}).out;
    }

    // One photo after another: it can be told which one a batch is of.
    Process::Result run(const char* gpu, std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), "--jobs=1");  // the last one counts
        auto result = analyze(std::move(arguments), {.in_child = [gpu] { setenv("CHIFFRE_FAKE_GPU", gpu, 1); }});
        result.err = without_summary(result.err);
        return result;
    }

    // With --device auto, for fp16, which the CPU has not, the GPU is waited for: it reads from the first photo on.
    Process::Result run_waiting(const char* gpu, std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"--device", "auto", "--precision", "fp16"});
        return run(gpu, std::move(arguments));
    }

    const std::string folder_path_ = folder_.string();
    std::string on_cpu_;
};

TEST_F(CudaFaults, AGpuThatWorksIsTakenAndNamed) {
    const auto automatic = run_waiting("works", {folder_path_});
    EXPECT_EQ(automatic.out, on_cpu_);
    EXPECT_TRUE(automatic.err.starts_with("analyze: device cuda:0, weights ")) << automatic.err;
    EXPECT_TRUE(is_one_line(automatic.err)) << automatic.err;
    EXPECT_EQ(automatic.status, 0);
    EXPECT_EQ(run_waiting("works", {"-q", folder_path_}).err, "");

    const auto named = run("works", {"--device", "cuda:1", "--format", "jsonl", page_});
    EXPECT_EQ(Json::parse(named.out)["device"], "cuda:1");
    EXPECT_EQ(named.err, "");
}

TEST_F(CudaFaults, OfSeveralGpusTheFirstReadsButAllMustBeThere) {
    const auto both = run("works", {"--device", "cuda:1,0", "--format", "jsonl", page_});
    EXPECT_EQ(Json::parse(both.out)["device"], "cuda:1");
    EXPECT_EQ(run("works", {"--device", "cuda:all", page_}).out, kPageRows);
    const auto missing = run("works", {"--device", "cuda:0,2", page_});
    EXPECT_EQ(missing.err,
              "analyze: cuda:2: expected the index of a GPU that is here, found 2 GPUs, cuda:0 to cuda:1\n");
    EXPECT_EQ(missing.status, 4);
}

TEST_F(CudaFaults, NoGpuIsNoNewsToAuto) {
    const auto automatic = run("none", {"--device", "auto", folder_path_});
    EXPECT_EQ(automatic.out, on_cpu_);
    EXPECT_EQ(automatic.err, "");
    EXPECT_EQ(automatic.status, 0);
}

TEST_F(CudaFaults, AutoSaysWhyAGpuIsNotUsed) {
    const std::vector<std::pair<const char*, const char*>> cases{
        {"old-driver", "expected a driver for CUDA 13.0 or later, found one for CUDA 11.4"},
        {"no-memory", "expected memory enough for the network, found 3 of 100 MiB free"},
    };
    for (const auto& [gpu, why] : cases) {
        const auto automatic = run_waiting(gpu, {folder_path_});
        EXPECT_EQ(automatic.out, on_cpu_);
        EXPECT_EQ(automatic.err, "analyze: cuda:0: " + std::string(why) + "; reading on the CPU in fp32\n");
        EXPECT_EQ(automatic.status, 0);
        EXPECT_EQ(run_waiting(gpu, {"-q", folder_path_}).err, "");
    }
}

TEST_F(CudaFaults, ANamedGpuIsNeverReplaced) {
    const std::vector<std::pair<const char*, const char*>> cases{
        {"none", "expected a GPU and its driver, found no NVIDIA driver"},
        {"old-driver", "expected a driver for CUDA 13.0 or later, found one for CUDA 11.4"},
        {"no-memory", "expected memory enough for the network, found 3 of 100 MiB free"},
    };
    for (const char* format : {"text", "csv", "jsonl"})
        for (const auto& [gpu, why] : cases) {
            const auto named = run(gpu, {"--device", "cuda", "--format", format, folder_path_});
            EXPECT_EQ(named.out, "");
            EXPECT_EQ(named.err, "analyze: cuda:0: " + std::string(why) + "\n");
            EXPECT_EQ(named.status, 4);
        }
}

// ... not even where no image comes to need it.
TEST_F(CudaFaults, ANamedGpuMustBeThereForUnreadableImagesToo) {
    const auto named = run("none", {"--device", "cuda", "/nowhere.png"});
    EXPECT_EQ(named.status, 4);
    EXPECT_NE(named.err.find("found no NVIDIA driver"), std::string::npos) << named.err;
}

TEST_F(CudaFaults, AutoFinishesOnTheCpuAndLosesNothing) {
    for (const int batch : {1, 2, 3}) {
        const std::string gpu = "fails-at:" + std::to_string(batch);
        const auto automatic = run_waiting(gpu.c_str(), {folder_path_});
        EXPECT_EQ(automatic.out, on_cpu_);
        EXPECT_EQ(automatic.status, 0);
        const std::string notice =
            "analyze: cuda:0: expected the GPU to go on working, found: injected; going on on the CPU in fp32\n";
        const std::size_t at = automatic.err.find(notice);
        ASSERT_NE(at, std::string::npos) << automatic.err;
        EXPECT_EQ(automatic.err.find(notice, at + 1), std::string::npos) << automatic.err;

        const auto lines = run_waiting(gpu.c_str(), {"-q", "--format", "jsonl", folder_path_});
        EXPECT_EQ(lines.err, "");
        std::istringstream text(lines.out);
        std::string line;
        for (int photo = 1; photo <= 3; ++photo) {
            ASSERT_TRUE(std::getline(text, line));
            EXPECT_EQ(Json::parse(line)["device"], photo < batch ? "cuda:0" : "cpu");
        }
    }
}

TEST_F(CudaFaults, ANamedGpuThatBreaksEndsTheRunAndKeepsWhatWasFinished) {
    const std::string message = "analyze: cuda:0: expected the GPU to go on working, found: injected\n";
    const auto named = run("fails-at:3", {"--device", "cuda", folder_path_});
    EXPECT_EQ(named.out, on_cpu_.substr(0, on_cpu_.find("third") - folder_path_.size() - 1));
    EXPECT_EQ(named.err, message);
    EXPECT_EQ(named.status, 4);

    const std::string output = scratch_.path() / "out.txt";
    const auto to_file = run("fails-at:3", {"--device", "cuda", "-o", output, folder_path_});
    EXPECT_EQ(to_file.err, "analyze: what was finished is in " + output + ".partial\n" + message);
    EXPECT_EQ(bytes_of(output + ".partial"), named.out);
    EXPECT_FALSE(std::filesystem::exists(output));
    EXPECT_EQ(to_file.status, 4);
}

// ---- several photos at a time, an engine for each thread
// --------------------------------------------------------------

class CudaJobs : public CudaFaults {
  protected:
    CudaJobs() {
        for (int i = 0; i < 40; ++i) std::filesystem::copy_file(page_, folder_ / (std::to_string(100 + i) + ".png"));
        on_cpu_ = run("works", {folder_path_}).out;
    }
    std::set<std::string> devices(const std::string& lines) const {
        std::set<std::string> all;
        std::istringstream text(lines);
        for (std::string line; std::getline(text, line);) all.insert(Json::parse(line)["device"]);
        return all;
    }
};

TEST_F(CudaJobs, ShareTheGpusThatAreNamed) {
    const auto both = run("works", {"--jobs=4", "--device", "cuda:all", "--format", "jsonl", folder_path_});
    EXPECT_EQ(devices(both.out), (std::set<std::string>{"cuda:0", "cuda:1"}));
    EXPECT_EQ(both.status, 0);
    const auto one = run("works", {"--jobs=4", "--device", "cuda:1", "--format", "jsonl", folder_path_});
    EXPECT_EQ(devices(one.out), std::set<std::string>{"cuda:1"});
    EXPECT_EQ(run("works", {"--jobs=4", "--device", "cuda:1,0", folder_path_}).out, on_cpu_);
    EXPECT_EQ(run("works", {"--jobs=4", "--device", "cuda:0,2", folder_path_}).status, 4);
}

TEST_F(CudaJobs, AutoFinishesOnTheCpuAndSaysSoOnce) {
    const std::string notice =
        "analyze: cuda:0: expected the GPU to go on working, found: injected; going on on the CPU in fp32\n";
    for (const char* gpu : {"fails-at:1", "fails-at:2", "fails-at:5"}) {
        const auto automatic = run_waiting(gpu, {"--jobs=4", folder_path_});
        EXPECT_EQ(automatic.out, on_cpu_);
        EXPECT_EQ(automatic.status, 0);
        const std::size_t at = automatic.err.find(notice);
        ASSERT_NE(at, std::string::npos) << automatic.err;
        EXPECT_EQ(automatic.err.find(notice, at + 1), std::string::npos) << automatic.err;
    }
    const auto none = run_waiting("no-memory", {"--jobs=4", folder_path_});
    EXPECT_EQ(none.out, on_cpu_);
    EXPECT_TRUE(is_one_line(none.err)) << none.err;
}

TEST_F(CudaJobs, ANamedGpuThatBreaksKeepsTheFirstPhotosToGoOnWith) {
    const std::string output = scratch_.path() / "out.csv";
    const std::vector<std::string> arguments{"--jobs=3", "--device=cuda", "--format=csv", "-o", output, folder_path_};
    const std::string whole = run("works", {"--format=csv", folder_path_}).out;
    const auto lost = run("fails-at:12", arguments);
    EXPECT_EQ(lost.status, 4);
    EXPECT_EQ(lost.err, "analyze: what was finished is in " + output +
                            ".partial\nanalyze: cuda:0: expected the GPU to go on working, found: injected\n");
    EXPECT_TRUE(whole.starts_with(bytes_of(output + ".partial")));
    auto again = arguments;
    again.push_back("--resume");
    EXPECT_EQ(run("works", again).status, 0);
    EXPECT_EQ(bytes_of(output), whole);
}

TEST_F(CudaJobs, AGpuThatIsLateIsTakenByEveryThread) {
    const auto late = run("works", {"--jobs=4", "--device=auto", "--format=jsonl", "--no-times", folder_path_});
    EXPECT_EQ(late.status, 0);
    const auto on_cpu = run("works", {"--format=jsonl", "--no-times", folder_path_});
    const auto without_device = [](const std::string& lines) {
        std::string rest;
        std::istringstream text(lines);
        for (std::string line; std::getline(text, line);) {
            Json record = Json::parse(line);
            record.erase("device");
            rest += record.dump() + "\n";
        }
        return rest;
    };
    EXPECT_EQ(without_device(late.out), without_device(on_cpu.out));
}

TEST_F(CudaFaults, HalfPrecisionWithoutAGpu) {
    const auto automatic = run("none", {"--precision", "fp16", "--device", "auto", page_});
    EXPECT_EQ(automatic.out, kPageRows);
    EXPECT_EQ(automatic.err, "analyze: precision fp16: expected a GPU, found none; reading on the CPU in fp32\n");
    EXPECT_EQ(run("works", {"--precision", "fp16", "--device", "cuda", page_}).out, kPageRows);
    EXPECT_EQ(run("works", {"--precision", "fp16", "--device", "cpu", page_}).status, 2);
}

TEST_F(CudaFaults, TimingSaysHowLongOpeningTook) {
    EXPECT_NE(run("works", {"--timing", "--device", "cuda", page_}).err.find("ms to open in the background"),
              std::string::npos);
    EXPECT_EQ(run("works", {"--timing", "--device", "cpu", page_}).err.find("ms to open in the background"),
              std::string::npos);
}

TEST_F(CudaFaults, VersionNamesRunTimeAndArchitectures) {
    EXPECT_NE(run("none", {"--version"}).out.find("CUDA       0.0, sm_00\n"), std::string::npos);
}

}  // namespace
}  // namespace chiffre
