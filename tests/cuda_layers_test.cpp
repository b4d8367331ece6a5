// cuda_layers_test.cpp -- the GPU's layers (kernels/layers.h) against the plain loops of the same names, and the
// network made of them against PyTorch and the CPU engine.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

#include "cpu/cpu_engine.h"
#include "cpu/layers.h"
#include "cuda_device.h"
#include "layered.h"
#include "layers.h"
#include "lenet5_reference.h"
#include "pytorch_reference.h"

namespace chiffre {
namespace {

constexpr int kLayerCount = static_cast<int>(kLayers.size());
constexpr std::array kBatches{1, 33, 257};  // never a multiple of a block only

// Shapes that no strip, group, slice or block divides.
constexpr std::array kOddConvolutions{
    Layer{"odd", LayerKind::convolution, {2, 11, 9}, {3, 7, 5}, 5, false},
    Layer{"odd", LayerKind::convolution, {3, 12, 20}, {17, 8, 16}, 5, false},
    Layer{"odd", LayerKind::convolution, {1, 9, 5}, {1, 5, 1}, 5, false},
};
constexpr std::array kOddPools{
    Layer{"odd", LayerKind::mean_pooling, {3, 2, 2}, {3, 1, 1}, 2, false},
    Layer{"odd", LayerKind::mean_pooling, {1, 6, 600}, {1, 3, 300}, 2, false},
};
constexpr std::array kOddDense{
    Layer{"odd", LayerKind::dense, {1, 1, 1}, {1, 1, 1}, 0, false},
    Layer{"odd", LayerKind::dense, {7, 5, 1}, {17, 1, 1}, 0, false},
    Layer{"odd", LayerKind::dense, {33, 1, 1}, {300, 1, 1}, 0, false},
};
constexpr std::array kBlocks{
    cuda::BlockShape{1, 1},  cuda::BlockShape{8, 8},  cuda::BlockShape{16, 16}, cuda::BlockShape{32, 32},
    cuda::BlockShape{32, 4}, cuda::BlockShape{64, 4}, cuda::BlockShape{128, 1}, cuda::BlockShape{1, 16},
};

// Values in [-1, 1].
std::vector<float> made_values(std::size_t count, std::uint32_t seed) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = static_cast<float>(reference::hash32(static_cast<std::uint32_t>(i) + seed) / 2147483648.0 - 1);
    return values;
}

struct Case {
    Case(const Layer& l, int images)
        : layer(l),
          n(images),
          x(made_values(static_cast<std::size_t>(images) * l.in.size(), 1)),
          weights(made_values(std::max(l.weights(), 1), 2'000'000)),
          bias(made_values(std::max(l.biases(), 1), 3'000'000)) {
        // As trained weights are: sums stay about 1.
        for (float& w : weights) w *= 2 / std::sqrt(static_cast<float>(std::max(l.weights_per_output(), 1)));
    }
    std::size_t outputs() const { return static_cast<std::size_t>(n) * layer.out.size(); }

    Layer layer;
    int n;
    std::vector<float> x, weights, bias;
};

std::vector<float> on_cpu(const Case& c) {
    std::vector<float> y(c.outputs());
    if (c.layer.kind == LayerKind::convolution)
        cpu::convolution_forward(y.data(), c.x.data(), c.weights.data(), c.bias.data(), c.n, c.layer);
    else if (c.layer.kind == LayerKind::mean_pooling)
        cpu::pool_forward(y.data(), c.x.data(), c.n, c.layer);
    else
        cpu::dense_forward(y.data(), c.x.data(), c.weights.data(), c.bias.data(), c.n, c.layer);
    return y;
}

void expect_near(const std::vector<float>& found, const std::vector<float>& expected, double tolerance) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        ASSERT_NEAR(found[i], expected[i], tolerance * std::max(1.0f, std::abs(expected[i]))) << "at " << i;
}

class CudaLayers : public OnGpu {
  protected:
    static cuda::BlockShape default_block(const Layer& layer) {
        return layer.kind == LayerKind::convolution    ? cuda::convolution_block(layer)
               : layer.kind == LayerKind::mean_pooling ? cuda::pool_block(layer)
                                                       : cuda::BlockShape{};
    }
    // Behind the output lies one image more, which must stay as it was.
    static std::vector<float> on_gpu(const Case& c, cuda::BlockShape block) {
        const auto x = upload(c.x), weights = upload(c.weights), bias = upload(c.bias);
        const std::vector<float> untouched(c.outputs() + c.layer.out.size(), 12345.0f);
        const auto y = upload(untouched);
        if (c.layer.kind == LayerKind::convolution)
            cuda::convolution_forward(y.get(), x.get(), weights.get(), bias.get(), c.n, c.layer, block, nullptr);
        else if (c.layer.kind == LayerKind::mean_pooling)
            cuda::pool_forward(y.get(), x.get(), c.n, c.layer, block, nullptr);
        else
            cuda::dense_forward(y.get(), x.get(), weights.get(), bias.get(), c.n, c.layer, nullptr);
        std::vector<float> found = download(y.get(), untouched.size());
        for (std::size_t i = c.outputs(); i < found.size(); ++i) EXPECT_EQ(found[i], 12345.0f) << "behind the output";
        found.resize(c.outputs());
        return found;
    }
    static void expect_like_cpu(const Layer& layer) {
        for (const int n : kBatches) {
            SCOPED_TRACE(std::string(layer.name) + ", batch " + std::to_string(n));
            const Case c(layer, n);
            expect_near(on_gpu(c, default_block(layer)), on_cpu(c), 1e-5);
        }
    }
};

TEST_F(CudaLayers, EachIsThatOfTheCpu) {
    for (const Layer& layer : kLayers) expect_like_cpu(layer);
}

TEST_F(CudaLayers, OddShapesAreThoseOfTheCpu) {
    for (const Layer& layer : kOddConvolutions) expect_like_cpu(layer);
    for (const Layer& layer : kOddPools) expect_like_cpu(layer);
    for (const Layer& layer : kOddDense) expect_like_cpu(layer);
}

TEST_F(CudaLayers, BlockShapeDoesNotMatter) {
    std::vector<Layer> layers{kLayers[kC1], kLayers[kS2], kLayers[kC3], kLayers[kS4]};
    layers.insert(layers.end(), kOddConvolutions.begin(), kOddConvolutions.end());
    layers.insert(layers.end(), kOddPools.begin(), kOddPools.end());
    for (const Layer& layer : layers) {
        const Case c(layer, 33);
        const std::vector<float> expected = on_gpu(c, default_block(layer));
        const auto occupancy =
            layer.kind == LayerKind::convolution ? cuda::convolution_occupancy : cuda::pool_occupancy;
        for (const cuda::BlockShape& block : kBlocks) {
            SCOPED_TRACE(std::string(layer.name) + ", block " + std::to_string(block.x) + "x" +
                         std::to_string(block.y));
            if (occupancy(layer, block).threads == 0) continue;  // too much shared memory for this GPU
            EXPECT_EQ(on_gpu(c, block), expected);
        }
        EXPECT_GT(occupancy(layer, default_block(layer)).threads, 0);
    }
}

TEST_F(CudaLayers, BatchDoesNotMatter) {
    for (const Layer& layer : kLayers) {
        const std::vector<float> alone = on_gpu(Case(layer, 1), default_block(layer));
        const std::vector<float> among = on_gpu(Case(layer, 257), default_block(layer));
        EXPECT_TRUE(std::equal(alone.begin(), alone.end(), among.begin())) << layer.name;
    }
}

// A kernel with a single 1 moves the picture: a mirrored or transposed one would show.
TEST_F(CudaLayers, ConvolutionOfARampByHand) {
    Case c(kLayers[kC1], 2);
    std::iota(c.x.begin(), c.x.end(), 0.0f);
    std::fill(c.weights.begin(), c.weights.end(), 0.0f);
    for (int map = 0; map < 6; ++map) {
        c.weights[25 * map + 5 * 1 + 3] = static_cast<float>(map + 1);  // ky 1, kx 3
        c.bias[map] = 100.0f;
    }
    const std::vector<float> y = on_gpu(c, cuda::convolution_block(c.layer));
    for (int image = 0, i = 0; image < 2; ++image)
        for (int map = 0; map < 6; ++map)
            for (int row = 0; row < 28; ++row)
                for (int column = 0; column < 28; ++column, ++i)
                    ASSERT_EQ(y[i], 100 + (map + 1) * (1024 * image + 32 * (row + 1) + column + 3)) << "at " << i;
}

TEST_F(CudaLayers, PoolOfARampByHand) {
    Case c(kLayers[kS4], 3);
    std::iota(c.x.begin(), c.x.end(), 0.0f);
    const std::vector<float> y = on_gpu(c, cuda::pool_block(c.layer));
    for (int map = 0, i = 0; map < 3 * 16; ++map)
        for (int row = 0; row < 5; ++row)
            for (int column = 0; column < 5; ++column, ++i)
                ASSERT_EQ(y[i], 100 * map + 20 * row + 2 * column + 5.5) << "at " << i;
}

// Output o picks input 2 o.
TEST_F(CudaLayers, DenseByHand) {
    Case c(kLayers[kC5], 3);
    std::iota(c.x.begin(), c.x.end(), 0.0f);
    std::fill(c.weights.begin(), c.weights.end(), 0.0f);
    for (int o = 0; o < 120; ++o) c.weights[400 * o + 2 * o] = 1, c.bias[o] = 0.25f;
    const std::vector<float> y = on_gpu(c, {});
    for (int image = 0, i = 0; image < 3; ++image)
        for (int o = 0; o < 120; ++o, ++i) ASSERT_EQ(y[i], static_cast<float>(400 * image + 2 * o) + 0.25f);
}

TEST_F(CudaLayers, TanhInPlaceAndOfAnyAddress) {
    for (const std::size_t count : {1, 255, 1024, 10'001}) {
        std::vector<float> x = made_values(count + 1, 7), expected(count);
        for (float& value : x) value *= 12;
        x[1] = -0.0f;
        const auto memory = upload(x);
        cpu::tanh_forward(expected.data(), x.data() + 1, static_cast<std::int64_t>(count));
        cuda::tanh_forward(memory.get() + 1, memory.get() + 1, static_cast<std::int64_t>(count), nullptr);
        const std::vector<float> y = download(memory.get(), count + 1);
        EXPECT_EQ(y[0], x[0]);
        expect_near({y.begin() + 1, y.end()}, expected, 5e-7);
    }
}

TEST_F(CudaLayers, SoftmaxOfAnyNumberOfClasses) {
    for (const int classes : {1, 3, 10, 16, 17, 100})
        for (const int n : kBatches) {
            std::vector<float> logits = made_values(static_cast<std::size_t>(n) * classes, 11), expected(logits.size());
            for (float& value : logits) value *= 300;  // exp of it would overflow
            cpu::softmax_forward(expected.data(), logits.data(), n, classes);
            const auto memory = upload(logits);
            cuda::softmax_forward(memory.get(), memory.get(), n, classes, nullptr);
            SCOPED_TRACE(std::to_string(classes) + " classes, batch " + std::to_string(n));
            expect_near(download(memory.get(), logits.size()), expected, 1e-6);
        }
}

TEST_F(CudaLayers, TilesAreThoseOfTheCpu) {
    for (const int n : kBatches) {
        const std::vector<Tile> tiles = reference::made_tiles(n);
        std::vector<float> expected(tiles.size() * kTileBytes);
        cpu::tile_forward(expected.data(), tiles.data()->ink.data(), n);
        const auto bytes = cuda::to_device(tiles.data()->ink.data(), expected.size());
        const auto x = cuda::device_memory<float>(expected.size());
        cuda::tile_forward(x.get(), bytes.get(), n, nullptr);
        expect_near(download(x.get(), expected.size()), expected, 2e-7);  // one rounding more or less
    }
}

TEST_F(CudaLayers, NothingToDoIsDone) {
    for (const Layer& layer : kLayers) EXPECT_TRUE(on_gpu(Case(layer, 0), default_block(layer)).empty());
    cuda::tanh_forward(nullptr, nullptr, 0, nullptr);
    cuda::softmax_forward(nullptr, nullptr, 0, 10, nullptr);
    cuda::tile_forward(nullptr, nullptr, 0, nullptr);
}

TEST_F(CudaLayers, ShapesThatAKernelIsNotMadeForAreRefused) {
    Layer layer = kLayers[kC1];
    layer.k = 3;
    EXPECT_THROW(cuda::convolution_forward(nullptr, nullptr, nullptr, nullptr, 1, layer, {8, 8}, nullptr),
                 std::invalid_argument);
    layer = kLayers[kS2];
    layer.out.w = 13;
    EXPECT_THROW(cuda::pool_forward(nullptr, nullptr, 1, layer, {8, 8}, nullptr), std::invalid_argument);
}

// The output of C1 has more than 2^31 values here: where an index has 32 bits, the last image comes out wrong.
TEST_F(CudaLayers, ManyImages) {
    const Layer &c1 = kLayers[kC1], &s2 = kLayers[kS2];
    const std::size_t n = (std::size_t{1} << 31) / c1.out.size() + 2;
    const std::size_t bytes = n * (c1.in.size() + c1.out.size() + s2.out.size()) * sizeof(float);
    std::size_t available = 0, all = 0;
    CUDA_CHECK(cudaMemGetInfo(&available, &all));
    if (bytes > available) GTEST_SKIP() << "needs " << (bytes >> 20) << " MiB of GPU memory";

    const Case one(c1, 1);
    const auto weights = upload(one.weights), bias = upload(one.bias);
    const auto x = cuda::device_memory<float>(n * c1.in.size());
    const auto y = cuda::device_memory<float>(n * c1.out.size());
    const auto pooled = cuda::device_memory<float>(n * s2.out.size());
    CUDA_CHECK(cudaMemset(x.get(), 0, n * c1.in.size() * sizeof(float)));
    CUDA_CHECK(cudaMemcpy(x.get() + (n - 1) * c1.in.size(), one.x.data(), one.x.size() * sizeof(float),
                          cudaMemcpyHostToDevice));
    const auto count = static_cast<std::int64_t>(n);
    cuda::convolution_forward(y.get(), x.get(), weights.get(), bias.get(), count, c1, cuda::convolution_block(c1),
                              nullptr);
    cuda::tanh_forward(y.get(), y.get(), count * c1.out.size(), nullptr);
    cuda::pool_forward(pooled.get(), y.get(), count, s2, cuda::pool_block(s2), nullptr);

    std::vector<float> expected = on_cpu(one), expected_pooled(s2.out.size());
    cpu::tanh_forward(expected.data(), expected.data(), c1.out.size());
    cpu::pool_forward(expected_pooled.data(), expected.data(), 1, s2);
    expect_near(download(y.get() + (n - 1) * c1.out.size(), expected.size()), expected, 1e-5);
    expect_near(download(pooled.get() + (n - 1) * s2.out.size(), expected_pooled.size()), expected_pooled, 1e-5);
}

class CudaLayered : public OnGpu {
  protected:
    static std::vector<Scores> classify(cuda::LayeredForward& network, const std::vector<Tile>& tiles) {
        const auto bytes = cuda::to_device(tiles.data()->ink.data(), tiles.size() * kTileBytes);
        const auto scores = cuda::device_memory<float>(tiles.size() * kClasses);
        network.forward(scores.get(), bytes.get(), static_cast<std::int64_t>(tiles.size()), nullptr);
        std::vector<Scores> host(tiles.size());
        CUDA_CHECK(cudaDeviceSynchronize());
        CUDA_CHECK(cudaMemcpy(host.data(), scores.get(), host.size() * sizeof(Scores), cudaMemcpyDeviceToHost));
        return host;
    }
};

TEST_F(CudaLayered, AgreesWithPyTorch) {
    const auto reference = load_pytorch_reference();
    const std::vector<Tile> tiles = reference::made_tiles(reference.at("tiles").get<std::size_t>());
    cuda::LayeredForward network(reference::made_parameters().data(), 4);
    const std::vector<Scores> scores = classify(network, tiles);
    for (std::size_t image = 0; image < tiles.size(); ++image)
        for (int digit = 0; digit < kClasses; ++digit)
            EXPECT_NEAR(scores[image][digit], reference.at("logits")[image][digit].get<double>(), 1e-5);
    for (int l = 0; l < kOutput; ++l) {
        const std::size_t size = kLayers[l].out.size();
        const std::vector<float> map = download(network.activations(l) + (tiles.size() - 1) * size, size);
        expect_like_recorded(reference.at("maps").at(std::string(kLayers[l].name)), map, 1e-5);
    }
}

TEST_F(CudaLayered, AgreesWithTheCpuEngine) {
    const Weights weights = default_weights();
    const std::vector<Tile> tiles = reference::made_tiles(257);
    std::vector<Scores> expected(tiles.size());
    cpu::open_engine(weights)->classify(tiles, expected);
    cuda::LayeredForward network(weights.values.data(), 257);
    const std::vector<Scores> found = classify(network, tiles);
    // Logits are sums of larger terms: of the largest, 16, float's rounding alone takes 1.2e-5 (the engine beside
    // float64).
    for (std::size_t image = 0; image < tiles.size(); ++image) {
        float scale = 1;
        for (const float logit : expected[image]) scale = std::max(scale, std::abs(logit));
        for (int digit = 0; digit < kClasses; ++digit)
            ASSERT_NEAR(found[image][digit], expected[image][digit], 1e-5 * scale) << "image " << image;
    }
}

TEST_F(CudaLayered, PartsDoNotMatter) {
    const std::vector<float> parameters = reference::made_parameters();
    const std::vector<Tile> tiles = reference::made_tiles(257);
    cuda::LayeredForward whole(parameters.data(), 257), parts(parameters.data(), 33), single(parameters.data(), 1);
    const std::vector<Scores> expected = classify(whole, tiles);
    EXPECT_EQ(classify(parts, tiles), expected);
    EXPECT_EQ(classify(single, tiles), expected);
    EXPECT_EQ(classify(whole, tiles), expected);  // and repeating it does not either
}

}  // namespace
}  // namespace chiffre
