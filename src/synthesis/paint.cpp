// paint.cpp -- in the order of nature: ink on paper, light on both, lens, sensor. Strokes are drawn where the camera
// sees them, so that nothing is resampled and the boxes are exact. Rows are composed one by one: a picture of 50
// megapixels needs no floating-point plane.
#include "synthesis/paint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "synthesis/surface.h"

namespace chiffre::synthesis {

namespace {

using training::Stream;

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

// CV_8UC1 each: 255 = covered. Empty where there is no such thing.
struct Coverage {
    cv::Mat ink, inverse, ruling, paper, cast, glow;
    std::vector<cv::Mat> beneath;
};

cv::Mat cover_paper(const Scene& scene) {
    constexpr int kShift = 4;  // OpenCV takes corners in sixteenths of a pixel
    std::vector<cv::Point> corners;
    for (const cv::Point2f& corner : scene.paper_outline) corners.emplace_back(corner * (1 << kShift));
    cv::Mat paper = cv::Mat::zeros(scene.height, scene.width, CV_8UC1);
    if (corners.size() == 4)
        cv::fillConvexPoly(paper, corners, cv::Scalar(255), cv::LINE_AA, kShift);
    else  // a sheet that bends
        cv::fillPoly(paper, std::vector<std::vector<cv::Point>>{corners}, cv::Scalar(255), cv::LINE_AA, kShift);
    return paper;
}

// The shape's outline alone. scratch: CV_8UC1 as large as `ink`, all zero, and so again afterwards.
cv::Rect render_outline(const Shape& shape, int radius_px, cv::Mat& scratch, cv::Mat& ink) {
    cv::Rect box = render(shape, scratch);
    box = cv::Rect(box.x - radius_px, box.y - radius_px, box.width + 2 * radius_px, box.height + 2 * radius_px) &
          cv::Rect({0, 0}, ink.size());
    const int side = 2 * radius_px + 1;
    const cv::Mat round = cv::getStructuringElement(cv::MORPH_ELLIPSE, {side, side});
    cv::Mat line, area = scratch(box), covered = ink(box);
    cv::morphologyEx(area, line, cv::MORPH_GRADIENT, round, {-1, -1}, 1, cv::BORDER_CONSTANT, 0);
    area = 0;
    cv::max(covered, line, covered);
    return box;
}

Coverage cover(const Scene& scene, std::vector<std::vector<cv::Rect>>& boxes) {
    Coverage coverage;
    const cv::Size size(scene.width, scene.height);
    coverage.ink = cv::Mat::zeros(size, CV_8UC1);
    if (scene.inverse) coverage.inverse = cv::Mat::zeros(size, CV_8UC1);
    cv::Mat scratch = scene.outline_px > 0 ? cv::Mat::zeros(size, CV_8UC1) : cv::Mat();
    for (const WrittenRow& row : scene.rows) {
        auto& row_boxes = boxes.emplace_back();
        cv::Mat& ink = scene.inverse && &row == &scene.rows.back() ? coverage.inverse : coverage.ink;
        for (const WrittenDigit& written : row)
            row_boxes.push_back(scene.outline_px > 0 ? render_outline(written.shape, scene.outline_px, scratch, ink)
                                                     : render(written.shape, ink));
    }
    for (const Shape& mark : scene.marks) render(mark, coverage.ink);
    for (const Layer& layer : scene.beneath) {
        cv::Mat& covered = coverage.beneath.emplace_back(cv::Mat::zeros(size, CV_8UC1));
        for (const Shape& shape : layer.shapes) render(shape, covered);
        if (layer.blur_px > 0) cv::GaussianBlur(covered, covered, {}, layer.blur_px);
    }
    if (!scene.ruling_strokes.empty()) {
        coverage.ruling = cv::Mat::zeros(size, CV_8UC1);
        render(scene.ruling_strokes, coverage.ruling);
    }
    if (!scene.paper_outline.empty()) coverage.paper = cover_paper(scene);
    if (scene.glow > 0) cv::GaussianBlur(coverage.ink, coverage.glow, {}, scene.glow_px);
    if (scene.cast > 0) {
        coverage.cast = cv::Mat::zeros(size, CV_8UC1);
        render(scene.cast_shape, coverage.cast);
        cv::GaussianBlur(coverage.cast, coverage.cast, {}, std::max(0.3f, scene.cast_softness_px));
    }
    return coverage;
}

Colour mix(const Colour& a, const Colour& b, float share_of_b) {
    return {a.r + (b.r - a.r) * share_of_b, a.g + (b.g - a.g) * share_of_b, a.b + (b.b - a.b) * share_of_b};
}

// One row of a coverage.
class Line {
  public:
    Line(const cv::Mat& coverage, int y) : at_(coverage.empty() ? nullptr : coverage.ptr<std::uint8_t>(y)) {}
    int operator[](int x) const { return at_ ? at_[x] : 0; }
    explicit operator bool() const { return at_ != nullptr; }

  private:
    const std::uint8_t* at_;
};

// The paper with all that lies on it, in even light.
Colour paper_at(const Scene& scene, const std::vector<Line>& beneath, const Line& ruling, int x) {
    constexpr float kRulingDensity = 0.7f / 255;
    Colour colour = scene.paper_colour;
    for (std::size_t i = 0; i < beneath.size(); ++i)
        if (const int covered = beneath[i][x]; covered > 0)
            colour = mix(colour, scene.beneath[i].colour, scene.beneath[i].density / 255 * static_cast<float>(covered));
    if (ruling[x] > 0) colour = mix(colour, scene.ruling_colour, kRulingDensity * static_cast<float>(ruling[x]));
    return colour;
}

// Ink on ruling on paper on table, under the light.
void compose(const Scene& scene, const Coverage& coverage, const Offsets& offsets, cv::Mat& rgb) {
    const TextureTile &fine = fine_texture(), &coarse = coarse_texture();
    Grid light(rgb.size(), [&](float u, float v) { return light_at(scene, u, v); });
    Grid glare(scene.glare > 0 ? rgb.size() : cv::Size(1, 1), [&](float u, float v) { return glare_at(scene, u, v); });
    std::vector<float> lit(static_cast<std::size_t>(scene.width)), added(lit.size(), 0.0f);
    for (int y = 0; y < scene.height; ++y) {
        light.row(y, lit);
        if (scene.glare > 0) glare.row(y, added);
        auto* out = rgb.ptr<std::uint8_t>(y);
        const Line ink(coverage.ink, y), ruling(coverage.ruling, y), paper(coverage.paper, y), cast(coverage.cast, y),
            glow(coverage.glow, y), inverse(coverage.inverse, y);
        std::vector<Line> beneath;
        for (const cv::Mat& covered : coverage.beneath) beneath.emplace_back(covered, y);
        for (int x = 0; x < scene.width; ++x, out += 3) {
            Colour colour = paper_at(scene, beneath, ruling, x);
            const float roughness = fine.at(x + offsets.at[0], y + offsets.at[1]);
            if (glow[x] > 0) colour = mix(colour, scene.glow_colour, scene.glow / 255 * static_cast<float>(glow[x]));
            if (ink[x] > 0) {
                const float missed = scene.grain * std::clamp(0.5f + 0.5f * roughness, 0.0f, 1.0f);
                colour =
                    mix(colour, scene.ink_colour, scene.ink_density * (1 - missed) * static_cast<float>(ink[x]) / 255);
            }
            if (inverse[x] > 0) colour = mix(colour, scene.inverse_colour, static_cast<float>(inverse[x]) / 255);
            float shade = lit[static_cast<std::size_t>(x)];
            if (cast[x] > 0) shade *= 1 - scene.cast / 255 * static_cast<float>(cast[x]);
            if (scene.texture > 0)
                shade *=
                    1 + scene.texture * (0.5f * roughness + 0.25f * coarse.at(x + offsets.at[2], y + offsets.at[3]));
            if (paper && paper[x] < 255) {
                // Grain of wood: the coarse texture drawn out along x.
                const float streak = 1 + scene.table_grain * coarse.at((x >> 3) + offsets.at[3], y + offsets.at[2]);
                const Colour table = {scene.table_colour.r * streak, scene.table_colour.g * streak,
                                      scene.table_colour.b * streak};
                colour = mix(table, colour, static_cast<float>(paper[x]) / 255);
            }
            const float white = 255 * added[static_cast<std::size_t>(x)];
            out[0] = cv::saturate_cast<std::uint8_t>(shade * colour.r + white);
            out[1] = cv::saturate_cast<std::uint8_t>(shade * colour.g + white);
            out[2] = cv::saturate_cast<std::uint8_t>(shade * colour.b + white);
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

// The part of the picture that its margins leave.
cv::Rect cropped(const Margins& margins, const Photograph& photograph) {
    cv::Rect ink;
    for (const auto& row : photograph.boxes)
        for (const cv::Rect& box : row) ink |= box;
    const cv::Point tl(cvFloor(static_cast<float>(ink.x) - margins.left),
                       cvFloor(static_cast<float>(ink.y) - margins.top));
    const cv::Point br(cvCeil(static_cast<float>(ink.br().x) + margins.right),
                       cvCeil(static_cast<float>(ink.br().y) + margins.bottom));
    return cv::Rect(tl, br) & cv::Rect({}, photograph.rgb.size());
}

void crop(Photograph& photograph, const cv::Rect& left) {
    photograph.rgb = photograph.rgb(left).clone();
    for (auto& row : photograph.boxes)
        for (cv::Rect& box : row) box = (box & left) - left.tl();
}

void turn(Photograph& photograph, int quarters) {
    constexpr std::array kCodes = {cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_COUNTERCLOCKWISE};
    cv::Mat turned;
    cv::rotate(photograph.rgb, turned, kCodes[static_cast<std::size_t>(quarters - 1)]);
    for (; quarters > 0; --quarters) {
        const bool sideways = quarters % 2 == 1;
        const int height = sideways ? turned.cols : turned.rows;  // of what is turned by this quarter
        for (auto& row : photograph.boxes)
            for (cv::Rect& box : row) box = {height - box.br().y, box.x, box.height, box.width};
    }
    photograph.rgb = turned;
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
    photograph.part = {{}, photograph.rgb.size()};
    if (scene.crop) crop(photograph, photograph.part = cropped(*scene.crop, photograph));
    if (scene.quarter_turns > 0) turn(photograph, scene.quarter_turns);
    return photograph;
}

}  // namespace chiffre::synthesis
