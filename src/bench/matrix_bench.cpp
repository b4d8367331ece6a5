// matrix_bench.cpp -- `bench matrix`: addition and multiplication of matrices, CPU against GPU. Where a share of the
// limit is above 100 %, the matrices stayed in a cache, which is quicker than the memory that the limit is about.
#include "bench/matrix_bench.h"

#include <cstdio>
#include <functional>
#include <map>
#include <memory>

#include "bench/matrix_cpu.h"

namespace chiffre::bench {
namespace {

struct MatrixOptions {
    LabOptions lab;
    int rows = 1024, cols = 1024;
    bool sweep = false;
    int max_n = 10'000;  // of the sweep
};

struct CpuContestant {
    const char* name;
    std::function<void(float* c, const Factors&, const Problem&)> run;
};

std::vector<CpuContestant> cpu_contestants(Crew& crew) {
    const auto plain = [](float* c, const Factors& f, const Problem& problem) {
        if (problem.operation == Operation::add) return add_plainly(c, f.a.data(), f.b.data(), problem.n, problem.p);
        multiply_plainly(c, f.a.data(), f.b.data(), problem.n, problem.p);
    };
    const auto threaded = [&crew](float* c, const Factors& f, const Problem& problem) {
        if (problem.operation == Operation::add)
            return add_threaded(c, f.a.data(), f.b.data(), problem.n, problem.p, crew);
        multiply_blocked(c, f.a.data(), f.b.data(), problem.n, problem.p, crew);
    };
    return {{kMatrixBaseline, threaded}, {"CPU, plain loop", plain}};
}

// The CPU's contestants, each as long as it does not take too long: a plain product of 10,000 x 10,000 takes an hour.
class MatrixCpu {
  public:
    MatrixCpu(MatrixResults& results, const Machine& machine, Crew& crew, const LabOptions& options)
        : results_(results),
          machine_(machine),
          contestants_(cpu_contestants(crew)),
          effort_(options.effort()),
          most_s_(options.quick ? 0.2 : 20) {}

    void measure(const Problem& problem, const Factors& factors) {
        std::vector<float> c(problem.result_size());
        for (const CpuContestant& contestant : contestants_) {
            const double expected_s = problem.flop() * seconds_per_flop(contestant, problem.operation);
            if (expected_s > most_s_) {
                std::fprintf(stderr, "bench: left out: %s, %s, n = %d: would take about %.2g s\n", contestant.name,
                             operation_name(problem.operation).c_str(), problem.n, expected_s);
                continue;
            }
            contestant.run(c.data(), factors, problem);
            check_result(problem, factors, c, contestant.name);
            const Timing timing = bench::measure(effort_, Clock::wall, [&] {
                contestant.run(c.data(), factors, problem);
                keep(c.data());
            });
            results_.add({problem, contestant.name, "", "", timing}, machine_);
            pace_[{contestant.name, problem.operation}] = timing.median_s / problem.flop();
        }
    }

  private:
    // As of the last size; before the first, of one that takes some milliseconds.
    double seconds_per_flop(const CpuContestant& contestant, Operation operation) {
        double& pace = pace_[{contestant.name, operation}];
        if (pace == 0) {
            const Problem small{operation, 192, 192};
            const Factors factors(small.factor_size());
            std::vector<float> c(small.result_size());
            const Timing timing = bench::measure({.repetitions = 3, .least_s = 0}, Clock::wall,
                                                 [&] { contestant.run(c.data(), factors, small); });
            pace = timing.median_s / small.flop();
        }
        return pace;
    }

    MatrixResults& results_;
    const Machine& machine_;
    std::vector<CpuContestant> contestants_;
    Effort effort_;
    double most_s_;
    std::map<std::pair<std::string, Operation>, double> pace_;  // seconds per operation
};

// 16, 32, ... and the largest.
std::vector<int> sweep_sizes(int largest) {
    std::vector<int> sizes;
    for (int n = 16; n < largest; n *= 2) sizes.push_back(n);
    sizes.push_back(largest);
    return sizes;
}

void run_matrix(const MatrixOptions& options) {
    const Laboratory laboratory(options.lab);
    const Effort& effort = laboratory.effort();
    Crew crew(core_count());
    const Peak flop = cpu_fma_peak(chosen_matrix_loops().isa, crew, effort), memory = cpu_memory_peak(crew, effort);
    const Machine cpu{flop.limit(), memory.limit()};
    MatrixResults results(cpu);
    results.add(flop);
    results.add(memory);
    MatrixCpu on_cpu(results, cpu, crew, options.lab);
#ifdef CHIFFRE_HAS_CUDA
    std::unique_ptr<MatrixGpu> on_gpu;
    if (laboratory.gpu().index != kNoGpu) on_gpu = std::make_unique<MatrixGpu>(results, effort);
#endif
    std::vector<Problem> problems;
    for (const Operation operation : kOperations) {
        if (options.sweep)
            for (const int n : sweep_sizes(options.max_n)) problems.push_back({operation, n, n});
        else
            problems.push_back({operation, options.rows, options.cols});
    }
    for (const Problem& problem : problems) {
        const Factors factors(problem.factor_size());
        on_cpu.measure(problem, factors);
#ifdef CHIFFRE_HAS_CUDA
        if (on_gpu) on_gpu->measure(problem, factors, !options.sweep);
#endif
    }
    laboratory.say_skipped_without_gpu("matrices on the GPU");
    laboratory.publish(results.table(), results.plot());
    if (options.sweep) print(results.turning_points());
}

}  // namespace

Subcommand declare_matrix(CLI::App& bench) {
    const auto options = std::make_shared<MatrixOptions>();
    CLI::App* command = bench.add_subcommand("matrix", "sums and products of matrices, CPU and GPU");
    const CLI::Range sizes(1, 20'000);
    CLI::Option* rows = command->add_option("--rows", options->rows, "N: sums of (N x P), products of (N x P) (P x N)")
                            ->check(sizes)
                            ->capture_default_str();
    CLI::Option* cols = command->add_option("--cols", options->cols, "P")->check(sizes)->capture_default_str();
    command->add_flag("--sweep", options->sweep, "square matrices of many sizes instead: where the GPU begins to win")
        ->excludes(rows)
        ->excludes(cols);
    command->add_option("--max-n", options->max_n, "the largest size of the sweep")
        ->check(sizes)
        ->capture_default_str();
    add_lab_options(*command, options->lab);
    return {command, [options] { run_matrix(*options); }};
}

}  // namespace chiffre::bench
