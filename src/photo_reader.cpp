// photo_reader.cpp -- the engine is opened, photos are read with it, and standard error hears of both.
#include "photo_reader.h"

#include <cmath>

#include "console.h"
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

PhotoReader::PhotoReader(const AnalyzeOptions& options, const Device& device, bool several, Engines& engines)
    : options_(options),
      device_(device),
      weights_(std::make_shared<const ReadingWeights>(weights_of(options))),
      meaning_(score_meaning(weights_->alone)),
      context_meaning_(score_meaning(weights_->context)),
      read_options_{options.max_pixels, options.min_confidence, Pattern::both(options.digits, options.expect),
                    options.roi,        options.turn,           options.parts},
      engines_(engines) {
    const Notice notice = [quiet = options.quiet](const std::string& line) {
        if (!quiet) say(line);
    };
    engines.open({device, parse_precision(options.precision), several, weights_, notice});
    if (engines.spares_gpu()) timing_.set_engine("cpu; a GPU is not opened for one photo");
}

Reading PhotoReader::read(const std::string& path, Trace* trace) const {
    // No format that we read needs more than 8 bytes a pixel (16-bit RGBA) and what cameras put beside the picture.
    constexpr std::int64_t kBytesPerPixel = 8, kExtraBytes = 64 << 20;
    const auto bytes = read_file(path, options_.max_pixels * kBytesPerPixel + kExtraBytes, stop_descriptor());
    const Engines::Seat seat = engines_.take();
    const Networks networks{{seat.alone(), meaning_}, Judge{seat.context(), context_meaning_}};
    return read_photo(bytes, shown_name(path), networks, read_options_, trace);
}

// Once for each device: with several threads photos that the CPU read come among those of a GPU.
void PhotoReader::announce(const Reading& reading, std::int64_t photo) {
    const std::string& device = reading.device;
    const std::string since = announced_.empty() ? "" : " from photo " + std::to_string(photo) + " on";
    if (!announced_.insert(device).second) return;
    const bool took_gpu = device_.kind == Device::Kind::automatic && device != "cpu";
    if (options_.verbose || (took_gpu && !options_.quiet))
        say("device " + device + since + ", weights " + weights_hash(weights_->alone) + " and " +
            weights_hash(weights_->context));
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
    if (device_.kind == Device::Kind::cuda) engines_.wait();
}

void PhotoReader::tell_times() {
    if (const auto times = engines_.opening_times()) timing_.set_opening(*times);
    if (options_.timing) talk(timing_.table());
}

}  // namespace chiffre
