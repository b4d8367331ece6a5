// matrix_bench.h -- what the parts of `bench matrix` share: the CPU's and the GPU's.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/laboratory.h"
#include "bench/peak.h"

namespace chiffre::bench {

enum class Operation { add, multiply };
inline constexpr std::array kOperations{Operation::add, Operation::multiply};
std::string operation_name(Operation operation);

// add: c = a + b, all (n, p). multiply: c (n, n) = a (n, p) b (p, n), where b is the same memory read with other rows.
struct Problem {
    Operation operation;
    int n, p;

    double flop() const;   // O(n p) and O(n^2 p): n^3 where p = n
    double bytes() const;  // both factors read once, the result written once
    bool operator==(const Problem&) const = default;
    std::size_t factor_size() const { return static_cast<std::size_t>(n) * p; }
    std::size_t result_size() const { return static_cast<std::size_t>(n) * (operation == Operation::add ? p : n); }
};

// Values in [-1, 1], always the same ones.
struct Factors {
    explicit Factors(std::size_t size);
    std::vector<float> a, b;
};

// Throws Error(bad_data) where a result is further from the one in double precision than rounding explains: half a unit
// in the last place for a sum; |c - exact| <= gamma_p sum |a b| with gamma_p = p u / (1 - p u), u = 2^-24, for a
// product summed in any order (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1). All
// elements of small problems, a sample of large ones.
void check_result(const Problem& problem, const Factors& factors, std::span<const float> c, const std::string& who);

// Whom the rows are held against: what can be done at most, of operations and of bytes.
struct Machine {
    Limit flop, memory;
    double bus = kNone;  // bytes per second between host and GPU; none for a CPU

    // The least time that the problem takes by these limits; with `transfers` over the bus, which do not overlap.
    double least_s(const Problem& problem, bool transfers) const;
};

struct MatrixRow {
    Problem problem;
    std::string contestant, shape, part;  // "GPU, one thread per element", "16x16", "kernel"
    Timing timing;
};

// Speed-ups refer to this contestant, which is added before the others of its problem.
inline constexpr const char* kMatrixBaseline = "CPU, threaded and blocked";
// What is timed of a GPU's contestant, beside the kernel alone.
inline constexpr const char* kKernelAlone = "kernel";
inline constexpr const char* kWithTransfers = "with transfers";

class MatrixResults {
  public:
    explicit MatrixResults(const Machine& cpu);
    void add(const Peak& peak);
    // `machine`: the one whose limits hold for the row.
    void add(const MatrixRow& row, const Machine& machine);

    const Table& table() const { return table_; }
    // Time over n where there are several sizes, else the operations per second of each contestant.
    Plot plot() const;
    // "# multiply: the GPU wins from n = ...", for the kernel alone and with transfers; nothing without a GPU.
    std::string turning_points() const;

  private:
    const MatrixRow* baseline_of(const Problem& problem) const;
    // Of the rows of `part` (the CPU's have none); infinite where there is none.
    double quickest(const Problem& problem, std::string_view part) const;

    Machine cpu_;
    Table table_;
    std::vector<MatrixRow> rows_;
};

// The GPU's contestants: one thread per element, tiles in shared memory, cuBLAS where it is there. Builds with CUDA
// only.
class MatrixGpu {
  public:
    // Measures the GPU's peaks and adds them.
    MatrixGpu(MatrixResults& results, const Effort& effort);
    MatrixGpu(MatrixGpu&&) = delete;
    ~MatrixGpu();

    // Checks every contestant, then times the kernel alone and with transfers from and to pinned memory; `all_shapes`:
    // the kernels in every shape of grid and block, else in one. Throws Error(bad_data), CudaError.
    void measure(const Problem& problem, const Factors& factors, bool all_shapes);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chiffre::bench
