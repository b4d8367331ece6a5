// cpu_engine_test.cpp -- the network on the CPU, layer by layer, against float64 written from the definition, and
// against PyTorch; the same for every instruction set.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>

#include "cpu/aligned_floats.h"
#include "cpu/isa.h"
#include "engine.h"
#include "error.h"
#include "forced_isa.h"
#include "lenet5_reference.h"
#include "pytorch_reference.h"
#include "tanh_approximation.h"

namespace {
std::atomic<long> allocations{0};

void* counted(std::size_t bytes, std::size_t alignment) {
    ++allocations;
    void* memory = std::aligned_alloc(alignment, (bytes + alignment) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
}  // namespace

// The whole program's, to count.
void* operator new(std::size_t bytes) {
    return counted(bytes, alignof(std::max_align_t));
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return counted(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}

namespace chiffre {
namespace {

constexpr int kLayerCount = static_cast<int>(kLayers.size());

Weights weights_of(std::vector<float> values) {
    return {std::move(values), {}};
}

std::unique_ptr<Engine> open_cpu(const std::vector<float>& parameters) {
    return open_engine(parse_device("cpu"), weights_of(parameters));
}

std::vector<Scores> classify(Engine& engine, std::span<const Tile> tiles) {
    std::vector<Scores> scores(tiles.size());
    engine.classify(tiles, scores);
    return scores;
}

// All activations of a forward pass for training, by image and layer.
class Maps {
  public:
    Maps(const cpu::Kernels& kernels, const std::vector<float>& parameters, std::span<const Tile> tiles)
        : kernels_(kernels), logits(tiles.size()) {
        const std::size_t groups = (tiles.size() + kernels.lanes - 1) / kernels.lanes;
        values_ = cpu::aligned_floats(groups * cpu::kActivations * kernels.lanes);
        const cpu::AlignedFloats packed = cpu::aligned_floats(kParameters);
        kernels.pack(packed.get(), parameters.data());
        kernels.forward(logits.data()->data(), values_.get(), tiles.data()->ink.data(), tiles.size(), packed.get());
    }

    float value(std::size_t image, int layer, int i) const {
        const std::size_t group = image / kernels_.lanes, lane = image % kernels_.lanes;
        return values_[(group * cpu::kActivations + cpu::activation_offset(layer) + i) * kernels_.lanes + lane];
    }

  private:
    const cpu::Kernels& kernels_;
    cpu::AlignedFloats values_;

  public:
    std::vector<Scores> logits;
};

class CpuEngine : public EveryIsa {};

TEST_P(CpuEngine, EveryLayerIsTheDefinition) {
    const std::vector<float> parameters = reference::made_parameters();
    const std::vector<double> exact(parameters.begin(), parameters.end());
    const std::vector<Tile> tiles = reference::made_tiles(33);  // groups that are full, and one that is not
    const Maps maps(kernels(), parameters, tiles);
    for (const std::size_t image : {0, 1, 15, 16, 31, 32}) {
        const std::vector<reference::Map> expected = reference::forward(exact, tiles[image]);
        for (int layer = 0; layer < kLayerCount; ++layer) {
            double worst = 0;
            for (int i = 0; i < kLayers[layer].out.size(); ++i)
                worst = std::max(worst, std::abs(maps.value(image, layer, i) - expected[layer][i]));
            // Measured: 5e-7 in C1, 3e-6 in the logits.
            EXPECT_LT(worst, 1e-5) << kLayers[layer].name << " of image " << image;
        }
    }
}

TEST_P(CpuEngine, AgreesWithPyTorch) {
    const auto reference = load_pytorch_reference();
    const std::vector<Tile> tiles = reference::made_tiles(reference.at("tiles").get<std::size_t>());
    const std::vector<float> parameters = reference::made_parameters();
    const Maps maps(kernels(), parameters, tiles);
    for (std::size_t image = 0; image < tiles.size(); ++image)
        for (int digit = 0; digit < kClasses; ++digit)
            EXPECT_NEAR(maps.logits[image][digit], reference.at("logits")[image][digit].get<double>(), 1e-5);
    for (int layer = 0; layer < kLayerCount; ++layer) {
        std::vector<float> map(kLayers[layer].out.size());
        for (std::size_t i = 0; i < map.size(); ++i) map[i] = maps.value(tiles.size() - 1, layer, static_cast<int>(i));
        expect_like_recorded(reference.at("maps").at(std::string(kLayers[layer].name)), map, 1e-5);
    }
}

TEST_P(CpuEngine, ReadingAndTrainingGiveTheSameBits) {
    const std::vector<float> parameters = reference::made_parameters();
    const std::vector<Tile> tiles = reference::made_tiles(50);
    EXPECT_EQ(Maps(kernels(), parameters, tiles).logits, classify(*open_cpu(parameters), tiles));
}

TEST_P(CpuEngine, BatchDoesNotMatter) {
    const std::vector<Tile> tiles = reference::made_tiles(4096);
    const auto engine = open_cpu(reference::made_parameters());
    const std::vector<Scores> together = classify(*engine, tiles);
    const std::span<const Tile> all(tiles);
    for (const std::size_t size : {1, 7, 31, 32, 33})
        for (std::size_t i = 0; i + size <= 200; i += size) {
            const std::vector<Scores> apart = classify(*engine, all.subspan(i, size));
            ASSERT_TRUE(std::equal(apart.begin(), apart.end(), together.begin() + i)) << size << " from " << i;
        }
    EXPECT_EQ(classify(*engine, all.last(1))[0], together.back());
}

TEST_P(CpuEngine, AddressDoesNotMatter) {
    const std::vector<Tile> tiles = reference::made_tiles(21);
    const auto engine = open_cpu(reference::made_parameters());
    const std::vector<Scores> expected = classify(*engine, tiles);
    for (const std::size_t shift : {1, 3, 16}) {
        std::vector<Tile> memory(tiles.size() + 1);
        auto* moved = reinterpret_cast<Tile*>(reinterpret_cast<std::uint8_t*>(memory.data()) + shift);
        std::memcpy(moved, tiles.data(), tiles.size() * sizeof(Tile));
        EXPECT_EQ(classify(*engine, {moved, tiles.size()}), expected);
    }
}

// Base 20 is 0 for the network, and 220 is 1: one point of ink shows the kernel of C1 reversed around it.
TEST_P(CpuEngine, PointOfInkShowsTheKernelOfC1) {
    std::vector<float> parameters(kParameters);
    for (int c = 0; c < 6; ++c)
        for (int i = 0; i < 25; ++i)
            parameters[weight_offset(kC1) + c * 25 + i] = 0.01f * static_cast<float>(c * 25 + i);
    std::vector<Tile> tiles(2);
    for (Tile& tile : tiles) tile.ink.fill(20);
    tiles[1].ink[10 * kTileSide + 12] = 220;
    const Maps maps(kernels(), parameters, tiles);
    for (int c = 0; c < 6; ++c)
        for (int y = 0; y < 28; ++y)
            for (int x = 0; x < 28; ++x) {
                const int ky = 10 - y, kx = 12 - x;
                const bool seen = ky >= 0 && ky < 5 && kx >= 0 && kx < 5;
                const double expected = seen ? std::tanh(0.01 * (c * 25 + ky * 5 + kx)) : 0;
                EXPECT_NEAR(maps.value(1, kC1, (c * 28 + y) * 28 + x), expected, 2e-6) << c << " " << y << " " << x;
            }
}

TEST_P(CpuEngine, AllOnesGiveTanhOfTanh) {
    std::vector<float> parameters(kParameters);
    for (int l = 0; l < kLayerCount; ++l) {
        std::fill_n(parameters.begin() + weight_offset(l), kLayers[l].weights(),
                    kLayers[l].weights() ? 1.0f / static_cast<float>(kLayers[l].weights_per_output()) : 0.0f);
        std::fill_n(parameters.begin() + bias_offset(l), kLayers[l].biases(), 0.25f);
    }
    std::vector<Tile> tiles(1);
    tiles[0].ink.fill(220);
    double expected = 1;
    for (int i = 0; i < 4; ++i) expected = std::tanh(expected + 0.25);
    expected += 0.25;
    const std::vector<Scores> scores = classify(*open_cpu(parameters), tiles);
    for (const float logit : scores[0]) EXPECT_NEAR(logit, expected, 1e-5);
}

// With all weights 0 a layer shows tanh of its biases: 226 values at a time, over all that floats can reach.
TEST_P(CpuEngine, TanhIsAccurateEverywhere) {
    std::vector<double> inputs;
    inputs.reserve(200'000);
    for (int i = -12 * 8192; i <= 12 * 8192; ++i) inputs.push_back(i / 8192.0);
    for (int exponent = -30; exponent <= 30; ++exponent)
        inputs.insert(inputs.end(), {std::pow(10, exponent), -std::pow(10, exponent)});
    double worst = 0, largest = 0;
    const std::vector<Tile> tiles(1);
    for (std::size_t next = 0; next < inputs.size();) {
        std::vector<float> parameters(kParameters);
        const std::size_t first = next;
        const auto each = [&](auto&& visit) {
            std::size_t at = first;
            for (const int layer : {kC1, kC3, kC5, kF6})
                for (int i = 0; i < kLayers[layer].biases() && at < inputs.size(); ++i) visit(layer, i, inputs[at++]);
            return at;
        };
        next = each([&](int layer, int i, double x) { parameters[bias_offset(layer) + i] = static_cast<float>(x); });
        const Maps maps(kernels(), parameters, tiles);
        each([&](int layer, int i, double x) {
            const float y = maps.value(0, layer, i * kLayers[layer].out.h * kLayers[layer].out.w);
            worst = std::max(worst, std::abs(y - std::tanh(static_cast<double>(static_cast<float>(x)))));
            largest = std::max(largest, static_cast<double>(std::abs(y)));
        });
    }
    RecordProperty("largest_error_e9", static_cast<int>(worst * 1e9));
    EXPECT_LT(worst, 6e-7);
    EXPECT_LE(largest, 1.0);
}

TEST_P(CpuEngine, AllocatesNothingPerCall) {
    const std::vector<Tile> tiles = reference::made_tiles(40);
    std::vector<Scores> scores(tiles.size());
    const auto engine = open_cpu(reference::made_parameters());
    const long before = allocations;
    for (const std::size_t n : {40, 1, 33}) engine->classify(std::span(tiles).first(n), std::span(scores).first(n));
    EXPECT_EQ(allocations, before);
}

TEST_P(CpuEngine, ForcedIsaIsTheOneInUse) {
    EXPECT_EQ(&cpu::chosen_kernels(), &kernels());
    EXPECT_STREQ(cpu::chosen_kernels().isa, kernels().isa);
    // `lanes` is set by what the compiler was told when it compiled this very code.
    const std::string isa = kernels().isa;
    EXPECT_EQ(kernels().lanes, isa == "avx512" ? 16 : isa == "avx2" ? 8 : 4);

    const std::vector<float> parameters = reference::made_parameters();
    const std::vector<Tile> tiles = reference::made_tiles(5);
    const std::vector<double> exact(parameters.begin(), parameters.end());
    const std::vector<Scores> scores = classify(*open_cpu(parameters), tiles);
    const reference::Map expected = reference::forward(exact, tiles[4]).back();
    for (int digit = 0; digit < kClasses; ++digit) EXPECT_NEAR(scores[4][digit], expected[digit], 1e-5);
}

// The logits as the fp32 CUDA kernels compute them too: sums start at the bias and add products in the order of the
// inputs, each product and its sum in one rounding.
float fused_tanh(float x) {
    x = std::clamp(x, -kTanhLimit, kTanhLimit);
    const float t = x * x;
    float p = kTanhP[4], q = kTanhQ[3];
    for (int i = 3; i >= 0; --i) p = std::fma(p, t, kTanhP[i]);
    for (int i = 2; i >= 0; --i) q = std::fma(q, t, kTanhQ[i]);
    const float xp = x * p;
    return xp / q;
}

std::vector<float> fused_layer(const Layer& layer, const std::vector<float>& in, const float* w, const float* b) {
    std::vector<float> out;
    for (int o = 0; o < layer.out.c; ++o)
        for (int y = 0; y < layer.out.h; ++y)
            for (int x = 0; x < layer.out.w; ++x) {
                const auto at = [&](int c, int row, int column) {
                    return in[(c * layer.in.h + row) * layer.in.w + column];
                };
                if (layer.kind == LayerKind::mean_pooling) {
                    out.push_back((at(o, 2 * y, 2 * x) + at(o, 2 * y, 2 * x + 1) + at(o, 2 * y + 1, 2 * x) +
                                   at(o, 2 * y + 1, 2 * x + 1)) *
                                  0.25f);
                    continue;
                }
                // A dense layer is a convolution whose kernel covers its whole input.
                const bool dense = layer.kind == LayerKind::dense;
                const int h = dense ? layer.in.h : layer.k, width = dense ? layer.in.w : layer.k;
                const float* weight = w + o * layer.weights_per_output();
                float z = b[o];
                for (int c = 0; c < layer.in.c; ++c)
                    for (int ky = 0; ky < h; ++ky)
                        for (int kx = 0; kx < width; ++kx) z = std::fma(at(c, y + ky, x + kx), *weight++, z);
                out.push_back(layer.tanh ? fused_tanh(z) : z);
            }
    return out;
}

TEST_P(CpuEngine, FusedKernelsGiveTheBitsOfFusedArithmetic) {
    const std::vector<float> parameters = reference::made_parameters();
    const std::vector<Tile> tiles = reference::made_tiles(5);
    const std::vector<Scores> scores = classify(*open_cpu(parameters), tiles);
    bool same = true;
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        std::vector<float> map;
        for (const std::uint8_t pixel : tiles[i].ink)
            map.push_back(std::fma(static_cast<float>(pixel), kInputScale, kInputBias));
        for (int l = 0; l < kLayerCount; ++l)
            map = fused_layer(kLayers[l], map, &parameters[weight_offset(l)], &parameters[bias_offset(l)]);
        same = same && std::equal(map.begin(), map.end(), scores[i].begin());
    }
    EXPECT_EQ(same, kernels().fused_multiply_add);
}

CHIFFRE_FOR_EVERY_ISA(CpuEngine);

template <class Call>
ErrorCode code_of(Call call) {
    try {
        call();
    } catch (const Error& e) {
        return e.code();
    }
    ADD_FAILURE() << "expected an Error";
    return ErrorCode::bad_data;
}

TEST(Isa, FastestUnlessForced) {
    const ForcedIsa unset("");
    EXPECT_EQ(&cpu::chosen_kernels(), cpu::available_kernels().back());
    EXPECT_STREQ(cpu::available_kernels().front()->isa, "baseline");
}

TEST(Isa, UnknownNameIsRefused) {
    const ForcedIsa forced("avx1024");
    EXPECT_EQ(code_of([] { cpu::chosen_kernels(); }), ErrorCode::usage);
    EXPECT_EQ(code_of([] { open_cpu(std::vector<float>(kParameters)); }), ErrorCode::usage);
}

TEST(Engine, SizesMustFit) {
    const auto engine = open_cpu(reference::made_parameters());
    const std::vector<Tile> tiles(3);
    std::vector<Scores> scores(2);
    EXPECT_EQ(code_of([&] { engine->classify(tiles, scores); }), ErrorCode::usage);
    engine->classify({}, {});
}

TEST(Engine, DevicesByName) {
    EXPECT_EQ(parse_device("auto").kind, Device::Kind::automatic);
    EXPECT_EQ(parse_device("cpu").kind, Device::Kind::cpu);
    EXPECT_EQ(parse_device("cuda").kind, Device::Kind::cuda);
    EXPECT_EQ(parse_device("cuda").indices, std::vector<int>{0});
    EXPECT_EQ(parse_device("cuda:13").indices, std::vector<int>{13});
    EXPECT_EQ(parse_device("cuda:2,0,1").indices, (std::vector<int>{2, 0, 1}));
    EXPECT_EQ(parse_device("cuda:all").kind, Device::Kind::cuda);
    EXPECT_EQ(parse_device("cuda:all").indices, std::vector<int>{});
    for (const char* text :
         {"", "gpu", "CPU", "cuda:", "cuda:-1", "cuda:-0", "cuda:0,-0", "cuda:+1", "cuda:1x", "cuda: 1", "cpu:0",
          "cuda:99999999999", "cuda:0,", "cuda:,0", "cuda:0,0", "cuda:0,,1", "cuda:0 1", "cuda:0,all"})
        EXPECT_EQ(code_of([&] { parse_device(text); }), ErrorCode::usage) << text;
}

TEST(Engine, PrecisionsByName) {
    EXPECT_EQ(parse_precision("fp32"), Precision::fp32);
    EXPECT_EQ(parse_precision("fp16"), Precision::fp16);
    EXPECT_EQ(code_of([] { parse_precision("half"); }), ErrorCode::usage);
}

TEST(Engine, TheCpuHasNoHalfPrecision) {
    EXPECT_EQ(code_of([] { open_engine(parse_device("cpu"), Weights{}, Precision::fp16); }), ErrorCode::usage);
}

TEST(Engine, CpuSaysSo) {
    EXPECT_EQ(open_cpu(reference::made_parameters())->device(), "cpu");
}

}  // namespace
}  // namespace chiffre
