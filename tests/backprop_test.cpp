// backprop_test.cpp -- gradients against central differences of the float64 reference and against PyTorch, for every
// instruction set.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "cpu/backprop.h"
#include "error.h"
#include "forced_isa.h"
#include "lenet5_reference.h"
#include "pytorch_reference.h"

namespace chiffre {
namespace {

using Gradient = std::vector<float>;

// Any d loss / d logit will do: the loss is then the sum of dlogits * logits.
std::vector<Scores> made_dlogits(std::size_t n) {
    std::vector<Scores> dlogits(n);
    std::uint32_t index = 9'000'000;
    for (Scores& row : dlogits)
        for (float& value : row) value = static_cast<float>(reference::hash32(index++) / 2147483648.0 - 1);
    return dlogits;
}

Gradient gradient_of(cpu::Backprop& backprop, const std::vector<float>& parameters, std::span<const Tile> tiles,
                     std::span<const Scores> dlogits) {
    std::vector<Scores> logits(tiles.size());
    Gradient gradient(kParameters);
    backprop.forward(parameters.data(), tiles, logits);
    backprop.backward(parameters.data(), dlogits, gradient);
    return gradient;
}

Gradient gradient_of(const std::vector<float>& parameters, std::span<const Tile> tiles,
                     std::span<const Scores> dlogits) {
    cpu::Backprop backprop;
    return gradient_of(backprop, parameters, tiles, dlogits);
}

double loss(std::span<const double> parameters, std::span<const Tile> tiles, std::span<const Scores> dlogits) {
    double sum = 0;
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        const reference::Map logits = reference::forward(parameters, tiles[i]).back();
        for (int digit = 0; digit < kClasses; ++digit) sum += logits[digit] * dlogits[i][digit];
    }
    return sum;
}

// d loss along `direction`, given as (parameter, weight) pairs, by central differences.
double slope(std::vector<double> parameters, std::span<const std::pair<int, double>> direction,
             std::span<const Tile> tiles, std::span<const Scores> dlogits) {
    constexpr double kStep = 1e-5;
    const auto moved = [&](double step) {
        std::vector<double> p = parameters;
        for (const auto& [index, weight] : direction) p[index] += step * weight;
        return loss(p, tiles, dlogits);
    };
    return (moved(kStep) - moved(-kStep)) / (2 * kStep);
}

struct Block {
    std::string name;
    int first, size;
};

std::vector<Block> blocks() {
    std::vector<Block> all;
    for (int l = 0; l < static_cast<int>(kLayers.size()); ++l)
        if (kLayers[l].parameters() > 0) {
            const std::string name(kLayers[l].name);
            all.push_back({name + ".weight", weight_offset(l), kLayers[l].weights()});
            all.push_back({name + ".bias", bias_offset(l), kLayers[l].biases()});
        }
    return all;
}

class Backprop : public EveryIsa {
  protected:
    const std::vector<float> parameters_ = reference::made_parameters();
    const std::vector<double> exact_{parameters_.begin(), parameters_.end()};
};

// Every parameter takes part: along a random direction within each tensor, three times.
TEST_P(Backprop, GradientIsTheSlopeAlongAnyDirection) {
    const std::vector<Tile> tiles = reference::made_tiles(19);  // a full group and a part of one
    const std::vector<Scores> dlogits = made_dlogits(tiles.size());
    const Gradient gradient = gradient_of(parameters_, tiles, dlogits);
    std::uint32_t seed = 1;
    for (const Block& block : blocks())
        for (int repeat = 0; repeat < 3; ++repeat) {
            std::vector<std::pair<int, double>> direction;
            double along = 0;
            for (int i = block.first; i < block.first + block.size; ++i) {
                direction.emplace_back(i, reference::hash32(seed++) / 2147483648.0 - 1);
                along += direction.back().second * static_cast<double>(gradient[i]);
            }
            const double expected = slope(exact_, direction, tiles, dlogits);
            EXPECT_NEAR(along, expected, 1e-5 * std::max(10.0, std::abs(expected))) << block.name;
        }
}

TEST_P(Backprop, GradientIsTheSlopeOfSingleParameters) {
    const std::vector<Tile> tiles = reference::made_tiles(2);
    const std::vector<Scores> dlogits = made_dlogits(tiles.size());
    const Gradient gradient = gradient_of(parameters_, tiles, dlogits);
    for (const Block& block : blocks())
        for (int sample = 0; sample < 12; ++sample) {
            const int i = block.first + static_cast<int>(static_cast<long>(sample) * (block.size - 1) / 11);
            const std::pair<int, double> alone(i, 1.0);
            EXPECT_NEAR(gradient[i], slope(exact_, {&alone, 1}, tiles, dlogits), 2e-5)
                << block.name << " at " << i - block.first;
        }
}

TEST_P(Backprop, AgreesWithPyTorch) {
    const auto recorded = load_pytorch_reference();
    const std::vector<Tile> tiles = reference::made_tiles(recorded.at("tiles").get<std::size_t>());
    cpu::Backprop backprop;
    std::vector<Scores> scores(tiles.size());
    backprop.forward(parameters_.data(), tiles, scores);

    double cross_entropy = 0;
    for (std::size_t i = 0; i < tiles.size(); ++i) {  // the gradient of cross-entropy: softmax minus one-hot
        double sum = 0;
        for (const float logit : scores[i]) sum += std::exp(static_cast<double>(logit));
        const auto label = recorded.at("labels")[i].get<std::size_t>();
        cross_entropy += std::log(sum) - static_cast<double>(scores[i][label]);
        for (float& value : scores[i]) value = static_cast<float>(std::exp(static_cast<double>(value)) / sum);
        scores[i][label] -= 1;
    }
    EXPECT_NEAR(cross_entropy, recorded.at("loss").get<double>(), 1e-5);

    Gradient gradient(kParameters);
    backprop.backward(parameters_.data(), scores, gradient);
    for (const Block& block : blocks())
        expect_like_recorded(recorded.at("gradients").at(block.name),
                             std::span(gradient).subspan(block.first, block.size), 1e-5);
}

// What stands in `gradient` before must stay: with one image and large values the two differ visibly.
TEST_P(Backprop, AddsToWhatIsThere) {
    const std::vector<Tile> tiles = reference::made_tiles(3);
    const std::vector<Scores> dlogits = made_dlogits(tiles.size());
    const Gradient once = gradient_of(parameters_, tiles, dlogits);
    cpu::Backprop backprop;
    std::vector<Scores> logits(tiles.size());
    Gradient gradient(kParameters, 1.0f);
    backprop.forward(parameters_.data(), tiles, logits);
    backprop.backward(parameters_.data(), dlogits, gradient);
    for (int i = 0; i < kParameters; ++i) ASSERT_EQ(gradient[i], 1.0f + once[i]) << i;
}

// Sums over a batch are those over its parts, but for rounding; lanes without an image add nothing.
TEST_P(Backprop, BatchIsTheSumOfItsParts) {
    const std::vector<Tile> tiles = reference::made_tiles(100);
    const std::vector<Scores> dlogits = made_dlogits(tiles.size());
    const Gradient whole = gradient_of(parameters_, tiles, dlogits);
    for (const std::size_t cut : {1, 16, 37, 64, 99}) {
        const Gradient left = gradient_of(parameters_, std::span(tiles).first(cut), std::span(dlogits).first(cut));
        const Gradient right = gradient_of(parameters_, std::span(tiles).subspan(cut), std::span(dlogits).subspan(cut));
        for (int i = 0; i < kParameters; ++i)
            ASSERT_NEAR(whole[i], left[i] + right[i], 1e-4 * std::max(1.0f, std::abs(whole[i]))) << i << ", " << cut;
    }
}

TEST_P(Backprop, SameBitsOnEveryThreadAndAfterAnyBatch) {
    const std::vector<Tile> tiles = reference::made_tiles(37);
    const std::vector<Scores> dlogits = made_dlogits(tiles.size());
    const Gradient expected = gradient_of(parameters_, tiles, dlogits);

    cpu::Backprop used;
    const std::vector<Tile> larger(200, tiles[5]);
    gradient_of(used, parameters_, larger, made_dlogits(larger.size()));
    EXPECT_EQ(gradient_of(used, parameters_, tiles, dlogits), expected);

    std::vector<Gradient> found(2);
    std::vector<std::thread> threads;
    threads.reserve(found.size());
    for (Gradient& gradient : found) threads.emplace_back([&] { gradient = gradient_of(parameters_, tiles, dlogits); });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(found[0], expected);
    EXPECT_EQ(found[1], expected);
}

CHIFFRE_FOR_EVERY_ISA(Backprop);

TEST(BackpropSizes, MustFit) {
    const std::vector<float> parameters = reference::made_parameters();
    const std::vector<Tile> tiles(3);
    std::vector<Scores> logits(3), two(2);
    Gradient gradient(kParameters), shorter(kParameters - 1);
    cpu::Backprop backprop;
    EXPECT_THROW(backprop.backward(parameters.data(), logits, gradient), Error) << "before any forward()";
    EXPECT_THROW(backprop.forward(parameters.data(), tiles, two), Error);
    backprop.forward(parameters.data(), tiles, logits);
    EXPECT_THROW(backprop.backward(parameters.data(), two, gradient), Error);
    EXPECT_THROW(backprop.backward(parameters.data(), logits, shorter), Error);
    backprop.backward(parameters.data(), logits, gradient);
    EXPECT_THROW(backprop.backward(parameters.data(), logits, gradient), Error) << "the activations are used up";
}

}  // namespace
}  // namespace chiffre
