// run.cpp -- the run: a stream of names, photos read side by side, and one place where results are taken in order.
#include "run/run.h"

#include <oneapi/tbb/info.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <opencv2/core/utility.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "console.h"
#include "error.h"
#include "gallery/gallery.h"
#include "inputs.h"
#include "photo_reader.h"
#include "report/picture_folders.h"
#include "run/failed_list.h"
#include "run/name_count.h"
#include "run/names.h"
#include "run/ordered.h"
#include "run/progress.h"
#include "run/replay.h"
#include "run/result_file.h"
#include "run/tally.h"

namespace chiffre {
namespace {

// A name and where the pictures of its photo go.
struct Task {
    Name name;
    PictureFolders::Names pictures;
    std::int64_t number = 0;  // among all, from 0
    bool for_page = false;    // its record was written by an earlier run
};

// What became of it.
struct Done {
    std::string path;
    std::variant<Reading, Failure> result;
    std::string record;
    std::string entry;     // of the page
    double report_ms = 0;  // that the record and pictures took
    bool stopped = false;  // not read, because the run is to end
    bool for_page = false;
};

ResultFile::Earlier earlier(const AnalyzeOptions& options) {
    if (options.resume) return ResultFile::Earlier::continue_;
    return options.force ? ResultFile::Earlier::replace : ResultFile::Earlier::refuse;
}

bool are_several(const AnalyzeOptions& options) {
    return options.paths.size() > 1 || !options.lists.empty() || is_folder(options.paths.front());
}

NameSources sources_of(const AnalyzeOptions& options) {
    NameSources sources{options.paths,   options.lists, options.null_separated,
                        options.folders, options.shard, stop_descriptor()};
    for (const std::string& folder : {options.debug_dir, options.annotate_dir, options.html_dir})
        if (!folder.empty()) sources.folders.avoid.push_back(folder);
    return sources;
}

ProgressStyle progress_style(const AnalyzeOptions& options, bool several) {
    if (options.progress == "json") return ProgressStyle::json;
    const char* const terminal = std::getenv("TERM");
    const bool can_draw = isatty(STDERR_FILENO) && terminal && std::string_view(terminal) != "dumb";
    const bool wanted = options.progress == "auto" && several && !options.quiet;
    return wanted && can_draw ? ProgressStyle::terminal : ProgressStyle::none;
}

class Run {
  public:
    Run(const AnalyzeOptions& options, Engines& engines)
        : options_(options),
          several_(are_several(options)),
          style_{options.format, several_, options.times},
          device_(parse_device(options.device)),
          results_(options.output, header(options.format), earlier(options)),
          failed_(options.errors_to, options.null_separated,
                  options.resume ? ResultFile::Earlier::replace : earlier(options)),
          pictures_(options.debug_dir, options.annotate_dir, options.force),
          gallery_({options.html_dir, options.debug_dir, options.shard.index, options.shard.count, options.force}),
          reader_(options, device_, several_, engines),
          names_(sources_of(options)) {
        if (options.jobs > 0)
            jobs_ = options.jobs;
        else if (several_)
            jobs_ = oneapi::tbb::info::default_concurrency();
        // Photos are read side by side; one photo alone has all threads.
        if (several_ || options.jobs > 0) cv::setNumThreads(several_ ? 1 : jobs_);
        if (!several_) jobs_ = 1;
        const int threads = threads_to_be_had(jobs_);
        if (threads < jobs_ && !options.quiet)
            say("--jobs: expected " + std::to_string(jobs_) + " threads, found that the system makes " +
                std::to_string(threads));
        jobs_ = threads;
    }

    int all() {
        go_on();
        gallery_.begin();
        Progress progress(progress_style(options_, several_), tally_);
        progress_ = &progress;
        if (progress_style(options_, several_) != ProgressStyle::none) count_.emplace(sources_of(options_));
        try {
            in_order(
                jobs_, [this] { return next(); }, [this](Task task) { return work(std::move(task)); },
                [this](Done done) { take(std::move(done)); });
            if (stop_signal() != 0) return interrupted();
            reader_.finish();
            gallery_.finish("complete");
            results_.finish();
            failed_.finish();
        } catch (...) {
            progress.end(tally_, total(), "failed");
            end_page();
            tell_of_partial("");
            throw;
        }
        progress.end(tally_, total(), "finished");
        reader_.tell_times();
        if (several_ && !options_.quiet) say(progress.summary(tally_, devices_));
        return tally_.failed > 0 ? exit_status(ErrorCode::unreadable) : 0;
    }

  private:
    // What an earlier run has done is not done again.
    void go_on() {
        const auto file = options_.resume ? results_.earlier_records() : std::nullopt;
        if (!file) return;
        const auto failed = [this](const std::string& path) { failed_.add(path); };
        const auto known = [this](const std::string& path) {
            pictures_.take(path);
            on_page_ += gallery_.has_next(path);
        };
        Replay done = replay(*file, style_, results_.was_complete(), names_, known, failed);
        results_.keep(done.bytes);
        tally_ = done.tally;
        pending_ = std::move(done.pending);
        number_ = tally_.photos();
        if (gallery_.wanted() && on_page_ < number_) complete_page();
    }

    // Photos that an earlier run has read, but that the page lacks, are read again for it: their records stay.
    void complete_page() {
        for (const std::string& list : options_.lists)
            if (std::error_code ignored; !std::filesystem::is_regular_file(list, ignored))
                throw Error(ErrorCode::usage, "--html: expected in " + options_.html_dir +
                                                  " a page of what --resume goes on with, found " +
                                                  std::to_string(on_page_) + " of " + std::to_string(number_) +
                                                  " photos, and names in a list that cannot be read twice");
        again_.emplace(sources_of(options_));
        for (std::int64_t i = 0; i < on_page_; ++i) again_->next();
    }

    std::optional<Task> next() {
        if (stop_signal() != 0) return std::nullopt;
        if (again_) {
            std::optional<Name> name = again_->next();
            const std::int64_t number = on_page_++;
            if (!name || on_page_ == number_) again_.reset();
            if (name) return Task{std::move(*name), {}, number, true};
        }
        std::optional<Name> name = pending_ ? std::exchange(pending_, std::nullopt) : names_.next();
        if (!name || stop_signal() != 0) return std::nullopt;
        Task task{std::move(*name), {}, number_++, false};
        task.pictures = pictures_.take(task.name.path);
        return task;
    }

    // Runs in several threads at a time.
    Done work(Task task) const {
        Done done{std::move(task.name.path), Failure{}, "", "", 0, false, task.for_page};
        if (stop_signal() != 0) {
            done.stopped = true;
            return done;
        }
        std::chrono::steady_clock::time_point read = std::chrono::steady_clock::now();
        if (task.name.failure) {
            done.result = std::move(*task.name.failure);
        } else {
            done.result = attempt(shown_name(done.path), [&] {
                Trace trace;
                const bool debugs = pictures_.wanted() && !task.for_page;
                Reading reading = reader_.read(done.path, debugs || gallery_.wanted() ? &trace : nullptr);
                read = std::chrono::steady_clock::now();
                if (debugs) pictures_.write(task.pictures, done.path, reading, trace, reader_.meaning());
                if (gallery_.wanted())
                    done.entry =
                        gallery_.write(task.number, done.path, reading, trace, reader_.meaning(), task.pictures.debug);
                done.record = record(style_, done.path, reading);
                return reading;
            });
        }
        if (const Failure* failure = std::get_if<Failure>(&done.result)) {
            done.stopped = stop_signal() != 0;  // it may have failed because the signal ended its reading
            done.record = record(style_, done.path, *failure);
            done.entry = gallery_.entry(task.number, done.path, *failure);
        }
        done.report_ms = ms_since(read);
        return done;
    }

    void take(Done done) {
        // What comes after a gap is left for another run: FILE.partial holds the first photos, whichever were quicker.
        if (done.stopped) ended_ = true;
        if (ended_) return;
        gallery_.add(done.entry);  // before the record: what is done has its place on the page
        if (done.for_page) return;
        const auto start = std::chrono::steady_clock::now();
        if (const Failure* failure = std::get_if<Failure>(&done.result)) {
            results_.write(done.record);
            failed_.add(done.path);
            ++tally_.failed;
            say(failure->message);
        } else {
            const Reading& reading = std::get<Reading>(done.result);
            reader_.announce(reading, tally_.photos() + 1);
            results_.write(done.record);
            tally_.add_reading(digits_of(reading));
            devices_.insert(reading.device);
            reader_.tell(done.path, reading, done.report_ms + ms_since(start));
            if (!options_.quiet && reading.rows.empty() && options_.format == Format::text && !several_)
                say(shown_name(done.path) + ": no digits found");
        }
        progress_->update(tally_, total());
    }

    int interrupted() {
        progress_->end(tally_, total(), "interrupted");
        gallery_.finish("interrupted");
        tell_of_partial("interrupted");
        return 128 + stop_signal();
    }

    // The run ends because of an error, which is what is told, not another.
    void end_page() {
        try {
            gallery_.finish("failed");
        } catch (const Error&) {
        }
    }

    void tell_of_partial(const std::string& why) {
        const auto partial = results_.was_complete() ? std::nullopt : results_.partial();
        const std::string where = partial ? "what was finished is in " + *partial : "";
        const std::string text = why + (why.empty() || where.empty() ? "" : "; ") + where;
        if (!text.empty()) say(text);
    }

    std::optional<std::int64_t> total() const { return count_ ? count_->total() : std::nullopt; }

    const AnalyzeOptions& options_;
    bool several_;  // images, or a folder
    RecordStyle style_;
    Device device_;
    ResultFile results_;
    FailedList failed_;
    PictureFolders pictures_;
    Gallery gallery_;
    PhotoReader reader_;
    Names names_;
    int jobs_ = 1;
    std::optional<Name> pending_;
    std::int64_t number_ = 0;   // of photos that have a record, or are being read
    std::int64_t on_page_ = 0;  // of those that an earlier run has read: what its page has
    std::optional<Names> again_;
    Progress* progress_ = nullptr;
    std::optional<NameCount> count_;
    Tally tally_;
    std::set<std::string> devices_;
    bool ended_ = false;
};

}  // namespace

int run(const AnalyzeOptions& options, Engines& engines) {
    return Run(options, engines).all();
}

}  // namespace chiffre
