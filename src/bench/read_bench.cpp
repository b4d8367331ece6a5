// read_bench.cpp -- a folder of photos: how many analyze reads in a second, beside the rate at which the same cores do
// nothing but decode them, on one core and on all, on CPU and GPU, where the time goes, and beside Tesseract. Where the
// folder has labels, how much each reads right.
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/crew.h"
#include "bench/folder_readers.h"
#include "bench/laboratory.h"
#include "bench/programs.h"
#include "error.h"
#include "evaluation/labels.h"
#include "evaluation/statistics.h"
#include "plot/process.h"
#include "run/folder_walk.h"

namespace chiffre::bench {
namespace {

namespace fs = std::filesystem;

struct ReadOptions {
    LabOptions lab;
    std::string folder;  // empty: drawn
    int count = 40;      // of drawn photos
    int jobs = 0;        // 0: as many as cores
    int tesseract = 16;  // photos that it reads; it takes seconds for each
};

struct Collection {
    std::vector<std::string> photos;
    std::vector<evaluation::Label> labels;  // parallel to photos; empty where nothing is said
};

// Photographs of 12 megapixels with 40 digits each, as a telephone writes them, with their labels.
void draw(const fs::path& folder, int count) {
    run_program({program_beside("synthesize").string(), "--style", "paper", "--megapixels", "12", "--rows", "5",
                 "--digits", "8", "--seed", "1", "--count", std::to_string(count), "--output", folder.string()});
}

// Those with labels where there are labels, else all images.
Collection collect(const std::string& folder) {
    Collection collection;
    try {
        collection.labels = evaluation::read_labels(folder).pictures;
        for (const evaluation::Label& label : collection.labels) collection.photos.push_back(label.path.string());
        return collection;
    } catch (const Error& e) {
        if (e.code() != ErrorCode::not_found) throw;
    }
    const FolderRules rules;
    FolderWalk walk(folder, rules);
    while (auto found = walk.next()) {
        if (found->failure) throw Error(ErrorCode::no_images, found->failure->message);
        collection.photos.push_back(std::move(found->path));
    }
    return collection;
}

// Over the first photos, as many as there are readings; nothing without labels.
std::optional<evaluation::Tally> judge(const Collection& collection, const FolderReading& reading) {
    if (collection.labels.empty()) return std::nullopt;
    evaluation::Tally tally;
    for (std::size_t i = 0; i < reading.rows.size(); ++i) {
        Reading one;
        for (const std::string& text : reading.rows[i]) {
            Row row;
            for (const char digit : text) row.digits.push_back({digit, 0, {}, false, {}});
            one.rows.push_back(std::move(row));
        }
        tally.add(collection.labels[i], evaluation::judge(collection.labels[i], one));
    }
    return tally;
}

// One way of going through the folder, measured several times.
struct Contestant {
    std::string what;
    int jobs;
    std::string device;  // empty: it decodes only
    std::vector<double> samples_s = {};
    FolderReading last = {};

    double median_s() const { return summarize(samples_s, Clock::wall).median_s; }
};

class Results {
  public:
    Results(const Collection& collection, const std::vector<Contestant>& contestants, const Contestant* tesseract,
            std::size_t tesseract_photos)
        : collection_(collection), contestants_(contestants) {
        if (tesseract) {
            const double photos = static_cast<double>(collection.photos.size());
            const auto seen = static_cast<double>(tesseract_photos);
            baseline_ = {"tesseract", tesseract->median_s() * photos / seen};
        }
        for (const Contestant& each : contestants) add(each, static_cast<double>(collection.photos.size()));
        if (tesseract) add(*tesseract, static_cast<double>(tesseract_photos));
    }
    const Table& table() const { return table_; }
    const Plot& plot() const { return plot_; }

  private:
    // Rates of decoding alone on as many cores.
    const Contestant& decoder(int jobs) const {
        return *std::find_if(contestants_.begin(), contestants_.end(),
                             [&](const Contestant& each) { return each.device.empty() && each.jobs == jobs; });
    }
    // How many times as fast as with one job.
    double scaling(const Contestant& one) const {
        const auto alone = std::find_if(contestants_.begin(), contestants_.end(), [&](const Contestant& each) {
            return each.what == one.what && each.device == one.device && each.jobs == 1;
        });
        return alone == contestants_.end() || one.jobs == 1 ? kNone : alone->median_s() / one.median_s();
    }

    void add(const Contestant& one, double photos) {
        const bool reads = !one.device.empty(), is_ours = one.what == "analyze";
        const auto tally = reads ? judge(collection_, one.last) : std::nullopt;
        const auto all = static_cast<double>(collection_.photos.size());
        const Limit limit = is_ours ? Limit{"decoding alone", all / decoder(one.jobs).median_s()} : Limit{};
        const std::string device = one.last.device.empty() ? "cpu" : one.last.device;
        bench::add(table_,
                   {.parameters = {one.what, device, std::int64_t{one.jobs}, static_cast<std::int64_t>(photos)},
                    .timing = summarize(one.samples_s, Clock::wall),
                    .work = photos,
                    .unit = "photos/s",
                    .baseline = is_ours ? baseline_ : Baseline{},
                    .limit = limit,
                    .extras = {scaling(one), tally ? tally->exact_share() : kNone,
                               tally ? tally->digit_error_rate() : kNone, tally ? tally->false_rate() : kNone}});
        plot_.series.front().points.emplace_back(plot_.names.size(), photos / one.median_s());
        plot_.names.push_back(one.what + ", " + device + ", " + std::to_string(one.jobs));
    }

    const Collection& collection_;
    const std::vector<Contestant>& contestants_;
    Baseline baseline_;
    Table table_ =
        timed_table({{"what", Kind::text}, {"on", Kind::text}, {"jobs", Kind::count}, {"photos", Kind::count}},
                    {{"scaling", Kind::number},
                     {"exact", Kind::share},
                     {"digit_errors", Kind::share},
                     {"false_digits", Kind::share}});
    Plot plot_{.title = "Reading a folder", .x_label = "", .y_label = "photos/s", .series = {{"median", {}}}};
};

// Milliseconds of each stage for a photo, as analyze says, with one job: threads that share memory slow each other.
std::string stages(const std::vector<Contestant>& contestants) {
    Table table({{"on", Kind::text}, {"stage", Kind::text}, {"ms_per_photo", Kind::number}, {"share", Kind::share}});
    for (const Contestant& each : contestants) {
        if (each.jobs != 1 && each.device == "cpu") continue;
        double all = 0;
        for (const auto& [stage, ms] : each.last.stages_ms) all += ms;
        for (const auto& [stage, ms] : each.last.stages_ms) table.add({each.last.device, stage, ms, ms / all});
    }
    return "\n" + table.text();
}

// Whoever reads on another device or with more jobs must read the same.
void check_agreement(const std::vector<Contestant>& contestants) {
    const FolderReading* first = nullptr;
    for (const Contestant& each : contestants) {
        if (each.device.empty()) continue;
        if (!first) first = &each.last;
        if (each.last.rows != first->rows)
            throw Error(ErrorCode::bad_data, "analyze on " + each.last.device + ", " + std::to_string(each.jobs) +
                                                 " jobs: expected what one job on " + first->device +
                                                 " reads, found another reading");
    }
}

std::vector<Contestant> line_up(const Laboratory& laboratory, int jobs) {
    std::vector<Contestant> all;
    for (const int each : {1, jobs}) {
        if (each == 1 && jobs == 1 && !all.empty()) continue;
        all.push_back({"decoding alone", each, ""});
        all.push_back({"analyze", each, "cpu"});
        if (laboratory.gpu().index != kNoGpu)
            all.push_back({"analyze", each, "cuda:" + std::to_string(laboratory.gpu().index)});
    }
    laboratory.say_skipped_without_gpu("analyze on the GPU");
    return all;
}

std::optional<Contestant> ask_tesseract(Paths photos, int jobs) {
    if (photos.empty()) return std::nullopt;
    if (!has_tesseract()) {
        std::cerr << "bench: SKIPPED: tesseract is missing; it comes with the package tesseract-ocr\n";
        return std::nullopt;
    }
    Contestant tesseract{"tesseract", jobs, "cpu"};
    tesseract.last = read_by_tesseract(photos, jobs);
    tesseract.samples_s.push_back(tesseract.last.wall_s);
    return tesseract;
}

void run_read(const ReadOptions& options) {
    const Laboratory laboratory(options.lab);
    const TemporaryFolder drawn;
    if (options.folder.empty()) draw(drawn.path() / "photos", options.count);
    const Collection collection = collect(options.folder.empty() ? (drawn.path() / "photos").string() : options.folder);
    const int jobs = options.jobs > 0 ? options.jobs : core_count();
    std::vector<Contestant> contestants = line_up(laboratory, jobs);
    decode_all(collection.photos, jobs);  // brings the files into memory
    // In turn, so that whatever slows the machine slows all.
    for (int i = 0; i < options.lab.effort().repetitions; ++i)
        for (Contestant& each : contestants) {
            if (each.device.empty()) {
                each.samples_s.push_back(decode_all(collection.photos, each.jobs));
                continue;
            }
            each.last = read_by_analyze(collection.photos, each.jobs, each.device);
            each.samples_s.push_back(each.last.wall_s);
        }
    check_agreement(contestants);
    const auto few = std::min(collection.photos.size(), static_cast<std::size_t>(options.tesseract));
    const auto tesseract = ask_tesseract(Paths(collection.photos).first(few), jobs);
    const Results results(collection, contestants, tesseract ? &*tesseract : nullptr, few);
    laboratory.publish(results.table(), results.plot());
    print(stages(contestants));
}

}  // namespace

Subcommand declare_read(CLI::App& bench) {
    const auto options = std::make_shared<ReadOptions>();
    options->lab.repetitions = 3;
    CLI::App* command = bench.add_subcommand(
        "read",
        "a folder of photos: analyze beside decoding alone and beside Tesseract, CPU against GPU, stage by stage");
    command->add_option("FOLDER", options->folder, "photos, with labels.tsv or truth.jsonl or without [drawn ones]");
    command->add_option("--count", options->count, "how many to draw where no folder is named")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    command->add_option("--jobs", options->jobs, "photos read side by side, beside one [one for each core]")
        ->check(CLI::Range(1, 1024));
    command->add_option("--tesseract", options->tesseract, "photos that Tesseract reads, the first ones; 0: none")
        ->check(CLI::Range(0, 1'000'000))
        ->capture_default_str();
    add_lab_options(*command, options->lab);
    return {command, [options] { run_read(*options); }};
}

}  // namespace chiffre::bench
