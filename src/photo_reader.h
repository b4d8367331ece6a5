// photo_reader.h -- files -> readings, with the engine that the options ask for and all that is said meanwhile. What is
// done with the readings is left to the commands of analyze.
#pragma once

#include <chrono>
#include <memory>
#include <new>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <variant>

#include "analyze_options.h"
#include "error.h"
#include "late_engine.h"
#include "pipeline.h"
#include "report/report.h"
#include "report/timing.h"
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
    }
}

inline double ms_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// Weights of the two networks that read (Networks in pipeline.h).
struct ReadingWeights {
    Weights alone, context;
};

// Those that the options name, or those built in. Throws Error(bad_weights), also where they see otherwise.
ReadingWeights weights_of(const AnalyzeOptions& options);

class PhotoReader {
  public:
    // several: more than one image is to be read. `late` is empty and outlives the reader; there engines are opened in
    // the background. Throws Error(bad_weights, no_device), and Error(usage) where no row could be as the options
    // expect.
    PhotoReader(const AnalyzeOptions& options, const Device& device, bool several, LateEngines& late);

    // Throws what read_file() and read_photo() throw.
    Reading read(const std::string& path, Trace* trace = nullptr);

    // For each image that was read, before its result is written: says which device reads, where that is news.
    void announce(const Reading& reading);
    // And afterwards: says what the options want to be said and takes the times. report_ms: of writing results and
    // pictures.
    void tell(const std::string& path, const Reading& reading, double report_ms);

    // When all images have been read. Throws Error(no_device).
    void finish();
    // What the options want to be said at the end.
    void tell_times();

    const ReadingWeights& weights() const { return weights_; }
    const ScoreMeaning& meaning() const { return meaning_; }

  private:
    void open(bool several);
    Networks networks();

    const AnalyzeOptions& options_;
    Device device_;
    ReadingWeights weights_;
    ScoreMeaning meaning_, context_meaning_;
    ReadOptions read_options_;
    std::unique_ptr<Engine> engine_, context_engine_;  // these or the late ones read
    LateEngines& late_;
    Timing timing_;
    std::string announced_;  // the device said last
    int photo_ = 0;          // the one being read, counted from 1
};

}  // namespace chiffre
