// overlay_test.cpp -- a camera's light date over a page of dark ink, drawn here and read with the weights built in.
#include "overlay.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <string>

#include "read_picture.h"

namespace chiffre {
namespace {
using test::digits_of;
using test::read;

constexpr int kPaper = 130, kPen = 40, kWhite = 250;
const cv::Size kPicture(800, 600);

// Large figures on paper that is not bright.
cv::Mat page() {
    cv::Mat grey(kPicture, CV_8UC1, cv::Scalar(kPaper));
    cv::putText(grey, "3705", {60, 350}, cv::FONT_HERSHEY_SIMPLEX, 8, kPen, 16, cv::LINE_AA);
    return grey;
}

void write(cv::Mat& grey, const std::string& text, cv::Point foot) {
    cv::putText(grey, text, foot, cv::FONT_HERSHEY_DUPLEX, 0.8, kWhite, 1, cv::LINE_AA);
}

// Far smaller than the page's own writing, and at its own place among the rows.
TEST(LightText, ADateInTheCornerIsReadBesideThePage) {
    for (const int y : {580, 40}) {
        cv::Mat grey = page();
        write(grey, "2026-05-23 18:47", {500, y});
        Trace trace;
        const Reading reading = read(grey, {}, &trace);
        ASSERT_EQ(reading.rows.size(), 2u) << y;
        const std::size_t date = y > 300 ? 1 : 0;
        EXPECT_EQ(digits_of(reading.rows[date]), "202605231847");
        EXPECT_EQ(digits_of(reading.rows[1 - date]), "3705");
        const Box& box = reading.rows[date].box;
        EXPECT_NEAR(box.x, 500, 6);
        EXPECT_NEAR(box.y + box.h, y, 6);
        ASSERT_EQ(trace.tile_of_digit.size(), 2u);
        ASSERT_EQ(trace.tile_of_digit[date].size(), reading.rows[date].digits.size());
        ASSERT_EQ(trace.scores.size(), trace.tiles.size());
        for (const int tile : trace.tile_of_digit[date]) ASSERT_LT(static_cast<std::size_t>(tile), trace.tiles.size());
    }
}

TEST(LightText, CanBeLeftOut) {
    cv::Mat grey = page();
    write(grey, "2026-05-23 18:47", {500, 580});
    ReadOptions options;
    options.parts.stages.light_text = false;
    EXPECT_EQ(read(grey, options).rows.size(), 1u);
}

// Dark writing that light spots run through is read once.
TEST(LightText, DarkWritingBesideLightIsNotReadAgain) {
    cv::Mat grey(kPicture, CV_8UC1, cv::Scalar(kPaper));
    cv::putText(grey, "97086", {100, 300}, cv::FONT_HERSHEY_SIMPLEX, 2, kPen, 5, cv::LINE_AA);
    cv::putText(grey, "37054", {500, 575}, cv::FONT_HERSHEY_SIMPLEX, 2, kPen, 5, cv::LINE_AA);
    for (int x = 495; x < 720; x += 12) cv::line(grey, {x, 560}, {x + 4, 560}, kWhite, 2);
    EXPECT_EQ(read(grey).rows.size(), 2u);
}

// Words, and a few spots of light.
TEST(LightText, WhatIsNoNumberIsNotRead) {
    cv::Mat grey = page();
    write(grey, "Camera Model", {500, 580});
    for (int x = 40; x < 160; x += 30) cv::circle(grey, {x, 30}, 6, kWhite, cv::FILLED, cv::LINE_AA);
    const Reading reading = read(grey);
    ASSERT_EQ(reading.rows.size(), 1u);
    EXPECT_EQ(digits_of(reading.rows[0]), "3705");
}

}  // namespace
}  // namespace chiffre
