// graph.cuh -- launches recorded once and launched again as a whole: a CUDA graph with an owner.
#pragma once

#include <memory>

#include "device.cuh"

namespace chiffre::cuda {

struct DestroyGraph {
    void operator()(CUgraph_st* graph) const { static_cast<void>(cudaGraphDestroy(graph)); }
    void operator()(CUgraphExec_st* graph) const { static_cast<void>(cudaGraphExecDestroy(graph)); }
};
using ExecutableGraph = std::unique_ptr<CUgraphExec_st, DestroyGraph>;

// What `launch` launches in `stream`, and nothing else that it does. Other threads may go on using the device
// meanwhile, as NCCL asks for where each GPU has a thread. Throws CudaError, and what `launch` throws.
template <typename Launch>
ExecutableGraph capture(CUstream_st* stream, const Launch& launch) {
    using Graph = std::unique_ptr<CUgraph_st, DestroyGraph>;
    CUDA_CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    cudaGraph_t captured = nullptr;
    try {
        launch();
    } catch (...) {
        static_cast<void>(cudaStreamEndCapture(stream, &captured));
        const Graph incomplete(captured);
        static_cast<void>(cudaGetLastError());
        throw;
    }
    CUDA_CHECK(cudaStreamEndCapture(stream, &captured));
    const Graph graph(captured);
    cudaGraphExec_t executable = nullptr;
    CUDA_CHECK(cudaGraphInstantiateWithFlags(&executable, graph.get(), 0));
    ExecutableGraph owned(executable);
    CUDA_CHECK(cudaGraphUpload(executable, stream));
    return owned;
}

}  // namespace chiffre::cuda
