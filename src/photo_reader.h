// photo_reader.h -- files -> readings, with the engine that the options ask for and all that is said meanwhile. What is
// done with the readings is left to the commands of analyze.
#pragma once

#include <chrono>
#include <memory>
#include <new>
#include <opencv2/core.hpp>
#include <set>
#include <string>
#include <variant>

#include "analyze_options.h"
#include "error.h"
#include "pipeline.h"
#include "report/report.h"
#include "report/timing.h"
#include "run/engines.h"
#include "weights.h"

namespace chiffre {

// Does `work` for one image and returns its result, or why there is none. What concerns the whole run (weights, device,
// output) is thrown on.
template <typename Work>
auto attempt(const std::string& name, Work&& work) -> std::variant<decltype(work()), Failure> {
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
    } catch (...) {
        return Failure{"internal", name + ": expected no fault of this program, found one without a name"};
    }
}

inline double ms_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// Those that the options name, or those built in. Throws Error(bad_weights), also where they see otherwise.
ReadingWeights weights_of(const AnalyzeOptions& options);

class PhotoReader {
  public:
    // several: more than one image is to be read. `engines` has opened none and outlives the reader. Throws
    // Error(bad_weights, no_device), and Error(usage) where no row could be as the options expect.
    PhotoReader(const AnalyzeOptions& options, const Device& device, bool several, Engines& engines);

    // May be called by several threads at a time. Throws what read_file() and read_photo() throw.
    Reading read(const std::string& path, Trace* trace = nullptr) const;

    // The others are for the one thread that takes the readings, in order.

    // For each image that was read, before its result is written: says which device reads, where that is news. photo:
    // its number among all, from 1.
    void announce(const Reading& reading, std::int64_t photo);
    // And afterwards: says what the options want to be said and takes the times. report_ms: of writing results and
    // pictures.
    void tell(const std::string& path, const Reading& reading, double report_ms);

    // When all images have been read. Throws Error(no_device).
    void finish();
    // What the options want to be said at the end.
    void tell_times();

    const ReadingWeights& weights() const { return *weights_; }
    const ScoreMeaning& meaning() const { return meaning_; }

  private:
    const AnalyzeOptions& options_;
    Device device_;
    std::shared_ptr<const ReadingWeights> weights_;
    ScoreMeaning meaning_, context_meaning_;
    ReadOptions read_options_;
    Engines& engines_;
    Timing timing_;
    std::set<std::string> announced_;  // devices that were
};

}  // namespace chiffre
