// synthesis_shapes_test.cpp -- what scenes are made of, by itself: texts and shapes.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <opencv2/imgproc.hpp>
#include <set>
#include <string>

#include "synthesis/letters.h"
#include "synthesis/shape.h"
#include "synthesis/texts.h"

namespace chiffre::synthesis {
namespace {

Random numbers(std::uint32_t index) {
    return {1, training::Stream::pages, 0, index};
}

std::string digits_of(const std::string& text) {
    std::string digits;
    std::copy_if(text.begin(), text.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
    return digits;
}

TEST(Texts, SignsLeaveTheDigitsAndHaveForms) {
    Random random = numbers(1);
    std::set<char> signs;
    for (int i = 0; i < 2000; ++i) {
        const std::string text = draw_texts({1, 1}, {1, 9}, random).front();
        for (const std::string& with : {with_signs(text, random), with_points(text, random)}) {
            EXPECT_EQ(digits_of(with), digits_of(text)) << with;
            signs.insert(with.begin(), with.end());
        }
    }
    for (const char sign : signs) {
        if (sign == ' ' || (sign >= '0' && sign <= '9')) continue;
        EXPECT_FALSE(letter_form(sign).empty()) << sign;
        for (const auto& stroke : letter_form(sign)) EXPECT_GE(stroke.size(), 2u) << sign;
    }
    EXPECT_GT(signs.size(), 40u);
}

TEST(Texts, ColumnsAndGridsHaveTheDigitsAskedFor) {
    Random random = numbers(2);
    for (int i = 0; i < 300; ++i) {
        for (const std::string& row : draw_columns({2, 5}, {4, 9}, false, random)) {
            EXPECT_GE(digits_of(row).size(), 4u) << row;
            EXPECT_LE(digits_of(row).size(), 9u) << row;
        }
        for (const std::string& row : draw_grid({2, 9}, {1, 9}, random)) {
            EXPECT_GE(digits_of(row).size(), 1u) << row;
            EXPECT_LE(digits_of(row).size(), 9u) << row;
        }
    }
}

TEST(Shape, AreaWithAHoleIsFilled) {
    const Outline outer = {{10.5f, 10.5f}, {60.5f, 10.5f}, {60.5f, 50.5f}, {10.5f, 50.5f}};
    const Outline hole = {{20.5f, 20.5f}, {20.5f, 40.5f}, {50.5f, 40.5f}, {50.5f, 20.5f}};
    cv::Mat ink = cv::Mat::zeros(64, 80, CV_8UC1);
    const cv::Rect box = render(Shape{{}, {outer, hole}}, ink);
    EXPECT_NEAR(cv::sum(ink)[0] / 255, 50 * 40 - 30 * 20, 60);  // a subpixel's breadth around 320 of outline
    EXPECT_EQ(box, cv::boundingRect(ink));
    EXPECT_EQ(ink.at<std::uint8_t>(30, 35), 0);
    EXPECT_EQ(ink.at<std::uint8_t>(15, 15), 255);
}

TEST(Shape, OutsideIsCutOff) {
    cv::Mat ink = cv::Mat::zeros(20, 20, CV_8UC1);
    EXPECT_EQ(render(Shape{{}, {{{-30, -30}, {-10, -30}, {-10, -10}}}}, ink), cv::Rect());
    EXPECT_EQ(render(Shape{{}, {{{-30, 5}, {40, 5}, {40, 12}, {-30, 12}}}}, ink).width, 20);
}

}  // namespace
}  // namespace chiffre::synthesis
