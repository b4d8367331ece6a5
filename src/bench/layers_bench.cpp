// layers_bench.cpp -- each layer on one core of the CPU and on the GPU: first with numbers that can be checked by hand,
// then with random ones, timed. The CPU runs the plain loops of cpu/layers.h, the GPU the kernels of kernels/layers.h.
#include <algorithm>
#include <cstring>
#include <memory>

#include "bench/laboratory.h"
#include "bench/layer_step.h"
#include "bench/peak.h"
#include "bench/simple_values.h"
#include "cpu/cpu_engine.h"
#include "cpu/isa.h"
#ifdef CHIFFRE_HAS_CUDA
#include "bench/step_on_gpu.h"
#endif

namespace chiffre::bench {
namespace {

constexpr std::int64_t kCpuImages = 256;  // images are independent: the time of more is that of these, so many times

struct LayersOptions {
    LabOptions lab;
    std::int64_t batch = 65'536;
    bool print = false;
};

constexpr std::int64_t kMostImages = 1 << 24;

// Of the logits, sums of terms up to 16 for random tiles: float's rounding alone takes 1.2e-5, and it adds up over
// seven layers.
constexpr double kNetworkRounding = 5e-5;

// ---- numbers to check by hand ---------------------------------------------------------------------------------------

std::string shape_text(const Step& step) {
    const Shape shape = step.shape();
    return std::to_string(shape.c) + "x" + std::to_string(shape.h) + "x" + std::to_string(shape.w);
}

// Several images, so that a wrong stride between them shows.
constexpr std::int64_t kSimpleImages = 3;

std::vector<float> times_images(const std::vector<float>& one) {
    std::vector<float> all;
    for (std::int64_t i = 0; i < kSimpleImages; ++i) all.insert(all.end(), one.begin(), one.end());
    return all;
}

void check_simple_values(bool on_gpu, bool print_matrices) {
    const std::vector<float> parameters = simple_parameters();
    Table table(
        {{"step", Kind::text}, {"shape", Kind::text}, {"gives", Kind::text}, {"cpu", Kind::text}, {"gpu", Kind::text}});
    std::string shown;
    for (const SimpleStep& simple : simple_steps()) {
        const Step& step = simple.step;
        const std::vector<float> x = times_images(simple.x), expected = times_images(simple.expected);
        std::vector<float> y(expected.size());
        run_on_cpu(step, y.data(), x.data(), parameters, kSimpleImages);
        check_values(step.name + " on the CPU, simple values", expected, y, simple.tolerance);
        std::string gpu = "skipped";
#ifdef CHIFFRE_HAS_CUDA
        if (on_gpu) {
            y = StepOnGpu(step, x, kSimpleImages, parameters).outputs(0, kSimpleImages);
            check_values(step.name + " on the GPU, simple values", expected, y, simple.tolerance);
            gpu = "as expected";
        }
#else
        static_cast<void>(on_gpu);
#endif
        table.add({step.name, shape_text(step), simple.formula, std::string("as expected"), gpu});
        if (step.name == "c1") shown += matrices("input of c1", kLayers[kC1].in, simple.x);
        shown += matrices(step.name, step.shape(), std::span(y).first(step.outputs));
    }
    print("Simple values (m: map, x: column, o: output):\n" + table.text() + "\n");
    if (print_matrices) print(shown + "\n");
}

// ---- random numbers, timed ------------------------------------------------------------------------------------------

// One row: what, where, and what it cost.
struct Entry {
    std::string step, shape, device;
    std::int64_t images;
    double bytes, flop;  // of all images
};

class Race {
  public:
    Race(const Laboratory& laboratory, std::int64_t batch);

    void run(const Step& step);
    void run_network();
    void publish() const { laboratory_.publish(table_, plot_); }

  private:
    // The limit's rate is in units of which an image takes `limit_work_per_image`.
    void add(const Entry& entry, const Timing& timing, const Baseline& baseline, const Limit& limit,
             double limit_work_per_image);
    void add_bar(const std::string& name, double value) {
        plot_.series.front().points.emplace_back(plot_.names.size(), value);
        plot_.names.push_back(name);
    }
    void run_on_gpu(const Step& step, const std::vector<float>& x, const std::vector<float>& y, const Timing& cpu);
    void run_network_on_gpu(const std::vector<Tile>& tiles, const std::vector<Scores>& scores, const Timing& cpu);

    Timing measure_on_gpu(const SecondsOf& seconds_of) const {
        return measure_with(laboratory_.effort(), Clock::gpu, seconds_of);
    }
    // What the CPU's images would take were they as many as the GPU's.
    Baseline cpu_baseline(const Timing& cpu) const {
        return {"cpu", cpu.median_s * static_cast<double>(batch_) / static_cast<double>(cpu_images_)};
    }

    const Laboratory& laboratory_;
    std::int64_t batch_, cpu_images_;
    Weights weights_ = default_weights();
    Limit cpu_fma_;
    Limit gpu_fma_, gpu_memory_;
    double network_bytes_ = 0,
           network_limit_s_ = 0;  // of the steps from tile to scores on the GPU, one after the other
    Plot plot_{.title = "LeNet-5 layer by layer", .x_label = "", .y_label = "", .series = {{"median", {}}}};
    Table table_ = timed_table({{"step", Kind::text},
                                {"shape", Kind::text},
                                {"device", Kind::text},
                                {"images", Kind::count},
                                {"bytes", Kind::number},
                                {"bytes_per_s", Kind::rate},
                                {"flop_per_s", Kind::rate}});
};

Race::Race(const Laboratory& laboratory, std::int64_t batch)
    : laboratory_(laboratory), batch_(batch), cpu_images_(std::min(batch, kCpuImages)) {
    Crew alone(1);
    cpu_fma_ = cpu_fma_peak(cpu::chosen_kernels().isa, alone, laboratory.effort()).limit();
    const bool on_gpu = laboratory.gpu().index != kNoGpu;
    plot_.y_label = on_gpu ? "GPU beside one core of the CPU, times" : "one core of the CPU, microseconds an image";
    plot_.log_y = true;
#ifdef CHIFFRE_HAS_CUDA
    if (!on_gpu) return;
    const GpuPeaks peaks = gpu_peaks(laboratory.effort());
    gpu_fma_ = peaks.fma.limit();
    gpu_memory_ = peaks.memory.limit();
#endif
}

void Race::add(const Entry& entry, const Timing& timing, const Baseline& baseline, const Limit& limit,
               double limit_work_per_image) {
    const double seconds = timing.median_s;
    bench::add(table_, {.parameters = {entry.step, entry.shape, entry.device, entry.images, entry.bytes,
                                       entry.bytes / seconds, entry.flop > 0 ? entry.flop / seconds : kNone},
                        .timing = timing,
                        .work = static_cast<double>(entry.images),
                        .unit = "images/s",
                        .baseline = baseline,
                        .limit = limit,
                        .limit_work_per_work = limit_work_per_image});
}

void Race::run(const Step& step) {
    const std::vector<float> x = random_values(static_cast<std::size_t>(cpu_images_) * step.inputs, 1);
    std::vector<float> y(static_cast<std::size_t>(cpu_images_) * step.outputs);
    const auto work = [&] {
        run_on_cpu(step, y.data(), x.data(), weights_.values, cpu_images_);
        keep(y.data());
    };
    const Timing cpu = measure(laboratory_.effort(), Clock::processor, work);
    const bool multiplies = step.parameters() > 0;  // others are bound by memory, or by tanh and exp
    add({step.name, shape_text(step), "cpu", cpu_images_, step.bytes(cpu_images_), step.flop(cpu_images_)}, cpu, {},
        multiplies ? cpu_fma_ : Limit{}, step.flop(1));
    if (laboratory_.gpu().index == kNoGpu)
        add_bar(step.name, 1e6 * cpu.median_s / static_cast<double>(cpu_images_));
    else
        run_on_gpu(step, x, y, cpu);
}

void Race::run_network() {
    const Step tile = network_steps().front();
    const std::vector<float> bytes = random_values(static_cast<std::size_t>(cpu_images_) * tile.inputs, 1);
    std::vector<Tile> tiles(cpu_images_);
    std::memcpy(static_cast<void*>(tiles.data()), bytes.data(), tiles.size() * sizeof(Tile));
    std::vector<Scores> scores(tiles.size());
    const auto engine = cpu::open_engine(weights_);
    const Timing cpu = measure(laboratory_.effort(), Clock::processor, [&] { engine->classify(tiles, scores); });
    constexpr double kBytes = sizeof(Tile) + sizeof(Scores);
    const auto images = static_cast<double>(cpu_images_);
    add({"network", "10x1x1", "cpu engine", cpu_images_, kBytes * images, 2.0 * kMultiplyAdds * images}, cpu, {},
        cpu_fma_, 2.0 * kMultiplyAdds);
    if (laboratory_.gpu().index == kNoGpu)
        add_bar("network", 1e6 * cpu.median_s / static_cast<double>(cpu_images_));
    else
        run_network_on_gpu(tiles, scores, cpu);
}

#ifdef CHIFFRE_HAS_CUDA
void Race::run_on_gpu(const Step& step, const std::vector<float>& x, const std::vector<float>& y, const Timing& cpu) {
    StepOnGpu on_gpu(step, x, batch_, weights_.values);
    const std::string who = step.name + " on the GPU";
    check_values(who, y, on_gpu.outputs(0, cpu_images_), kRounding);
    // The last image too, where wrong indices of large batches would show.
    const std::size_t last = static_cast<std::size_t>((batch_ - 1) % cpu_images_) * step.outputs;
    check_values(who + ", last image", std::span(y).subspan(last, step.outputs), on_gpu.outputs(batch_ - 1, 1),
                 kRounding);

    const double memory_s = step.bytes(batch_) / gpu_memory_.rate, fma_s = step.flop(batch_) / gpu_fma_.rate;
    const bool memory_binds = memory_s > fma_s;
    if (step.kind != Step::Kind::softmax) {
        network_bytes_ += step.bytes(batch_);
        network_limit_s_ += std::max(memory_s, fma_s);
    }
    const Baseline baseline = cpu_baseline(cpu);
    const Timing timing = measure_on_gpu([&](int times) { return on_gpu.seconds(times); });
    const double bytes = step.bytes(batch_), flop = step.flop(batch_);
    add({step.name, shape_text(step), "gpu", batch_, bytes, flop}, timing, baseline,
        memory_binds ? gpu_memory_ : gpu_fma_, (memory_binds ? bytes : flop) / static_cast<double>(batch_));
    add_bar(step.name, baseline.median_s / timing.median_s);
}

void Race::run_network_on_gpu(const std::vector<Tile>& tiles, const std::vector<Scores>& scores, const Timing& cpu) {
    LayeredOnGpu network(tiles, batch_, weights_.values);
    const std::span<const float> expected(scores.data()->data(), scores.size() * kClasses);
    const std::size_t last = static_cast<std::size_t>((batch_ - 1) % cpu_images_) * kClasses;
    check_values("network on the GPU", expected, network.scores(0, cpu_images_), kNetworkRounding);
    check_values("network on the GPU, last image", expected.subspan(last, kClasses), network.scores(batch_ - 1, 1),
                 kNetworkRounding);
    const Baseline baseline = cpu_baseline(cpu);
    const Timing timing = measure_on_gpu([&](int times) { return network.seconds(times); });
    const auto images = static_cast<double>(batch_);
    add({"network", "10x1x1", "gpu", batch_, network_bytes_, 2.0 * kMultiplyAdds * images}, timing,
        {"cpu engine", baseline.median_s}, {"all steps at their limits", images / network_limit_s_}, 1);
    add_bar("network", baseline.median_s / timing.median_s);
}
#else
void Race::run_on_gpu(const Step&, const std::vector<float>&, const std::vector<float>&, const Timing&) {}
void Race::run_network_on_gpu(const std::vector<Tile>&, const std::vector<Scores>&, const Timing&) {}
#endif

void run_layers(const LayersOptions& options) {
    const Laboratory laboratory(options.lab);
    laboratory.say_skipped_without_gpu("the GPU's side of the layers");
    check_simple_values(laboratory.gpu().index != kNoGpu, options.print);
    Race race(laboratory, options.batch);
    for (const Step& step : network_steps()) race.run(step);
    race.run_network();
    race.publish();
}

}  // namespace

Subcommand declare_layers(CLI::App& bench) {
    const auto options = std::make_shared<LayersOptions>();
    CLI::App* command = bench.add_subcommand("layers", "each layer of the network, CPU beside GPU");
    command->add_option("--batch", options->batch, "images on the GPU; the CPU's share is at most 256 of them")
        ->check(CLI::Range(std::int64_t{1}, kMostImages))
        ->capture_default_str();
    command->add_flag("--print", options->print, "Print the matrices between the layers, of the simple values");
    add_lab_options(*command, options->lab);
    return {command, [options] { run_layers(*options); }};
}

}  // namespace chiffre::bench
