// analyze.cpp -- the program that reads the digits in photographs. Parse, check, open, run, report, in this order; only
// here are errors caught and turned into messages and exit statuses.
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <variant>

#include "analyze_options.h"
#include "atomic_file.h"
#include "console.h"
#include "error.h"
#include "evaluation/evaluate.h"
#include "inputs.h"
#include "late_engine.h"
#include "photo_reader.h"
#include "report/picture_folders.h"
#include "results.h"
#include "version.h"

namespace chiffre {
namespace {
// One run over all images. `late` is empty and outlives it; there engines are opened in the background.
class Run {
  public:
    Run(const AnalyzeOptions& options, LateEngines& late)
        : options_(options),
          device_(parse_device(options.device)),
          results_(options.output, options.force, header(options.format)),
          pictures_(options.debug_dir, options.annotate_dir, options.force),
          several_(options.paths.size() > 1 || is_folder(options.paths.front())),
          reader_(options, device_, several_, late) {}

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
    int read_all() {
        for (const std::string& argument : options_.paths) {
            const auto images = attempt(argument, [&] { return images_of(argument); });
            if (const Failure* failure = std::get_if<Failure>(&images)) {
                report(argument, *failure);
                continue;
            }
            for (const std::string& path : std::get<0>(images)) {
                one(path);
                if (stop_signal() != 0) return interrupted();
            }
        }
        reader_.finish();
        results_.finish();
        reader_.tell_times();
        return failed_ ? exit_status(ErrorCode::unreadable) : 0;
    }

    void one(const std::string& path) {
        double pictures_ms = 0;
        const auto outcome = attempt(shown_name(path), [&] {
            if (!pictures_.wanted()) return reader_.read(path);
            Trace trace;
            Reading reading = reader_.read(path, &trace);
            const auto start = std::chrono::steady_clock::now();
            pictures_.write(path, reading, trace, reader_.meaning());
            pictures_ms = ms_since(start);
            return reading;
        });
        if (const Reading* reading = std::get_if<Reading>(&outcome))
            report(path, *reading, pictures_ms);
        else if (stop_signal() == 0)  // else it may have failed because the signal ended its reading
            report(path, std::get<Failure>(outcome));
    }

    void report(const std::string& path, const Reading& reading, double pictures_ms) {
        const auto start = std::chrono::steady_clock::now();
        reader_.announce(reading);
        results_.write(record(options_.format, path, reading, several_));
        finished_any_ = true;
        reader_.tell(path, reading, pictures_ms + ms_since(start));
        if (!options_.quiet && reading.rows.empty() && options_.format == Format::text && !several_)
            say(shown_name(path) + ": no digits found");
    }

    void report(const std::string& path, const Failure& failure) {
        failed_ = true;
        results_.write(record(options_.format, path, failure));
        say(failure.message);
    }

    int interrupted() {
        const auto partial = results_.keep_partial();
        say("interrupted" + (partial ? "; what was finished is in " + *partial : ""));
        return 128 + stop_signal();
    }

    const AnalyzeOptions& options_;
    Device device_;
    Results results_;
    PictureFolders pictures_;
    bool several_;  // images, or a folder
    PhotoReader reader_;
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

static int analyze(int argc, char** argv, LateEngines& late) {
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
        const ReadingWeights weights = weights_of(options);
        const auto named = [](const Weights& each, const std::string& file) {
            return weights_hash(each) + " (" + (file.empty() ? "built in" : file) + ")";
        };
        const std::string text = version_text(named(weights.alone, options.weights) + ", context " +
                                              named(weights.context, options.context_weights));
        write_all(STDOUT_FILENO, text, "standard output");
        return 0;
    }
    if (app.got_subcommand(kEvaluate)) return evaluation::evaluate(options, late);
    check(options);
    return Run(options, late).all();
}

static int exit_status_of(int argc, char** argv, LateEngines& late) {
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

// A photo's pictures take tens of megabytes, and the next photo takes as many: memory once taken is kept, for to return
// it and have it zeroed again would cost a tenth of the time.
static void keep_memory() {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 1 << 25);  // the most that it accepts
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

int main(int argc, char** argv) {
    using namespace chiffre;
    keep_memory();
    hold_standard_streams();
    stop_politely_on_signals();
    LateEngines late;
    const int status = exit_status_of(argc, argv, late);
    // A thread inside the CUDA driver cannot be interrupted. Leaving main() would wait for it in ~LateEngine, and not
    // to wait would let exit() destroy what it uses. Nothing else is left to do: results and talk went out by write(),
    // and the run is destroyed, so its files have been renamed or removed.
    if (late.are_opening()) std::_Exit(status);
    return status;
}
