// photo_reader.cpp -- the engine is opened, photos are read with it, and standard error hears of both.
#include "photo_reader.h"

#include <cmath>

#include "console.h"
#include "cpu/isa.h"
#include "inputs.h"

namespace chiffre {

static std::string summary(const std::string& name, const Reading& reading) {
    std::size_t digits = 0;
    for (const Row& row : reading.rows) digits += row.digits.size();
    double ms = 0;
    for (const StageTime& time : reading.times) ms += time.ms;
    return name + ": " + std::to_string(reading.width) + "x" + std::to_string(reading.height) + " pixels, " +
           std::to_string(reading.rows.size()) + " rows, " + std::to_string(digits) + " digits, " +
           std::to_string(std::lround(ms)) + " ms";
}

ReadingWeights weights_of(const AnalyzeOptions& options) {
    ReadingWeights weights{
        options.weights.empty() ? default_weights() : load_weights(options.weights),
        options.context_weights.empty() ? default_context_weights() : load_weights(options.context_weights)};
    if (sees_context(weights.alone))
        throw Error(ErrorCode::bad_weights,
                    options.weights + ": expected weights for candidates alone, found some for context");
    if (!sees_context(weights.context))
        throw Error(
            ErrorCode::bad_weights,
            options.context_weights + ": expected weights for candidates in context, found some for them alone");
    return weights;
}

PhotoReader::PhotoReader(const AnalyzeOptions& options, const Device& device, bool several, LateEngines& late)
    : options_(options),
      device_(device),
      weights_(weights_of(options)),
      meaning_(score_meaning(weights_.alone)),
      context_meaning_(score_meaning(weights_.context)),
      read_options_{options.max_pixels, options.min_confidence, Pattern::both(options.digits, options.expect),
                    options.roi,        options.turn,           options.parts},
      late_(late) {
    open(several);
}

// A GPU takes longer to start than a photo to decode: it does so in the background. With `auto` and fp32 nobody waits
// for it. It is not started for one photo, which the CPU has read long before; of several, the CPU reads those that
// come before the GPU is ready, if its scores are the GPU's bit for bit: no result may depend on how soon that is.
void PhotoReader::open(bool several) {
    const Precision precision = parse_precision(options_.precision);
    const Notice notice = [quiet = options_.quiet](const std::string& line) {
        if (!quiet) say(line);
    };
    // Everything is copied: this may go on when the run has ended. What is to be noticed is so by the first network,
    // which has every photo.
    const auto open_it = [&](const Weights& weights, const Notice& told) {
        return [device = device_, weights, precision, told] { return open_engine(device, weights, precision, told); };
    };
    const auto open_cpu = [](const Weights& weights) { return open_engine({Device::Kind::cpu, {}}, weights); };
    if (device_.kind == Device::Kind::cpu || cuda_build().empty()) {
        engine_ = open_it(weights_.alone, notice)();
        context_engine_ = open_it(weights_.context, {})();
        return;
    }
    const bool cpu_may_read = device_.kind == Device::Kind::automatic && precision == Precision::fp32;
    if (cpu_may_read && !several) {
        engine_ = open_cpu(weights_.alone);
        context_engine_ = open_cpu(weights_.context);
        timing_.set_engine("cpu; a GPU is not opened for one photo");
        return;
    }
    const bool cpu_reads_meanwhile = cpu_may_read && cpu::chosen_kernels().fused_multiply_add;
    late_.alone.emplace(open_it(weights_.alone, notice), cpu_reads_meanwhile ? open_cpu(weights_.alone) : nullptr);
    late_.context.emplace(open_it(weights_.context, {}), cpu_reads_meanwhile ? open_cpu(weights_.context) : nullptr);
}

Networks PhotoReader::networks() {
    if (late_.alone) return {{*late_.alone, meaning_}, Judge{*late_.context, context_meaning_}};
    return {{*engine_, meaning_}, Judge{*context_engine_, context_meaning_}};
}

Reading PhotoReader::read(const std::string& path, Trace* trace) {
    // No format that we read needs more than 8 bytes a pixel (16-bit RGBA) and what cameras put beside the picture.
    constexpr std::int64_t kBytesPerPixel = 8, kExtraBytes = 64 << 20;
    ++photo_;
    const auto bytes = read_file(path, options_.max_pixels * kBytesPerPixel + kExtraBytes);
    return read_photo(bytes, shown_name(path), networks(), read_options_, trace);
}

void PhotoReader::announce(const Reading& reading) {
    const std::string& device = reading.device;
    if (device == announced_) return;
    const std::string since = announced_.empty() ? "" : " from photo " + std::to_string(photo_) + " on";
    announced_ = device;
    const bool took_gpu = device_.kind == Device::Kind::automatic && device != "cpu";
    if (options_.verbose || (took_gpu && !options_.quiet))
        say("device " + device + since + ", weights " + weights_hash(weights_.alone) + " and " +
            weights_hash(weights_.context));
}

void PhotoReader::tell(const std::string& path, const Reading& reading, double report_ms) {
    timing_.add(reading.times);
    timing_.add_report(report_ms);
    if (options_.verbose) say(summary(shown_name(path), reading));
    if (options_.quiet) return;
    for (const std::string& warning : reading.warnings) say(shown_name(path) + ": " + warning);
    if (reading.turned && reading.turned->quarters > 0 && !options_.turn)
        say(shown_name(path) + ": read after turning it " + std::to_string(90 * reading.turned->quarters) +
            " degrees clockwise");
}

void PhotoReader::finish() {
    // A GPU asked for that is not there is an error also where no photo came to need it.
    if (late_.alone && device_.kind == Device::Kind::cuda) late_.alone->wait();
}

void PhotoReader::tell_times() {
    if (late_.alone) timing_.set_opening(late_.alone->times());
    if (options_.timing) talk(timing_.table());
}

}  // namespace chiffre
