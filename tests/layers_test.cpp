// layers_test.cpp -- the layers as plain loops (cpu/layers.h) against float64 written from the definition, against
// PyTorch, and against values computed by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "cpu/layers.h"
#include "lenet5_reference.h"
#include "pytorch_reference.h"

namespace chiffre {
namespace {

constexpr int kLayerCount = static_cast<int>(kLayers.size());

// What every layer gives for all tiles, tanh included.
std::vector<std::vector<float>> forward(const std::vector<float>& parameters, std::span<const Tile> tiles) {
    const auto n = static_cast<std::int64_t>(tiles.size());
    std::vector<float> x(tiles.size() * kTileBytes);
    cpu::tile_forward(x.data(), tiles.data()->ink.data(), n);
    std::vector<std::vector<float>> maps;
    for (int l = 0; l < kLayerCount; ++l) {
        const Layer& layer = kLayers[l];
        const float *weights = &parameters[weight_offset(l)], *bias = &parameters[bias_offset(l)];
        std::vector<float> y(n * layer.out.size());
        if (layer.kind == LayerKind::convolution)
            cpu::convolution_forward(y.data(), x.data(), weights, bias, n, layer);
        else if (layer.kind == LayerKind::mean_pooling)
            cpu::pool_forward(y.data(), x.data(), n, layer);
        else
            cpu::dense_forward(y.data(), x.data(), weights, bias, n, layer);
        if (layer.tanh) cpu::tanh_forward(y.data(), y.data(), n * layer.out.size());
        maps.push_back(x = y);
    }
    return maps;
}

TEST(Layers, EachIsTheDefinition) {
    const std::vector<float> parameters = reference::made_parameters();
    const std::vector<double> exact(parameters.begin(), parameters.end());
    const std::vector<Tile> tiles = reference::made_tiles(5);
    const auto maps = forward(parameters, tiles);
    for (std::size_t image = 0; image < tiles.size(); ++image) {
        const std::vector<reference::Map> expected = reference::forward(exact, tiles[image]);
        for (int l = 0; l < kLayerCount; ++l) {
            const int size = kLayers[l].out.size();
            for (int i = 0; i < size; ++i)
                ASSERT_NEAR(maps[l][image * size + i], expected[l][i], 1e-5) << kLayers[l].name << " at " << i;
        }
    }
}

TEST(Layers, AgreeWithPyTorch) {
    const auto reference = load_pytorch_reference();
    const std::vector<Tile> tiles = reference::made_tiles(reference.at("tiles").get<std::size_t>());
    const auto maps = forward(reference::made_parameters(), tiles);
    for (std::size_t image = 0; image < tiles.size(); ++image)
        for (int digit = 0; digit < kClasses; ++digit)
            EXPECT_NEAR(maps[kOutput][image * kClasses + digit], reference.at("logits")[image][digit].get<double>(),
                        1e-5);
    for (int l = 0; l < kLayerCount; ++l) {
        const std::size_t size = kLayers[l].out.size();
        expect_like_recorded(reference.at("maps").at(std::string(kLayers[l].name)), std::span(maps[l]).last(size),
                             1e-5);
    }
}

TEST(Layers, ConvolutionIsACorrelation) {
    constexpr Layer kLayer{"by hand", LayerKind::convolution, {1, 3, 3}, {1, 2, 2}, 2, false};
    const float x[] = {1, 2, 3,  //
                       4, 5, 6,  //
                       7, 8, 9};
    const float weights[] = {1, 10,  // the kernel is not mirrored: 1 lies on the upper left of the window
                             100, 1000};
    const float bias[] = {0.5f};
    float y[4];
    cpu::convolution_forward(y, x, weights, bias, 1, kLayer);
    EXPECT_EQ(std::vector(y, y + 4), (std::vector{5421.5f, 6532.5f, 8754.5f, 9865.5f}));
}

TEST(Layers, PoolIsTheMeanOfFour) {
    constexpr Layer kLayer{"by hand", LayerKind::mean_pooling, {2, 2, 4}, {2, 1, 2}, 2, false};
    const float x[] = {1, 2, 5,  5,  //
                       3, 6, 5,  5,  //
                       0, 0, -1, 1,  //
                       0, 8, 2,  -2};
    float y[4];
    cpu::pool_forward(y, x, 1, kLayer);
    EXPECT_EQ(std::vector(y, y + 4), (std::vector{3.0f, 5.0f, 2.0f, 0.0f}));
}

TEST(Layers, DenseIsAProductOfMatrices) {
    constexpr Layer kLayer{"by hand", LayerKind::dense, {3, 1, 1}, {2, 1, 1}, 0, false};
    const float x[] = {1, 2, 3,  //
                       0, 0, 1};
    const float weights[] = {1,   1,  1,  //
                             100, 10, 1};
    const float bias[] = {0, -1};
    float y[4];
    cpu::dense_forward(y, x, weights, bias, 2, kLayer);
    EXPECT_EQ(std::vector(y, y + 4), (std::vector{6.0f, 122.0f, 1.0f, 0.0f}));
}

TEST(Layers, SoftmaxOfLargeLogits) {
    const float logits[] = {1000,           1000,           1000,   //
                            -1000,          1000,           -1000,  //
                            std::log(1.0f), std::log(2.0f), std::log(5.0f)};
    const float expected[] = {1 / 3.0f, 1 / 3.0f, 1 / 3.0f, 0, 1, 0, 0.125f, 0.25f, 0.625f};
    float p[9];
    cpu::softmax_forward(p, logits, 3, 3);
    for (int i = 0; i < 9; ++i) EXPECT_NEAR(p[i], expected[i], 1e-7) << "at " << i;
}

TEST(Layers, PaperAndInkEnterAsTheTableSays) {
    std::vector<Tile> tile(1);
    tile[0].ink[1] = 255;
    std::vector<float> x(kTileBytes);
    cpu::tile_forward(x.data(), tile[0].ink.data(), 1);
    EXPECT_FLOAT_EQ(x[0], -0.1f);
    EXPECT_FLOAT_EQ(x[1], 1.175f);
}

}  // namespace
}  // namespace chiffre
