// style_test.cpp -- a doubtful digit among a page's sure ones, on tiles drawn here.
#include "style.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <random>
#include <string>

namespace chiffre {
namespace {

constexpr ScoreMeaning kRefuses{1.0f, true};

enum class Hands { one, many };

// A digit of a font, turned and scaled a little; of many hands each looks like no other.
Tile tile_of(int digit, std::mt19937& random, Hands hands) {
    std::uniform_real_distribution<double> some(-1, 1);
    Tile tile;
    if (hands == Hands::many) {
        for (std::uint8_t& ink : tile.ink) ink = static_cast<std::uint8_t>(random());
        return tile;
    }
    cv::Mat ink = cv::Mat::zeros(kTileSide, kTileSide, CV_8UC1), moved;
    cv::putText(ink, std::to_string(digit), {8, 25}, cv::FONT_HERSHEY_SIMPLEX, 0.8, 255, 2, cv::LINE_AA);
    const cv::Mat turn = cv::getRotationMatrix2D({16, 16}, 4 * some(random), 1 + 0.05 * some(random));
    cv::warpAffine(ink, moved, turn, ink.size());
    std::copy(moved.begin<std::uint8_t>(), moved.end<std::uint8_t>(), tile.ink.begin());
    return tile;
}

// A page of one row that reads `digits`, all sure but the last, which is in truth `truth`: the network says 1 with 0.6
// and 7 with 0.39 of what it takes for a digit at all, 0.9.
struct Drawn {
    std::mt19937 random{7};
    Page page;

    Drawn(const std::string& digits, int truth, Hands hands = Hands::one) {
        Row row;
        page.assembly.tile_of_digit.emplace_back();
        for (std::size_t i = 0; i < digits.size(); ++i) {
            const bool last = i + 1 == digits.size();
            page.tiles.push_back(tile_of(last ? truth : digits[i] - '0', random, hands));
            Scores scores{};
            scores.fill(std::log(0.001f / 0.1f));
            scores[1] = std::log(0.9f * 0.6f / 0.1f);
            scores[7] = std::log(0.9f * 0.39f / 0.1f);
            page.scores.push_back(scores);
            Digit digit;
            digit.digit = digits[i];
            digit.confidence = last ? 0.6f : 0.99f;
            digit.alternatives = {{digits[i], digit.confidence}};
            row.digits.push_back(digit);
            page.assembly.tile_of_digit.back().push_back(static_cast<int>(i));
        }
        page.assembly.rows.push_back(row);
    }
};

int best_of(const Scores& scores) {
    return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

float digit_probability(const Scores& scores) {
    float sum = 0;
    for (const float p : probabilities(scores, kRefuses)) sum += p;
    return sum;
}

TEST(Style, ADoubtfulDigitIsWhatItLooksLikeOnThisPage) {
    for (const int truth : {1, 7}) {
        Drawn drawn("1717177112233445561", truth);
        const Scores before = drawn.page.scores.back();
        ASSERT_TRUE(compare_with_page(drawn.page, kRefuses));
        const Scores& after = drawn.page.scores.back();
        EXPECT_EQ(best_of(after), truth);
        EXPECT_NEAR(digit_probability(after), digit_probability(before), 1e-4);
        EXPECT_EQ(drawn.page.scores.front(), before);  // the sure ones' stay
    }
}

// None of its kind on the page: that speaks little against it.
TEST(Style, ADigitThatThePageLacksIsNotTalkedAway) {
    Drawn drawn("22334455660088992222331", 1);
    ASSERT_TRUE(compare_with_page(drawn.page, kRefuses));
    EXPECT_EQ(best_of(drawn.page.scores.back()), 1);
}

TEST(Style, FewDigitsTellNothing) {
    Drawn drawn("17171771", 7);
    EXPECT_FALSE(compare_with_page(drawn.page, kRefuses));
    Drawn sure("171717711223344556", 6);
    sure.page.assembly.rows[0].digits.back().alternatives.front().second = 0.99f;
    EXPECT_FALSE(compare_with_page(sure.page, kRefuses));
}

// Where many people wrote, digits are no more alike for being of a kind.
TEST(Style, OfManyHandsLittleIsBelieved) {
    const auto gain = [](Hands hands) {
        Drawn drawn("17171771122334455617177112233445561", 7, hands);
        const Scores before = drawn.page.scores.back();
        compare_with_page(drawn.page, kRefuses);
        const Scores& after = drawn.page.scores.back();
        return (after[7] - after[1]) - (before[7] - before[1]);
    };
    EXPECT_GT(gain(Hands::one), 1.5f);
    EXPECT_LT(std::abs(gain(Hands::many)), 0.5f);
}

}  // namespace
}  // namespace chiffre
