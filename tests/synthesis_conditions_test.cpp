// synthesis_conditions_test.cpp -- the conditions of real photographs: each is in the pixels, and the truth still
// holds.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>
#include <set>

#include "error.h"
#include "scratch_folder.h"
#include "synthesis/collection.h"
#include "synthesis/paint.h"
#include "synthesis/truth.h"

namespace chiffre::synthesis {
namespace {

// Black on white in even light, but for these effects.
SceneOptions plain_with(std::vector<Effect> effects) {
    SceneOptions options;
    options.width = 640, options.height = 480;
    options.style = Style::plain;
    options.with = std::move(effects);
    return options;
}

cv::Mat grey_of(const Photograph& photograph) {
    cv::Mat grey;
    cv::cvtColor(photograph.rgb, grey, cv::COLOR_RGB2GRAY);
    return grey;
}

// 255 where a plain picture has ink.
cv::Mat ink_of(const Photograph& photograph) {
    cv::Mat ink;
    cv::threshold(grey_of(photograph), ink, 130, 255, cv::THRESH_BINARY_INV);
    return ink;
}

// The connected pieces of the ink.
class Pieces {
  public:
    explicit Pieces(const cv::Mat& ink) { cv::connectedComponents(ink, labels_, 8, CV_32S); }

    // How many pixels each has in a box.
    std::map<int, int> in(const cv::Rect& box) const {
        std::map<int, int> areas;
        for (int y = box.y; y < box.br().y; ++y)
            for (int x = box.x; x < box.br().x; ++x)
                if (const int label = labels_.at<int>(y, x); label > 0) ++areas[label];
        return areas;
    }

    // Whether some piece holds ink of both digits.
    bool join(const WrittenDigit& a, const WrittenDigit& b) const {
        const std::set<int> first = under(a), second = under(b);
        return std::any_of(first.begin(), first.end(), [&](int label) { return second.contains(label); });
    }

  private:
    std::set<int> under(const WrittenDigit& written) const {
        cv::Mat alone = cv::Mat::zeros(labels_.size(), CV_8UC1);
        const cv::Rect box = render(written.shape, alone);
        std::set<int> labels;
        for (int y = box.y; y < box.br().y; ++y)
            for (int x = box.x; x < box.br().x; ++x)
                if (alone.at<std::uint8_t>(y, x) > 127 && labels_.at<int>(y, x) > 0)
                    labels.insert(labels_.at<int>(y, x));
        return labels;
    }

    cv::Mat labels_;
};

// --- every style ---------------------------------------------------------------------------------------------------

class EveryStyle : public testing::TestWithParam<int> {};

TEST_P(EveryStyle, InkIsInTheBoxesAndTheRowsAreInOrder) {
    SceneOptions options;
    options.width = 640, options.height = 480;
    options.style = static_cast<Style>(GetParam());
    options.without = {Effect::printed};
    check(options);
    for (std::uint32_t index = 0; index < 6; ++index) {
        const Scene scene = draw_scene(options, 21, index);
        const Photograph photograph = paint(scene);
        const cv::Mat grey = grey_of(photograph);
        ASSERT_EQ(photograph.boxes.size(), scene.rows.size());
        for (std::size_t r = 0; r < scene.rows.size(); ++r) {
            ASSERT_EQ(photograph.boxes[r].size(), scene.rows[r].size());
            for (std::size_t d = 0; d < scene.rows[r].size(); ++d) {
                const cv::Rect box = photograph.boxes[r][d];
                ASSERT_EQ(box & cv::Rect({}, grey.size()), box);
                ASSERT_GT(box.area(), 0);
                double low = 0, high = 0;
                cv::minMaxLoc(grey(box), &low, &high);
                EXPECT_GT(high - low, 5) << style_name(scene.style) << " " << index;  // faint and dim come to little
            }
            for (std::size_t d = 1; d < scene.rows[r].size(); ++d)
                EXPECT_GT(ink_box(scene.rows[r][d].shape).br().x, ink_box(scene.rows[r][d - 1].shape).br().x);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Styles, EveryStyle, testing::Range(0, kStyles), [](const auto& param) {
    std::string name(style_name(static_cast<Style>(param.param)));
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

TEST(Styles, TheSameSeedDrawsTheSameBytes) {
    const ScratchFolder scratch;
    CollectionOptions options;
    options.count = 30;
    options.scene.width = 320, options.scene.height = 240;
    options.scene.style = Style::any, options.scene.without = {Effect::printed};
    for (const int threads : {1, 3}) {
        options.folder = scratch.path() / std::to_string(threads), options.threads = threads;
        write_collection(options);
    }
    for (const std::string& name : files_in(scratch.path() / "1"))
        EXPECT_EQ(bytes_of(scratch.path() / "1" / name), bytes_of(scratch.path() / "3" / name)) << name;
}

// What one effect draws must not move another's numbers: collections stay comparable when effects are added.
TEST(Styles, AnEffectLeavesTheRestOfThePictureAsItWas) {
    for (const Effect effect : {Effect::stains, Effect::bleed, Effect::blocks, Effect::glare, Effect::dim, Effect::cast,
                                Effect::faint, Effect::bold, Effect::stamp, Effect::inverse})
        for (std::uint32_t index = 0; index < 3; ++index) {
            const Scene before = draw_scene(plain_with({}), 5, index),
                        after = draw_scene(plain_with({effect}), 5, index);
            EXPECT_EQ(paint(before).boxes, paint(after).boxes) << effect_name(effect);
            EXPECT_EQ(before.paper_colour.r, after.paper_colour.r) << effect_name(effect);
        }
}

// --- digits that touch, digits in pieces ---------------------------------------------------------------------------

TEST(Touching, PairsAreOnePieceAndOthersAreNot) {
    int touching = 0;
    for (std::uint32_t index = 0; index < 20; ++index) {
        const Scene scene = draw_scene(plain_with({Effect::touching}), 31, index);
        const Photograph photograph = paint(scene);
        const Pieces pieces(ink_of(photograph));
        for (std::size_t r = 0; r < scene.rows.size(); ++r) {
            const WrittenRow& row = scene.rows[r];
            for (std::size_t d = 1; d < row.size(); ++d) {
                EXPECT_EQ(pieces.join(row[d - 1], row[d]), row[d].touches)
                    << "picture " << index << " row " << r << " digit " << d;
                EXPECT_FALSE(row[d].touches && row[d - 1].touches) << "three in a chain";
                touching += row[d].touches;
            }
        }
    }
    EXPECT_GT(touching, 40);
}

TEST(Touching, TriplesAreChainsOfThree) {
    int chains = 0;
    for (std::uint32_t index = 0; index < 20; ++index) {
        const Scene scene = draw_scene(plain_with({Effect::triples}), 32, index);
        const Photograph photograph = paint(scene);
        const Pieces pieces(ink_of(photograph));
        for (const WrittenRow& row : scene.rows)
            for (std::size_t d = 2; d < row.size(); ++d) {
                if (!row[d].touches || !row[d - 1].touches) continue;
                ++chains;
                EXPECT_FALSE(row[d - 2].touches) << "four in a chain";
                EXPECT_TRUE(pieces.join(row[d - 2], row[d - 1])) << index;
                EXPECT_TRUE(pieces.join(row[d - 1], row[d])) << index;
            }
    }
    EXPECT_GT(chains, 20);
}

// The share of digits whose ink comes in several pieces, each larger than a speck.
double share_in_pieces(const SceneOptions& options) {
    int all = 0, in_pieces = 0;
    for (std::uint32_t index = 0; index < 15; ++index) {
        const Photograph photograph = paint(draw_scene(options, 33, index));
        const Pieces pieces(ink_of(photograph));
        for (const auto& row : photograph.boxes)
            for (const cv::Rect& box : row) {
                int large = 0;
                for (const auto& [label, area] : pieces.in(box)) large += area >= 4;
                ++all, in_pieces += large > 1;
            }
    }
    return static_cast<double>(in_pieces) / all;
}

TEST(Broken, MostDigitsAreInPieces) {
    SceneOptions options = plain_with({Effect::broken});
    options.rows = {1, 3}, options.digits = {1, 5};  // large
    EXPECT_GT(share_in_pieces(options), 0.5);
    options.with = {};
    EXPECT_LT(share_in_pieces(options), 0.15);  // some people lift the pen, some digits interlock
}

TEST(Display, SegmentsDoNotTouch) {
    SceneOptions options = plain_with({Effect::display});
    options.rows = {1, 2}, options.digits = {2, 4};
    for (std::uint32_t index = 0; index < 12; ++index) {
        Scene scene = draw_scene(options, 34, index);
        cv::Mat ink = cv::Mat::zeros(scene.height, scene.width, CV_8UC1);
        for (const WrittenRow& row : scene.rows)
            for (const WrittenDigit& written : row) {
                ink.setTo(0);
                const cv::Rect box = render(written.shape, ink);
                cv::threshold(ink, ink, 127, 255, cv::THRESH_BINARY);
                EXPECT_EQ(Pieces(ink).in(box).size(), written.shape.outlines.size());
                EXPECT_GE(written.shape.outlines.size(), 2u);  // of a 1
            }
    }
}

// --- turn and frame ------------------------------------------------------------------------------------------------

TEST(Turned, BackTurnedItIsTheUprightPicture) {
    std::set<int> turns;
    for (std::uint32_t index = 0; index < 12; ++index) {
        const Scene turned = draw_scene(plain_with({Effect::turned}), 41, index);
        const Photograph upright = paint(draw_scene(plain_with({}), 41, index)), photograph = paint(turned);
        turns.insert(turned.quarter_turns);
        cv::Mat back = photograph.rgb;
        for (int quarter = 0; quarter < turned.quarter_turns; ++quarter)
            cv::rotate(back.clone(), back, cv::ROTATE_90_COUNTERCLOCKWISE);
        ASSERT_EQ(back.size(), upright.rgb.size());
        EXPECT_EQ(cv::norm(back, upright.rgb, cv::NORM_INF), 0);
        const bool sideways = turned.quarter_turns % 2 == 1;
        EXPECT_EQ(photograph.rgb.cols, sideways ? upright.rgb.rows : upright.rgb.cols);

        // The same marked in both: a box painted upright and turned is the turned box.
        const cv::Rect box = upright.boxes[0][0];
        cv::Mat mark = cv::Mat::zeros(upright.rgb.size(), CV_8UC1);
        mark(box).setTo(255);
        for (int quarter = 0; quarter < turned.quarter_turns; ++quarter)
            cv::rotate(mark.clone(), mark, cv::ROTATE_90_CLOCKWISE);
        EXPECT_EQ(cv::boundingRect(mark), photograph.boxes[0][0]);

        const auto record = nlohmann::json::parse(truth_line("a.jpg", turned, photograph, 41, index));
        EXPECT_EQ(record["turn"], 90 * turned.quarter_turns);
        EXPECT_EQ(record["width"], photograph.rgb.cols);
        EXPECT_EQ(record["rows"][0]["text"], text_of(turned.rows[0]));
    }
    EXPECT_EQ(turns, (std::set<int>{1, 2, 3}));
}

TEST(Cropped, SomeDigitsTouchTheBorder) {
    int touching = 0;
    for (std::uint32_t index = 0; index < 20; ++index) {
        SceneOptions options = plain_with({Effect::cropped});
        options.rows = {1, 1}, options.digits = {1, 3};
        const Photograph photograph = paint(draw_scene(options, 42, index));
        const cv::Size size = photograph.rgb.size();
        EXPECT_LT(size.area(), 640 * 480);
        cv::Mat edge = ink_of(photograph);
        edge(cv::Rect(1, 1, size.width - 2, size.height - 2)).setTo(0);
        touching += cv::countNonZero(edge) > 0;
        for (const cv::Rect& box : photograph.boxes[0]) EXPECT_EQ(box & cv::Rect({}, size), box);
    }
    EXPECT_GT(touching, 8);
}

TEST(Coarse, DigitsAreTenToFourteenPixelsHigh) {
    for (std::uint32_t index = 0; index < 10; ++index) {
        const Scene scene = draw_scene(plain_with({Effect::coarse}), 43, index);
        EXPECT_GE(scene.digit_px, 8);
        EXPECT_LE(scene.digit_px, 14);
    }
}

// --- what stands between the digits --------------------------------------------------------------------------------

TEST(Letters, AreInThePictureAndNotInTheTruth) {
    SceneOptions options = plain_with({Effect::letters});
    options.rows = {3, 5}, options.digits = {2, 5};
    int rows_with_marks = 0;
    for (std::uint32_t index = 0; index < 10; ++index) {
        const Scene scene = draw_scene(options, 51, index);
        const Photograph photograph = paint(scene);
        cv::Mat outside = ink_of(photograph);
        for (const auto& row : photograph.boxes)
            for (const cv::Rect& box : row) outside(box).setTo(0);
        EXPECT_EQ(cv::countNonZero(outside) > 0, !scene.marks.empty());
        rows_with_marks += !scene.marks.empty();
        for (const WrittenRow& row : scene.rows)
            EXPECT_EQ(text_of(row).find_first_not_of("0123456789 "), std::string::npos);
    }
    EXPECT_GT(rows_with_marks, 8);
}

TEST(Inverse, TheLastRowIsLightOnDarkAndTheOthersAreNot) {
    for (std::uint32_t index = 0; index < 5; ++index) {
        SceneOptions options = plain_with({Effect::inverse});
        options.rows = Range{2, 4};
        const Photograph photograph = paint(draw_scene(options, 12, index));
        const cv::Mat grey = grey_of(photograph);
        for (const auto& row : photograph.boxes) {
            cv::Rect all;
            for (const cv::Rect& box : row) {
                cv::Scalar mean, deviation;
                cv::meanStdDev(grey(box), mean, deviation);
                EXPECT_GT(deviation[0], 20) << index;  // ink on ground
                all |= box;
            }
            EXPECT_EQ(cv::mean(grey(all))[0] < 130, &row == &photograph.boxes.back()) << index;
        }
    }
}

TEST(Uneven, HeightsSpreadMoreAndTailsHangBelow) {
    const auto spread = [](const std::vector<Effect>& with) {
        double highest = 0, sum = 0;
        for (std::uint32_t index = 0; index < 20; ++index) {
            const Scene scene = draw_scene(plain_with(with), 31, index);
            for (const WrittenRow& row : scene.rows)
                for (const WrittenDigit& written : row) {
                    const double height = ink_box(written.shape).height / scene.digit_px;
                    highest = std::max(highest, height);
                    sum += std::abs(std::log(height));
                }
        }
        return std::pair{highest, sum};
    };
    const auto even = spread({}), uneven = spread({Effect::uneven});
    EXPECT_LT(even.first, 1.4);
    EXPECT_GT(uneven.first, 1.5);
    EXPECT_GT(uneven.second, 1.5 * even.second);
}

// Within the line there is paper, and all of it is within the box.
TEST(Outlined, DigitsAreALineAroundPaper) {
    for (std::uint32_t index = 0; index < 5; ++index) {
        const Scene filled = draw_scene(plain_with({}), 33, index),
                    scene = draw_scene(plain_with({Effect::outlined}), 33, index);
        EXPECT_EQ(filled.outline_px, 0);
        ASSERT_GT(scene.outline_px, 0);
        const Photograph photograph = paint(scene);
        const cv::Mat ink = grey_of(photograph) < 128;
        cv::Mat outside = ink.clone();
        for (const auto& row : photograph.boxes)
            for (const cv::Rect& box : row) {
                cv::Mat thick;
                cv::erode(ink(box), thick, cv::Mat::ones(2 * scene.outline_px + 3, 2 * scene.outline_px + 3, CV_8U));
                EXPECT_LT(cv::countNonZero(thick), 0.1 * cv::countNonZero(ink(box))) << index;
                std::vector<std::vector<cv::Point>> contours;
                cv::findContours(ink(box).clone(), contours, cv::RETR_CCOMP, cv::CHAIN_APPROX_NONE);
                EXPECT_GE(contours.size(), 2u) << index;
                outside(box) = 0;
            }
        EXPECT_EQ(cv::countNonZero(outside), 0) << index;
    }
}

TEST(Forms, LinesAreThereAndTheDigitsAreApart) {
    for (const Effect form : {Effect::cells, Effect::comb, Effect::sudoku})
        for (std::uint32_t index = 0; index < 5; ++index) {
            const Scene scene = draw_scene(plain_with({form}), 52, index);
            EXPECT_FALSE(scene.beneath.empty()) << effect_name(form);
            const Photograph photograph = paint(scene);
            for (const auto& row : photograph.boxes)
                for (std::size_t d = 1; d < row.size(); ++d) EXPECT_GT(row[d].x, row[d - 1].br().x);
        }
}

// --- options -------------------------------------------------------------------------------------------------------

TEST(Options, WhatCannotBeIsRefused) {
    EXPECT_THROW(check(plain_with({Effect::display, Effect::pencil})), Error);
    EXPECT_THROW(check(plain_with({Effect::sudoku, Effect::comb})), Error);
    EXPECT_THROW(check(plain_with({Effect::printed})), Error);  // no fonts
    SceneOptions options = plain_with({Effect::touching});
    options.digits = {1, 1};
    EXPECT_THROW(check(options), Error);
    options.digits = {1, 2};
    EXPECT_NO_THROW(check(options));
}

TEST(Print, FiguresOfThisMachinesFonts) {
    const std::filesystem::path folder = "/usr/share/fonts";
    std::vector<FontFigures> fonts;
    try {
        fonts = load_figures(folder, false);
    } catch (const Error& error) {
        GTEST_SKIP() << error.what();
    }
    SceneOptions options = plain_with({Effect::printed});
    options.fonts = std::move(fonts);
    check(options);
    for (std::uint32_t index = 0; index < 10; ++index) {
        const Scene scene = draw_scene(options, 61, index);
        EXPECT_FALSE(scene.printed.empty());
        const Photograph photograph = paint(scene);
        const cv::Mat ink = ink_of(photograph);
        for (const auto& row : photograph.boxes)
            for (const cv::Rect& box : row) EXPECT_GT(cv::countNonZero(ink(box)), 0) << scene.printed;
    }
}

}  // namespace
}  // namespace chiffre::synthesis
