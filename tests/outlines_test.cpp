// outlines_test.cpp -- hollow digits drawn here: which marks are outlines, what they are filled to, and how a page of
// them reads.
#include "outlines.h"

#include <gtest/gtest.h>

#include <numeric>
#include <opencv2/imgproc.hpp>
#include <string>

#include "read_picture.h"

namespace chiffre {
namespace {
using test::digits_of;
using test::read;

constexpr int kPaper = 220, kPen = 40, kLine_px = 4;

// CV_8UC1: 255 where a bold pen wrote `text`.
cv::Mat bold(const std::string& text, int thickness = 24) {
    cv::Mat shape = cv::Mat::zeros(300, 60 + 110 * static_cast<int>(text.size()), CV_8UC1);
    for (std::size_t i = 0; i < text.size(); ++i)
        cv::putText(shape, text.substr(i, 1), {40 + 110 * static_cast<int>(i), 220}, cv::FONT_HERSHEY_SIMPLEX, 5, 255,
                    thickness);
    return shape;
}

cv::Mat outline_of(const cv::Mat& shape) {
    cv::Mat line;
    cv::morphologyEx(shape, line, cv::MORPH_GRADIENT, cv::Mat::ones(kLine_px, kLine_px, CV_8U));
    return line;
}

cv::Mat on_paper(const cv::Mat& ink) {
    cv::Mat grey(ink.size(), CV_8UC1, cv::Scalar(kPaper));
    grey.setTo(kPen, ink);
    cv::GaussianBlur(grey, grey, {}, 0.8);
    return grey;
}

std::vector<int> outlined_marks(const Ink& ink, const Marks& marks) {
    std::vector<int> ids(marks.marks.size());
    std::iota(ids.begin(), ids.end(), 0);
    return outlines_among(ink, marks, ids);
}

std::vector<int> outlines_in(const cv::Mat& grey) {
    const Ink ink = binarize(grey);
    return outlined_marks(ink, segment(ink));
}

TEST(Outlines, AreFoundAndFilledToTheirShape) {
    const cv::Mat shape = bold("1247");
    const Ink ink = binarize(on_paper(outline_of(shape)));
    const Marks marks = segment(ink);
    const std::vector<int> ids = outlined_marks(ink, marks);
    ASSERT_EQ(ids.size(), 4u);
    const cv::Mat mask = filled(ink, marks, ids).mask;
    const double both = cv::countNonZero(mask & shape), any = cv::countNonZero(mask | shape);
    EXPECT_GT(both / any, 0.85);  // the line lies half outside
    for (const int id : ids) {
        const cv::Rect& box = marks.at(id).box;
        EXPECT_GT(cv::countNonZero(shape_of(ink, marks, id)), 1.5 * cv::countNonZero(ink.mask(box))) << id;
    }
}

// An 8 keeps its two holes, whose lines are marks of their own and belong to it.
TEST(Outlines, HolesStayHolesAndTheirLinesGo) {
    const cv::Mat shape = bold("8", 18);
    const Ink ink = binarize(on_paper(outline_of(shape)));
    const Marks marks = segment(ink);
    const cv::Mat mask = filled(ink, marks, outlined_marks(ink, marks)).mask;
    cv::Mat labels;
    EXPECT_EQ(cv::connectedComponents(mask, labels), 2);          // paper and the 8
    EXPECT_EQ(cv::connectedComponents(mask == 0, labels, 4), 4);  // the 8, and paper around it and in two holes
}

TEST(Outlines, StrokesRingsAndLettersWithABowlAreNone) {
    EXPECT_TRUE(outlines_in(on_paper(bold("1247", 5))).empty());
    EXPECT_TRUE(outlines_in(on_paper(bold("DPRA", 5))).empty());
    cv::Mat ring = cv::Mat::zeros(300, 400, CV_8UC1);
    cv::circle(ring, {100, 150}, 60, 255, 5);
    cv::ellipse(ring, {270, 150}, {48, 66}, 0, 0, 360, 255, 5);
    EXPECT_TRUE(outlines_in(on_paper(ring)).empty());
}

TEST(Outlines, APageOfHollowDigitsIsReadAsIfFilled) {
    const cv::Mat grey = on_paper(outline_of(bold("74127")));
    const Reading reading = read(grey);
    ASSERT_EQ(reading.rows.size(), 1u);
    EXPECT_EQ(digits_of(reading.rows[0]), "74127");
    ReadOptions without;
    without.parts.outlines = false;
    const Reading hollow = read(grey, without);
    EXPECT_TRUE(hollow.rows.empty() || digits_of(hollow.rows[0]) != "74127");
}

}  // namespace
}  // namespace chiffre
