// tile.cu -- bytes of ink to the values that C1 sees. A thread turns four bytes into four floats: the layer moves
// bytes, and 16 of them a thread keep enough under way to fill the memory bus.
#include "device.cuh"
#include "layers.h"
#include "tile.h"

namespace chiffre::cuda {

static constexpr int kThreads = 256;

static __global__ void tile_forward_kernel(float4* __restrict__ x, const uchar4* __restrict__ tiles,
                                           std::int64_t quads) {
    const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
    if (i >= quads) return;
    const uchar4 ink = tiles[i];
    x[i] = make_float4(ink.x * kInputScale + kInputBias, ink.y * kInputScale + kInputBias,
                       ink.z * kInputScale + kInputBias, ink.w * kInputScale + kInputBias);
}

void tile_forward(float* x, const std::uint8_t* tiles, std::int64_t n, CUstream_st* stream) {
    if (n <= 0) return;
    const std::int64_t quads = n * (kTileBytes / 4);
    tile_forward_kernel<<<static_cast<unsigned>(ceil_div<std::int64_t>(quads, kThreads)), kThreads, 0, stream>>>(
        reinterpret_cast<float4*>(x), reinterpret_cast<const uchar4*>(tiles), quads);
    CUDA_CHECK(cudaGetLastError());
}

}  // namespace chiffre::cuda
