// truth.cpp -- records of drawn photographs.
#include "synthesis/truth.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

namespace chiffre::synthesis {

namespace {

using Json = nlohmann::ordered_json;

// Enough digits to tell settings apart, few enough to read.
double rounded(float value) {
    return std::round(static_cast<double>(value) * 1000) / 1000;
}

bool has(const Scene& scene, Effect effect) {
    return std::find(scene.effects.begin(), scene.effects.end(), effect) != scene.effects.end();
}

// Whether the edges of the paper are in the picture.
bool on_table(const Scene& scene) {
    return !scene.paper_outline.empty() && !has(scene, Effect::display);
}

std::string_view ruling_name(Ruling ruling) {
    return ruling == Ruling::lines ? "lines" : ruling == Ruling::squares ? "squares" : "none";
}

// What the digits are, in the words of a labels file.
std::string kind_of(const Scene& scene) {
    if (has(scene, Effect::display)) return "seven-segment";
    return has(scene, Effect::printed) ? "printed" : "handwritten";
}

Json settings(const Scene& scene) {
    Json effects = Json::array();
    for (const Effect effect : scene.effects) effects.push_back(effect_name(effect));
    constexpr float kDegrees = 180 / std::numbers::pi_v<float>;
    return {{"style", style_name(scene.style)},
            {"paper", scene.paper},
            {"ink", scene.ink},
            {"ruling", ruling_name(scene.ruling)},
            {"table", on_table(scene)},
            {"digit_px", rounded(scene.digit_px)},
            {"tilt_deg", rounded(kDegrees * scene.camera.tilt)},
            {"perspective", {rounded(scene.camera.perspective_x), rounded(scene.camera.perspective_y)}},
            {"gradient", {rounded(scene.gradient_x), rounded(scene.gradient_y)}},
            {"vignette", rounded(scene.vignette)},
            {"shadow", rounded(scene.shadow)},
            {"blur_px", rounded(scene.blur_px)},
            {"noise", rounded(scene.noise)},
            {"quality", scene.quality},
            {"font", scene.printed},
            {"bow", {rounded(scene.camera.bow), rounded(scene.camera.wave)}},
            {"effects", std::move(effects)}};
}

std::string traits(const Scene& scene) {
    std::string traits = scene.ink + " on " + scene.paper;
    const auto add = [&](bool has, std::string_view name) {
        if (has) (traits += ", ") += name;
    };
    add(scene.ruling != Ruling::none, ruling_name(scene.ruling));
    add(on_table(scene), "table");
    add(scene.shadow > 0, "shadow");
    add(scene.camera.tilt != 0, "tilt");
    add(scene.camera.perspective_x != 0, "perspective");
    add(scene.blur_px > 0, "blur");
    add(scene.noise > 0, "noise");
    // The older ones are named above, by what they came to.
    for (const Effect effect : scene.effects) add(effect > Effect::board, effect_name(effect));
    return traits;
}

}  // namespace

std::string truth_line(const std::string& file, const Scene& scene, const Photograph& photograph, std::uint64_t seed,
                       std::uint32_t index) {
    Json rows = Json::array();
    for (std::size_t r = 0; r < scene.rows.size(); ++r) {
        Json digits = Json::array();
        for (std::size_t d = 0; d < scene.rows[r].size(); ++d) {
            const cv::Rect& box = photograph.boxes[r][d];
            Json digit = {{"digit", std::string(1, static_cast<char>('0' + scene.rows[r][d].digit))},
                          {"box", {box.x, box.y, box.width, box.height}}};
            if (scene.rows[r][d].touches) digit["touches"] = true;
            digits.push_back(std::move(digit));
        }
        rows.push_back({{"text", text_of(scene.rows[r])}, {"digits", std::move(digits)}});
    }
    const Json line = {{"file", file},
                       {"width", photograph.rgb.cols},
                       {"height", photograph.rgb.rows},
                       {"turn", 90 * scene.quarter_turns},
                       {"rows", std::move(rows)},
                       {"seed", seed},
                       {"index", index},
                       {"settings", settings(scene)}};
    return line.dump() + "\n";
}

std::string_view labels_header() {
    return "file\trepo\tpath_in_repo\tblob_sha\twidth\theight\trows\tn_digits\tkind\tmedium\tdifficulty\ttraits\tsure\t"
           "note\n";
}

std::string labels_line(const std::string& file, const Scene& scene, const Photograph& photograph, std::uint64_t seed,
                        std::uint32_t index) {
    std::string rows;
    std::size_t n_digits = 0;
    for (const WrittenRow& row : scene.rows) {
        if (!rows.empty()) rows += '|';
        for (const WrittenDigit& written : row) rows += static_cast<char>('0' + written.digit);
        n_digits += row.size();
    }
    const std::string fields[] = {file,
                                  "synthesize",
                                  file,
                                  "-",
                                  std::to_string(photograph.rgb.cols),
                                  std::to_string(photograph.rgb.rows),
                                  rows,
                                  std::to_string(n_digits),
                                  kind_of(scene),
                                  scene.ink,
                                  std::string(style_name(scene.style)),
                                  traits(scene),
                                  "yes",
                                  "seed " + std::to_string(seed) + " index " + std::to_string(index)};
    std::string line;
    for (const std::string& field : fields) (line += line.empty() ? "" : "\t") += field;
    return line + "\n";
}

}  // namespace chiffre::synthesis
