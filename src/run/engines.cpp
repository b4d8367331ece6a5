// engines.cpp -- which engines a run needs, opened one pair after another as threads come to need them.
#include "run/engines.h"

#include <algorithm>
#include <set>
#include <string>

#include "cpu/isa.h"

namespace chiffre {

struct Engines::Pair {
    std::unique_ptr<Engine> alone, context;
    LateEngine *late_alone = nullptr, *late_context = nullptr;  // where they are opened in the background
    bool taken = false;
};

Engines::Engines() = default;
Engines::~Engines() = default;

Engine& Engines::Seat::alone() const {
    return *pair_.alone;
}

Engine& Engines::Seat::context() const {
    return *pair_.context;
}

// Every engine on a GPU has the same to say when that fails.
static Notice each_once(const Notice& notice) {
    struct Said {
        std::mutex mutex;
        std::set<std::string> lines;
    };
    return [notice, said = std::make_shared<Said>()](const std::string& line) {
        const std::lock_guard lock(said->mutex);
        if (notice && said->lines.insert(line).second) notice(line);
    };
}

void Engines::open(EnginePlan plan) {
    plan_ = std::move(plan);
    plan_.notice = each_once(plan_.notice);
    const bool may_be_gpu = plan_.device.kind != Device::Kind::cpu && !cuda_build().empty();
    const bool cpu_may_read = plan_.device.kind == Device::Kind::automatic && plan_.precision == Precision::fp32;
    spares_gpu_ = may_be_gpu && cpu_may_read && !plan_.several;
    in_background_ = may_be_gpu && !spares_gpu_;
    cpu_reads_meanwhile_ = in_background_ && cpu_may_read && cpu::chosen_kernels().fused_multiply_add;
    pairs_.push_back(open_pair(0));
}

Engines::Seat Engines::take() {
    const std::lock_guard lock(mutex_);
    for (const auto& pair : pairs_)
        if (!std::exchange(pair->taken, true)) return {*this, *pair};
    pairs_.push_back(open_pair(pairs_.size()));
    pairs_.back()->taken = true;
    return {*this, *pairs_.back()};
}

void Engines::give_back(Pair& pair) {
    const std::lock_guard lock(mutex_);
    pair.taken = false;
}

std::unique_ptr<Engines::Pair> Engines::open_pair(std::size_t number) const {
    auto pair = std::make_unique<Pair>();
    pair->alone = open_one(number, false, pair->late_alone);
    pair->context = open_one(number, true, pair->late_context);
    return pair;
}

// What is to be noticed is so by the first network, which has every photo.
std::unique_ptr<Engine> Engines::open_one(std::size_t number, bool context, LateEngine*& late) const {
    const auto weights_of = [context](const ReadingWeights& both) -> const Weights& {
        return context ? both.context : both.alone;
    };
    const auto open_cpu = [&] { return open_engine({Device::Kind::cpu, {}}, weights_of(*plan_.weights)); };
    if (spares_gpu_) return open_cpu();
    const Notice notice = context ? Notice{} : plan_.notice;
    // Everything is copied: this may go on when the run has ended.
    const auto open = [=, plan = plan_] {
        Device device = plan.device;
        if (device.kind == Device::Kind::cuda) {
            const std::vector<int> gpus = gpus_of(device);
            device.indices = {gpus[number % gpus.size()]};
        }
        return open_engine(device, weights_of(*plan.weights), plan.precision, notice);
    };
    if (!in_background_) return open();
    auto engine = std::make_unique<LateEngine>(open, cpu_reads_meanwhile_ ? open_cpu() : nullptr);
    late = engine.get();
    return engine;
}

bool Engines::are_opening() const {
    const std::lock_guard lock(mutex_);
    return std::any_of(pairs_.begin(), pairs_.end(), [](const auto& pair) {
        return pair->late_alone && (pair->late_alone->is_opening() || pair->late_context->is_opening());
    });
}

void Engines::wait() const {
    if (in_background_) pairs_.front()->late_alone->wait();
}

std::optional<OpeningTimes> Engines::opening_times() const {
    if (!in_background_) return std::nullopt;
    const std::lock_guard lock(mutex_);
    OpeningTimes all = pairs_.front()->late_alone->times();
    for (std::size_t i = 1; i < pairs_.size(); ++i) {
        const OpeningTimes times = pairs_[i]->late_alone->times();
        all.waited_ms += times.waited_ms;
        if (times.batches_meanwhile == 0) continue;
        all.from_ms = all.batches_meanwhile > 0 ? std::min(all.from_ms, times.from_ms) : times.from_ms;
        all.to_ms = std::max(all.to_ms, times.to_ms);
        all.batches_meanwhile += times.batches_meanwhile;
    }
    return all;
}

}  // namespace chiffre
