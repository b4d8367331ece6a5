// layered.cu -- the network as a list of launches, top to bottom. One block of memory holds the parameters, one all
// activations.
#include "layered.h"

#include <algorithm>

#include "device.cuh"
#include "layers.h"

namespace chiffre::cuda {

static constexpr int kLayerCount = static_cast<int>(kLayers.size());

// Floats of all maps in front of the output of a layer, per tile: those of the input, of C1, ...
static constexpr int floats_before(int layer) {
    int floats = kLayers.front().in.size();
    for (int i = 0; i < layer; ++i) floats += kLayers[i].out.size();
    return floats;
}

struct LayeredForward::Memory {
    std::int64_t most;
    DeviceMemory<float> parameters;
    DeviceMemory<float> activations;

    float* input() const { return activations.get(); }
    // Every size per tile but the last is even, so where `most` is even too, maps are aligned to 16 bytes.
    float* output(int layer) const { return activations.get() + floats_before(layer) * most; }
};

LayeredForward::LayeredForward(const float* parameters, std::int64_t most) : memory_(std::make_unique<Memory>()) {
    memory_->most = ceil_div<std::int64_t>(std::max<std::int64_t>(most, 1), 2) * 2;
    memory_->parameters = to_device(parameters, kParameters);
    memory_->activations = device_memory<float>(floats_before(kOutput) * memory_->most);
}
LayeredForward::LayeredForward(LayeredForward&&) noexcept = default;
LayeredForward& LayeredForward::operator=(LayeredForward&&) noexcept = default;
LayeredForward::~LayeredForward() = default;

void LayeredForward::forward(float* scores, const std::uint8_t* tiles, std::int64_t n, CUstream_st* stream) {
    for (std::int64_t first = 0; first < n; first += memory_->most) {
        const std::int64_t count = std::min(memory_->most, n - first);
        tile_forward(memory_->input(), tiles + first * kLayers.front().in.size(), count, stream);
        const float* x = memory_->input();
        for (int l = 0; l < kLayerCount; ++l) {
            const Layer& layer = kLayers[l];
            const float* weights = memory_->parameters.get() + weight_offset(l);
            const float* bias = memory_->parameters.get() + bias_offset(l);
            float* y = l == kOutput ? scores + first * kClasses : memory_->output(l);
            switch (layer.kind) {
                case LayerKind::convolution:
                    convolution_forward(y, x, weights, bias, count, layer, convolution_block(layer), stream);
                    break;
                case LayerKind::mean_pooling:
                    pool_forward(y, x, count, layer, pool_block(layer), stream);
                    break;
                case LayerKind::dense:
                    dense_forward(y, x, weights, bias, count, layer, stream);
                    break;
            }
            if (layer.tanh) tanh_forward(y, y, count * layer.out.size(), stream);
            x = y;
        }
    }
}

const float* LayeredForward::activations(int layer) const {
    return memory_->output(layer);
}

}  // namespace chiffre::cuda
