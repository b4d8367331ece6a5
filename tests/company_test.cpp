// company_test.cpp -- what neighbours, the page's other digits and words say of a mark, on rows made by hand.
#include <gtest/gtest.h>

#include "assemble.h"
#include "hand_made_rows.h"

namespace chiffre {
namespace {

// ---- words --------------------------------------------------------------------------------------------------------

// "Total 60134" and its like: o, a and l look like 0, 9 and 1 by themselves.
TEST(Words, LettersThatLookLikeDigitsGoWithTheirWord) {
    Page page;
    page.row().mark({0, 100, kWidth, kHeight}, kNoDigit).mark({30, 116, kWidth, 24}, surely(0));
    page.mark({60, 100, kWidth, kHeight}, kNoDigit).mark({90, 116, kWidth, 24}, surely(9));
    page.mark({120, 100, 8, kHeight}, surely(1));
    for (int i = 0; i < 5; ++i) page.digit(180 + 30 * i, 2 + i);
    EXPECT_EQ(texts(page.read()), Texts{"23456"});
}

// The writer's 9 has a tail: nothing else in its favour, and nothing against it.
TEST(Company, LongTailIsNoReasonToDropADigit) {
    Page page;
    page.row();
    for (int i = 0; i < 9; ++i) page.digit(30 * i, i);
    page.mark({290, 100, kWidth, kHeight * 9 / 5}, scores_of(9, 0.9999f, 5e-5f), 8 * kHeight);
    EXPECT_EQ(texts(page.read()), Texts{"0123456789"});
}

// The number of the page in its corner, twice as high and bold as what stands on it, and one large digit by itself.
TEST(Company, NumbersComeInSeveralSizes) {
    for (const int digits : {1, 2}) {
        Page page;
        page.row();
        for (int i = 0; i < digits; ++i) page.mark({70 * i, 0, 2 * kWidth, 2 * kHeight}, surely(2 + 5 * i), 4 * kInk);
        for (int r = 0; r < 3; ++r) {
            page.row();
            for (int i = 0; i < 8; ++i) page.digit(30 * i, 2 + i % 8, 100 + 100 * r);
        }
        EXPECT_EQ(texts(page.read()).front(), digits == 1 ? "2" : "27");
    }
}

// Two bars as high as a column is no 11, however much they are alike.
TEST(Company, TwoTallStrokesDoNotVouchForEachOther) {
    Page page;
    page.row().mark({0, 0, 12, 3 * kHeight}, surely(1), kInk).mark({40, 0, 12, 3 * kHeight}, surely(1), kInk);
    for (int r = 0; r < 3; ++r) {
        page.row();
        for (int i = 0; i < 8; ++i) page.digit(30 * i, 2 + i % 8, 200 + 100 * r);
    }
    EXPECT_EQ(texts(page.read()).front(), "23456789");
}

// The edge of a stain looks like a 1. In a row of their own two strokes are more likely digits than one.
TEST(Company, AStrokeInARowOfItsOwnIsHardlyADigit) {
    const auto read = [](int strokes) {
        Page page;
        for (int r = 0; r < 2; ++r) {
            page.row();
            for (int i = 0; i < 8; ++i) page.digit(30 * i, 2 + i % 8, 100 + 100 * r);
        }
        page.row().mark({60, 260, kWidth, kHeight}, kNoDigit);
        page.row();
        for (int i = 0; i < strokes; ++i) page.mark({60 + 25 * i, 300, 8, kHeight}, scores_of(1, 0.94f, 0.01f));
        return page.read().rows.size();
    };
    EXPECT_EQ(read(1), 2u);
    EXPECT_EQ(read(2), 3u);
}

// A sign that neither network knows well is a digit on a page of digits, and none where letters stand.
TEST(Company, DoubtfulMarkIsWhatThePageIs) {
    const auto with = [](const Scores& others, int far) {
        Page page;
        for (int r = 0; r < 3; ++r) {
            page.row();
            for (int i = 0; i < 8; ++i) page.digit(30 * i, 2 + i, 100 + 100 * r);
        }
        page.row();
        for (int i = 0; i < 6; ++i) page.mark({30 * i, 400, kWidth, kHeight}, others);
        page.row().mark({far, 500, kWidth, kHeight}, scores_of(2, 0.9f, 0.05f));
        std::vector<Scores> context(page.scores.size());
        for (std::size_t i = 0; i + 7 < context.size(); ++i) context[i][2 + i % 8] = 0.999f;
        for (std::size_t i = context.size() - 7; i + 1 < context.size(); ++i)
            if (others[5] > 0) context[i][5] = 0.999f;
        context.back()[2] = 0.16f;
        const Texts read = texts(assemble(page.rows, page.scores, context, kRefuses, kPlain));
        return read.back();
    };
    EXPECT_EQ(with(surely(5), 100), "2");
    EXPECT_EQ(with(kNoDigit, 100), "23456789");
}

// A display's 4 has no bar at the top and none at the bottom; among bold ones it is as low as letters are.
TEST(Company, LowFoursOfADisplayGoWithTheOthers) {
    constexpr int kBar = 7;
    Page page;
    page.row();
    int i = 0;
    for (const int digit : {7, 4, 4, 3, 5, 0, 9, 4}) {
        const int bars = digit == 4 ? 2 : digit == 7 ? 1 : 0, height = kHeight - bars * kBar;
        page.rows.back().marks.push_back(i);
        page.candidate({i, i + 1, {10 + 30 * i, 100, kWidth, height}, kBar * height * 5 / 2, 1, 0, true},
                       scores_of(digit, 0.9999f, 5e-5f));
        ++i;
    }
    EXPECT_EQ(texts(page.read()), Texts{"74435094"});
}

// x-height letters are lower than the page's digits, whatever the network makes of them.
TEST(Words, LowLettersAreNoCompanyOfDigits) {
    Page page;
    page.row();
    for (int i = 0; i < 6; ++i) page.digit(30 * i, 2 + i);
    page.mark({220, 121, kWidth, 19}, scores_of(9, 0.95f, 0.03f)).mark({250, 121, kWidth, 19}, kNoDigit);
    EXPECT_EQ(texts(page.read()), Texts{"234567"});
}

TEST(Words, DoubtfulDigitAmidDigitsStays) {
    Page page;
    page.row().digit(0, 2).digit(30, 3).mark({60, 100, kWidth, kHeight}, scores_of(7, 0.3f, 0.05f)).digit(90, 4);
    std::vector<Scores> context(4);
    context[0][2] = context[1][3] = context[2][7] = context[3][4] = 0.95f;
    EXPECT_EQ(texts(assemble(page.rows, page.scores, context, kRefuses, kPlain)), Texts{"2374"});
    context[2][7] = 0.01f;  // it does not look like one where it stands
    EXPECT_EQ(texts(assemble(page.rows, page.scores, context, kRefuses, kPlain)), Texts{"234"});
}

// ---- strays -------------------------------------------------------------------------------------------------------

// `others` digits that are no 1 in one row, and a mark read as a 1.
Assembly with_one(int others, const cv::Rect& box, int ink_px) {
    Page page;
    page.row();
    for (int i = 0; i < others; ++i) page.digit(100 + 30 * i, 2 + i % 8);
    page.row().mark(box, surely(1), ink_px);
    return page.read();
}
const Texts kKept{"2345", "1"}, kDropped{"2345"};

TEST(Strays, OneThatIsLikeTheOthersStays) {
    EXPECT_EQ(texts(with_one(4, {100, 200, 8, kHeight}, kInk / 2)), kKept);
}

TEST(Strays, ThinOneGoes) {
    EXPECT_EQ(texts(with_one(4, {100, 200, 8, kHeight}, kInk / 8)), kDropped);
}

TEST(Strays, FarOneGoes) {
    EXPECT_EQ(texts(with_one(4, {100, 140 + 4 * kHeight, 8, kHeight}, kInk / 2)), kKept);
    EXPECT_EQ(texts(with_one(4, {100, 140 + 6 * kHeight, 8, kHeight}, kInk / 2)), kDropped);
}

TEST(Strays, ShortOneAndTallOneGo) {
    const int low = kHeight / 2 - 1;
    Page page;  // the typical height of the marks is less here, else it would be too low for any digit
    page.row();
    for (int i = 0; i < 4; ++i) page.digit(100 + 30 * i, 2 + i);
    page.row().mark({100, 200, 6, low}, surely(1));
    EXPECT_EQ(texts(page.read(kRefuses, {0.8f * kHeight, 1, 0})), kDropped);
    EXPECT_EQ(texts(with_one(4, {100, 200, 8, kHeight * 3 / 2}, kInk)), kKept);
    EXPECT_EQ(texts(with_one(4, {100, 200, 8, kHeight * 5 / 2}, kInk)), kDropped);
}

TEST(Strays, FewOthersJudgeNothing) {
    EXPECT_EQ(texts(with_one(3, {100, 140 + 20 * kHeight, 8, kHeight}, kInk / 8)), (Texts{"234", "1"}));
}

TEST(Strays, OnlyOnesAreStrays) {
    Page page;
    page.row();
    for (int i = 0; i < 4; ++i) page.digit(100 + 30 * i, 2 + i);
    page.row().mark({100, 140 + 20 * kHeight, 8, kHeight}, surely(7), kInk / 8);
    EXPECT_EQ(texts(page.read()), (Texts{"2345", "7"}));
}

TEST(Strays, PageOfOnesKeepsThemAll) {
    Page page;
    page.row();
    for (int i = 0; i < 8; ++i) page.mark({100 + 20 * i, 100, 6, kHeight + 5 * i}, surely(1), kInk / (1 + i));
    page.row().mark({2000, 2000, 6, kHeight}, surely(1));
    EXPECT_EQ(texts(page.read()), (Texts{"11111111", "1"}));
}

TEST(Strays, StrayInAGapDoesNotCloseIt) {
    Page page;
    page.row().digit(50, 2).digit(80, 3).digit(110, 4).mark({165, 100, 8, kHeight}, surely(1), kInk / 8);
    page.digit(210, 5).digit(240, 6);
    const Assembly read = page.read();
    EXPECT_EQ(texts(read), Texts{"234 56"});
    EXPECT_EQ(read.tile_of_digit, (Tiles{{0, 1, 2, 4, 5}}));
}

}  // namespace
}  // namespace chiffre
