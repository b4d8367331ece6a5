// surface.cpp -- see surface.h.
#include "synthesis/surface.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

namespace chiffre::synthesis {

using training::Stream;

TextureTile::TextureTile(float blur_px, std::uint32_t index) {
    Random random(0, Stream::pages, 1, index);
    cv::Mat_<float> noise(kTileSide, kTileSide);
    for (float& value : noise) value = random.symmetric(1) + random.symmetric(1) + random.symmetric(1);
    if (blur_px > 0) {
        cv::Mat wide;  // smoothed around the seam, so that the tile repeats
        const int margin = static_cast<int>(std::ceil(4 * blur_px));
        cv::copyMakeBorder(noise, wide, margin, margin, margin, margin, cv::BORDER_WRAP);
        cv::GaussianBlur(wide, wide, {}, blur_px);
        noise = wide(cv::Rect(margin, margin, kTileSide, kTileSide)).clone();
    }
    cv::Scalar mean, sigma;
    cv::meanStdDev(noise, mean, sigma);
    noise.convertTo(values_, CV_8S, kTileSigma / sigma[0], -mean[0] * kTileSigma / sigma[0]);
}

const TextureTile& pixel_noise() {
    static const TextureTile tile(0, 0);
    return tile;
}
const TextureTile& fine_texture() {
    static const TextureTile tile(1.0f, 1);
    return tile;
}
const TextureTile& coarse_texture() {
    static const TextureTile tile(12.0f, 2);
    return tile;
}

Grid::Grid(cv::Size picture, const std::function<float(float u, float v)>& at)
    : grid_((picture.height + kStep - 1) / kStep + 1, (picture.width + kStep - 1) / kStep + 1),
      line_(static_cast<std::size_t>(grid_.cols)) {
    const float sx = 2.0f * kStep / static_cast<float>(picture.width);
    const float sy = 2.0f * kStep / static_cast<float>(picture.height);
    for (int i = 0; i < grid_.rows; ++i)
        for (int j = 0; j < grid_.cols; ++j)
            grid_(i, j) = at(static_cast<float>(j) * sx - 1, static_cast<float>(i) * sy - 1);
}

void Grid::row(int y, std::vector<float>& values) {
    const int i = y / kStep;
    const float t = static_cast<float>(y % kStep) / kStep;
    for (int j = 0; j < grid_.cols; ++j) line_[j] = (1 - t) * grid_(i, j) + t * grid_(i + 1, j);
    for (std::size_t x = 0; x < values.size(); ++x) {
        const std::size_t j = x / kStep;
        values[x] = line_[j] + (line_[j + 1] - line_[j]) * (static_cast<float>(x % kStep) / kStep);
    }
}

float light_at(const Scene& scene, float u, float v) {
    const float square = 0.5f * (u * u + v * v);
    float value = scene.exposure * (1 + scene.gradient_x * u + scene.gradient_y * v);
    value *= 1 - scene.vignette * square * square;
    if (scene.shadow > 0) {
        const float c = std::cos(scene.shadow_angle), s = std::sin(scene.shadow_angle);
        const float bent = 0.08f * std::sin(3 * (c * v - s * u) + 5 * scene.shadow_edge);  // no ruler cast it
        const float within = (c * u + s * v + bent - scene.shadow_edge) / scene.shadow_softness;
        value *= 1 - scene.shadow / (1 + std::exp(-4 * within));
    }
    return value;
}

float glare_at(const Scene& scene, float u, float v) {
    const float x = (u - scene.glare_at.x) / scene.glare_radius, y = (v - scene.glare_at.y) / scene.glare_radius;
    return scene.glare * std::exp(-(x * x + y * y));
}

}  // namespace chiffre::synthesis
