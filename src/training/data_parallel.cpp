// data_parallel.cpp -- shards over oneTBB's threads; the order of every floating-point sum is fixed.
#include "data_parallel.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <array>

#include "cpu/backprop.h"

namespace chiffre::training {
namespace {

struct Worker {
    cpu::Backprop network;
    std::array<Tile, kShard> tiles;
    std::array<int, kShard> labels;
    std::array<Scores, kShard> logits, dlogits;
    std::array<Target, kShard> targets;
    std::vector<std::array<Scores, kShard>> teacher_logits;  // of each teacher
    std::vector<Scores> of_sample;                           // of each teacher, of one sample
};

void make_targets(Worker& worker, std::span<const Tile> tiles, const Objective& objective) {
    worker.teacher_logits.resize(objective.teachers.size());
    worker.of_sample.resize(objective.teachers.size());
    for (std::size_t t = 0; t < objective.teachers.size(); ++t)
        worker.network.forward(objective.teachers[t].data(), tiles,
                               std::span(worker.teacher_logits[t]).first(tiles.size()));
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        worker.targets[i] = label_target(worker.labels[i], objective.loss);
        if (objective.teachers.empty()) continue;
        for (std::size_t t = 0; t < objective.teachers.size(); ++t) worker.of_sample[t] = worker.teacher_logits[t][i];
        mix_teachers_in(worker.targets[i], worker.of_sample, objective.loss);
    }
}

}  // namespace

struct DataParallel::Threads {
    explicit Threads(int threads)
        : limit(tbb::global_control::max_allowed_parallelism,
                threads > 0 ? static_cast<std::size_t>(threads) : tbb::this_task_arena::max_concurrency()),
          arena(threads > 0 ? threads : tbb::task_arena::automatic) {}

    // body(i, worker) for all 0 <= i < n, in any order.
    template <typename Body>
    void for_each(int n, const Body& body) {
        arena.execute([&] {
            tbb::parallel_for(
                0, n, [&](int i) { body(i, workers.local()); }, tbb::simple_partitioner());
        });
    }

    tbb::global_control limit;  // oneTBB makes no more threads than cores unless told to
    tbb::task_arena arena;
    tbb::enumerable_thread_specific<Worker> workers;
};

DataParallel::DataParallel(int threads) : threads_(std::make_unique<Threads>(threads)) {}
DataParallel::~DataParallel() = default;

LossSum DataParallel::gradient(std::span<const float> weights, const SampleSource& source, std::uint32_t epoch,
                               std::span<const int> indices, const Objective& objective, std::span<float> gradient) {
    const int shards = (static_cast<int>(indices.size()) + kShard - 1) / kShard;
    if (static_cast<int>(shards_.size()) < shards) shards_.resize(shards, std::vector<float>(kParameters));
    sums_.assign(shards, {});
    const float scale = 1.0f / static_cast<float>(indices.size());

    threads_->for_each(shards, [&](int shard, Worker& worker) {
        const std::span<const int> part =
            indices.subspan(shard * kShard).first(std::min<std::size_t>(kShard, indices.size() - shard * kShard));
        const std::span tiles = std::span(worker.tiles).first(part.size());
        const std::span logits = std::span(worker.logits).first(part.size());
        const std::span dlogits = std::span(worker.dlogits).first(part.size());
        for (std::size_t i = 0; i < part.size(); ++i)
            worker.labels[i] = source.make(epoch, static_cast<std::uint32_t>(part[i]), tiles[i]);
        make_targets(worker, tiles, objective);
        worker.network.forward(weights.data(), tiles, logits);  // after the teachers': backward() is of this one
        sums_[shard] = cross_entropy(logits, std::span(worker.labels).first(part.size()), worker.targets,
                                     objective.loss.refuses, scale, dlogits);
        std::fill(shards_[shard].begin(), shards_[shard].end(), 0.0f);
        worker.network.backward(weights.data(), dlogits, shards_[shard]);
    });

    constexpr int kStretch = 4'096;  // parameters that one task adds up
    threads_->for_each((kParameters + kStretch - 1) / kStretch, [&](int stretch, Worker&) {
        const int first = stretch * kStretch, last = std::min(first + kStretch, kParameters);
        std::copy(shards_[0].begin() + first, shards_[0].begin() + last, gradient.begin() + first);
        for (int shard = 1; shard < shards; ++shard)
            for (int i = first; i < last; ++i) gradient[i] += shards_[shard][i];
    });

    LossSum sum;
    for (const LossSum& part : sums_) {
        sum.loss += part.loss;
        sum.wrong += part.wrong;
    }
    return sum;
}

std::vector<Scores> DataParallel::forward(std::span<const float> weights, std::span<const Tile> tiles) {
    std::vector<Scores> logits(tiles.size());
    const int shards = static_cast<int>((tiles.size() + kShard - 1) / kShard);
    threads_->for_each(shards, [&](int shard, Worker& worker) {
        const std::size_t first = static_cast<std::size_t>(shard) * kShard;
        const std::size_t count = std::min<std::size_t>(kShard, tiles.size() - first);
        worker.network.forward(weights.data(), tiles.subspan(first, count), std::span(logits).subspan(first, count));
    });
    return logits;
}

}  // namespace chiffre::training
