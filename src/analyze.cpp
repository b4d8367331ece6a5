// analyze.cpp -- the program that reads the digits in photographs. Parse, check, open, run, report, in this order; only
// here are errors caught and turned into messages and exit statuses.
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <cstdlib>

#include "analyze_options.h"
#include "atomic_file.h"
#include "console.h"
#include "error.h"
#include "evaluation/evaluate.h"
#include "inputs.h"
#include "photo_reader.h"
#include "run/engines.h"
#include "run/run.h"
#include "version.h"

namespace chiffre {

static void check(const AnalyzeOptions& options) {
    if (options.paths.empty() && options.lists.empty())
        throw Error(ErrorCode::usage, "expected the PATH of an image, found none (analyze --help)");
    const auto count_of_stdin = [](const std::vector<std::string>& names) {
        return std::count(names.begin(), names.end(), kStandardInput);
    };
    if (count_of_stdin(options.paths) + count_of_stdin(options.lists) > 1)
        throw Error(ErrorCode::usage, "-: expected standard input once, found it several times");
    if (options.resume && options.output.empty())
        throw Error(ErrorCode::usage, "--resume: expected --output FILE, which is to be gone on with, found none");
}

static int analyze(int argc, char** argv, Engines& engines) {
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
    if (app.got_subcommand(kEvaluate)) return evaluation::evaluate(options, engines);
    check(options);
    return run(options, engines);
}

static int exit_status_of(int argc, char** argv, Engines& engines) {
    try {
        return analyze(argc, argv, engines);
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
    Engines engines;
    const int status = exit_status_of(argc, argv, engines);
    // A thread inside the CUDA driver cannot be interrupted. Leaving main() would wait for it in ~LateEngine, and not
    // to wait would let exit() destroy what it uses. Nothing else is left to do: results and talk went out by write(),
    // and the run is destroyed, so its files have been renamed or removed.
    if (engines.are_opening()) std::_Exit(status);
    return status;
}
