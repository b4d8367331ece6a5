// drawn_digits.h -- pages of digits drawn by the tests of segment, and whether lines over them leave them whole.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "stages.h"

namespace chiffre::test {

inline constexpr int kPaper = 210, kPen = 50, kLine = 110;
using Points = std::vector<cv::Point>;

inline cv::Mat page(int width, int height) {
    return cv::Mat(height, width, CV_8UC1, cv::Scalar(kPaper));
}

// One digit about `height` px high with its left end at x and its foot at y.
inline void write(cv::Mat& picture, int digit, cv::Point at, int height = 40) {
    cv::putText(picture, std::to_string(digit), at, cv::FONT_HERSHEY_SIMPLEX, height / 21.0, cv::Scalar(kPen),
                std::max(2, height / 10), cv::LINE_AA);
}

inline void rule(cv::Mat& picture, cv::Point from, cv::Point to, int thickness = 2, int light = kLine) {
    cv::Mat line(picture.size(), CV_8UC1, cv::Scalar(kPaper));
    cv::line(line, from, to, cv::Scalar(light), thickness, cv::LINE_AA);
    picture = cv::min(picture, line);
}

// How many digits of the page without lines are there, in their size and place, with them.
inline int whole_digits(const Marks& plain, const Marks& lined) {
    return static_cast<int>(std::count_if(plain.marks.begin(), plain.marks.end(), [&](const Mark& digit) {
        return std::any_of(lined.marks.begin(), lined.marks.end(), [&](const Mark& mark) {
            return (digit.box & mark.box).area() > 0.75 * (digit.box | mark.box).area();
        });
    }));
}

// What is drawn over `writing` leaves its digits whole and adds no mark as high as half a digit.
inline void expect_digits_alone(const cv::Mat& writing, const std::function<void(cv::Mat&)>& draw) {
    cv::Mat drawn = writing.clone();
    draw(drawn);
    const Marks plain = segment(binarize(writing)), lined = segment(binarize(drawn));
    ASSERT_FALSE(plain.marks.empty());
    EXPECT_EQ(whole_digits(plain, lined), static_cast<int>(plain.marks.size()));
    const auto high = std::count_if(lined.marks.begin(), lined.marks.end(), [&](const Mark& mark) {
        return 2 * mark.box.height > static_cast<int>(plain.digit_height_px);
    });
    EXPECT_EQ(high, static_cast<std::ptrdiff_t>(plain.marks.size()));
    EXPECT_NEAR(lined.digit_height_px, plain.digit_height_px, 0.2 * plain.digit_height_px);
}

inline cv::Mat rows_of_digits(int width, int height, cv::Point first, cv::Size step, int columns, int rows) {
    cv::Mat picture = page(width, height);
    for (int row = 0; row < rows; ++row)
        for (int i = 0; i < columns; ++i)
            write(picture, (2 + 3 * i + 5 * row) % 10, first + cv::Point(i * step.width, row * step.height));
    return picture;
}

}  // namespace chiffre::test
