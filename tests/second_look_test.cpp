// second_look_test.cpp -- which of two readings counts, by an engine that changes its mind between them; and that a
// photo looked at again is read at another scale, its boxes in pixels of the photo.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <string>

#include "encode.h"
#include "pipeline.h"

namespace chiffre {
namespace {

constexpr ScoreMeaning kRefuses{1.0f, true};
constexpr float kDoubtful = 1.2f, kSure = 12;  // log-odds that a tile is the digit

// Says one digit for so many calls, and then another.
class Wavering : public Engine {
  public:
    Wavering(float first, float then, int calls) : first_(first), then_(then), calls_(calls) {}
    void classify(std::span<const Tile>, std::span<Scores> scores) override {
        const bool is_first = asked_++ < calls_;
        for (Scores& one : scores) {
            one.fill(-kSure);
            one[is_first ? 7 : 8] = is_first ? first_ : then_;
        }
    }
    std::string device() const override { return "wavering"; }
    int asked() const { return asked_; }

  private:
    float first_, then_;
    int calls_, asked_ = 0;
};

cv::Mat page(cv::Size size) {
    cv::Mat grey(size, CV_8UC1, cv::Scalar(220));
    for (int i = 0; i < 4; ++i)
        cv::putText(grey, std::to_string(2 + i), {60 + 80 * i, 140}, cv::FONT_HERSHEY_SIMPLEX, 2.5, 40, 5, cv::LINE_AA);
    return grey;
}

struct Read {
    Reading reading;
    Trace trace;
    int asked;
};

Read read(const cv::Mat& grey, float first, float then, int calls, bool second_look = true) {
    Wavering engine(first, then, calls);
    ReadOptions options{.turn = 0};
    options.parts.second_look = second_look;
    Read result;
    result.reading = read_photo(test::encode_png(grey), "drawn", {{engine, kRefuses}}, options, &result.trace);
    result.asked = engine.asked();
    return result;
}

// How often the engine is asked in one look.
int calls_of_one_look(const cv::Mat& grey, float log_odds) {
    return read(grey, log_odds, log_odds, 1000, false).asked;
}

void expect_same_places(const Reading& a, const Reading& b, int within_px) {
    ASSERT_EQ(a.rows.size(), 1u);
    ASSERT_EQ(b.rows.size(), 1u);
    ASSERT_EQ(a.rows[0].digits.size(), b.rows[0].digits.size());
    for (std::size_t i = 0; i < a.rows[0].digits.size(); ++i) {
        const Box &p = a.rows[0].digits[i].box, &q = b.rows[0].digits[i].box;
        EXPECT_LE(std::max({std::abs(p.x - q.x), std::abs(p.y - q.y), std::abs(p.x + p.w - q.x - q.w),
                            std::abs(p.y + p.h - q.y - q.h)}),
                  within_px);
    }
}

TEST(SecondLook, TheSurerReadingCountsAtItsOwnScale) {
    for (const auto& [size, scale] : {std::pair{cv::Size(420, 220), 1.4}, std::pair{cv::Size(1200, 800), 0.7}}) {
        const cv::Mat grey = page(size);
        const Read first = read(grey, kDoubtful, kSure, 1000, false);
        ASSERT_EQ(first.reading.rows.at(0).text, "7777");
        const Read second = read(grey, kDoubtful, kSure, first.asked);
        EXPECT_EQ(second.reading.rows.at(0).text, "8888");
        EXPECT_GT(second.asked, first.asked);
        EXPECT_NEAR(second.trace.photo.reduction, 1 / scale, 1e-9);
        EXPECT_EQ(second.trace.photo.grey.cols, cvRound(scale * size.width));
        EXPECT_EQ(cv::Size(second.reading.width, second.reading.height), size);
        expect_same_places(first.reading, second.reading, 3);
    }
}

TEST(SecondLook, AReadingThatIsNoSurerChangesNothing) {
    const cv::Mat grey = page({420, 220});
    const int calls = calls_of_one_look(grey, kDoubtful);
    const Read twice = read(grey, kDoubtful, kDoubtful - 0.3f, calls);
    EXPECT_GT(twice.asked, calls);
    EXPECT_EQ(twice.reading.rows.at(0).text, "7777");
    EXPECT_EQ(twice.trace.photo.reduction, 1);
}

TEST(SecondLook, IsNotTakenWhereTheReadingIsSureOrNothingIsThere) {
    const cv::Mat grey = page({420, 220});
    EXPECT_EQ(read(grey, kSure, kSure, 1000).asked, calls_of_one_look(grey, kSure));
    const cv::Mat blank(220, 420, CV_8UC1, cv::Scalar(220));
    EXPECT_EQ(read(blank, kSure, kSure, 1000).asked, 0);
}

// Where nothing was read, what is read now is to be sure: a page of letters is looked at twice, too.
TEST(SecondLook, OfNothingOnlyASureReadingComes) {
    const cv::Mat grey = page({420, 220});
    const int calls = calls_of_one_look(grey, -kSure);
    EXPECT_EQ(read(grey, -kSure, kSure, calls).reading.rows.at(0).text, "8888");
    EXPECT_TRUE(read(grey, -kSure, -2, calls).reading.rows.empty());
}

}  // namespace
}  // namespace chiffre
