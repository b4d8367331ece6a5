// paper.cpp -- paper, noise and full ink around each block. Paper is a morphological closing: a shadow edge or a dark
// table survives it unchanged and so makes no ink, a stroke does not.
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "blocks.h"

namespace chiffre {
namespace {

double env(const char* n, double d) { const char* v = std::getenv(n); return v ? std::stod(v) : d; }

constexpr double kPaperWindow = 0.125;  // side of the closing, of the shorter side: wider than any stroke
constexpr double kInkWindow = 0.08;     // neighbourhood whose ink sets the threshold
constexpr double kNoiseFactor = 2.5;     // ink is this many times as deep as the darkest pixels of bare paper nearby
constexpr double kNoiseWindow = 0.25;    // neighbourhood of which bare paper is more than half
constexpr double kNoiseRange = 4.0;      // noise differs by no more between the parts of a picture
constexpr double kLeastContrast = 0.05;  // of the paper's light: fainter marks cannot be told from paper
constexpr double kLeastShare = 0.16;     // of the picture's strong ink: fainter is bleed-through, texture, ruling

cv::Mat local_quantile(const cv::Mat& values, int window, double share) {
    const int step = std::max(1, window / 4), half = window / 2;
    const cv::Size size((values.cols + step - 1) / step, (values.rows + step - 1) / step);
    cv::Mat coarse(size, CV_32F);
    for (int by = 0; by < size.height; ++by)
        for (int bx = 0; bx < size.width; ++bx) {
            const int cx = std::min(bx * step + step / 2, values.cols - 1), cy = std::min(by * step + step / 2, values.rows - 1);
            const cv::Rect box = cv::Rect(cx - half, cy - half, window, window) & cv::Rect({0, 0}, values.size());
            int counts[256] = {};
            for (int y = box.y; y < box.br().y; ++y)
                for (int x = box.x; x < box.br().x; ++x) ++counts[values.at<std::uint8_t>(y, x)];
            int population = box.area();
            if (env("SEP", 0) > 0 && share == .5) {
                double sum = 0, squares = 0;
                for (int i = 0; i < 256; ++i) sum += i * counts[i], squares += double(i) * i * counts[i];
                const double n = population, variance = squares / n - (sum / n) * (sum / n);
                double n0 = 0, s0 = 0, best = 0, m0b = 0, m1b = 0; int cut = 255, pop = 0;
                for (int i = 0; i < 255; ++i) {
                    n0 += counts[i]; s0 += i * counts[i];
                    if (n0 == 0 || n0 == n) continue;
                    const double m0 = s0 / n0, m1 = (sum - s0) / (n - n0), between = n0 / n * (1 - n0 / n) * (m1 - m0) * (m1 - m0);
                    if (between > best) best = between, cut = i, pop = static_cast<int>(n0), m0b = m0, m1b = m1;
                }
                if (best > env("SEP", 0) * variance && m1b > env("RAT", 2) * m0b && pop > env("PMIN", .1) * n) population = pop;
                (void)cut;
            }
            int left = static_cast<int>(share * (population - 1)), level = 0;
            while (left >= counts[level]) left -= counts[level++];
            coarse.at<float>(by, bx) = static_cast<float>(level);
        }
    cv::Mat fine;
    cv::resize(coarse, fine, values.size(), 0, 0, cv::INTER_LINEAR);
    return fine;
}

}  // namespace

Levels estimate_levels(const Blocks& blocks, double edge, const cv::Mat& sheet) {
    const int shorter = std::min(blocks.mean.cols, blocks.mean.rows);
    Levels levels;
    cv::morphologyEx(blocks.mean, levels.paper, cv::MORPH_CLOSE, square(odd(kPaperWindow * shorter)));
    if (env("ER", 2) == 2) cv::erode(levels.paper, levels.paper, square(3));
    cv::blur(levels.paper, levels.paper, {3, 3});  // no more, else the light side of a shadow's edge leaks across it
    levels.paper = cv::max(levels.paper, 1.0);

    cv::Mat lower = levels.paper;
    if (env("ER", 0) == 1) cv::erode(lower, lower, square(3));
    cv::Mat contrast = 1.0 - blocks.darkest / lower;  // share of the paper's light that is missing
    contrast = cv::max(contrast, 0.0);
    // Ink covers less than half of any neighbourhood, so the median there is what paper and noise make.
    cv::Mat noise;
    contrast.convertTo(noise, CV_8U, 255 * 2);
    const cv::Mat bytes = noise.clone();
    if (env("Q", 0) > 0) noise = local_quantile(bytes, odd(env("NW", kNoiseWindow) * shorter), env("Q", 0)) * (1.0 / (255 * 2));
    else {
    cv::medianBlur(noise, noise, std::min(odd(kNoiseWindow * shorter), 255));
    noise.convertTo(noise, CV_32F, 1.0 / (255 * 2));
    }
    noise = cv::min(noise, kNoiseRange * quantile(contrast, env("GQ", .5)));  // in case a stroke is wider than the window
    cv::Mat inside;
    if (!sheet.empty()) cv::erode(sheet, inside, square(3));
    const bool use = env("SH", 1) > 0 && !inside.empty() && cv::countNonZero(inside) > 0;
    double strong = quantile(contrast, 0.995);
    if (use) {
        std::vector<float> in;
        for (int y = 0; y < contrast.rows; ++y) for (int x = 0; x < contrast.cols; ++x) if (inside.at<std::uint8_t>(y, x)) in.push_back(contrast.at<float>(y, x));
        strong = quantile(cv::Mat(in), 0.995);
        if (std::getenv("SAY")) fprintf(stderr, "sheet %.3f strong in %.3f all %.3f\n", double(in.size())/sheet.total(), strong, quantile(contrast, .995));
    }
    const double least = std::max<double>(kLeastContrast, kLeastShare * strong);
    cv::Mat least_depth = env("NF", kNoiseFactor) * noise;
    if (env("Q2", 0) > 0) {
        cv::Mat low = local_quantile(bytes, odd(env("NW2", kNoiseWindow) * shorter), env("Q2", 0)) * (1.0 / (255 * 2));
        low = env("NF2", 4) * low + env("ADD", 0);
        cv::min(least_depth, low, least_depth);
    }
    if (env("CAPL", 0) > 0) {
        cv::Mat top = local_quantile(bytes, odd(env("CW", kNoiseWindow) * shorter), env("CQ", .98)) * (1.0 / (255 * 2));
        top = env("CAPL", 0) * top;
        cv::min(least_depth, top, least_depth);
    }
    least_depth = cv::min(least_depth, std::max(least, env("CAP", 9) * strong));
    least_depth = cv::max(least_depth, least);
    cv::Mat outside_sheet;
    if (use) {
        cv::Mat grown, within, outside;
        cv::dilate(sheet, grown, square(5));
        outside = grown == 0;
        const cv::Mat inky = contrast > env("INK", .5) * strong;
        const double out = cv::countNonZero(inky & outside) / (cv::countNonZero(outside) + 1.0), in = cv::countNonZero(inky & inside) / (cv::countNonZero(inside) + 1.0);
        if (std::getenv("SAY")) fprintf(stderr, "strong out %.4f in %.4f ratio %.3f\n", out, in, out / (in+1e-6));
        if (env("OUT", 1) > 0) outside_sheet = inside == 0;
    }
    const cv::Mat floor = least_depth * (1 / edge);

    // The typical depth of the ink nearby, deeper ink counting more; not the deepest, which in pencil is a grain.
    cv::Mat ink = cv::Mat::zeros(contrast.size(), CV_32F);
    contrast.copyTo(ink, contrast > least_depth);
    const int window = odd(kInkWindow * shorter);
    cv::Mat sum, squares;
    cv::blur(ink, sum, {window, window});
    cv::blur(ink.mul(ink), squares, {window, window});
    levels.depth = cv::max(squares / (sum + 1e-6), floor).mul(levels.paper);
    if (!outside_sheet.empty()) levels.depth.setTo(1e6, outside_sheet);
    return levels;
}

}  // namespace chiffre
