// fp16_weights.cu -- host code: where each parameter of LeNet-5 stands in a fragment, and as which fixed point number.
#include "fp16_weights.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

namespace chiffre::cuda::fp16 {
namespace {

struct FragmentLane {
    int g, t;
    explicit FragmentLane(int lane) : g(lane / 4), t(lane % 4) {}
};

// ---- fixed point ----------------------------------------------------------------------------------------------------

// What the largest weight becomes: one less than what two signed bytes hold, because rounding may yet move it.
constexpr int kLargest = 127 * 256 + 126;

struct Bytes {
    int high, low;
    explicit Bytes(int factor) : high((factor + 128) >> 8), low(factor - 256 * high) {}
};

// Four factors as the four bytes of a word, the first the lowest.
struct WordPair {
    std::uint32_t high = 0, low = 0;
    void set(int byte, int factor) {
        const Bytes bytes(factor);
        high |= static_cast<std::uint32_t>(bytes.high & 0xFF) << (8 * byte);
        low |= static_cast<std::uint32_t>(bytes.low & 0xFF) << (8 * byte);
    }
};

// weights / step as integers.
struct Rounded {
    std::vector<int> values;
    double error = 0;  // what is left of the sum
};

// The sum is right to half a step: neighbours in a map are alike, so what is left of the sum of the errors counts most.
// The numbers nearest to the middle between two integers give way.
Rounded round_together(std::span<const float> weights, double step) {
    Rounded rounded{std::vector<int>(weights.size())};
    std::vector<double> errors(weights.size());
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const double exact = weights[i] / step;
        rounded.values[i] = static_cast<int>(std::floor(exact + 0.5));
        errors[i] = exact - rounded.values[i];
        sum += errors[i];
    }
    const int sign = sum < 0 ? -1 : 1;
    const long count = std::lround(std::abs(sum));
    for (long i = 0; i < count; ++i) {  // one or two: sorting would cost more
        const auto next =
            std::max_element(errors.begin(), errors.end(), [&](double a, double b) { return sign * a < sign * b; });
        rounded.values[static_cast<std::size_t>(next - errors.begin())] += sign;
        *next -= sign;
    }
    rounded.error = sum - static_cast<double>(sign * count);
    return rounded;
}

// The factors of one output: its weights, `map` of which belong to each input map, in units of `step`.
struct Factors {
    double step;
    std::vector<int> values;
    long high_sum = 0, low_sum = 0;
    double uniform_error = 0;  // of the output in uniform areas, squared

    Factors(std::span<const float> weights, std::size_t map, double unit) : step(unit) {
        // Of an activation's value and of its low byte, if every one is as likely.
        constexpr double kUsual = kOne / 1.7320508, kUsualLow = 256 / 3.4641016;
        for (std::size_t first = 0; first < weights.size(); first += map) {
            const Rounded rounded = round_together(weights.subspan(first, map), step);
            values.insert(values.end(), rounded.values.begin(), rounded.values.end());
            long map_low = 0;  // what low bytes are multiplied with in the term that is left out
            for (const int value : rounded.values) {
                high_sum += Bytes(value).high;
                map_low += Bytes(value).low;
            }
            low_sum += map_low;
            const double rounding = kUsual * rounded.error, left_out = kUsualLow * static_cast<double>(map_low);
            uniform_error += step * step * (rounding * rounding + left_out * left_out);
        }
    }
};

// As fine as the largest weight allows and as keeps the high bytes of all together to `most_high`; of `steps` that are
// up to a twentieth coarser, the one that does best in uniform areas.
Factors fine_factors(std::span<const float> weights, std::size_t map, double most_high = 1e9, int steps = 1) {
    double largest = 1e-20, sum = 0;
    for (const float weight : weights) {
        largest = std::max<double>(largest, std::abs(weight));
        sum += std::abs(weight);
    }
    const double finest = std::max(largest / kLargest, sum / (256 * most_high));
    Factors best(weights, map, finest);
    for (int i = 1; i < steps; ++i) {
        Factors other(weights, map, finest * (1 + 0.05 * i / steps));
        if (other.uniform_error < best.uniform_error) best = std::move(other);
    }
    return best;
}

std::span<const float> weights_of(const float* parameters, int layer, int output) {
    const int inputs = kLayers[layer].weights_per_output();
    return {parameters + weight_offset(layer) + static_cast<std::ptrdiff_t>(output) * inputs,
            static_cast<std::size_t>(inputs)};
}

double absolute_sum(std::span<const float> weights) {
    return std::accumulate(weights.begin(), weights.end(), 0.0, [](double sum, float w) { return sum + std::abs(w); });
}

// 2^126 is a float still.
bool overflows(double largest_output) {
    return largest_output * kTanhToExp2 > 126;
}

// ---- C1 -------------------------------------------------------------------------------------------------------------

constexpr int kSide = kLayers[kC1].k, kTaps = kSide * kSide;

// Column n of N tile `tile` is one output of the window: of channel 2 * (tile / 2) + ..., row tile % 2; the four
// outputs of one pooling window lie in one lane of D (columns 2t and 2t + 1 of tiles 2j and 2j + 1).
struct C1Output {
    int channel, y, x;
};
C1Output c1_output(int tile, int n) {
    const int t = n / 2;
    return {2 * (tile / 2) + t / 2, tile % 2, 2 * (t % 2) + n % 2};
}

void pack_c1(Weights& packed, const float* parameters) {
    constexpr int kChannels = kLayers[kC1].out.c;
    const float* biases = parameters + bias_offset(kC1);
    double largest = 1e-20;
    for (int i = 0; i < kChannels * kTaps; ++i)
        largest = std::max<double>(largest, std::abs(parameters[weight_offset(kC1) + i]));
    const double step = largest / kLargest;
    std::vector<std::vector<int>> factors;
    for (int c = 0; c < kChannels; ++c) factors.push_back(round_together(weights_of(parameters, kC1, c), step).values);

    for (int tile = 0; tile < kC1Tiles; ++tile)
        for (int r = 0; r < kC1Registers; ++r)
            for (int l = 0; l < kLanes; ++l) {
                const FragmentLane lane(l);
                const C1Output out = c1_output(tile, lane.g);
                WordPair words;
                for (int byte = 0; byte < 4; ++byte) {
                    const int k = 16 * r + 4 * lane.t + byte;
                    const int ky = k / kC1WindowBytes - out.y, kx = k % kC1WindowBytes - out.x;
                    if (ky >= 0 && ky < kSide && kx >= 0 && kx < kSide)
                        words.set(
                            byte,
                            factors[static_cast<std::size_t>(out.channel)][static_cast<std::size_t>(ky * kSide + kx)]);
                }
                packed.c1_high[tile][r][l] = words.high;
                packed.c1_low[tile][r][l] = words.low;
            }
    packed.c1_low_scale = static_cast<float>(step * kInputScale * kTanhToExp2);
    packed.c1_high_scale = 256 * packed.c1_low_scale;
    constexpr double kLargestInput = 255.0 * kInputScale + kInputBias;
    for (int c = 0; c < kChannels; ++c) {
        const std::span<const float> weights = weights_of(parameters, kC1, c);
        const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
        packed.c1_offset[c] =
            static_cast<float>((biases[c] + kInputBias * sum) * kTanhToExp2 -
                               kMagic * (static_cast<double>(packed.c1_low_scale) + packed.c1_high_scale));
        packed.wide |= overflows(absolute_sum(weights) * kLargestInput + std::abs(biases[c]));
    }
}

// ---- C3 -------------------------------------------------------------------------------------------------------------

// Column n of N tile `tile`: channel 4t + tile, row n % 2 of the pooling window.
void pack_c3(Weights& packed, const float* parameters) {
    constexpr int kChannels = kLayers[kC3].out.c;
    const float* biases = parameters + bias_offset(kC3);
    std::vector<Factors> factors;
    // What is left for the high bytes where H and L, of 150 products, keep to +-2^22: a stored byte is 255 at most, and
    // 128 from the middle, a low byte 128.
    constexpr double kMostHigh = 13400;
    constexpr int kSteps = 100;  // two milliseconds once an engine
    for (int c = 0; c < kChannels; ++c)
        factors.push_back(fine_factors(weights_of(parameters, kC3, c), kTaps, kMostHigh, kSteps));

    for (int quad = 0; quad < kC3Quads; ++quad)
        for (int tile = 0; tile < kC3Tiles; ++tile)
            for (int l = 0; l < kLanes; ++l) {
                const FragmentLane lane(l);
                const int channel = 4 * (lane.g / 2) + tile, y = lane.g % 2;
                const Word4 word = c3_word(quad, lane.t);
                WordPair words;
                for (int byte = 0; byte < 4 && word.channels >= 0; ++byte) {
                    const int input = 2 * word.channels + byte / 2, ky = 2 * word.rows + byte % 2 - y;
                    if (ky >= 0 && ky < kSide)
                        words.set(byte,
                                  factors[static_cast<std::size_t>(channel)]
                                      .values[static_cast<std::size_t>((input * kSide + ky) * kSide + word.column)]);
                }
                packed.c3_high[quad / 2][tile][quad % 2][l] = words.high;
                packed.c3_low[quad / 2][tile][quad % 2][l] = words.low;
            }
    for (int c = 0; c < kChannels; ++c) {
        const Factors& own = factors[static_cast<std::size_t>(c)];
        Weights::Channel& channel = packed.c3[c];
        channel.low_scale = static_cast<float>(256 * own.step / kOne * kTanhToExp2);
        channel.high_scale = 256 * channel.low_scale;
        // Activations are stored with 128 more in each byte; for L this is taken off before it, for H afterwards.
        channel.low_start = kMagicBits - static_cast<std::int32_t>(128 * (own.high_sum + own.low_sum));
        channel.offset = static_cast<float>(biases[c] * kTanhToExp2 - static_cast<double>(channel.low_scale) * kMagic -
                                            static_cast<double>(channel.high_scale) *
                                                (kMagic + 128 * static_cast<double>(own.high_sum)));
        packed.wide |= overflows(absolute_sum(weights_of(parameters, kC3, c)) + std::abs(biases[c]));
    }
}

// ---- dense layers ---------------------------------------------------------------------------------------------------

// B fragments of weights(output, input), which are zero beyond the layer's size. `input(k)` tells which input stands at
// position k of the operand A; `after` multiplies the outputs.
template <int kSteps, int kTiles, typename Input>
void pack_dense(Weights::Layer<kSteps, kTiles>& packed, const float* parameters, int layer, double after, Input input) {
    const int inputs = kLayers[layer].in.size(), outputs = kLayers[layer].out.size();
    const int map = kLayers[layer].in.h * kLayers[layer].in.w;
    packed = {};
    for (int output = 0; output < outputs; ++output) {
        const Factors factors =
            fine_factors(weights_of(parameters, layer, output), static_cast<std::size_t>(map > 1 ? map : inputs));
        const int tile = output / 8, g = output % 8;
        for (int step = 0; step < kSteps; ++step)
            for (int t = 0; t < 4; ++t) {
                WordPair words;
                for (int byte = 0; byte < 4; ++byte) {
                    const int k = 16 * step + 4 * t + byte;
                    if (input(k) < inputs) words.set(byte, factors.values[static_cast<std::size_t>(input(k))]);
                }
                packed.factors[step][tile][4 * g + t][0] = words.high;
                packed.factors[step][tile][4 * g + t][1] = words.low;
            }
        const double scale = 256 * factors.step / kOne * after;
        const double bias = parameters[bias_offset(layer) + output] * after;
        const auto high = static_cast<double>(factors.high_sum), low = static_cast<double>(factors.low_sum);
        packed.outputs[output] = {static_cast<float>(scale),
                                  static_cast<float>(bias - scale * 128 * (256 * high + high + low))};
    }
}

}  // namespace

void pack(Weights& packed, const float* parameters) {
    packed.wide = false;
    pack_c1(packed, parameters);
    pack_c3(packed, parameters);
    constexpr int kWindows = kLayers[kS4].out.h * kLayers[kS4].out.w, kChannels = kLayers[kS4].out.c;
    const auto in_order = [](int k) { return k; };
    // S4 leaves the kernel window by window, all channels of one side by side.
    pack_dense(packed.dense.c5, parameters, kC5, kTanhToExp2,
               [](int k) { return k % kChannels * kWindows + k / kChannels; });
    pack_dense(packed.dense.f6, parameters, kF6, kTanhToExp2, in_order);
    pack_dense(packed.dense.output, parameters, kOutput, 1, in_order);
}

}  // namespace chiffre::cuda::fp16
