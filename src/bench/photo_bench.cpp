// photo_bench.cpp -- what it costs to read one photo: the whole process beside `djpeg -grayscale`, which only decodes
// the same file, the stages of read_photo, and pages full of digits, read on two cores, with what the engine has to
// classify for each. Processes run in turn, so that whatever slows the machine slows both.
#include <cmath>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <utility>
#include <vector>

#include "atomic_file.h"
#include "bench/laboratory.h"
#include "bench/programs.h"
#include "error.h"
#include "inputs.h"
#include "pipeline.h"
#include "plot/process.h"
#include "report/jpeg_writer.h"
#include "report/report.h"
#include "synthesis/paint.h"

namespace chiffre::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostPhotoBytes = 1 << 30;

struct PhotoOptions {
    LabOptions lab;
    fs::path photo;    // empty: drawn
    int width = 4000;  // of the drawn one: 12 megapixels
};

struct Drawing {
    int width, height, rows, digits;  // so many in a row
    synthesis::Style style;
};

Drawing forty_digits(int width) {
    return {width, width * 3 / 4, 5, 8, synthesis::Style::paper};
}
constexpr Drawing kFullPages[] = {{3000, 2000, 20, 40, synthesis::Style::plain},
                                  {4000, 3000, 20, 40, synthesis::Style::plain}};

constexpr int kFullPageCores = 2;

std::string draw(const Drawing& drawing) {
    constexpr std::uint64_t kSeed = 1;
    const synthesis::SceneOptions options{.width = drawing.width,
                                          .height = drawing.height,
                                          .rows = synthesis::Range{drawing.rows, drawing.rows},
                                          .digits = synthesis::Range{drawing.digits, drawing.digits},
                                          .style = drawing.style,
                                          .with = {},
                                          .without = {},
                                          .quality = 90,  // about what telephones write
                                          .fonts = {}};
    const synthesis::Scene scene = synthesis::draw_scene(options, kSeed, 0);
    return encode_jpeg(synthesis::paint(scene).rgb, scene.quality);
}

// Counts what it is given to classify.
class CountingEngine final : public Engine {
  public:
    explicit CountingEngine(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
    void classify(std::span<const Tile> tiles, std::span<Scores> scores) override {
        tiles_ += tiles.size();
        engine_->classify(tiles, scores);
    }
    std::string device() const override { return engine_->device(); }
    std::size_t take_count() { return std::exchange(tiles_, 0); }

  private:
    std::unique_ptr<Engine> engine_;
    std::size_t tiles_ = 0;
};

// One photo in memory, read by this process; what the CPU does, on so many cores.
class Reader {
  public:
    Reader(std::string name, std::vector<std::uint8_t> bytes, const std::string& device, int cores)
        : name_(std::move(name)),
          bytes_(std::move(bytes)),
          weights_(default_weights()),
          context_weights_(default_context_weights()),
          engine_(open_engine(parse_device(device), weights_)),
          context_engine_(open_engine(parse_device(device), context_weights_)) {
        cv::setNumThreads(cores);
    }
    Reading read() {
        return read_photo(
            bytes_, name_,
            {{engine_, score_meaning(weights_)}, Judge{context_engine_, score_meaning(context_weights_)}});
    }
    // Of one reading: candidates, in as many variants as they are classified in, and in context.
    double tiles() {
        engine_.take_count(), context_engine_.take_count();
        read();
        return static_cast<double>(engine_.take_count() + context_engine_.take_count());
    }

  private:
    std::string name_;
    std::vector<std::uint8_t> bytes_;
    Weights weights_, context_weights_;
    CountingEngine engine_, context_engine_;
};

// The process and the function must read the same. The first run also brings program and photo into the page cache.
void check_agreement(const Command& analyze, Reader& reader, const fs::path& folder) {
    const fs::path output = folder / "reading.txt";
    run_program(analyze, {.output = output});
    std::ifstream file(output);
    const std::string process{std::istreambuf_iterator<char>(file), {}};
    const std::string function = text_rows(reader.read());
    if (process != function)
        throw Error(ErrorCode::bad_data,
                    analyze[0] + ": expected what read_photo reads of " + analyze.back() + ", found another reading");
}

// Whether djpeg decodes the photo; says so where it is missing.
bool can_decode(const Command& djpeg) {
    try {
        run_program(djpeg);
        return true;
    } catch (const Error& e) {
        if (e.code() != ErrorCode::not_found) throw;
        std::cerr << "bench: SKIPPED: djpeg is missing; it comes with the package libjpeg-turbo-progs\n";
        return false;
    }
}

double median(const std::vector<double>& values) {
    return summarize(values, Clock::processor).median_s;
}

struct Results {
    Table table =
        timed_table({{"what", Kind::text}, {"of", Kind::text}, {"times_djpeg", Kind::number}, {"tiles", Kind::number}});
    Plot plot{.title = "Reading one photo", .x_label = "", .y_label = "ms, median", .series = {{"median", {}}}};

    void add(const std::string& of, const std::string& what, const std::vector<double>& samples_s, Clock clock,
             const Baseline& baseline = {}, double times_djpeg = kNone) {
        add(of, what, summarize(samples_s, clock), kNone, baseline, times_djpeg);
    }
    void add(const std::string& of, const std::string& what, const Timing& timing, double tiles,
             const Baseline& baseline = {}, double times_djpeg = kNone) {
        bench::add(table, {.parameters = {what, of, times_djpeg, tiles},
                           .timing = timing,
                           .work = 1,
                           .unit = "photos/s",
                           .baseline = baseline});
        plot.series.front().points.emplace_back(plot.names.size(), 1e3 * timing.median_s);
        plot.names.push_back(what);
    }
};

struct Samples {
    std::vector<double> analyze_s, djpeg_s, ratios;

    void add(double analyze, double djpeg) {
        analyze_s.push_back(analyze);
        djpeg_s.push_back(djpeg);
        ratios.push_back(analyze / djpeg);
    }
    void add_to(Results& results, const std::string& clock) const {
        const bool beside_djpeg = !std::isnan(djpeg_s.front());
        const Baseline baseline = beside_djpeg ? Baseline{"djpeg, " + clock, median(djpeg_s)} : Baseline{};
        if (beside_djpeg) results.add("process", baseline.name, djpeg_s, Clock::processor, baseline, 1);
        results.add("process", "analyze, " + clock, analyze_s, Clock::processor, baseline,
                    beside_djpeg ? median(ratios) : kNone);
    }
};

// Where the kernel counts ticks, it estimates how time divides into user and system; their sum is exact everywhere.
void processes(Results& results, const Command& analyze, const Command& djpeg, int repetitions) {
    const bool beside_djpeg = can_decode(djpeg);
    Samples user, total;
    for (int i = 0; i < repetitions; ++i) {
        const ProcessorTime ours = run_program(analyze);
        const ProcessorTime theirs = beside_djpeg ? run_program(djpeg) : ProcessorTime{kNone, kNone};
        user.add(ours.user_s, theirs.user_s);
        total.add(ours.total_s(), theirs.total_s());
    }
    user.add_to(results, "user");
    total.add_to(results, "user + system");
}

void stages(Results& results, Reader& reader, int repetitions) {
    std::vector<std::string> order;
    std::map<std::string, std::vector<double>> times;
    for (int i = 0; i < repetitions; ++i)
        for (const StageTime& time : reader.read().times) {
            if (i == 0) order.push_back(time.stage);
            times[time.stage].push_back(1e-3 * time.ms);
        }
    for (const std::string& stage : order) results.add("stage", stage, times[stage], Clock::wall);
}

// Decoding and the engine included.
void whole_reading(Results& results, Reader& reader, const std::string& of, int repetitions) {
    const double tiles = reader.tiles();
    const Timing timing = measure_calls(repetitions, [&] { reader.read(); });
    results.add(of, "reading", timing, tiles);
}

void full_pages(Results& results, const LabOptions& lab) {
    for (const Drawing& page : kFullPages) {
        const std::string jpeg = draw(page);
        const std::string of = std::to_string(page.rows * page.digits) + " digits, " + std::to_string(page.width) +
                               "x" + std::to_string(page.height);
        Reader reader(of, {jpeg.begin(), jpeg.end()}, lab.device, kFullPageCores);
        whole_reading(results, reader, of, lab.repetitions);
    }
}

void run_photo(const PhotoOptions& options) {
    const Laboratory laboratory(options.lab);
    const TemporaryFolder folder;
    fs::path photo = options.photo;
    if (photo.empty()) {
        photo = folder.path() / "photo.jpg";
        write_atomically(photo, draw(forty_digits(options.width)));
    }
    const Command analyze{program_beside("analyze").string(), "-q", "--device", options.lab.device, photo.string()};
    const Command djpeg{"djpeg", "-grayscale", photo.string()};
    Reader reader(photo.string(), read_file(photo.string(), kMostPhotoBytes), options.lab.device, 1);
    check_agreement(analyze, reader, folder.path());
    Results results;
    processes(results, analyze, djpeg, options.lab.repetitions);
    stages(results, reader, options.lab.repetitions);
    whole_reading(results, reader, "photo", options.lab.repetitions);
    full_pages(results, options.lab);
    laboratory.publish(results.table, results.plot);
}

}  // namespace

Subcommand declare_photo(CLI::App& bench) {
    const auto options = std::make_shared<PhotoOptions>();
    options->lab.device = "cpu";
    options->lab.repetitions = 21;  // processor times of short processes scatter
    CLI::App* command =
        bench.add_subcommand("photo", "one photo: analyze beside djpeg, and the stages; pages of 800 digits");
    command->add_option("--photo", options->photo, "JPEG to read instead of a drawn one")->type_name("FILE");
    command->add_option("--width", options->width, "of the drawn photo, pixels")
        ->check(CLI::Range(640, 16'000))
        ->capture_default_str();
    add_lab_options(*command, options->lab);
    return {command, [options] { run_photo(*options); }};
}

}  // namespace chiffre::bench
