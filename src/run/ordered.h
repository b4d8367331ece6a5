// ordered.h -- items worked on by several threads at once, results taken in the order of the items. As many items are
// under way as there are jobs to keep busy, however many there are in all.
#pragma once

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include <atomic>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace chiffre {

// Results that wait for an earlier one: a photo may take as long as this many others before a thread is left without
// work. They are records of some kilobytes, no pictures.
inline constexpr int kAheadPerJob = 16;

namespace ordered {

// What one item became: a result, or what was thrown instead.
template <typename Result>
struct Outcome {
    std::optional<Result> result;
    std::exception_ptr error;
};

template <typename Make>
auto outcome_of(Make&& make) -> Outcome<decltype(make())> {
    try {
        return {make(), nullptr};
    } catch (...) {
        return {std::nullopt, std::current_exception()};
    }
}

}  // namespace ordered

// How many of `wanted` threads, with the one that asks, the system makes at this time: a limit of the user or of the
// container may be lower than the number of cores. oneTBB would end the run there.
int threads_to_be_had(int wanted);

// next() -> std::optional<Item>, nothing at the end; work(Item) -> Result; take(Result). next() and take() are called
// by one thread at a time, in order; work() by up to `jobs` threads at the same time. What next() or work() throws is
// thrown after all results before it have been taken, and nothing after it is; what take() throws is thrown as soon as
// each thread has ended the item that it is at.
// With one job everything happens in the calling thread, item by item.
template <typename Next, typename Work, typename Take>
void in_order(int jobs, Next&& next, Work&& work, Take&& take) {
    using Item = typename std::invoke_result_t<Next>::value_type;
    using Result = std::invoke_result_t<Work, Item>;
    if (jobs <= 1) {
        while (std::optional<Item> item = next()) take(work(std::move(*item)));
        return;
    }
    namespace tbb = oneapi::tbb;
    std::atomic<bool> last = false;      // no item is begun after this
    std::atomic<bool> unwanted = false;  // nor are results wanted any more
    std::exception_ptr error;            // the first, in order; output's alone
    const auto input = [&](tbb::flow_control& control) -> ordered::Outcome<Item> {
        if (!last) {
            auto item = ordered::outcome_of([&]() -> Item {
                std::optional<Item> more = next();
                if (!more) control.stop();
                return more ? std::move(*more) : Item{};
            });
            if (item.error) last = true;
            return item;
        }
        control.stop();
        return {};
    };
    const auto middle = [&](ordered::Outcome<Item> item) -> ordered::Outcome<Result> {
        if (item.error) return {std::nullopt, item.error};
        if (unwanted) return {};
        auto result = ordered::outcome_of([&] { return work(std::move(*item.result)); });
        if (result.error) last = true;
        return result;
    };
    // An exception would leave it to oneTBB to end the pipeline, which then leaks what is under way.
    const auto output = [&](ordered::Outcome<Result> result) {
        if (unwanted) return;
        try {
            if (result.error) std::rethrow_exception(result.error);
            take(std::move(*result.result));
        } catch (...) {
            error = std::current_exception();
            last = unwanted = true;
        }
    };
    const auto threads = static_cast<std::size_t>(jobs);
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);  // may be more than cores
    tbb::task_arena arena(jobs);
    arena.execute([&] {
        tbb::parallel_pipeline(
            threads * kAheadPerJob,
            tbb::make_filter<void, ordered::Outcome<Item>>(tbb::filter_mode::serial_in_order, input) &
                tbb::make_filter<ordered::Outcome<Item>, ordered::Outcome<Result>>(tbb::filter_mode::parallel, middle) &
                tbb::make_filter<ordered::Outcome<Result>, void>(tbb::filter_mode::serial_in_order, output));
    });
    if (error) std::rethrow_exception(error);
}

}  // namespace chiffre
