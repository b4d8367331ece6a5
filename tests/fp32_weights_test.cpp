// fp32_weights_test.cpp -- every parameter of the memory map stands where the fp32 kernel looks for it. Needs no GPU.
#include "fp32_weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

namespace chiffre::cuda::fp32 {
namespace {

// The parameters are their own positions, 0, 1, 2, ..., which floats hold exactly: read in the order of the memory map,
// the packed ones must count up.
class Fp32Weights : public testing::Test {
  protected:
    Fp32Weights() {
        std::vector<float> parameters(kParameters);
        std::iota(parameters.begin(), parameters.end(), 0.0f);
        std::fill_n(reinterpret_cast<float*>(packed_.get()), sizeof(Weights) / sizeof(float), -1.0f);
        pack(*packed_, c1_, parameters.data());
    }

    // As the kernel reads it: four inputs of a lane's output side by side.
    static float dense(const float* packed, int outputs, int output, int input) {
        return packed[input / 4 * 4 * outputs + 4 * output + input % 4];
    }

    std::unique_ptr<Weights> packed_ = std::make_unique<Weights>();
    C1Parameters c1_{};
};

TEST_F(Fp32Weights, HoldEveryParameterInItsPlace) {
    static_assert(sizeof(Weights) + sizeof(C1Parameters) == kParameters * sizeof(float), "nothing but parameters");
    int position = 0;
    for (int channel = 0; channel < 6; ++channel)
        for (int tap = 0; tap < 25; ++tap, ++position)
            ASSERT_EQ(c1_.weights[channel / 2][tap][channel % 2], position) << "c1 " << channel << ' ' << tap;
    for (int channel = 0; channel < 6; ++channel, ++position) ASSERT_EQ(c1_.biases[channel], position);

    for (int out = 0; out < 16; ++out)
        for (int in = 0; in < 6; ++in)
            for (int y = 0; y < 5; ++y)
                for (int x = 0; x < 5; ++x, ++position)
                    ASSERT_EQ(packed_->c3[in][y][x][out], position)
                        << "c3 " << out << ' ' << in << ' ' << y << ' ' << x;
    for (int out = 0; out < 16; ++out, ++position) ASSERT_EQ(packed_->c3_biases[out], position);

    const auto expect_dense = [&](const float* weights, const float* biases, int inputs, int outputs) {
        for (int out = 0; out < outputs; ++out)
            for (int in = 0; in < inputs; ++in, ++position)
                ASSERT_EQ(dense(weights, outputs, out, in), position) << out << ' ' << in;
        for (int out = 0; out < outputs; ++out, ++position) ASSERT_EQ(biases[out], position);
    };
    expect_dense(packed_->c5, packed_->c5_biases, 400, 120);
    expect_dense(packed_->f6, packed_->f6_biases, 120, 84);
    expect_dense(packed_->output, packed_->output_biases, 84, 10);
    EXPECT_EQ(position, kParameters);
}

}  // namespace
}  // namespace chiffre::cuda::fp32
