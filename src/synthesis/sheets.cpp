// sheets.cpp -- see sheets.h.
#include "synthesis/sheets.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "atomic_file.h"
#include "report/jpeg_writer.h"
#include "report/png.h"
#include "synthesis/paint.h"

namespace chiffre::synthesis {

void write_hands(const std::filesystem::path& target, int hands, std::uint64_t seed) {
    constexpr int kDigitPx = 44, kCellWidth = 54, kCellHeight = 66, kMargin = 11, kTimes = 2;
    cv::Mat ink = cv::Mat::zeros(hands * kCellHeight, 10 * kTimes * kCellWidth, CV_8UC1);
    for (int row = 0; row < hands; ++row) {
        Random random(seed, training::Stream::pages, 0, static_cast<std::uint32_t>(row));
        const Hand hand = draw_hand(random);
        for (int column = 0; column < 10 * kTimes; ++column) {
            const std::vector<Stroke> strokes = draw_digit(column / kTimes, hand, random);
            const cv::Point2f cell(static_cast<float>(column * kCellWidth), static_cast<float>(row * kCellHeight));
            const cv::Point2f shift((kCellWidth - kDigitPx * ink_box(strokes).width) / 2.0f, kMargin);
            render(placed(strokes, kDigitPx, cell + shift), ink);
        }
    }
    write_png(target, 255 - ink);
}

namespace {

constexpr int kPictureWidth = 200, kPictureHeight = 150, kCaption = 18, kGap = 6;  // pixels on the sheet
constexpr int kStylesAcross = 2;

// `picture` as large as fits the cell, in its middle.
void paste(const cv::Mat& picture, cv::Mat cell) {
    const double scale =
        std::min({1.0, static_cast<double>(cell.cols) / picture.cols, static_cast<double>(cell.rows) / picture.rows});
    const cv::Size size(std::max(1, cvRound(scale * picture.cols)), std::max(1, cvRound(scale * picture.rows)));
    cv::Mat small;
    cv::resize(picture, small, size, 0, 0, cv::INTER_AREA);
    small.copyTo(cell(cv::Rect((cell.cols - size.width) / 2, (cell.rows - size.height) / 2, size.width, size.height)));
}

}  // namespace

void write_styles(const std::filesystem::path& target, int pictures, std::uint64_t seed,
                  const std::vector<FontFigures>& fonts) {
    constexpr int kTimes = 3, kQuality = 85;  // drawn larger, so that small things are seen to be small
    const std::vector<Style> styles = single_styles();
    const int style_width = pictures * (kPictureWidth + kGap) + kGap, row_height = kPictureHeight + kCaption + kGap;
    const int rows = (static_cast<int>(styles.size()) + kStylesAcross - 1) / kStylesAcross;
    cv::Mat sheet(rows * row_height + kGap, kStylesAcross * style_width, CV_8UC3, cv::Scalar::all(255));
    for (std::size_t s = 0; s < styles.size(); ++s) {
        const int left = static_cast<int>(s) % kStylesAcross * style_width + kGap;
        const int top = static_cast<int>(s) / kStylesAcross * row_height;
        cv::putText(sheet, std::string(style_name(styles[s])), {left, top + kCaption - 4}, cv::FONT_HERSHEY_SIMPLEX,
                    0.45, cv::Scalar::all(40), 1, cv::LINE_AA);
        SceneOptions options;
        options.width = kTimes * kPictureWidth, options.height = kTimes * kPictureHeight;
        options.style = styles[s], options.fonts = fonts;
        for (int i = 0; i < pictures; ++i) {
            const cv::Rect cell(left + i * (kPictureWidth + kGap), top + kCaption, kPictureWidth, kPictureHeight);
            const std::size_t index =
                s * static_cast<std::size_t>(pictures) + static_cast<std::size_t>(i);  // no two alike
            paste(paint(draw_scene(options, seed, static_cast<std::uint32_t>(index))).rgb, sheet(cell));
        }
    }
    write_atomically(target, encode_jpeg(sheet, kQuality));
}

}  // namespace chiffre::synthesis
