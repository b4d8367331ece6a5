// search.h -- many recipes trained and compared. A trial is one recipe, trained with every seed on every fold; trials
// climb rungs together (rungs.h), and the runs of a rung are spread over the GPUs.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fit_options.h"
#include "rungs.h"
#include "samples.h"
#include "search_space.h"

namespace chiffre::training {

struct SearchSettings {
    int seeds = 1, folds = 1;  // run r has fold r % folds and seed fit.seed + r / folds
    // Of every run (teachers: of those that distill); fit.device names all GPUs that runs are spread over. Neither
    // checkpoint nor resumption.
    FitOptions fit;
    int runs() const { return seeds * folds; }
};

// running: there is more to be trained; at the end of a search that was stopped.
enum class TrialState { running, finished, dropped, diverged };

struct Trial {
    Candidate candidate;
    TrialState state = TrialState::running;
    std::string ending;  // how it came to its state: "finished", "dropped after run 1", "diverged at step 7 of run 2"
    std::vector<Tally> runs;     // finished
    int rungs = 0;               // climbed
    std::optional<Score> score;  // of what it has trained so far, as of the last comparison
    std::int64_t epochs = 0;     // trained
    double seconds = 0;          // of all its runs, one after the other
};

struct RungReport {
    std::string name;              // "epoch 50 of run 1", "run 2"
    int trials = 0;                // that took part
    int dropped = 0, left = 0;     // diverged ones count as dropped
    double best_error = 0;         // of those that are left
    std::int64_t epochs_left = 0;  // of the search, if no further trial is dropped
};

struct SearchCallbacks {
    // What a run learns from and is judged by. Called by many threads at once.
    std::function<TrainingData(const Recipe&, std::uint64_t seed, int fold)> data;
    std::function<bool()> stop = [] { return false; };  // asked often, by many threads at once
    std::function<void()> epoch = [] {};                // one more has passed; by many threads at once
    std::function<void(const RungReport&)> rung = [](const RungReport&) {};
};

struct SearchResult {
    std::vector<Trial> trials;   // best first; the first one has won if it is finished
    bool finished = false;       // else stopped, or failed
    std::exception_ptr failure;  // what ended the search before its end, other than `stop`
    std::string device;          // "cpu" or "cuda"
};

// Epochs that search() trains where no trial is dropped.
std::int64_t epochs_of(std::span<const Candidate> candidates, const SearchSettings& settings);

// The result, but for seconds, depends on candidates, data and settings alone: not on the number of GPUs (of one model)
// or threads, nor on which run ends first. A trial that diverges is out; other failures end the search, with what is
// finished in the result. Throws Error for a device that is not there.
SearchResult search(std::vector<Candidate> candidates, const SearchSettings& settings,
                    const SearchCallbacks& callbacks);

}  // namespace chiffre::training
