// assemble_test.cpp -- scores -> reading, on rows of marks and scores made by hand: paths, digits, groups.
#include "assemble.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "assemble/confidence.h"
#include "hand_made_rows.h"

namespace chiffre {
namespace {

cv::Rect rect(const Box& box) {
    return {box.x, box.y, box.w, box.h};
}

// ---- the best path ------------------------------------------------------------------------------------------------

// Two marks of a digit's height side by side, and their union. Candidates in the order that order() gives them.
Page two_halves(const Scores& left, const Scores& both, const Scores& right) {
    Page page;
    page.row().mark({100, 100, 10, kHeight}, left);
    page.rows.back().marks.push_back(1);
    page.candidate({0, 2, {100, 100, 24, kHeight}, 2 * kInk}, both);
    page.candidate({1, 2, {114, 100, 10, kHeight}, kInk}, right);
    return page;
}

TEST(BestPath, UnionWhoseHalvesAreNoDigits) {
    const Assembly read = two_halves(kNoDigit, surely(4), scores_of(1, 0.4f, 0.1f)).read();
    EXPECT_EQ(texts(read), Texts{"4"});
    EXPECT_EQ(read.tile_of_digit, (Tiles{{1}}));
    EXPECT_EQ(rect(read.rows[0].digits[0].box), cv::Rect(100, 100, 24, kHeight));
}

TEST(BestPath, HalvesThatAreDigits) {
    const Assembly read = two_halves(surely(1), scores_of(4, 0.6f, 0.2f), surely(7)).read();
    EXPECT_EQ(texts(read), Texts{"17"});
    EXPECT_EQ(read.tile_of_digit, (Tiles{{0, 2}}));
}

// A 1 close to a 0, of a display: to both networks the two together look a little like a 0, too. But the second mark is
// one by itself, which no part of a digit is.
TEST(BestPath, WhatIsADigitByItselfIsNoPartOfOne) {
    const auto surer = [](int digit) { return scores_of(digit, 0.9999f, 5e-5f); };
    const auto read = [&](int right) {
        Page page = two_halves(surer(1), scores_of(0, 0.992f, 0.004f), surer(right));
        page.row();
        for (int i = 0; i < 4; ++i) page.digit(100 + 30 * i, 2 + i, 200);
        std::vector<Scores> context(7);
        context[0][1] = 0.001f;
        context[1][0] = 0.7f;
        context[2][static_cast<std::size_t>(right)] = 0.999f;
        for (std::size_t i = 0; i < 4; ++i) context[3 + i][2 + i] = 0.999f;
        return texts(assemble(page.rows, page.scores, context, kRefuses, kPlain)).front();
    };
    EXPECT_EQ(read(0), "10");
    EXPECT_EQ(read(1), "0");  // two strokes that a pen left apart
}

// Two ways of reading two halves share what probability is left by none; a second row counts on.
TEST(BestPath, SaysHowLikelyEachCandidateIsADigit) {
    Page page = two_halves(surely(1), scores_of(4, 0.9f, 0.05f), surely(7));
    page.row().mark({100, 200, 20, kHeight}, kNoDigit);
    const std::vector<float> share = page.read().digit_share;
    ASSERT_EQ(share.size(), 4u);
    EXPECT_GT(share[0] + share[1], 0.6f);
    EXPECT_LT(share[0] + share[1], 1);
    EXPECT_NEAR(share[0], share[2], 0.1);
    EXPECT_GT(share[0], 0.02f);
    EXPECT_GT(share[1], 0.02f);
    EXPECT_LT(share[3], 0.2f);
}

TEST(BestPath, PlainSoftmaxWeighsUnionAgainstHalves) {
    const Scores doubtful = scores_of(1, 0.5f, 0.5f);
    EXPECT_EQ(texts(two_halves(doubtful, surely(4), doubtful).read(kInsists)), Texts{"4"});
    EXPECT_EQ(texts(two_halves(surely(1), doubtful, surely(7)).read(kInsists)), Texts{"17"});
}

// 0.98 * 0.8 for the halves lies between 0.97 and 0.7 squared, odds counted.
TEST(BestPath, UnionCountsForEachOfItsMarks) {
    const Scores left = scores_of(1, 0.98f, 0.01f), right = scores_of(7, 0.8f, 0.1f);
    EXPECT_EQ(texts(two_halves(left, scores_of(4, 0.97f, 0.01f), right).read()), Texts{"4"});
    EXPECT_EQ(texts(two_halves(left, scores_of(4, 0.7f, 0.05f), right).read()), Texts{"17"});
}

TEST(BestPath, ThreeMarksOfWhichTheLastTwoBelongTogether) {
    Page page;
    page.row().mark({100, 100, 10, kHeight}, surely(9));
    page.candidate({0, 2, {100, 100, 24, kHeight}, 2 * kInk}, scores_of(8, 0.3f, 0.3f));
    page.candidate({1, 2, {114, 100, 10, kHeight}, kInk}, scores_of(1, 0.4f, 0.1f));
    page.candidate({1, 3, {114, 100, 24, kHeight}, 2 * kInk}, surely(5));
    page.candidate({2, 3, {128, 100, 10, kHeight}, kInk}, kNoDigit);
    page.rows.back().marks = {0, 1, 2};
    const Assembly read = page.read();
    EXPECT_EQ(texts(read), Texts{"95"});
    EXPECT_EQ(read.tile_of_digit, (Tiles{{0, 3}}));
}

TEST(BestPath, LowMarkIsNoDigitByItself) {
    for (const ScoreMeaning& meaning : {kRefuses, kInsists}) {
        Page page;
        page.row().digit(100, 2).mark({130, 130, 8, kHeight * 2 / 5}, surely(0)).digit(150, 3);
        EXPECT_EQ(texts(page.read(meaning)), Texts{"23"});
    }
}

// A 5 whose bar runs on into a line, or touches what is as high as it and no digit: a part of the mark is none.
TEST(BestPath, APartOfAMarkMayBeNoDigit) {
    for (const int height : {kHeight / 4, kHeight}) {
        Page page;
        page.row();
        for (int i = 0; i < 4; ++i) page.digit(30 * i, 2 + i);
        const auto add = [&](int first, int last, const cv::Rect& box, int wholes, const Scores& logits) {
            page.candidate({first, last, box, kInk}, logits);
            page.rows.back().candidates.back().wholes = wholes;
        };
        add(4, 6, {120, 100, 2 * kWidth, kHeight}, 1, kNoDigit);
        add(4, 5, {120, 100, kWidth, kHeight}, 0, surely(5));
        add(5, 6, {120 + kWidth, 100, kWidth, height}, 0, kNoDigit);
        page.rows.back().marks.push_back(4);
        const Assembly read = page.read();
        EXPECT_EQ(texts(read), Texts{"23455"}) << height;
        EXPECT_EQ(read.tile_of_digit, (Tiles{{0, 1, 2, 3, 5}}));
    }
}

// ---- digits, rows, pages ------------------------------------------------------------------------------------------

TEST(Assemble, NoDigitsAreDropped) {
    Page page;
    page.row().digit(40, 2).digit(70, 3).digit(100, 4).mark({130, 100, kWidth, kHeight}, kNoDigit);
    page.digit(160, 5).digit(190, 6);
    const Assembly read = page.read();
    EXPECT_EQ(texts(read), Texts{"23456"});
    EXPECT_EQ(read.tile_of_digit, (Tiles{{0, 1, 2, 4, 5}}));
}

TEST(Assemble, PlainSoftmaxDropsNothing) {
    Page page;
    page.row().digit(100, 2).mark({130, 100, kWidth, kHeight}, scores_of(6, 0.2f, 0.8f)).digit(160, 3);
    EXPECT_EQ(texts(page.read(kInsists)), Texts{"263"});
}

TEST(Assemble, NothingIsReadAsNothing) {
    EXPECT_TRUE(Page().read().rows.empty());
    EXPECT_TRUE(Page().read().tile_of_digit.empty());
}

TEST(Assemble, RowsWithoutDigitsAreLeftOutAndTilesStillCounted) {
    Page page;
    page.row().digit(100, 2).digit(130, 4);
    page.row().mark({100, 200, kWidth, kHeight}, kNoDigit);
    page.row().digit(100, 6, 300);
    const Assembly read = page.read();
    EXPECT_EQ(texts(read), (Texts{"24", "6"}));
    EXPECT_EQ(read.tile_of_digit, (Tiles{{0, 1}, {3}}));
}

TEST(Assemble, ConfidenceOfARowIsThatOfAllItsDigits) {
    Page page;
    page.row().mark({100, 100, kWidth, kHeight}, scores_of(2, 0.9f, 0.09f));
    page.mark({130, 100, kWidth, kHeight}, scores_of(3, 0.8f, 0.19f));
    const Assembly read = page.read();
    ASSERT_EQ(texts(read), Texts{"23"});
    EXPECT_NEAR(read.rows[0].digits[0].confidence, kDigitReliance(0.9f), 0.02);
    EXPECT_NEAR(read.rows[0].digits[1].confidence, kDigitReliance(0.8f), 0.02);
    EXPECT_NEAR(read.rows[0].confidence, kRowReliance(0.72f), 0.03);
    EXPECT_NEAR(read.confidence, kPageReliance(0.72f), 0.03);
}

TEST(Assemble, TemperatureSoftensConfidence) {
    Page page;
    page.row().mark({100, 100, kWidth, kHeight}, scores_of(2, 0.9f, 0.1f));
    EXPECT_NEAR(page.read({1, false}).rows[0].confidence, kRowReliance(0.9f), 0.04);
    // Odds against each other digit: 81 at temperature 1, its root at 2.
    EXPECT_NEAR(page.read({2, false}).rows[0].confidence, kRowReliance(0.5f), 0.03);
}

TEST(Assemble, AlternativesAreTheBestThreeBestFirst) {
    Scores logits;
    logits.fill(-9);
    logits[7] = 3, logits[1] = 2, logits[4] = 1;
    Page page;
    page.row().mark({100, 100, kWidth, kHeight}, logits);
    const Digit digit = page.read().rows.at(0).digits.at(0);
    ASSERT_EQ(digit.alternatives.size(), 3u);
    EXPECT_EQ(digit.alternatives[0].first, '7');
    EXPECT_EQ(digit.alternatives[1].first, '1');
    EXPECT_EQ(digit.alternatives[2].first, '4');
    EXPECT_GT(digit.alternatives[1].second, digit.alternatives[2].second);
    EXPECT_EQ(digit.confidence, digit.alternatives[0].second);
}

TEST(Assemble, BelowLeastConfidenceIsAQuestionMark) {
    Page page;
    page.row().mark({100, 100, kWidth, kHeight}, scores_of(2, 0.77f, 0.22f));
    page.mark({130, 100, kWidth, kHeight}, scores_of(3, 0.9f, 0.05f));
    for (const ScoreMeaning& meaning : {kRefuses, kInsists}) {
        const Assembly read = page.read(meaning, {kHeight, 1, 0.88f});
        ASSERT_EQ(texts(read), Texts{"?3"});
        const Digit& rejected = read.rows[0].digits[0];
        EXPECT_EQ(rejected.digit, '?');
        EXPECT_NEAR(rejected.confidence, kDigitReliance(0.77f / 0.99f), 0.06);
        EXPECT_EQ(rejected.alternatives.at(0).first, '2');
        EXPECT_EQ(rejected.alternatives[0].second, rejected.confidence);
    }
}

TEST(Assemble, BoxesAreInFullSizePixels) {
    Page page;
    page.row().mark({100, 90, 20, 40}, surely(2)).mark({130, 100, 24, 44}, surely(3));
    const Assembly read = page.read(kRefuses, {kHeight, 4, 0});
    ASSERT_EQ(texts(read), Texts{"23"});
    EXPECT_EQ(rect(read.rows[0].digits[0].box), cv::Rect(400, 360, 80, 160));
    EXPECT_EQ(rect(read.rows[0].digits[1].box), cv::Rect(520, 400, 96, 176));
    EXPECT_EQ(rect(read.rows[0].box), cv::Rect(400, 360, 216, 216));
}

// ---- groups -------------------------------------------------------------------------------------------------------

TEST(Groups, WideGapsMakeGroups) {
    Page page;
    page.row();
    for (const int x : {50, 85, 120, 300, 335, 600, 635, 670}) page.digit(x, 8);
    const Assembly read = page.read();
    ASSERT_EQ(texts(read), Texts{"888 88 888"});
    std::vector<bool> starts;
    for (const Digit& digit : read.rows[0].digits) starts.push_back(digit.starts_group);
    EXPECT_EQ(starts, (std::vector<bool>{false, false, false, true, false, true, false, false}));
    EXPECT_EQ(texts(page.read(kRefuses, {kHeight, 8, 0})), texts(read));
}

TEST(Groups, EvenGapsMakeNoneHoweverWide) {
    Page page;
    page.row();
    for (int i = 0; i < 6; ++i) page.digit(50 + 100 * i, 2 + i);
    EXPECT_EQ(texts(page.read()), Texts{"234567"});
}

TEST(Groups, NarrowGapsMakeNoneHoweverUneven) {
    Page page;
    page.row();
    for (const int x : {50, 76, 102, 128, 128 + kWidth + kHeight * 8 / 10}) page.digit(x, 8);
    EXPECT_EQ(texts(page.read()), Texts{"88888"});
}

// samples/ruled.jpg: a piece of a ruled line stood in the gap, was dropped as no digit, and had closed the gap.
TEST(Groups, WhatWasDroppedFromAGapDoesNotCloseIt) {
    for (const int speck_x : {152, 165, 178}) {
        Page page;
        page.row().digit(50, 8).digit(80, 8).digit(110, 8);
        page.mark({speck_x, 110, 20, 30}, kNoDigit);
        page.digit(210, 8).digit(240, 8);
        EXPECT_EQ(texts(page.read()), Texts{"888 88"}) << speck_x;
    }
}

TEST(Groups, WhatWasDroppedBeforeTheFirstDigitStartsNoGroup) {
    Page page;
    page.row().mark({0, 100, kWidth, kHeight}, kNoDigit).digit(200, 2).digit(230, 3).digit(260, 4);
    const Assembly read = page.read();
    EXPECT_EQ(texts(read), Texts{"234"});
    EXPECT_FALSE(read.rows[0].digits[0].starts_group);
}

}  // namespace
}  // namespace chiffre
