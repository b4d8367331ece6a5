// binarize_test.cpp -- pictures drawn here of what once went wrong: ink drowned in what was taken for noise, shadows of
// fingers, strokes wider than a window, and sheets on dark tables.
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <string>

#include "stages.h"

namespace chiffre {
namespace {

constexpr int kPaper = 200, kPen = 60, kTable = 45;

void write(cv::Mat& picture, const std::string& text, cv::Point foot, double height, int pen) {
    cv::putText(picture, text, foot, cv::FONT_HERSHEY_SIMPLEX, height / 21, cv::Scalar(pen),
                std::max(2, static_cast<int>(height / 10)), cv::LINE_AA);
}

// `picture` with normal noise.
cv::Mat noisy(const cv::Mat& picture, double deviation) {
    cv::Mat noise(picture.size(), CV_16SC1), result;
    cv::RNG rng(3);
    rng.fill(noise, cv::RNG::NORMAL, 0, deviation);
    cv::add(picture, noise, result, cv::noArray(), CV_8U);
    return result;
}

cv::Mat digits_alone(cv::Size size, cv::Point foot, double height) {
    cv::Mat digits = cv::Mat::zeros(size, CV_8U);
    write(digits, "358", foot, height, 255);
    write(digits, "274", {foot.x, foot.y + static_cast<int>(2 * height)}, height, 255);
    return digits > 127;
}

// Share of `truth` that is ink.
double found(const cv::Mat& mask, const cv::Mat& truth) {
    return static_cast<double>(cv::countNonZero(mask & truth)) / cv::countNonZero(truth);
}

TEST(BinarizeNoise, LinesInEveryBlockAreNoNoise) {
    // Squares so narrow that most blocks of the small picture hold a piece of a line.
    cv::Mat picture(768, 1024, CV_8U, cv::Scalar(kPaper));
    for (int x = 0; x < picture.cols; x += 12) cv::line(picture, {x, 0}, {x, picture.rows}, cv::Scalar(110), 1);
    for (int y = 0; y < picture.rows; y += 12) cv::line(picture, {0, y}, {picture.cols, y}, cv::Scalar(110), 1);
    const cv::Mat truth = digits_alone(picture.size(), {300, 300}, 90);
    picture.setTo(kPen, truth);
    EXPECT_GT(found(binarize(noisy(picture, 3)).mask, truth), 0.9);
}

TEST(BinarizeNoise, RoughPaperLeavesInkReachable) {
    // Light from the side: what is paper differs by more than half of its light.
    cv::Mat rough = noisy(cv::Mat(192, 256, CV_8U, cv::Scalar(150)), 32), picture;
    cv::resize(rough, picture, {1024, 768}, 0, 0, cv::INTER_LINEAR);
    const cv::Mat truth = digits_alone(picture.size(), {300, 300}, 90);
    picture.setTo(5, truth);
    EXPECT_GT(found(binarize(picture).mask, truth), 0.9);
}

TEST(BinarizeNoise, StrokeOnGrainyPaperIsWhole) {
    cv::Mat picture(768, 1024, CV_8U, cv::Scalar(kPaper));
    const cv::Mat truth = digits_alone(picture.size(), {200, 300}, 160);
    picture.setTo(kPaper - 30, truth);
    EXPECT_GT(found(binarize(noisy(picture, 6)).mask, truth), 0.9);
}

TEST(BinarizeStrokes, ShadowOfFingersIsNoInk) {
    cv::Mat picture(768, 1024, CV_8U, cv::Scalar(kPaper)), light(picture.size(), CV_8U, cv::Scalar(255));
    cv::Mat truth = cv::Mat::zeros(picture.size(), CV_8U);
    for (int row = 0; row < 5; ++row) write(truth, "3582740916", {150, 150 + 120 * row}, 50, 255);
    truth = truth > 127;
    picture.setTo(kPen, truth);
    for (const int x : {280, 460, 640}) cv::line(light, {x, 767}, {x, 330}, cv::Scalar(140), 100);
    cv::GaussianBlur(light, light, {}, 6.0);
    cv::multiply(picture, light, picture, 1 / 255.0);
    const cv::Mat mask = binarize(noisy(picture, 2)).mask;
    EXPECT_GT(found(mask, truth), 0.9);
    cv::Mat near;
    cv::dilate(truth, near, cv::Mat::ones(5, 5, CV_8U));
    EXPECT_LT(cv::countNonZero(mask & ~near), 0.02 * cv::countNonZero(light < 200));
}

// Ink that is not `truth`, but for the edges of its strokes: in pixels.
int stray_px(const cv::Mat& mask, const cv::Mat& truth) {
    cv::Mat near;
    cv::dilate(truth, near, cv::Mat::ones(5, 5, CV_8U));
    return cv::countNonZero(mask & ~near);
}

// `digits` in 5 rows, or in 2 three times as high.
cv::Mat rows_of_digits(const std::string& digits, int rows) {
    cv::Mat truth = cv::Mat::zeros(768, 1024, CV_8U);
    const int height = rows == 2 ? 150 : 50, apart = rows == 2 ? 260 : 120;
    for (int row = 0; row < rows; ++row) write(truth, digits, {150, 130 + height + apart * row}, height, 255);
    return truth > 127;
}

cv::Mat lit(const cv::Mat& truth, int pen, const cv::Mat& light, double softness_px) {
    cv::Mat picture(truth.size(), CV_8U, cv::Scalar(kPaper)), soft;
    picture.setTo(pen, truth);
    cv::GaussianBlur(light, soft, {}, softness_px);
    cv::multiply(picture, soft, picture, 1 / 255.0);
    return noisy(picture, 1);
}

TEST(BinarizeStrokes, ShadowOfFingersOfAFewStrokesIsNoInk) {
    const cv::Mat truth = rows_of_digits("3582", 2);
    cv::Mat light(truth.size(), CV_8U, cv::Scalar(255));
    for (const int x : {280, 420, 560}) cv::line(light, {x, 767}, {x, 330}, cv::Scalar(140), 60);
    const cv::Mat mask = binarize(lit(truth, kPen, light, 3)).mask;
    EXPECT_GT(found(mask, truth), 0.9);
    EXPECT_LT(stray_px(mask, truth), 0.02 * cv::countNonZero(light < 200));
}

TEST(BinarizeStrokes, SharpEdgeOfAShadowBesidePencilIsNoInk) {
    const cv::Mat truth = rows_of_digits("3582740916", 5);
    cv::Mat light(truth.size(), CV_8U, cv::Scalar(255));
    const std::vector<cv::Point> phone = {{1023, 10}, {1023, 760}, {700, 600}, {640, 340}};
    cv::fillConvexPoly(light, phone, cv::Scalar(130));
    const cv::Mat mask = binarize(lit(truth, 120, light, 1)).mask;
    EXPECT_GT(found(mask, truth), 0.9);
    EXPECT_LT(stray_px(mask, truth), 0.01 * cv::countNonZero(truth));
}

TEST(BinarizeStrokes, SmallDigitsAtTheCornerOfAWideShadowAreFound) {
    cv::Mat truth = cv::Mat::zeros(768, 1024, CV_8U), light(truth.size(), CV_8U, cv::Scalar(255));
    write(truth, "61841 67", {420, 560}, 24, 255);
    truth = truth > 127;
    cv::fillConvexPoly(light, std::vector<cv::Point>{{280, 380}, {470, 570}, {260, 767}, {0, 767}, {0, 660}},
                       cv::Scalar(130));
    const cv::Mat mask = binarize(lit(truth, kPen, light, 3)).mask;
    EXPECT_GT(found(mask, truth), 0.9);
    EXPECT_LT(stray_px(mask, truth), 0.02 * cv::countNonZero(light < 200));
}

TEST(BinarizeStrokes, StrokeAsWideAsAFifthOfThePictureIsWhole) {
    cv::Mat picture(300, 400, CV_8U, cv::Scalar(kPaper)), truth = cv::Mat::zeros(300, 400, CV_8U);
    cv::ellipse(truth, {200, 150}, {130, 100}, 0, 0, 300, cv::Scalar(255), 60);
    picture.setTo(kPen, truth);
    cv::GaussianBlur(picture, picture, {}, 4.0);
    EXPECT_GT(found(binarize(noisy(picture, 3)).mask, truth), 0.9);
}

cv::Mat sheet_on_table(const cv::Mat& truth, const cv::Rect& sheet, int pen) {
    cv::Mat picture(truth.size(), CV_8U, cv::Scalar(kTable));
    for (int y = 0; y < picture.rows; y += 14)  // grain of the wood
        cv::line(picture, {0, y}, {picture.cols, y + 9}, cv::Scalar(kTable - 25), 4, cv::LINE_AA);
    cv::rectangle(picture, sheet, cv::Scalar(kPaper), cv::FILLED);
    picture.setTo(pen, truth);
    cv::GaussianBlur(picture, picture, {}, 1.0);
    return noisy(picture, 3);
}

class BinarizeSheet : public testing::TestWithParam<int> {};

TEST_P(BinarizeSheet, OnDarkTableIsReadAlone) {
    for (const cv::Rect sheet : {cv::Rect(300, 200, 420, 330), cv::Rect(120, 80, 800, 600)}) {
        const cv::Mat truth = digits_alone({1024, 768}, {sheet.x + 120, sheet.y + 120}, 50);
        const Ink ink = binarize(sheet_on_table(truth, sheet, GetParam()));
        EXPECT_FALSE(ink.light_on_dark);
        EXPECT_GT(found(ink.mask, truth), 0.9) << sheet;
        cv::Mat beside;
        cv::dilate(truth, beside, cv::Mat::ones(7, 7, CV_8U));
        EXPECT_EQ(cv::countNonZero(ink.mask & (beside == 0)), 0) << sheet;  // neither the table nor the sheet's rim
    }
}
INSTANTIATE_TEST_SUITE_P(Pens, BinarizeSheet, testing::Values(kPen, 150));

TEST(BinarizeSheet, ShadedPartIsPartOfTheSheet) {
    const cv::Mat truth = digits_alone({1024, 768}, {480, 280}, 60);  // the last digits lie in the shade
    cv::Mat picture = sheet_on_table(truth, {200, 120, 560, 500}, kPen), shaded = picture.colRange(560, 1024);
    shaded *= 0.5;
    EXPECT_GT(found(binarize(picture).mask, truth), 0.9);
}

TEST(BinarizeSheet, ShadowAsDarkAsTheTableIsPartOfTheSheet) {
    const cv::Rect sheet(200, 120, 600, 560);
    const cv::Mat truth = digits_alone({1024, 768}, {560, 330}, 60);
    cv::Mat picture(truth.size(), CV_8U);
    for (int y = 0; y < picture.rows; ++y) picture.row(y) = cv::Scalar(15 + 100 * y / picture.rows);  // lit from below
    cv::rectangle(picture, sheet, cv::Scalar(kPaper), cv::FILLED);
    picture.setTo(kPen, truth);
    const cv::Mat shadow = picture(cv::Rect(600, 230, 200, 250));  // over the last digits
    cv::Mat(shadow * 0.35).copyTo(shadow);
    cv::GaussianBlur(picture, picture, {}, 1.0);
    EXPECT_GT(found(binarize(noisy(picture, 2)).mask, truth), 0.9);
}

TEST(BinarizeSheet, ShadowInAShadowIsPartOfTheSheet) {
    const cv::Mat truth = digits_alone({1024, 768}, {200, 240}, 60);
    cv::Mat picture = sheet_on_table(truth, {20, 60, 984, 640}, kPen);
    cv::Mat light(picture.size(), CV_8U, cv::Scalar(255));
    light.colRange(0, 560) = 150;
    cv::fillConvexPoly(light, std::vector<cv::Point>{{60, 60}, {420, 60}, {500, 300}, {280, 480}}, cv::Scalar(80));
    cv::GaussianBlur(light, light, {}, 3.0);
    cv::multiply(picture, light, picture, 1 / 255.0);
    EXPECT_GT(found(binarize(noisy(picture, 2)).mask, truth), 0.9);
}

TEST(BinarizeSheet, BoldDigitsAtTheBorderAreNoTable) {
    cv::Mat picture(420, 900, CV_8U, cv::Scalar(kPaper));
    cv::Mat truth = cv::Mat::zeros(picture.size(), CV_8U);
    cv::putText(truth, "558", {-20, 405}, cv::FONT_HERSHEY_SIMPLEX, 18, cv::Scalar(255), 60);
    truth = truth > 127;
    picture.setTo(20, truth);
    EXPECT_GT(found(binarize(noisy(picture, 3)).mask, truth), 0.9);
}

TEST(BinarizeSheet, ShadowIsNoTable) {
    cv::Mat picture(768, 1024, CV_8U, cv::Scalar(kPaper));
    const cv::Mat truth = digits_alone(picture.size(), {600, 300}, 90);
    picture.setTo(kPen, truth);
    picture.colRange(500, 1024) *= 0.4;  // the digits lie in the dark
    cv::GaussianBlur(picture, picture, {}, 2.0);
    EXPECT_GT(found(binarize(noisy(picture, 2)).mask, truth), 0.9);
}

TEST(BinarizeSheet, LightPictureOnDarkGroundIsNoSheet) {
    cv::Mat picture(768, 1024, CV_8U, cv::Scalar(kTable));
    const cv::Mat truth = digits_alone(picture.size(), {300, 300}, 200);
    picture.setTo(kPaper, truth);
    const Ink ink = binarize(noisy(picture, 3));
    EXPECT_TRUE(ink.light_on_dark);
    EXPECT_GT(found(ink.mask, truth), 0.9);
}

TEST(BinarizePanel, LightDigitsOnADarkPanelAreInkAndThePanelIsNot) {
    for (const bool in_shadow : {false, true}) {
        cv::Mat picture(768, 1024, CV_8U, cv::Scalar(kPaper));
        const cv::Mat truth = digits_alone(picture.size(), {400, 420}, 50);
        if (in_shadow) picture.rowRange(300, 768) *= 0.6;
        cv::rectangle(picture, cv::Rect(360, 340, 220, 220), cv::Scalar(20), cv::FILLED);
        picture.setTo(150, truth);
        cv::GaussianBlur(picture, picture, {}, 1.0);
        const Ink ink = binarize(noisy(picture, 3));
        EXPECT_TRUE(ink.light_on_dark) << in_shadow;
        EXPECT_GT(found(ink.mask, truth), 0.9) << in_shadow;
        cv::Mat beside;
        cv::dilate(truth, beside, cv::Mat::ones(7, 7, CV_8U));
        EXPECT_EQ(cv::countNonZero(ink.mask & (beside == 0)), 0) << in_shadow;
    }
}

TEST(BinarizePanel, DarkBezelRoundALightDisplayIsNoPanel) {
    cv::Mat picture(768, 1024, CV_8U, cv::Scalar(kPaper));
    cv::rectangle(picture, cv::Rect(250, 250, 420, 320), cv::Scalar(kTable), cv::FILLED);
    cv::rectangle(picture, cv::Rect(290, 290, 340, 240), cv::Scalar(150), cv::FILLED);
    const cv::Mat truth = digits_alone(picture.size(), {340, 400}, 60);
    picture.setTo(kTable, truth);
    const Ink ink = binarize(noisy(picture, 3));
    EXPECT_FALSE(ink.light_on_dark);
    EXPECT_GT(found(ink.mask, truth), 0.9);
}

TEST(BinarizePanel, ShadowWithNothingInItIsNoPanel) {
    const cv::Mat truth = digits_alone({1024, 768}, {120, 100}, 50);
    cv::Mat picture(truth.size(), CV_8U, cv::Scalar(kPaper)), shade(truth.size(), CV_32F, cv::Scalar(1));
    picture.setTo(kPen, truth);
    cv::rectangle(shade, {420, 420, 240, 400}, cv::Scalar(0.35), cv::FILLED);  // of a telephone
    cv::GaussianBlur(shade, shade, {}, 6);
    cv::Mat shaded;
    cv::multiply(picture, shade, shaded, 1, CV_8U);
    const Ink ink = binarize(noisy(shaded, 1));
    EXPECT_FALSE(ink.light_on_dark);
    EXPECT_GT(found(ink.mask, truth), 0.9);
}

// A display less dark than half of the wall: its panel is no ink, whatever its digits are.
TEST(BinarizePatch, GreyPanelIsPaperOfItsOwn) {
    for (const bool lit : {false, true}) {
        cv::Mat picture(768, 1024, CV_8U, cv::Scalar(kPaper));
        const cv::Mat truth = digits_alone(picture.size(), {400, 420}, 50);
        cv::rectangle(picture, cv::Rect(360, 340, 220, 220), cv::Scalar(115), cv::FILLED);
        picture.setTo(lit ? 230 : 40, truth);
        cv::GaussianBlur(picture, picture, {}, 1.0);
        const Ink ink = binarize(noisy(picture, 3));
        EXPECT_GT(found(ink.mask, truth), 0.9) << lit;
        cv::Mat beside;
        cv::dilate(truth, beside, cv::Mat::ones(7, 7, CV_8U));
        EXPECT_LT(cv::countNonZero(ink.mask & (beside == 0)), 0.01 * cv::countNonZero(truth)) << lit;
    }
}

// Dark writing on the page and light writing on a label on it, grey or black.
TEST(BinarizePatch, BothPolaritiesAreRead) {
    for (const int tone : {110, 20}) {
        cv::Mat picture(768, 1024, CV_8U, cv::Scalar(kPaper));
        const cv::Mat page = digits_alone(picture.size(), {100, 250}, 60);
        const cv::Mat label = digits_alone(picture.size(), {650, 570}, 40);
        picture.setTo(kPen, page);
        cv::rectangle(picture, cv::Rect(600, 480, 220, 220), cv::Scalar(tone), cv::FILLED);
        picture.setTo(240, label);
        cv::GaussianBlur(picture, picture, {}, 1.0);
        const Ink ink = binarize(noisy(picture, 3));
        EXPECT_GT(found(ink.mask, page), 0.9) << tone;
        EXPECT_GT(found(ink.mask, label), 0.9) << tone;
        cv::Mat beside;
        cv::dilate(page | label, beside, cv::Mat::ones(7, 7, CV_8U));
        EXPECT_LT(cv::countNonZero(ink.mask & (beside == 0)), 0.01 * cv::countNonZero(label)) << tone;
    }
}

// One row, with hardly more bare label round it than there is in its digits.
TEST(BinarizePatch, NarrowLabelIsOne) {
    cv::Mat picture(768, 1024, CV_8U, cv::Scalar(kPaper)), page = cv::Mat::zeros(picture.size(), CV_8U);
    cv::Mat label = page.clone();
    write(page, "358274", {100, 250}, 60, 255);
    write(label, "47110815", {100, 500}, 40, 255);
    picture.setTo(kPen, page > 127);
    cv::rectangle(picture, cv::boundingRect(label) + cv::Size(20, 20) - cv::Point(10, 10), cv::Scalar(40), cv::FILLED);
    picture.setTo(240, label > 127);
    cv::GaussianBlur(picture, picture, {}, 1.0);
    const Ink ink = binarize(noisy(picture, 3));
    EXPECT_GT(found(ink.mask, page > 127), 0.9);
    EXPECT_GT(found(ink.mask, label > 127), 0.9);
}

TEST(BinarizePatch, LoopsOfBoldDigitsAreNone) {
    cv::Mat picture(768, 1024, CV_8U, cv::Scalar(kPaper)), truth = cv::Mat::zeros(picture.size(), CV_8U);
    for (int i = 0; i < 3; ++i) {
        cv::ellipse(truth, {200 + 300 * i, 380}, {90, 150}, 0, 0, 360, 255, 24 + 12 * i);
        cv::line(truth, {120 + 300 * i, 380}, {280 + 300 * i, 380}, 255, 24);
    }
    picture.setTo(kPen, truth);
    cv::GaussianBlur(picture, picture, {}, 2.0);
    const Ink ink = binarize(noisy(picture, 3));
    EXPECT_GT(found(ink.mask, truth), 0.95);
    EXPECT_LT(cv::countNonZero(ink.mask & (truth == 0)), 0.05 * cv::countNonZero(truth));
}

TEST(BinarizePaper, WhiteDateOnGreyPaperIsNoPaper) {
    cv::Mat picture(768, 1024, CV_8U, cv::Scalar(100));
    const cv::Mat truth = digits_alone(picture.size(), {200, 250}, 120);
    picture.setTo(20, truth);
    write(picture, "2018 5 23 18:07", {700, 740}, 24, 250);
    const Ink ink = binarize(noisy(picture, 2));
    EXPECT_FALSE(ink.light_on_dark);
    EXPECT_GT(found(ink.mask, truth), 0.9);
    EXPECT_LT(cv::countNonZero(ink.mask({680, 690, 344, 78})), 0.01 * 344 * 78);
}

}  // namespace
}  // namespace chiffre
