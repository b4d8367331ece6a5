// loop_block.h -- a Block (kernels/training/round.h) for the CPU: loops in the place of threads.
#pragma once

namespace chiffre::cuda {

struct LoopBlock {
    template <typename F>
    void each(int n, const F& f) {
        for (int i = 0; i < n; ++i) f(i);
    }
    template <typename F>
    void warps(const F& f) {
        f(0, 1);
    }
};

}  // namespace chiffre::cuda
