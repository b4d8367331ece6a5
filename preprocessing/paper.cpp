// paper.cpp -- paper, noise and full ink around each block. Paper is a morphological closing: a shadow edge or a dark
// table survives it unchanged and so makes no ink, a stroke does not.
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include "blocks.h"

namespace chiffre {
namespace {

constexpr double kWidestWindow = 0.35;   // side of the closing, of the shorter side: wider than any stroke
constexpr double kLeastWindow = 0.03;    // of the shorter side: what the blocks' own size does to a thin stroke
constexpr double kPaperStrokes = 5.0;    // side of the closing, in strokes: wider than where two of them meet
constexpr double kThinStrokes = 0.5;     // of all ridges of the ink, by length: a page has as many of its strokes
constexpr double kDeepestShadow = 0.65;  // of the paper's light: what is deeper, and ...
constexpr double kAsInk = 0.9;           // ... as deep as strokes are, is ink however broad it is
constexpr double kShadowStrokes = 2.0;  // less deep than strokes and broader than so many of them is a shadow: less ...
constexpr double kShadowDepth = 0.75;   // ... than this share of theirs, for bold digits among thin lines are paler
constexpr double kShadowEdge = 0.06;    // of the paper's light: it falls by more from one block to the next
constexpr double kBeside = 3.0;         // side of a closing that a stroke does not survive, in strokes ...
constexpr double kLeastStroke = 0.5;    // ... so that it is this much of its depth above the stroke
constexpr double kStrokeLength = 4.0;   // times its width: a shorter piece is grain or a dot
constexpr double kInkStrokes = 2.0;     // side of the neighbourhood whose ink sets the threshold, in strokes, ...
constexpr double kInkWindow = 0.08;     // ... but at least this share of the shorter side
constexpr double kNoiseFactor = 2.5;    // ink is this many times as deep as the darkest pixels of bare paper nearby
constexpr double kNoiseWindow = 0.25;   // neighbourhood of which bare paper is more than half
constexpr double kNoiseRange = 4.0;     // noise differs by no more between the parts of a picture
constexpr double kLeastContrast = 0.05;  // of the paper's light: fainter marks cannot be told from paper
constexpr double kLeastShare = 0.16;     // of the picture's strong ink: fainter is bleed-through, texture, ruling
constexpr double kStrongInk = 0.995;     // of all blocks: those less dark than the strong ink
// Where a grid, a bezel or close writing fills more than half of the neighbourhood, its median is no noise. Even there
// this part of it is bare paper, and strong ink shows that paper is less deep than this share of it.
constexpr double kBarePaper = 0.25;
constexpr double kBareFactor = 2.0;    // as kNoiseFactor, of that part
constexpr double kInkReachable = 0.4;  // of the picture's strong ink
constexpr double kInkOverBare = 3.5;   // strong ink is this many times as deep as bare paper, or it is noise itself

constexpr double kLightStroke = 0.025;  // side of the opening, of the shorter side: wider than strokes of a stamp
constexpr double kLightMark = 1.4;      // times the light of the paper around: lighter than any paper

// A sheet's rim: so deep is full ink there, in times the paper's light, that nothing can be ink.
constexpr double kNoInk = 1e4;

// The value below which `share` of the neighbourhood of each element of a CV_8U picture lies, as CV_32F. Computed at
// every quarter of a window, from a sample of its elements, and interpolated between: it is wanted as smooth as that.
cv::Mat local_quantile(const cv::Mat& values, int window, double share) {
    constexpr int kSamples = 14;  // a side: a quantile of 200 values is one of 2,000
    constexpr int kSkew = 5;      // an even grid of them would see one phase alone of ruled or squared paper
    const int step = std::max(1, window / 4), stride = std::max(1, window / kSamples);
    std::vector<std::vector<int>> lines(static_cast<std::size_t>(stride));  // places along a line, by its phase
    for (int phase = 0; phase < stride; ++phase)
        for (int k = 0, at; (at = k * stride + (k * kSkew + phase) % stride) < window; ++k)
            lines[static_cast<std::size_t>(phase)].push_back(at);
    cv::Mat coarse((values.rows + step - 1) / step, (values.cols + step - 1) / step, CV_32F), fine;
    for (int cy = 0; cy < coarse.rows; ++cy)
        for (int cx = 0; cx < coarse.cols; ++cx) {
            const cv::Rect around(cx * step + step / 2 - window / 2, cy * step + step / 2 - window / 2, window, window);
            const cv::Rect box = around & cv::Rect({0, 0}, values.size());
            int counts[256] = {};
            int seen = 0;
            for (std::size_t i = 0; i < lines.front().size() && lines.front()[i] < box.height; ++i) {
                const std::uint8_t* row = values.ptr(box.y + lines.front()[i]) + box.x;
                for (const int x : lines[i % lines.size()]) {
                    if (x >= box.width) break;
                    ++counts[row[x]];
                    ++seen;
                }
            }
            int below = static_cast<int>(share * (seen - 1)), level = 0;
            while (below >= counts[level]) below -= counts[level++];
            coarse.at<float>(cy, cx) = static_cast<float>(level);
        }
    cv::resize(coarse, fine, values.size(), 0, 0, cv::INTER_LINEAR);
    return fine;
}

cv::Mat closed(const cv::Mat& mean, const cv::Mat& element) {
    cv::Mat paper;
    cv::morphologyEx(mean, paper, cv::MORPH_CLOSE, element);
    return paper;
}

cv::Mat smoothed(const cv::Mat& closing) {
    cv::Mat paper;
    cv::blur(closing, paper, {3, 3});  // no more, else the light side of a shadow's edge leaks across it
    return cv::max(paper, 1.0);
}

// Per block: the least depth of ink, as a share of the paper's light.
cv::Mat estimate_least_depth(const cv::Mat& contrast, const Quantiles& quantiles, double strong, int shorter) {
    constexpr double kLevels = 255 * 2;  // contrast in bytes; above one half it is no noise
    const int window = odd(kNoiseWindow * shorter);
    cv::Mat bytes, top;
    contrast.convertTo(bytes, CV_8U, kLevels);
    // Ink covers less than half of most neighbourhoods, so the median there is what paper and noise make.
    cv::Mat noise = local_quantile(bytes, window, 0.5) * (kNoiseFactor / kLevels);
    cv::min(noise, kNoiseFactor * kNoiseRange * quantiles.at(0.5), noise);  // a stroke wider than the window
    if (strong > kInkOverBare * quantiles.at(kBarePaper)) {
        top = local_quantile(bytes, window, kBarePaper) * (kBareFactor / kLevels);
        cv::max(top, kInkReachable * strong, top);
        cv::min(noise, top, noise);
    }
    return cv::max(noise, std::max(kLeastContrast, kLeastShare * strong));
}

// The strong ink of the picture, of its sheet where it has one: the table is no measure of the ink.
double strong_ink(const cv::Mat& contrast, const Quantiles& quantiles, const cv::Mat& sheet) {
    std::vector<float> within;
    for (int y = 0; y < sheet.rows; ++y)
        for (int x = 0; x < sheet.cols; ++x)
            if (sheet.at<std::uint8_t>(y, x)) within.push_back(contrast.at<float>(y, x));
    return within.empty() ? quantiles.at(kStrongInk) : Quantiles(cv::Mat(within)).at(kStrongInk);
}

Levels levels_on(const cv::Mat& paper, const Blocks& blocks, double edge, const cv::Mat& sheet, int paper_window,
                 const StageParts& parts) {
    const int shorter = std::min(blocks.mean.cols, blocks.mean.rows);
    Levels levels;
    levels.paper = paper;
    cv::Mat contrast = 1.0 - blocks.darkest / levels.paper;  // share of the paper's light that is missing
    contrast = cv::max(contrast, 0.0);
    cv::Mat within;
    if (!sheet.empty()) cv::erode(sheet, within, square(3));  // less its rim
    const Quantiles quantiles(contrast);
    const double strong = strong_ink(contrast, quantiles, within);
    const cv::Mat least_depth = parts.noise_floor ? estimate_least_depth(contrast, quantiles, strong, shorter)
                                                  : cv::Mat(contrast.size(), CV_32F, cv::Scalar(kLeastContrast));
    levels.grain = quantiles.at(kBarePaper);
    const cv::Mat floor = least_depth / edge;

    // The typical depth of the ink nearby, deeper ink counting more; not the deepest, which in pencil is a grain.
    cv::Mat ink = cv::Mat::zeros(contrast.size(), CV_32F);
    contrast.copyTo(ink, contrast > least_depth);
    const int window = odd(std::max(kInkWindow * shorter, kInkStrokes * paper_window / kPaperStrokes));
    cv::Mat sum, squares;
    cv::blur(ink, sum, {window, window});
    cv::blur(ink.mul(ink), squares, {window, window});
    levels.depth = cv::max(squares / (sum + 1e-6), floor).mul(levels.paper);
    if (!within.empty()) levels.depth.setTo(255 * kNoInk, within == 0);
    return levels;
}

struct Strokes {
    double width_blocks = 0;  // 0 where there is no ink
    double contrast = 0;      // share of the paper's light that is missing
};

// The ridges of the ink tell its strokes, by their length: the shadow of a finger is broad and short, and writing is
// thin and long. Strong ink counts more than ruling does.
// `beside`, unless it is empty, is a closing that strokes do not survive.
Strokes measure_strokes(const Blocks& blocks, const Levels& levels, double edge, const cv::Mat& beside) {
    const cv::Mat ink = levels.paper - blocks.darkest > edge * levels.depth;
    cv::Mat distance, ridge, labels, stats, centres;
    cv::distanceTransform(ink, distance, cv::DIST_C, 3);
    cv::dilate(distance, ridge, square(3));
    cv::connectedComponentsWithStats(ink, labels, stats, centres);
    std::vector<std::pair<float, float>> ridges;  // width, contrast
    double total = 0;
    for (int y = 0; y < ink.rows; ++y)
        for (int x = 0; x < ink.cols; ++x) {
            const int label = labels.at<int>(y, x);
            if (label == 0 || distance.at<float>(y, x) < ridge.at<float>(y, x)) continue;
            const float width = 2 * distance.at<float>(y, x) - 1;
            const int* piece = stats.ptr<int>(label);
            if (std::max(piece[cv::CC_STAT_WIDTH], piece[cv::CC_STAT_HEIGHT]) < kStrokeLength * width) continue;
            const float white = levels.paper.at<float>(y, x), contrast = 1 - blocks.darkest.at<float>(y, x) / white;
            if (!beside.empty() && 1 - beside.at<float>(y, x) / white > kLeastStroke * contrast) continue;
            ridges.emplace_back(width, contrast);
            total += contrast * contrast;
        }
    std::sort(ridges.begin(), ridges.end());
    Strokes strokes;
    double sum = 0;
    for (const auto& [width, contrast] : ridges) {
        sum += contrast * contrast;
        strokes.contrast += contrast * contrast * contrast / total;
        if (sum <= kThinStrokes * total || strokes.width_blocks == 0) strokes.width_blocks = width;
    }
    return strokes;
}

// A shadow wider than the window shows a rim of ink, as broad as the window leaves it. But a stroke has paper on both
// sides: what a closing of a few of its widths does not fill is none.
Strokes measure_strokes(const Blocks& blocks, const Levels& wide, double edge, int widest) {
    Strokes strokes = measure_strokes(blocks, wide, edge, cv::Mat());
    while (odd(kBeside * strokes.width_blocks) < widest && strokes.width_blocks > 1) {
        const cv::Mat beside = closed(blocks.mean, square(odd(kBeside * strokes.width_blocks)));
        const Strokes less = measure_strokes(blocks, wide, edge, beside);
        if (less.width_blocks == 0 || less.width_blocks >= strokes.width_blocks || less.contrast < strokes.contrast)
            break;
        strokes = less;
    }
    return strokes;
}

// Where `shade` is darker than the paper, and goes over into paper as dark as it is: fingers hang on a hand, which is
// broad enough to be paper; a bold stroke ends.
cv::Mat on_shadow(const cv::Mat& paper, const cv::Mat& shade, const cv::Mat& shallow) {
    cv::Mat darker = shallow & (shade < (1 - kShadowEdge) * paper), labels, near;
    const auto count = static_cast<std::size_t>(cv::connectedComponents(darker, labels));
    std::vector<double> sum(count, 0), area(count, 0), darkest_beside(count, 255);
    cv::erode(paper, near, square(3));
    for (int y = 0; y < labels.rows; ++y)
        for (int x = 0; x < labels.cols; ++x) {
            const auto label = static_cast<std::size_t>(labels.at<int>(y, x));
            sum[label] += shade.at<float>(y, x);
            area[label] += 1;
            darkest_beside[label] = std::min<double>(darkest_beside[label], near.at<float>(y, x));
        }
    for (int y = 0; y < labels.rows; ++y)
        for (int x = 0; x < labels.cols; ++x) {
            const auto label = static_cast<std::size_t>(labels.at<int>(y, x));
            if (darkest_beside[label] * area[label] > sum[label]) darker.at<std::uint8_t>(y, x) = 0;
        }
    return darker;
}

// Paper by a closing of `window`, and shadows that it does not follow: narrower ones, as of fingers, and within a block
// of a sharp edge. Strokes are thinner or deeper than they are.
cv::Mat estimate_paper(const cv::Mat& mean, int window, const Strokes& strokes) {
    const cv::Mat closing = closed(mean, square(window));
    cv::Mat paper = smoothed(closing), eroded;
    const auto shallow = [&](const cv::Mat& shade) {
        return cv::Mat(shade > (1 - kShadowDepth * strokes.contrast) * paper);
    };
    // Round, since fingers point anywhere; its edges and those of a stroke fall on a block more.
    if (const int broad = odd(kShadowStrokes * strokes.width_blocks + 2); broad < window) {
        const cv::Mat shade = smoothed(closed(mean, cv::getStructuringElement(cv::MORPH_ELLIPSE, {broad, broad})));
        shade.copyTo(paper, on_shadow(paper, shade, shallow(shade)));
    }
    cv::erode(closing, eroded, square(3));
    eroded = smoothed(eroded);
    eroded.copyTo(paper, shallow(eroded) & (eroded < (1 - kShadowEdge) * paper));
    return paper;
}

}  // namespace

cv::Mat remove_light_marks(Blocks& blocks) {
    const int shorter = std::min(blocks.mean.cols, blocks.mean.rows);
    cv::Mat bytes, opened, light;
    blocks.mean.convertTo(bytes, CV_8U);
    const cv::Mat around = local_quantile(bytes, odd(kNoiseWindow * shorter), 0.5) * kLightMark;
    cv::morphologyEx(blocks.mean, opened, cv::MORPH_OPEN, square(odd(kLightStroke * shorter)));
    light = (blocks.lightest > around) & (opened < around);
    cv::dilate(light, light, square(3));
    opened.copyTo(blocks.mean, light);
    return light;
}

Levels estimate_levels(const Blocks& blocks, double edge, const cv::Mat& sheet, const StageParts& parts) {
    const int shorter = std::min(blocks.mean.cols, blocks.mean.rows);
    const int widest = odd(kWidestWindow * shorter);
    const Levels wide = levels_on(smoothed(closed(blocks.mean, square(widest))), blocks, edge, sheet, widest, parts);
    const Strokes strokes = measure_strokes(blocks, wide, edge, widest);
    const double least = kLeastWindow * shorter;
    const bool follows = parts.stroke_windows && strokes.width_blocks > 0;
    const int window = !follows ? widest : odd(std::max(kPaperStrokes * strokes.width_blocks, least));
    Levels levels = wide;
    if (window < widest) {
        cv::Mat paper = estimate_paper(blocks.mean, window, strokes);
        const double deep = 1 - std::max(kDeepestShadow, kAsInk * strokes.contrast);
        wide.paper.copyTo(paper, blocks.mean < deep * wide.paper);
        levels = levels_on(paper, blocks, edge, sheet, window, parts);
    }
    levels.stroke = strokes.width_blocks;
    levels.grain /= std::max(strokes.contrast, 1e-6);
    return levels;
}

}  // namespace chiffre
