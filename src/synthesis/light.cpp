// light.cpp -- draws what the light and the sensor do.
#include "synthesis/light.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace chiffre::synthesis {

namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr float kMostNoiseOnFaint = 3.0f;  // grey levels: more hides what is faint from a person too

// A finger or an arm: a bar of `radius` from `a` to `b`.
Stroke limb(cv::Point2f a, cv::Point2f b, float radius) {
    return {{a.x, a.y, radius}, {b.x, b.y, radius * 0.85f}};
}

// Held over the paper from one side: a phone, or a hand with its arm.
void draw_cast_shadow(Scene& scene, Random own) {
    const float side = static_cast<float>(std::min(scene.width, scene.height));
    const cv::Point2f middle = scene.camera.middle;
    const float from = own.uniform(0, 2 * kPi), reach = own.uniform(0.1f, 0.55f);
    const cv::Point2f out(std::cos(from), std::sin(from)), across(-out.y, out.x);
    const cv::Point2f edge(out.x * middle.x, out.y * middle.y), tip = middle + edge * (1 - 1.6f * reach);
    scene.cast = own.uniform(0.25f, 0.6f);
    scene.cast_softness_px = side * own.uniform(0.001f, 0.012f);
    if (own.chance(0.5f)) {
        const float half = side * own.uniform(0.14f, 0.3f), turn = own.symmetric(0.5f);
        const cv::Point2f along = std::cos(turn) * out + std::sin(turn) * across, wide(-along.y, along.x);
        const cv::Point2f far = tip + along * (4 * side);
        scene.cast_shape.outlines.push_back(
            {tip - wide * half, tip + wide * half, far + wide * half, far - wide * half});
        return;
    }
    const float thick = side * own.uniform(0.08f, 0.14f);
    const cv::Point2f wrist = tip + out * (3.2f * thick);
    scene.cast_shape.strokes.push_back(limb(wrist, wrist + out * (4 * side) + across * own.symmetric(side), thick));
    scene.cast_shape.strokes.push_back(limb(tip + out * (1.6f * thick), wrist, 1.25f * thick));
    for (int finger = 0; finger < 4; ++finger) {
        const float place = (static_cast<float>(finger) - 1.5f) * 0.62f * thick;
        const cv::Point2f root = tip + out * (1.4f * thick) + across * place;
        const cv::Point2f end = tip + across * (1.7f * place) - out * (thick * own.uniform(0.3f, 1.1f));
        scene.cast_shape.strokes.push_back(limb(root, end, 0.27f * thick));
    }
}

void draw_glare(Scene& scene, Random own) {
    scene.glare = own.uniform(0.35f, 0.75f);
    scene.glare_at = {own.symmetric(0.7f), own.symmetric(0.7f)};
    scene.glare_radius = own.uniform(0.12f, 0.35f);
}

}  // namespace

void draw_light(Scene& scene, const Effects& has, Random& random) {
    if (has(Effect::gradient)) {
        const float strength = random.uniform(0.05f, 0.28f), angle = random.uniform(0, 2 * kPi);
        scene.gradient_x = strength * std::cos(angle), scene.gradient_y = strength * std::sin(angle);
        // As cameras meter: the brightest edge is not far beyond white.
        scene.exposure = random.uniform(0.85f, 1.05f) / (1 + 0.7f * strength);
    }
    if (has(Effect::vignette)) scene.vignette = random.uniform(0.1f, 0.35f);
    if (has(Effect::shadow)) {
        scene.shadow = random.uniform(0.2f, 0.5f);
        scene.shadow_angle = random.uniform(0, 2 * kPi);
        scene.shadow_edge = random.symmetric(0.6f);
        scene.shadow_softness = random.uniform(0.04f, 0.4f);
    }
    if (has(Effect::cast)) draw_cast_shadow(scene, has.numbers(Effect::cast));
    if (has(Effect::dim)) scene.exposure *= has.numbers(Effect::dim).uniform(0.3f, 0.6f);
    if (has(Effect::glare)) draw_glare(scene, has.numbers(Effect::glare));
}

void draw_sensor(Scene& scene, const SceneOptions& options, const Effects& has, float pen_width, Random& random) {
    // Blur is bounded by what is to be read: strokes stay visible and apart.
    const float most_blur = std::min(0.4f * pen_width, 0.035f) * scene.digit_px;
    if (has(Effect::blur)) scene.blur_px = most_blur * random.uniform(0.3f, 1.0f);
    if (has(Effect::noise)) scene.noise = random.uniform(1.5f, 8.0f);
    if (has(Effect::faint)) scene.noise = std::min(scene.noise, kMostNoiseOnFaint);
    const int quality = 60 + random.below(36);
    scene.quality = scene.style == Style::plain ? 95 : quality;
    if (has(Effect::blocks)) scene.quality = 10 + has.numbers(Effect::blocks).below(26);
    if (options.quality) scene.quality = *options.quality;
}

}  // namespace chiffre::synthesis
