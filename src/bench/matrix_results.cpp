// matrix_results.cpp -- what is counted, what is checked, what is shown.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "bench/matrix_bench.h"
#include "error.h"

namespace chiffre::bench {

std::string operation_name(Operation operation) {
    return operation == Operation::add ? "add" : "multiply";
}

double Problem::flop() const {
    return operation == Operation::add ? 1.0 * n * p : 2.0 * n * n * p;
}

double Problem::bytes() const {
    return sizeof(float) * (2.0 * static_cast<double>(factor_size()) + static_cast<double>(result_size()));
}

Factors::Factors(std::size_t size) : a(size), b(size) {
    std::uint32_t state = 1;
    for (std::vector<float>* values : {&a, &b})
        for (float& value : *values) {
            state = state * 1664525u + 1013904223u;
            value = static_cast<float>(state >> 8) / static_cast<float>(1 << 23) - 1.0f;
        }
}

namespace {

struct Exact {
    double value = 0;
    double bound = 0;  // of the rounding in single precision
};

Exact exact_element(const Problem& problem, const Factors& factors, std::size_t index) {
    constexpr double kUnitRoundoff = 0x1p-24;
    if (problem.operation == Operation::add) {
        const double sum = static_cast<double>(factors.a[index]) + factors.b[index];
        return {sum, kUnitRoundoff * std::abs(sum)};
    }
    const std::size_t n = static_cast<std::size_t>(problem.n), p = static_cast<std::size_t>(problem.p);
    const std::size_t row = index / n, col = index % n;
    double sum = 0, magnitude = 0;
    for (std::size_t k = 0; k < p; ++k) {
        const double product = static_cast<double>(factors.a[row * p + k]) * factors.b[k * n + col];
        sum += product;
        magnitude += std::abs(product);
    }
    const double pu = static_cast<double>(p) * kUnitRoundoff;
    return {sum, pu / (1 - pu) * magnitude};
}

}  // namespace

void check_result(const Problem& problem, const Factors& factors, std::span<const float> c, const std::string& who) {
    constexpr double kMostChecked_flop = 5e7;  // a tenth of a second
    constexpr std::size_t kPrimeStep = 7919;   // passes all rows and columns
    const std::size_t size = problem.result_size();
    const std::size_t step = problem.flop() <= kMostChecked_flop ? 1 : std::max(kPrimeStep, size / 2000 | 1);
    const auto check = [&](std::size_t i) {
        const Exact exact = exact_element(problem, factors, i);
        const double difference = std::abs(c[i] - exact.value);
        if (difference <= exact.bound) return;  // not so for what is not a number
        char text[128];
        std::snprintf(text, sizeof text, "%.9g, at most %.3g away, for element %zu, found %.9g", exact.value,
                      exact.bound, i, static_cast<double>(c[i]));
        throw Error(ErrorCode::bad_data, who + ": " + operation_name(problem.operation) + " " +
                                             std::to_string(problem.n) + " x " + std::to_string(problem.p) +
                                             ": expected " + text);
    };
    for (std::size_t i = 0; i < size; i += step) check(i);
    check(size - 1);
}

double Machine::least_s(const Problem& problem, bool transfers) const {
    const double work_s = std::max(problem.flop() / flop.rate, problem.bytes() / memory.rate);
    return transfers ? work_s + problem.bytes() / bus : work_s;
}

MatrixResults::MatrixResults(const Machine& cpu)
    : cpu_(cpu),
      table_(timed_table({{"operation", Kind::text},
                          {"n", Kind::count},
                          {"p", Kind::count},
                          {"contestant", Kind::text},
                          {"shape", Kind::text},
                          {"part", Kind::text},
                          {"operations", Kind::number},
                          {"bytes", Kind::number}},
                         {{"theoretical_ratio", Kind::number}})) {}

void MatrixResults::add(const Peak& peak) {
    bench::add(table_, {.parameters = {std::string("peak"), Cell{}, Cell{}, peak.name, Cell{}, Cell{}, Cell{}, Cell{}},
                        .timing = peak.timing,
                        .work = peak.work,
                        .unit = peak.unit,
                        .extras = {Cell{}}});
}

const MatrixRow* MatrixResults::baseline_of(const Problem& problem) const {
    for (const MatrixRow& row : rows_)
        if (row.contestant == kMatrixBaseline && row.problem == problem) return &row;
    return nullptr;
}

void MatrixResults::add(const MatrixRow& row, const Machine& machine) {
    rows_.push_back(row);
    const Problem& problem = row.problem;
    const bool transfers = row.part == kWithTransfers;
    const double least_s = machine.least_s(problem, transfers);
    const bool flop_binds = problem.flop() / machine.flop.rate > problem.bytes() / machine.memory.rate;
    const std::string limit = flop_binds ? machine.flop.name : machine.memory.name;
    const MatrixRow* baseline = baseline_of(problem);
    bench::add(
        table_,
        {.parameters = {operation_name(problem.operation), std::int64_t{problem.n}, std::int64_t{problem.p},
                        row.contestant, row.shape, row.part, problem.flop(), problem.bytes()},
         .timing = row.timing,
         .work = problem.flop(),
         .unit = "FLOP/s",
         .baseline = baseline != nullptr ? Baseline{baseline->contestant, baseline->timing.median_s} : Baseline{},
         .limit = {limit + (transfers ? ", then bus" : ""), problem.flop() / least_s},
         .extras = {cpu_.least_s(problem, false) / least_s}});
}

static std::string series_name(const MatrixRow& row) {
    std::string name = operation_name(row.problem.operation) + ": " + row.contestant;
    for (const std::string& more : {row.shape, row.part})
        if (!more.empty()) name += ", " + more;
    return name;
}

Plot MatrixResults::plot() const {
    std::set<int> sizes;
    for (const MatrixRow& row : rows_) sizes.insert(row.problem.n);
    if (sizes.size() < 2) {
        Plot plot{.title = "Matrices: operations per second",
                  .x_label = "",
                  .y_label = "FLOP/s, median",
                  .log_y = true,
                  .series = {{"rate", {}}}};
        for (const MatrixRow& row : rows_) {
            plot.series.front().points.emplace_back(plot.names.size(), row.problem.flop() / row.timing.median_s);
            plot.names.push_back(series_name(row));
        }
        return plot;
    }
    Plot plot{.title = "Matrices: time over size",
              .x_label = "n",
              .y_label = "s, median",
              .log_x = true,
              .log_y = true,
              .series = {}};
    for (const MatrixRow& row : rows_) {
        const std::string name = series_name(row);
        auto series =
            std::find_if(plot.series.begin(), plot.series.end(), [&](const Series& s) { return s.name == name; });
        if (series == plot.series.end()) series = plot.series.insert(series, {name, {}});
        series->points.emplace_back(row.problem.n, row.timing.median_s);
    }
    return plot;
}

double MatrixResults::quickest(const Problem& problem, std::string_view part) const {
    double least_s = std::numeric_limits<double>::infinity();
    for (const MatrixRow& row : rows_)
        if (row.problem == problem && row.part == part) least_s = std::min(least_s, row.timing.median_s);
    return least_s;
}

std::string MatrixResults::turning_points() const {
    std::string text;
    for (const Operation operation : kOperations)
        for (const char* part : {kKernelAlone, kWithTransfers}) {
            int wins_from = 0;  // at this size and at all larger ones where both were measured
            bool measured = false;
            for (const MatrixRow& row : rows_) {
                if (row.problem.operation != operation || row.contestant != kMatrixBaseline) continue;
                const double cpu_s = quickest(row.problem, ""), gpu_s = quickest(row.problem, part);
                if (std::isinf(gpu_s)) continue;
                measured = true;
                if (gpu_s >= cpu_s)
                    wins_from = 0;
                else if (wins_from == 0)
                    wins_from = row.problem.n;
            }
            if (!measured) continue;
            text += "# " + operation_name(operation) + ", " + part + ": the GPU ";
            text += wins_from > 0 ? "wins from n = " + std::to_string(wins_from) + "\n" : "does not win\n";
        }
    return text;
}

}  // namespace chiffre::bench
