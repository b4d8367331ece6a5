// paint.cpp -- in the order of nature: ink on paper, light on both, lens, sensor. Strokes are drawn where the camera
// sees them, so that nothing is resampled and the boxes are exact. Rows are composed one by one: a picture of 50
// megapixels needs no floating-point plane.
#include "synthesis/paint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace chiffre::synthesis {

namespace {

using training::Random;
using training::Stream;

// Random textures, the same for every picture; each looks into them elsewhere. A square tile that repeats.
constexpr int kTileSide = 1024;   // a power of two
constexpr float kTileSigma = 32;  // of its values

class TextureTile {
  public:
    // White noise, smoothed by `blur_px` and brought back to kTileSigma.
    TextureTile(float blur_px, std::uint32_t index) {
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

    // In units of standard deviations.
    float at(int x, int y) const { return line(y)[x & (kTileSide - 1)] * (1 / kTileSigma); }
    const std::int8_t* line(int y) const { return values_.ptr<std::int8_t>(y & (kTileSide - 1)); }

  private:
    cv::Mat values_;
};

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

// The light on the scene, on a grid: it changes slowly, and is joined linearly between the grid's points.
class Light {
  public:
    explicit Light(const Scene& scene)
        : grid_((scene.height + kStep - 1) / kStep + 1, (scene.width + kStep - 1) / kStep + 1),
          line_(static_cast<std::size_t>(grid_.cols)) {
        const float sx = 2.0f * kStep / static_cast<float>(scene.width);
        const float sy = 2.0f * kStep / static_cast<float>(scene.height);
        for (int i = 0; i < grid_.rows; ++i)
            for (int j = 0; j < grid_.cols; ++j)
                grid_(i, j) = light(scene, static_cast<float>(j) * sx - 1, static_cast<float>(i) * sy - 1);
    }

    // The light along row y, one value a pixel.
    void row(int y, std::vector<float>& light) {
        const int i = y / kStep;
        const float t = static_cast<float>(y % kStep) / kStep;
        for (int j = 0; j < grid_.cols; ++j) line_[j] = (1 - t) * grid_(i, j) + t * grid_(i + 1, j);
        for (std::size_t x = 0; x < light.size(); ++x) {
            const std::size_t j = x / kStep;
            light[x] = line_[j] + (line_[j + 1] - line_[j]) * (static_cast<float>(x % kStep) / kStep);
        }
    }

  private:
    static constexpr int kStep = 8;  // pixels

    // At u, v in -1..1 over the picture.
    static float light(const Scene& scene, float u, float v) {
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

    cv::Mat_<float> grid_;
    std::vector<float> line_;
};

// Where in the textures this picture looks.
struct Offsets {
    explicit Offsets(const Scene& scene) {
        Random random(scene.texture_seed, Stream::pages, 2, 0);
        for (int& value : at) value = random.below(kTileSide);
        noise_seed = random.next();
    }
    std::array<int, 6> at{};
    std::uint32_t noise_seed = 0;
};

struct Coverage {
    cv::Mat ink, ruling, paper;  // CV_8UC1: 255 = covered; the latter two empty where there is no such thing
};

Coverage cover(const Scene& scene, std::vector<std::vector<cv::Rect>>& boxes) {
    Coverage coverage;
    const cv::Size size(scene.width, scene.height);
    coverage.ink = cv::Mat::zeros(size, CV_8UC1);
    for (const WrittenRow& row : scene.rows) {
        auto& row_boxes = boxes.emplace_back();
        for (const WrittenDigit& written : row) row_boxes.push_back(render(written.strokes, coverage.ink));
    }
    if (!scene.ruling_strokes.empty()) {
        coverage.ruling = cv::Mat::zeros(size, CV_8UC1);
        render(scene.ruling_strokes, coverage.ruling);
    }
    if (!scene.paper_outline.empty()) {
        constexpr int kShift = 4;  // OpenCV takes corners in sixteenths of a pixel
        std::vector<cv::Point> corners;
        for (const cv::Point2f& corner : scene.paper_outline) corners.emplace_back(corner * (1 << kShift));
        coverage.paper = cv::Mat::zeros(size, CV_8UC1);
        cv::fillConvexPoly(coverage.paper, corners, cv::Scalar(255), cv::LINE_AA, kShift);
    }
    return coverage;
}

Colour mix(const Colour& a, const Colour& b, float share_of_b) {
    return {a.r + (b.r - a.r) * share_of_b, a.g + (b.g - a.g) * share_of_b, a.b + (b.b - a.b) * share_of_b};
}

// Ink on ruling on paper on table, under the light.
void compose(const Scene& scene, const Coverage& coverage, const Offsets& offsets, cv::Mat& rgb) {
    constexpr float kRulingDensity = 0.7f / 255;
    const TextureTile &fine = fine_texture(), &coarse = coarse_texture();
    Light light(scene);
    std::vector<float> lit(static_cast<std::size_t>(scene.width));
    for (int y = 0; y < scene.height; ++y) {
        light.row(y, lit);
        auto* out = rgb.ptr<std::uint8_t>(y);
        const auto* ink = coverage.ink.ptr<std::uint8_t>(y);
        const auto* ruling = coverage.ruling.empty() ? nullptr : coverage.ruling.ptr<std::uint8_t>(y);
        const auto* paper = coverage.paper.empty() ? nullptr : coverage.paper.ptr<std::uint8_t>(y);
        for (int x = 0; x < scene.width; ++x, out += 3) {
            Colour colour = scene.paper_colour;
            if (ruling && ruling[x] > 0) colour = mix(colour, scene.ruling_colour, kRulingDensity * ruling[x]);
            const float roughness = fine.at(x + offsets.at[0], y + offsets.at[1]);
            if (ink[x] > 0) {
                const float missed = scene.grain * std::clamp(0.5f + 0.5f * roughness, 0.0f, 1.0f);
                colour = mix(colour, scene.ink_colour, scene.ink_density * (1 - missed) * ink[x] / 255);
            }
            float shade = lit[x];
            if (scene.texture > 0)
                shade *=
                    1 + scene.texture * (0.5f * roughness + 0.25f * coarse.at(x + offsets.at[2], y + offsets.at[3]));
            if (paper && paper[x] < 255) {
                // Grain of wood: the coarse texture drawn out along x.
                const float streak = 1 + 0.12f * coarse.at((x >> 3) + offsets.at[3], y + offsets.at[2]);
                const Colour table = {scene.table_colour.r * streak, scene.table_colour.g * streak,
                                      scene.table_colour.b * streak};
                colour = mix(table, colour, static_cast<float>(paper[x]) / 255);
            }
            out[0] = cv::saturate_cast<std::uint8_t>(shade * colour.r);
            out[1] = cv::saturate_cast<std::uint8_t>(shade * colour.g);
            out[2] = cv::saturate_cast<std::uint8_t>(shade * colour.b);
        }
    }
}

// Noise of the sensor: shot noise grows as the root of the light, read noise does not.
void add_noise(const Scene& scene, const Offsets& offsets, cv::Mat& rgb) {
    constexpr float kChromaShare = 0.5f;  // of the noise that is each channel's own; cameras smooth colour more
    std::array<float, 256> sigma{};
    for (int level = 0; level < 256; ++level)
        sigma[level] = scene.noise / kTileSigma * (0.4f + 0.6f * std::sqrt(static_cast<float>(level) / 128));
    const TextureTile& tile = pixel_noise();
    for (int y = 0; y < scene.height; ++y) {
        // Another part of the tile for every row: its repetition would show in a large picture.
        const auto where = training::philox({offsets.noise_seed, static_cast<std::uint32_t>(y), 0, 0}, {0, 0});
        const auto* all = tile.line(static_cast<int>(where[0] >> 16));
        const auto* own = tile.line(static_cast<int>(where[1] >> 16));
        const unsigned start = where[2], own_start = where[3];
        auto* out = rgb.ptr<std::uint8_t>(y);
        for (unsigned x = 0; x < static_cast<unsigned>(scene.width); ++x)
            for (unsigned c = 0; c < 3; ++c, ++out) {
                const float drawn =
                    all[(start + x) & (kTileSide - 1)] + kChromaShare * own[(own_start + 3 * x + c) & (kTileSide - 1)];
                *out = cv::saturate_cast<std::uint8_t>(static_cast<float>(*out) + sigma[*out] * drawn);
            }
    }
}

}  // namespace

Photograph paint(const Scene& scene) {
    Photograph photograph;
    const Coverage coverage = cover(scene, photograph.boxes);
    const Offsets offsets(scene);
    photograph.rgb.create(scene.height, scene.width, CV_8UC3);
    compose(scene, coverage, offsets, photograph.rgb);
    if (scene.blur_px > 0) cv::GaussianBlur(photograph.rgb, photograph.rgb, {}, scene.blur_px);
    if (scene.noise > 0) add_noise(scene, offsets, photograph.rgb);
    return photograph;
}

}  // namespace chiffre::synthesis
