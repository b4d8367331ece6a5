// search.cpp -- rungs are barriers: what is dropped at one does not depend on the order in which its runs end.
#include "search.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

#include "fit.h"
#include "learner.h"

namespace chiffre::training {
namespace {

// A hopeless recipe shows early: trials are compared first when this share of their first run's epochs has passed. At
// most the worse half goes then, since learning rates are still high, and recipes differ in how much they gain from
// their fall.
constexpr int kEarlyShare = 3;

int early_epochs(const Recipe& recipe) {
    return (recipe.schedule.epochs + kEarlyShare - 1) / kEarlyShare;
}

// A run, or its first epochs, or the rest of it.
struct Job {
    int trial = 0, run = 0;
    int until = 0;                            // epochs; 0: to the end
    std::shared_ptr<const Checkpoint> start;  // where the run stopped before
};

struct JobResult {
    std::optional<Tally> tally;  // none where it diverged or was stopped
    bool run_finished = false;
    std::shared_ptr<const Checkpoint> stopped_at;  // of a run that is not finished
    std::int64_t diverged_at = 0;                  // step; 0: it did not
    std::int64_t epochs = 0;
    double seconds = 0;
};

Tally tally_of(double share, const TrainingData& data) {
    Tally tally;
    for (const NamedSet& set : data.validation) tally.samples += set.samples.size();
    tally.wrong = std::llround(share * static_cast<double>(tally.samples));
    return tally;
}

class Search {
  public:
    Search(std::vector<Candidate> candidates, const SearchSettings& settings, const SearchCallbacks& callbacks)
        : settings_(settings), callbacks_(callbacks), gpus_(training_device(settings.fit).indices) {
        for (Candidate& candidate : candidates) {
            trials_.emplace_back();
            trials_.back().candidate = std::move(candidate);
        }
        paused_.resize(trials_.size());
    }

    SearchResult take() {
        climb();
        SearchResult result;
        result.finished = !stopped_;
        result.failure = failure_;
        result.device = gpus_.empty() ? "cpu" : "cuda";
        result.trials = std::move(trials_);
        sort(result.trials);
        return result;
    }

  private:
    void climb() {
        const bool early = trials_.size() > 1 && std::all_of(trials_.begin(), trials_.end(), [](const Trial& trial) {
                               return trial.candidate.recipe.schedule.epochs >= kEarlyShare;
                           });
        if (early && !climb_early()) return;
        int done = 0;
        for (const int runs : rung_runs(settings_.runs())) {
            if (!climb_to(done, runs)) return;
            done = runs;
        }
    }

    // Both: false where the search ends here.
    bool climb_early() {
        std::vector<Job> jobs;
        for (const int i : running()) {
            const Recipe& recipe = trials_[i].candidate.recipe;
            jobs.push_back({i, 0, early_epochs(recipe), nullptr});
        }
        std::vector<JobResult> results = train(jobs);
        for (std::size_t k = 0; k < jobs.size(); ++k) {
            Trial& trial = trials_[jobs[k].trial];
            account(trial, jobs[k], results[k]);
            paused_[jobs[k].trial] = results[k].stopped_at;
            if (!results[k].tally) continue;
            trial.score = score_of({&*results[k].tally, 1}, 1);
            if (results[k].run_finished) trial.runs.push_back(*results[k].tally);  // out of patience already
        }
        if (stopped_) return false;
        // Half of all, diverged ones included: they are the worst.
        const int most = static_cast<int>(jobs.size()) / 2 - static_cast<int>(jobs.size() - running().size());
        end_rung(static_cast<int>(jobs.size()), most, "a third of run 1", [](const Trial& trial) {
            return "epoch " + std::to_string(early_epochs(trial.candidate.recipe)) + " of run 1";
        });
        return !running().empty();
    }

    bool climb_to(int done, int runs) {
        std::vector<Job> jobs;
        const std::vector<int> climbing = running();
        for (const int i : climbing)
            for (int run = std::max(done, static_cast<int>(trials_[i].runs.size())); run < runs; ++run)
                jobs.push_back({i, run, 0, run == 0 ? std::exchange(paused_[i], nullptr) : nullptr});
        std::vector<JobResult> results = train(jobs);
        for (std::size_t k = 0; k < jobs.size(); ++k) {
            Trial& trial = trials_[jobs[k].trial];
            account(trial, jobs[k], results[k]);
            if (results[k].tally) trial.runs.push_back(*results[k].tally);
        }
        for (const int i : climbing) {
            Trial& trial = trials_[i];
            if (trial.state != TrialState::running || static_cast<int>(trial.runs.size()) < runs) continue;
            trial.score = score_of(trial.runs, settings_.folds);
            if (runs < settings_.runs()) continue;
            trial.state = TrialState::finished;
            trial.ending = "finished";
            ++trial.rungs;
        }
        if (stopped_) return false;
        const std::string name = "run " + std::to_string(runs);
        end_rung(static_cast<int>(climbing.size()), static_cast<int>(climbing.size()), name,
                 [&](const Trial&) -> const std::string& { return name; });
        return !running().empty();
    }

    std::vector<int> running() const {
        std::vector<int> indices;
        for (int i = 0; i < static_cast<int>(trials_.size()); ++i)
            if (trials_[i].state == TrialState::running) indices.push_back(i);
        return indices;
    }

    void account(Trial& trial, const Job& job, const JobResult& result) {
        trial.epochs += result.epochs;
        trial.seconds += result.seconds;
        if (result.diverged_at == 0 || trial.state != TrialState::running) return;
        trial.state = TrialState::diverged;
        trial.ending =
            "diverged at step " + std::to_string(result.diverged_at) + " of run " + std::to_string(job.run + 1);
    }

    template <typename Place>
    void end_rung(int trials, int most, const std::string& name, const Place& place) {
        const std::vector<int> climbed = running();
        std::vector<Score> scores;
        for (const int i : climbed) {
            scores.push_back(trials_[i].score.value());
            ++trials_[i].rungs;
        }
        for (const int k : hopeless(scores, most)) {
            Trial& trial = trials_[climbed[k]];
            trial.state = TrialState::dropped;
            trial.ending = "dropped after " + place(trial);
            paused_[climbed[k]] = nullptr;
        }
        RungReport report;
        report.name = name;
        report.trials = trials;
        report.best_error = 1;
        for (const Trial& trial : trials_) {
            if (trial.state != TrialState::running && trial.state != TrialState::finished) continue;
            ++report.left;
            report.best_error = std::min(report.best_error, trial.score->error);
            if (trial.state == TrialState::finished) continue;
            const std::int64_t epochs = trial.candidate.recipe.schedule.epochs;
            report.epochs_left += epochs * (settings_.runs() - static_cast<int>(trial.runs.size()));
            if (trial.runs.empty()) report.epochs_left -= trial.epochs;
        }
        report.dropped = trials - report.left;
        callbacks_.rung(report);
    }

    // What trains one run at a time. A CPU has one for every thread where there are runs enough: threads that share a
    // run wait for each other at every step.
    std::vector<FitOptions> workers(std::size_t jobs) const {
        std::vector<FitOptions> workers;
        for (const int gpu : gpus_) {
            workers.push_back(settings_.fit);
            workers.back().device = {Device::Kind::cuda, {gpu}};
        }
        if (!workers.empty()) return workers;
        const unsigned threads = settings_.fit.threads > 0 ? static_cast<unsigned>(settings_.fit.threads)
                                                           : std::max(std::thread::hardware_concurrency(), 1u);
        const bool one_each = jobs >= threads;
        workers.assign(one_each ? threads : 1, settings_.fit);
        for (FitOptions& worker : workers) {
            worker.device = {Device::Kind::cpu, {}};
            worker.threads = one_each ? 1 : static_cast<int>(threads);
        }
        return workers;
    }

    std::vector<JobResult> train(const std::vector<Job>& jobs) {
        std::vector<JobResult> results(jobs.size());
        // The longest first, so that all workers end at about the same time.
        std::vector<std::size_t> order;
        for (std::size_t k = 0; k < jobs.size(); ++k) order.push_back(k);
        const auto work = [&](std::size_t k) {
            const Schedule& schedule = trials_[jobs[k].trial].candidate.recipe.schedule;
            return static_cast<double>(schedule.epochs) / schedule.batch;
        };
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return work(a) > work(b); });

        std::atomic<std::size_t> next = 0;
        const auto take_jobs = [&](const FitOptions& worker) {
            for (std::size_t k = next++; k < order.size() && !stopped(); k = next++) {
                try {
                    results[order[k]] = train(jobs[order[k]], worker);
                } catch (...) {
                    const std::lock_guard lock(failure_mutex_);
                    if (!failure_) failure_ = std::current_exception();
                    stopped_ = true;
                }
            }
        };
        std::vector<std::jthread> threads;
        for (const FitOptions& worker : workers(jobs.size())) threads.emplace_back(take_jobs, worker);
        threads.clear();  // waits for all
        return results;
    }

    JobResult train(const Job& job, FitOptions options) {
        using Clock = std::chrono::steady_clock;
        const Clock::time_point begin = Clock::now();
        const Recipe& recipe = trials_[job.trial].candidate.recipe;
        options.seed = settings_.fit.seed + static_cast<std::uint64_t>(job.run / settings_.folds);
        options.start = job.start;
        if (recipe.schedule.distill == 0) options.teachers.clear();
        const TrainingData data = callbacks_.data(recipe, options.seed, job.run % settings_.folds);
        JobResult result;
        FitCallbacks fit_callbacks;
        int epochs_done = 0;
        fit_callbacks.epoch = [&](const EpochReport& report, std::span<const CurvePoint>) {
            epochs_done = report.epoch;
            ++result.epochs;
            callbacks_.epoch();
        };
        fit_callbacks.stop = [&] { return (job.until > 0 && epochs_done >= job.until) || stopped(); };
        try {
            const FitResult fitted = fit(recipe, data, options, fit_callbacks);
            result.stopped_at = fitted.stopped_at;
            if (fitted.finished) {
                result.run_finished = true;
                result.tally = tally_of(fitted.curve.at(fitted.kept_epoch - 1).validation_error, data);
            } else if (job.until > 0 && epochs_done >= job.until) {
                result.tally = tally_of(fitted.curve.back().validation_error, data);
            }
        } catch (const Diverged& diverged) {
            result.diverged_at = diverged.step();
        }
        result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
        return result;
    }

    bool stopped() {
        if (callbacks_.stop()) stopped_ = true;
        return stopped_;
    }

    static void sort(std::vector<Trial>& trials) {
        const auto rank = [](const Trial& trial) {
            const double error = trial.score ? trial.score->error : std::numeric_limits<double>::infinity();
            return std::tuple(trial.state != TrialState::finished, -trial.rungs, trial.state == TrialState::diverged,
                              error);
        };
        std::stable_sort(trials.begin(), trials.end(),
                         [&](const Trial& a, const Trial& b) { return rank(a) < rank(b); });
    }

    const SearchSettings& settings_;
    const SearchCallbacks& callbacks_;
    std::vector<int> gpus_;
    std::vector<Trial> trials_;
    std::vector<std::shared_ptr<const Checkpoint>> paused_;  // of each trial's first run
    std::atomic<bool> stopped_ = false;
    std::mutex failure_mutex_;
    std::exception_ptr failure_;
};

}  // namespace

std::int64_t epochs_of(std::span<const Candidate> candidates, const SearchSettings& settings) {
    std::int64_t epochs = 0;
    for (const Candidate& candidate : candidates)
        epochs += std::int64_t{candidate.recipe.schedule.epochs} * settings.runs();
    return epochs;
}

SearchResult search(std::vector<Candidate> candidates, const SearchSettings& settings,
                    const SearchCallbacks& callbacks) {
    return Search(std::move(candidates), settings, callbacks).take();
}

}  // namespace chiffre::training
