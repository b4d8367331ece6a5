// backprop.cpp -- the training kernels behind backprop.h; owns the activations between the two passes.
#include "backprop.h"

#include "aligned_floats.h"
#include "error.h"
#include "isa.h"

namespace chiffre::cpu {

struct Backprop::Activations {
    explicit Activations(const Kernels& chosen) : kernels(chosen) {}

    const Kernels& kernels;
    AlignedFloats packed = aligned_floats(kParameters);
    AlignedFloats workspace = aligned_floats(kernels.backward_workspace);
    AlignedFloats values;
    std::size_t groups = 0;  // room in `values`
    std::size_t images = 0;  // of the last forward() that no backward() has used up
};

Backprop::Backprop() : Backprop(chosen_kernels()) {}
Backprop::Backprop(const Kernels& kernels) : activations_(std::make_unique<Activations>(kernels)) {}
Backprop::~Backprop() = default;

static void check_sizes(const char* what, std::size_t expected, std::size_t found) {
    if (expected != found)
        throw Error(ErrorCode::usage,
                    std::string(what) + ": expected " + std::to_string(expected) + ", found " + std::to_string(found));
}

void Backprop::forward(const float* weights, std::span<const Tile> tiles, std::span<Scores> logits) {
    check_sizes("Backprop::forward: logits", tiles.size(), logits.size());
    Activations& a = *activations_;
    a.images = tiles.size();
    if (tiles.empty()) return;
    const std::size_t groups = (tiles.size() + a.kernels.lanes - 1) / a.kernels.lanes;
    if (groups > a.groups) {
        a.values = aligned_floats(groups * kActivations * a.kernels.lanes);
        a.groups = groups;
    }
    a.kernels.pack(a.packed.get(), weights);
    a.kernels.forward(logits.data()->data(), a.values.get(), tiles.data()->ink.data(), tiles.size(), a.packed.get());
}

void Backprop::backward(const float* weights, std::span<const Scores> dlogits, std::span<float> gradient) {
    Activations& a = *activations_;
    check_sizes("Backprop::backward: dlogits", a.images, dlogits.size());
    check_sizes("Backprop::backward: gradient", kParameters, gradient.size());
    a.images = 0;
    if (dlogits.empty()) return;
    a.kernels.backward(gradient.data(), a.values.get(), dlogits.data()->data(), dlogits.size(), weights,
                       a.workspace.get());
}

}  // namespace chiffre::cpu
