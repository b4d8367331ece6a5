// mnist_data.cpp -- MNIST is in its frame already, so its tiles are warped in place and not framed again.
#include "mnist_data.h"

#include <memory>

#include "augment.h"
#include "idx.h"

namespace chiffre::training {

TrainingData augmented_digits(LabelledTiles learn, LabelledTiles validation, const Recipe& recipe, std::uint64_t seed) {
    TrainingData data;
    data.description = "MNIST training set, " + std::to_string(learn.size()) + " digits learned, " +
                       std::to_string(validation.size()) + " held back";
    data.train.per_epoch = learn.size();
    data.train.make = [digits = std::make_shared<const LabelledTiles>(std::move(learn)),
                       augmenter = Augmenter(recipe.hand, kTileSide, kTileSide, 1),
                       seed](std::uint32_t epoch, std::uint32_t index, Tile& tile) {
        Random random(seed, Stream::sample, epoch, index);
        augmenter.augment(random, digits->tiles[index].ink.data(), tile.ink.data());
        return static_cast<int>(digits->labels[index]);
    };
    data.validation.push_back({"mnist", std::move(validation)});
    return data;
}

TrainingData mnist_data(const std::filesystem::path& folder, const Recipe& recipe, std::uint64_t seed) {
    MnistSplit split = hold_back(load_mnist(folder, MnistPart::train));
    return augmented_digits(std::move(split.learn), std::move(split.validation), recipe, seed);
}

}  // namespace chiffre::training
