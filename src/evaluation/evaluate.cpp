// evaluate.cpp -- labels are read whole before the first picture, the figures are printed after the last one.
#include "evaluation/evaluate.h"

#include <chrono>
#include <variant>

#include "console.h"
#include "error.h"
#include "evaluation/failure_page.h"
#include "evaluation/labels.h"
#include "evaluation/report.h"
#include "evaluation/statistics.h"
#include "photo_reader.h"
#include "results.h"
#include "split.h"

namespace chiffre::evaluation {
namespace {

class Run {
  public:
    Run(const AnalyzeOptions& options, Engines& engines)
        : options_(options),
          device_(parse_device(options.device)),
          labels_(read_labels(options.labels)),
          results_(options.output, options.force),
          page_(options.page_dir, options.force),
          reader_(options, device_, labels_.pictures.size() > 1, engines) {}

    int all() {
        subject_.labels = options_.labels;
        subject_.pictures = static_cast<int>(labels_.pictures.size());
        subject_.unsure = labels_.unsure;
        subject_.weights = weights_hash(reader_.weights().alone);
        subject_.context_weights = weights_hash(reader_.weights().context);
        if (!options_.without.empty()) subject_.without = split(options_.without, ',');
        subject_.min_confidence = static_cast<double>(options_.min_confidence);
        for (const Label& label : labels_.pictures) {
            one(label);
            if (stop_signal() != 0) {
                say("interrupted; no figures of a part are printed");
                return 128 + stop_signal();
            }
        }
        reader_.finish();
        results_.write(options_.json ? evaluation_json(subject_, statistics_, misses_)
                                     : evaluation_text(subject_, statistics_));
        results_.finish();
        page_.finish(subject_, statistics_);
        reader_.tell_times();
        return subject_.unreadable > 0 ? exit_status(ErrorCode::unreadable) : 0;
    }

  private:
    void one(const Label& label) {
        ++photo_;
        const std::string path = label.path.string();
        Miss miss{label, {}, {}, {}};
        Trace trace;
        double page_ms = 0;
        const auto outcome = attempt(path, [&] {
            Reading reading = reader_.read(path, page_.wanted() ? &trace : nullptr);
            const auto start = std::chrono::steady_clock::now();
            miss.verdict = judge(label, reading);
            miss.got = rows_of(reading);
            if (!miss.verdict.rows_right) page_.add(miss, &reading, &trace, reader_.meaning());
            page_ms = ms_since(start);
            return reading;
        });
        if (const Reading* reading = std::get_if<Reading>(&outcome)) {
            reader_.announce(*reading, photo_);
            reader_.tell(path, *reading, page_ms);
            subject_.device = reading->device;
        } else {
            if (stop_signal() != 0) return;  // it may have failed because the signal ended its reading
            miss.failure = std::get<Failure>(outcome);
            miss.verdict = judge(label, {});
            miss.got.clear();
            ++subject_.unreadable;
            say(miss.failure->message);
            page_.add(miss, nullptr, nullptr, reader_.meaning());
        }
        statistics_.add(label, miss.verdict);
        if (!miss.verdict.rows_right || miss.failure) misses_.push_back(std::move(miss));
    }

    const AnalyzeOptions& options_;
    Device device_;
    Labels labels_;
    Results results_;
    FailurePage page_;
    PhotoReader reader_;
    Subject subject_;
    Statistics statistics_;
    std::vector<Miss> misses_;
    int photo_ = 0;  // the one being read, counted from 1
};

}  // namespace

int evaluate(const AnalyzeOptions& options, Engines& engines) {
    return Run(options, engines).all();
}

}  // namespace chiffre::evaluation
