// training_data.cpp -- which kind of data a recipe wants.
#include "training_data.h"

#include <algorithm>

#include "error.h"
#include "idx.h"
#include "mnist_data.h"
#include "photo_data.h"

namespace chiffre::training {

void require_harvested(const Recipe& recipe, const std::filesystem::path& harvest) {
    if (!harvest.empty() && !recipe.mix.harvests())
        throw Error(ErrorCode::usage,
                    "--harvest: expected a recipe with mix.harvest_digits or mix.harvest_none, found " + recipe.file +
                        " without");
}

RawData read_data(const Recipe& recipe, const DataPaths& paths) {
    RawData raw;
    if (recipe.mix.harvests() && paths.harvest.empty())
        throw Error(ErrorCode::usage,
                    "--harvest: expected a file that train harvest wrote, for the samples of it that " + recipe.file +
                        " has in its mix, found none");
    if (recipe.mix.harvests()) {
        raw.harvest = load_harvest(paths.harvest);
        if (raw.harvest.view() != recipe.view)
            throw Error(ErrorCode::bad_data, paths.harvest.string() + ": expected tiles of the view " +
                                                 std::string(name_of(recipe.view)) + " for " + recipe.file +
                                                 ", found " + std::string(name_of(raw.harvest.view())));
    }
    if (recipe.view == TileView::context) return raw;
    if (recipe.photo()) raw.fonts = load_fonts(paths.fonts);
    raw.digits = load_mnist(paths.mnist, MnistPart::train);
    return raw;
}

TrainingData make_data(const RawData& raw, const Recipe& recipe, std::uint64_t seed, int fold) {
    if (recipe.photo()) return photo_data(raw.digits, raw.fonts, raw.harvest, recipe, seed, fold);
    MnistSplit split = hold_back(raw.digits, fold);
    return augmented_digits(split.learn, std::move(split.validation), recipe, seed);
}

TrainingData load_data(const Recipe& recipe, const DataPaths& paths, std::uint64_t seed) {
    return make_data(read_data(recipe, paths), recipe, seed);
}

TrainingData adapt_data(const TrainingData& other, const Recipe& recipe, std::uint64_t seed) {
    TrainingData data;
    const SamplePlan& plan = *other.train.plan;
    data.train = planned_source(recipe.photo() ? photo_plan(plan, recipe, seed) : augmented_plan(plan, recipe, seed));
    data.validation = other.validation;
    data.description = other.description;
    return data;
}

Recipe with_all_kinds(const Recipe& recipe, const std::vector<Recipe>& others) {
    Recipe widest = recipe;
    for (const Recipe& other : others)
        for (int Mix::*samples : {&Mix::mnist, &Mix::pen, &Mix::printed, &Mix::stroked, &Mix::segments, &Mix::letters,
                                  &Mix::pairs, &Mix::halves, &Mix::marks, &Mix::harvest_digits, &Mix::harvest_none})
            if (widest.mix.*samples == 0) widest.mix.*samples = other.mix.*samples;
    return widest;
}

}  // namespace chiffre::training
