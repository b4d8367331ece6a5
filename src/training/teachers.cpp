// teachers.cpp -- teachers are checked before any data is read.
#include "teachers.h"

#include "error.h"

namespace chiffre::training {
namespace {

std::string no_digit_fact(const Weights& weights) {
    score_meaning(weights);  // refuses what it does not know
    const auto found = weights.metadata.find("no_digit");
    return found == weights.metadata.end() ? "" : found->second;
}

std::string classes(const std::string& no_digit_fact) {
    if (no_digit_fact.empty()) return "ten digits alone";
    return no_digit_fact == kUniform ? "ten digits alike where there is none" : "ten digits and no digit";
}

}  // namespace

std::vector<Weights> load_teachers(std::span<const std::filesystem::path> paths, const Recipe& recipe) {
    std::vector<Weights> teachers;
    for (const std::filesystem::path& path : paths) {
        teachers.push_back(load_weights(path));
        const std::string expected = recipe.no_digit_fact(), found = no_digit_fact(teachers.back());
        if (found != expected)
            throw Error(ErrorCode::bad_weights, path.string() + ": expected a teacher of " + classes(expected) +
                                                    ", found one of " + classes(found));
    }
    return teachers;
}

void require_teachers(const Recipe& recipe, std::size_t teachers) {
    const bool distills = recipe.schedule.distill > 0;
    if (distills && teachers == 0)
        throw Error(ErrorCode::usage, recipe.file + ": distill: expected --teachers, found none");
    if (!distills && teachers > 0)
        throw Error(ErrorCode::usage, recipe.file + ": distill: expected more than 0 for --teachers, found 0");
}

std::string hashes(std::span<const Weights> teachers) {
    std::string text;
    for (const Weights& teacher : teachers) text += (text.empty() ? "" : " ") + weights_hash(teacher);
    return text;
}

}  // namespace chiffre::training
