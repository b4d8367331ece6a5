// teachers.cpp -- teachers are checked before any data is read.
#include "teachers.h"

#include "error.h"

namespace chiffre::training {

std::vector<Weights> load_teachers(std::span<const std::filesystem::path> paths, const Recipe& recipe) {
    const auto classes = [](bool refuses) { return refuses ? "ten digits and no digit" : "ten digits alone"; };
    std::vector<Weights> teachers;
    for (const std::filesystem::path& path : paths) {
        teachers.push_back(load_weights(path));
        const bool refuses = score_meaning(teachers.back()).refuses;
        if (refuses != recipe.refuses())
            throw Error(ErrorCode::bad_weights, path.string() + ": expected a teacher of " + classes(recipe.refuses()) +
                                                    ", found one of " + classes(refuses));
    }
    return teachers;
}

void require_teachers(const Recipe& recipe, std::size_t teachers) {
    const bool distills = recipe.schedule.distill > 0;
    if (distills && teachers == 0)
        throw Error(ErrorCode::usage, recipe.name + ".recipe: distill: expected --teachers, found none");
    if (!distills && teachers > 0)
        throw Error(ErrorCode::usage, recipe.name + ".recipe: distill: expected more than 0 for --teachers, found 0");
}

std::string hashes(std::span<const Weights> teachers) {
    std::string text;
    for (const Weights& teacher : teachers) text += (text.empty() ? "" : " ") + weights_hash(teacher);
    return text;
}

}  // namespace chiffre::training
