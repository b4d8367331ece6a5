// matrix_cpu.cpp -- plain loops, and the division of the work among threads.
#include "bench/matrix_cpu.h"

#include <algorithm>
#include <atomic>
#include <functional>

#include "cpu/aligned_floats.h"
#include "cpu/isa.h"

namespace chiffre::bench {

const cpu::MatrixLoops& chosen_matrix_loops() {
    [[maybe_unused]] const std::string_view isa = cpu::chosen_kernels().isa;
#ifdef __x86_64__
    for (const cpu::MatrixLoops* loops : {&cpu::avx2::kMatrixLoops, &cpu::avx512::kMatrixLoops})
        if (isa == loops->isa) return *loops;
#endif
    return cpu::baseline::kMatrixLoops;
}

// Waking the other threads takes about as long as this many operations on one core.
constexpr double kWorthAdding_flop = 4e5, kWorthMultiplying_flop = 4e6;

// On all threads of the crew, or on this one alone where the work is small: every thread takes tasks until none is
// left.
static void share(Crew& crew, bool is_small, int tasks, const std::function<void(int)>& task) {
    std::atomic<int> next = 0;
    const auto work = [&](int) {
        for (int i; (i = next++) < tasks;) task(i);
    };
    if (is_small) return work(0);
    crew.run(work);
}

void add_plainly(float* c, const float* a, const float* b, int rows, int cols) {
    for (int row = 0; row < rows; ++row)
        for (int col = 0; col < cols; ++col) {
            const std::size_t i = static_cast<std::size_t>(row) * cols + col;
            c[i] = a[i] + b[i];
        }
}

void multiply_plainly(float* c, const float* a, const float* b, int n, int p) {
    for (int row = 0; row < n; ++row)
        for (int col = 0; col < n; ++col) {
            float sum = 0;
            for (int k = 0; k < p; ++k)
                sum += a[static_cast<std::size_t>(row) * p + k] * b[static_cast<std::size_t>(k) * n + col];
            c[static_cast<std::size_t>(row) * n + col] = sum;
        }
}

void add_threaded(float* c, const float* a, const float* b, int rows, int cols, Crew& crew) {
    const std::size_t count = static_cast<std::size_t>(rows) * cols;
    const bool is_small = static_cast<double>(count) < kWorthAdding_flop;
    const std::size_t tasks = is_small ? 1 : static_cast<std::size_t>(crew.size());
    share(crew, is_small, static_cast<int>(tasks), [&, add = chosen_matrix_loops().add](int task) {
        const std::size_t i = static_cast<std::size_t>(task);
        const std::size_t first = count * i / tasks, end = count * (i + 1) / tasks;
        add(c + first, a + first, b + first, end - first);
    });
}

void multiply_blocked(float* c, const float* a, const float* b, int n, int p, Crew& crew) {
    // 96 rows of depth 512 are as much of the first factor as stays in the second-level cache beside a panel.
    constexpr int kTaskRows = 96;
    const cpu::MatrixLoops& loops = chosen_matrix_loops();
    const bool is_small = 2.0 * n * n * p < kWorthMultiplying_flop;
    const int panels = (n + loops.panel - 1) / loops.panel;
    const std::size_t panel_floats = static_cast<std::size_t>(p) * loops.panel;
    const cpu::AlignedFloats packed = cpu::aligned_floats(static_cast<std::size_t>(panels) * panel_floats);
    share(crew, is_small, panels,
          [&](int panel) { loops.pack(packed.get() + panel * panel_floats, b, p, n, panel * loops.panel); });
    // Panels are the inner count: threads that work at the same time share rows of the first factor.
    share(crew, is_small, (n + kTaskRows - 1) / kTaskRows * panels, [&](int task) {
        const int row = task / panels * kTaskRows, panel = task % panels;
        loops.multiply(c + static_cast<std::size_t>(row) * n, a + static_cast<std::size_t>(row) * p,
                       packed.get() + panel * panel_floats, std::min(kTaskRows, n - row), p, n, panel * loops.panel);
    });
}

}  // namespace chiffre::bench
