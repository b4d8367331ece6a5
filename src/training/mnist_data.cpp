// mnist_data.cpp -- MNIST is in its frame already, so its tiles are warped in place and not framed again.
#include "mnist_data.h"

#include <span>

namespace chiffre::training {
namespace {

std::span<const std::uint8_t> bytes_of(const std::vector<Tile>& tiles) {
    return {reinterpret_cast<const std::uint8_t*>(tiles.data()), tiles.size() * sizeof(Tile)};
}

}  // namespace

TrainingData augmented_digits(const LabelledTiles& learn, LabelledTiles validation, const Recipe& recipe,
                              std::uint64_t seed) {
    TrainingData data;
    data.description = "MNIST training set, " + std::to_string(learn.size()) + " digits learned, " +
                       std::to_string(validation.size()) + " held back";
    SamplePlan plan;
    plan.seed = seed;
    SampleKind digits;
    digits.name = "mnist";
    digits.samples = learn.size();
    digits.augmentation = recipe.hand;
    plan.add_kind(std::move(digits));
    plan.add_family(bytes_of(learn.tiles), learn.labels);
    data.train = planned_source(std::move(plan));
    data.validation.push_back({"mnist", std::move(validation)});
    return data;
}

SamplePlan augmented_plan(const SamplePlan& other, const Recipe& recipe, std::uint64_t seed) {
    SamplePlan plan = other;
    plan.seed = seed;
    plan.kinds.front().augmentation = recipe.hand;
    return plan;
}

}  // namespace chiffre::training
