// analyze.cpp -- the program that reads the digits in photographs. Parse, check, open, run, report, in this order; only
// here are errors caught and turned into messages and exit statuses.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <variant>

#include "analyze_options.h"
#include "atomic_file.h"
#include "cpu/isa.h"
#include "error.h"
#include "inputs.h"
#include "late_engine.h"
#include "pipeline.h"
#include "report/picture_folders.h"
#include "report/timing.h"
#include "version.h"

namespace chiffre {

// The signal that asked us to stop; 0: none. A handler can do no more than set it.
static volatile std::sig_atomic_t stop_signal = 0;

static void stop_politely_on_signals() {
    struct sigaction action {};
    action.sa_handler = [](int signal) { stop_signal = signal; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);  // asked a second time, we end at once
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write(), which has a message and an exit status
}

// Where a standard stream is closed, the next file that is opened would take its number, and results would go into it.
// Each is held by /dev/null, opened so that using it for its purpose still fails.
static void hold_standard_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(stream, F_GETFD) < 0) open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

// To standard error. Where that fails, nobody is left to tell.
static void talk(const std::string& text) {
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

// One line on standard error. Control characters, which a file name may hold, would break the line or the terminal.
static void say(std::string message) {
    for (char& c : message)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    talk("analyze: " + message + "\n");
}

// Where the results go: to standard output at once, or to a file that appears when the run is complete.
class Results {
  public:
    // The header is written before the first record, so that a run that cannot begin writes nothing.
    Results(const std::string& output, bool force, std::string header) : header_(std::move(header)) {
        if (output.empty()) return;
        std::error_code ignored;
        if (!force && std::filesystem::is_regular_file(output, ignored))
            throw Error(ErrorCode::usage, output + ": expected a new file, found one that exists (--force overwrites)");
        file_.emplace(output);
    }
    void write(const std::string& record) {
        const std::string bytes = std::exchange(header_, "") + record;
        if (file_)
            file_->write(bytes);
        else
            write_all(STDOUT_FILENO, bytes, "standard output");
    }
    void finish() {
        write("");
        if (file_) file_->commit();
    }
    // The name under which the results of a run that ended early are kept.
    std::optional<std::string> keep_partial() {
        if (!file_) return std::nullopt;
        return file_->keep_partial().string();
    }

  private:
    std::string header_;
    std::optional<AtomicFile> file_;
};

// Does `work` for one image and returns its result, or why there is none. What concerns the whole run (weights, device,
// output) is thrown on.
template <typename Work>
static auto attempt(const std::string& name, Work&& work) -> std::variant<decltype(work()), Failure> {
    const Failure no_memory{std::string(error_name(ErrorCode::too_large)),
                            name + ": expected a picture that fits into memory, found too little memory for it"};
    try {
        return work();
    } catch (const Error& e) {
        if (exit_status(e.code()) != exit_status(ErrorCode::unreadable)) throw;
        return Failure{std::string(error_name(e.code())), e.what()};
    } catch (const std::bad_alloc&) {
        return no_memory;
    } catch (const cv::Exception& e) {
        if (e.code == cv::Error::StsNoMem) return no_memory;
        return Failure{"internal", name + ": expected OpenCV to succeed, found: " + e.err + " (" + e.func + ")"};
    } catch (const std::exception& e) {
        return Failure{"internal", name + ": expected no fault of this program, found: " + e.what()};
    }
}

static double ms_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

static std::string summary(const std::string& name, const Reading& reading) {
    std::size_t digits = 0;
    for (const Row& row : reading.rows) digits += row.digits.size();
    double ms = 0;
    for (const StageTime& time : reading.times) ms += time.ms;
    return name + ": " + std::to_string(reading.width) + "x" + std::to_string(reading.height) + " pixels, " +
           std::to_string(reading.rows.size()) + " rows, " + std::to_string(digits) + " digits, " +
           std::to_string(std::lround(ms)) + " ms";
}

static Weights weights_of(const AnalyzeOptions& options) {
    return options.weights.empty() ? default_weights() : load_weights(options.weights);
}

namespace {
// One run over all images. `late` is empty and outlives it; there an engine is opened in the background.
class Run {
  public:
    Run(const AnalyzeOptions& options, std::optional<LateEngine>& late)
        : options_(options),
          device_(parse_device(options.device)),
          results_(options.output, options.force, header(options.format)),
          pictures_(options.debug_dir, options.annotate_dir, options.force),
          weights_(weights_of(options)),
          meaning_(score_meaning(weights_)),
          late_(late) {
        several_ = options.paths.size() > 1 || is_folder(options.paths.front());
        open();
    }

    int all() {
        try {
            return read_all();
        } catch (const Error& e) {
            const bool lost_gpu = e.code() == ErrorCode::no_device && finished_any_;
            const auto partial = lost_gpu ? results_.keep_partial() : std::nullopt;
            if (partial) say("what was finished is in " + *partial);
            throw;
        }
    }

  private:
    // A GPU takes longer to start than a photo to decode: it does so in the background. With `auto` and fp32 nobody
    // waits for it. It is not started for one photo, which the CPU has read long before; of several, the CPU reads
    // those that come before the GPU is ready, if its scores are the GPU's bit for bit: no result may depend on how
    // soon that is.
    void open() {
        const Precision precision = parse_precision(options_.precision);
        const Notice notice = [quiet = options_.quiet](const std::string& line) {
            if (!quiet) say(line);
        };
        // Everything is copied: this may go on when the run has ended.
        const auto open_it = [device = device_, weights = weights_, precision, notice] {
            return open_engine(device, weights, precision, notice);
        };
        const auto open_cpu = [this] { return open_engine({Device::Kind::cpu, {}}, weights_); };
        if (device_.kind == Device::Kind::cpu || cuda_build().empty()) {
            engine_ = open_it();
            return;
        }
        const bool cpu_may_read = device_.kind == Device::Kind::automatic && precision == Precision::fp32;
        if (cpu_may_read && !several_) {
            engine_ = open_cpu();
            timing_.set_engine("cpu; a GPU is not opened for one photo");
            return;
        }
        const bool cpu_reads_meanwhile = cpu_may_read && cpu::chosen_kernels().fused_multiply_add;
        late_.emplace(open_it, cpu_reads_meanwhile ? open_cpu() : nullptr);
    }

    Engine& engine() { return late_ ? *late_ : *engine_; }

    int read_all() {
        for (const std::string& argument : options_.paths) {
            const auto images = attempt(argument, [&] { return images_of(argument); });
            if (const Failure* failure = std::get_if<Failure>(&images)) {
                report(argument, *failure);
                continue;
            }
            for (const std::string& path : std::get<0>(images)) {
                one(path);
                if (stop_signal != 0) return interrupted();
            }
        }
        // A GPU asked for that is not there is an error also where no photo came to need it.
        if (late_ && device_.kind == Device::Kind::cuda) late_->wait();
        results_.finish();
        if (late_) timing_.set_opening(late_->times());
        if (options_.timing) talk(timing_.table());
        return failed_ ? exit_status(ErrorCode::unreadable) : 0;
    }

    void one(const std::string& path) {
        // No format that we read needs more than 8 bytes a pixel (16-bit RGBA) and what cameras put beside the picture.
        constexpr std::int64_t kBytesPerPixel = 8, kExtraBytes = 64 << 20;
        const std::string name = shown_name(path);
        ++photo_;
        double pictures_ms = 0;
        const auto outcome = attempt(name, [&] {
            const auto bytes = read_file(path, options_.max_pixels * kBytesPerPixel + kExtraBytes);
            const ReadOptions read_options{options_.max_pixels, options_.min_confidence, options_.turn};
            if (!pictures_.wanted()) return read_photo(bytes, name, engine(), meaning_, read_options);
            Trace trace;
            Reading reading = read_photo(bytes, name, engine(), meaning_, read_options, &trace);
            const auto start = std::chrono::steady_clock::now();
            pictures_.write(path, reading, trace, meaning_);
            pictures_ms = ms_since(start);
            return reading;
        });
        if (const Reading* reading = std::get_if<Reading>(&outcome))
            report(path, *reading, pictures_ms);
        else if (stop_signal == 0)  // else it may have failed because the signal ended its reading
            report(path, std::get<Failure>(outcome));
    }

    void report(const std::string& path, const Reading& reading, double pictures_ms) {
        const auto start = std::chrono::steady_clock::now();
        announce(reading.device);
        results_.write(record(options_.format, path, reading, several_));
        finished_any_ = true;
        timing_.add(reading.times);
        timing_.add_report(pictures_ms + ms_since(start));
        if (options_.verbose) say(summary(shown_name(path), reading));
        if (options_.quiet) return;
        for (const std::string& warning : reading.warnings) say(shown_name(path) + ": " + warning);
        if (reading.turned && reading.turned->quarters > 0 && !options_.turn)
            say(shown_name(path) + ": read after turning it " + std::to_string(90 * reading.turned->quarters) +
                " degrees clockwise");
        if (reading.rows.empty() && options_.format == Format::text && !several_)
            say(shown_name(path) + ": no digits found");
    }

    void announce(const std::string& device) {
        if (device == announced_) return;
        const std::string since = announced_.empty() ? "" : " from photo " + std::to_string(photo_) + " on";
        announced_ = device;
        const bool took_gpu = device_.kind == Device::Kind::automatic && device != "cpu";
        if (options_.verbose || (took_gpu && !options_.quiet))
            say("device " + device + since + ", weights " + weights_hash(weights_));
    }

    void report(const std::string& path, const Failure& failure) {
        failed_ = true;
        results_.write(record(options_.format, path, failure));
        say(failure.message);
    }

    int interrupted() {
        const auto partial = results_.keep_partial();
        say("interrupted" + (partial ? "; what was finished is in " + *partial : ""));
        return 128 + stop_signal;
    }

    const AnalyzeOptions& options_;
    Device device_;
    Results results_;
    PictureFolders pictures_;
    Weights weights_;
    ScoreMeaning meaning_;
    std::unique_ptr<Engine> engine_;  // one of these two reads
    std::optional<LateEngine>& late_;
    Timing timing_;
    std::string announced_;  // the device said last
    int photo_ = 0;          // the one being read, counted from 1
    bool several_ = false;   // images, or a folder
    bool failed_ = false;
    bool finished_any_ = false;
};
}  // namespace

static void check(const AnalyzeOptions& options) {
    if (options.paths.empty())
        throw Error(ErrorCode::usage, "expected the PATH of an image, found none (analyze --help)");
    if (std::count(options.paths.begin(), options.paths.end(), kStandardInput) > 1)
        throw Error(ErrorCode::usage, "-: expected standard input once, found it several times");
}

static int analyze(int argc, char** argv, std::optional<LateEngine>& late) {
    AnalyzeOptions options;
    CLI::App app;
    declare_options(app, options);
    try {
        parse_command_line(app, argc, argv);
    } catch (const CLI::CallForHelp&) {
        write_all(STDOUT_FILENO, app.help(), "standard output");
        return 0;
    }
    if (options.version) {
        const std::string source = options.weights.empty() ? "built in" : options.weights;
        write_all(STDOUT_FILENO, version_text(weights_of(options), source), "standard output");
        return 0;
    }
    check(options);
    return Run(options, late).all();
}

static int exit_status_of(int argc, char** argv, std::optional<LateEngine>& late) {
    try {
        return analyze(argc, argv, late);
    } catch (const Error& e) {
        say(e.what());
        return exit_status(e.code());
    } catch (const std::exception& e) {
        say(std::string("expected no fault of this program, found: ") + e.what());
        return 1;
    }
}

}  // namespace chiffre

int main(int argc, char** argv) {
    using namespace chiffre;
    hold_standard_streams();
    stop_politely_on_signals();
    std::optional<LateEngine> late;
    const int status = exit_status_of(argc, argv, late);
    // A thread inside the CUDA driver cannot be interrupted. Leaving main() would wait for it in ~LateEngine, and not
    // to wait would let exit() destroy what it uses. Nothing else is left to do: results and talk went out by write(),
    // and the run is destroyed, so its files have been renamed or removed.
    if (late && late->is_opening()) std::_Exit(status);
    return status;
}
