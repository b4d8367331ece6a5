// backprop.cpp -- cuts a batch into groups of one image per lane and keeps the activations of every group.
#include "backprop.h"

#include <algorithm>
#include <vector>

#include "aligned.h"
#include "kernels.h"

namespace chiffre::cpu {

struct Backprop::Activations {
    const Kernels& kernels = chosen_kernels();
    std::vector<AlignedFloats> groups;
    AlignedFloats packed = aligned_floats(kParameters);
    AlignedFloats scratch =
        aligned_floats(static_cast<std::size_t>(kScratch) * static_cast<std::size_t>(kernels.lanes));
};

Backprop::Backprop() : activations_(std::make_unique<Activations>()) {}
Backprop::~Backprop() = default;

void Backprop::forward(const float* weights, std::span<const Tile> tiles, std::span<Scores> logits) {
    Activations& a = *activations_;
    const std::size_t lanes = static_cast<std::size_t>(a.kernels.lanes);
    while (a.groups.size() * lanes < tiles.size()) a.groups.push_back(aligned_floats(kActivations * lanes));
    a.kernels.pack_forward(a.packed.get(), weights);
    for (std::size_t first = 0; first < tiles.size(); first += lanes)
        a.kernels.forward(a.packed.get(), tiles[first].ink.data(),
                          static_cast<int>(std::min(lanes, tiles.size() - first)), a.groups[first / lanes].get(),
                          logits[first].data());
}

void Backprop::backward(const float* weights, std::span<const Scores> dlogits, std::span<float> gradient) {
    Activations& a = *activations_;
    const std::size_t lanes = static_cast<std::size_t>(a.kernels.lanes);
    a.kernels.pack_backward(a.packed.get(), weights);
    for (std::size_t first = 0; first < dlogits.size(); first += lanes)
        a.kernels.backward(a.packed.get(), a.groups[first / lanes].get(), dlogits[first].data(),
                           static_cast<int>(std::min(lanes, dlogits.size() - first)), gradient.data(), a.scratch.get());
}

}  // namespace chiffre::cpu
