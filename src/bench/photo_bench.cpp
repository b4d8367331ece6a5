// photo_bench.cpp -- what it costs to read one photo: the whole process beside `djpeg -grayscale`, which only decodes
// the same file, and the stages of read_photo. Processes run in turn, so that whatever slows the machine slows both.
#include "bench/photo_bench.h"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <vector>

#include "atomic_file.h"
#include "bench/bench.h"
#include "error.h"
#include "inputs.h"
#include "pipeline.h"
#include "synthesis/jpeg_writer.h"
#include "synthesis/paint.h"

namespace chiffre::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kPairs = 21;  // odd, for a median that was measured
constexpr std::int64_t kMostPhotoBytes = 1 << 30;

std::string drawn_photo() {
    constexpr std::uint64_t kSeed = 1;
    const synthesis::SceneOptions options{.width = 4000,
                                          .height = 3000,
                                          .rows = {5, 5},
                                          .digits = {8, 8},
                                          .style = synthesis::Style::paper,
                                          .with = {},
                                          .without = {},
                                          .quality = 90};  // about what telephones write
    const synthesis::Scene scene = synthesis::draw_scene(options, kSeed, 0);
    return synthesis::encode_jpeg(synthesis::paint(scene).rgb, scene.quality);
}

using Command = std::vector<std::string>;

struct ProcessorTime {
    double user_ms = 0, system_ms = 0;
    double total_ms() const { return user_ms + system_ms; }
};

double milliseconds(const timeval& time) {
    return 1e3 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_usec);
}

// The program is looked for on PATH where its name has no '/'; its output is dropped.
// Throws Error(not_found) where it cannot be started, Error(bad_data) where its exit status is not 0.
ProcessorTime run(const Command& command) {
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t process = 0;
    const int failure = posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) throw Error(ErrorCode::not_found, command[0] + ": " + std::strerror(failure));

    int status = 0;
    rusage usage{};
    if (wait4(process, &status, 0, &usage) != process)
        throw Error(ErrorCode::unreadable, command[0] + ": " + std::strerror(errno));
    if (!WIFEXITED(status)) throw Error(ErrorCode::bad_data, command[0] + ": ended by a signal for " + command.back());
    if (WEXITSTATUS(status) != 0)
        throw Error(ErrorCode::bad_data, command[0] + ": expected exit status 0, found " +
                                             std::to_string(WEXITSTATUS(status)) + " for " + command.back());
    return {milliseconds(usage.ru_utime), milliseconds(usage.ru_stime)};
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// Built beside this program.
fs::path analyze_program() {
    return fs::read_symlink("/proc/self/exe").parent_path() / "analyze";
}

// The first run of both checks that they work and brings programs and photo into the page cache.
// Returns why nothing can be measured; empty where it can.
std::string try_out(const Command& analyze, const Command& djpeg) {
    try {
        run(analyze);
    } catch (const Error& e) {
        return e.what();
    }
    try {
        run(djpeg);
    } catch (const Error& e) {
        const bool is_missing = e.code() == ErrorCode::not_found;
        return is_missing ? "SKIPPED: djpeg is missing; it comes with the package libjpeg-turbo-progs" : e.what();
    }
    return "";
}

// Where the kernel counts ticks, it estimates how time divides into user and system; their sum is exact everywhere.
void processes(benchmark::State& state, const BenchPhoto& photo) {
    const Command analyze{analyze_program().string(), photo.path().string()};
    const Command djpeg{"djpeg", "-grayscale", photo.path().string()};
    if (const std::string problem = try_out(analyze, djpeg); !problem.empty()) {
        state.SkipWithError(problem.c_str());
        return;
    }
    std::vector<double> analyze_user, djpeg_user, user_ratio, total_ratio;
    while (state.KeepRunning()) {
        const ProcessorTime ours = run(analyze), theirs = run(djpeg);
        analyze_user.push_back(ours.user_ms);
        djpeg_user.push_back(theirs.user_ms);
        user_ratio.push_back(ours.user_ms / theirs.user_ms);
        total_ratio.push_back(ours.total_ms() / theirs.total_ms());
    }
    state.counters["analyze_user_ms"] = median(analyze_user);
    state.counters["djpeg_user_ms"] = median(djpeg_user);
    state.counters["user_ratio"] = median(user_ratio);
    state.counters["user+system_ratio"] = median(total_ratio);
}

void stages(benchmark::State& state, const BenchPhoto& photo) {
    const std::string name = photo.path().string();
    const std::vector<std::uint8_t> bytes = read_file(name, kMostPhotoBytes);
    const Weights weights = default_weights();
    const auto engine = open_engine(parse_device("cpu"), weights);
    const ScoreMeaning meaning = score_meaning(weights);
    cv::setNumThreads(1);
    std::map<std::string, std::vector<double>> times;
    while (state.KeepRunning())
        for (const StageTime& time : read_photo(bytes, name, *engine, meaning).times)
            times[time.stage].push_back(time.ms);
    for (const auto& [stage, ms] : times) state.counters[stage + "_ms"] = median(ms);
}

// The photo is drawn when the first benchmark that needs it runs: it takes seconds, and others may have been asked for.
class Shared {
  public:
    const BenchPhoto& photo() {
        if (!photo_) photo_.emplace();
        return *photo_;
    }

  private:
    std::optional<BenchPhoto> photo_;
};

using Measure = void (*)(benchmark::State&, const BenchPhoto&);

void register_one(const char* name, Measure measure, const std::shared_ptr<Shared>& shared) {
    benchmark::RegisterBenchmark(name,
                                 [=](benchmark::State& state) {
                                     try {
                                         measure(state, shared->photo());
                                     } catch (const Error& e) {
                                         state.SkipWithError(e.what());
                                     }
                                 })
        ->Iterations(kPairs)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
}

}  // namespace

BenchPhoto::BenchPhoto() {
    if (const char* own = std::getenv("CHIFFRE_BENCH_PHOTO")) {
        path_ = own;
        return;
    }
    std::string pattern = (fs::temp_directory_path() / "chiffre-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
        throw Error(ErrorCode::unwritable, pattern + ": expected to make a folder, found " + std::strerror(errno));
    folder_ = pattern;
    path_ = folder_ / "photo.jpg";
    try {
        write_atomically(path_, drawn_photo());
    } catch (...) {
        fs::remove(folder_);  // no destructor after a constructor that throws
        throw;
    }
}

BenchPhoto::~BenchPhoto() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

void register_photo() {
    const auto shared = std::make_shared<Shared>();
    register_one("photo/analyze_beside_djpeg", processes, shared);
    register_one("photo/read_photo", stages, shared);
}

}  // namespace chiffre::bench
