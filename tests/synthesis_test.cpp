// synthesis_test.cpp -- drawn handwriting and photographs: what the truth says is checked against the pixels.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <set>
#include <sstream>

#include "decode.h"
#include "error.h"
#include "report/jpeg_writer.h"
#include "scratch_folder.h"
#include "synthesis/allographs.h"
#include "synthesis/collection.h"
#include "synthesis/paint.h"
#include "synthesis/truth.h"

namespace chiffre::synthesis {
namespace {

using training::Stream;

constexpr Style kGeneral[] = {Style::plain, Style::paper, Style::board, Style::hard};

SceneOptions small_scene(Style style) {
    SceneOptions options;
    options.width = 320, options.height = 240;
    options.style = style;
    options.without = {Effect::printed};  // not every machine has the fonts
    return options;
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
    std::istringstream text(bytes_of(path));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
}

// --- strokes -------------------------------------------------------------------------------------------------------

TEST(Render, BarHasItsArea) {
    for (const float radius : {0.3f, 1.0f, 4.0f, 9.5f}) {
        cv::Mat ink = cv::Mat::zeros(120, 160, CV_8UC1);
        render({{{30.3f, 40.6f, radius}, {110.1f, 77.2f, radius}}}, ink);
        const double length = std::hypot(110.1 - 30.3, 77.2 - 40.6);
        const double area = 2 * radius * length + std::numbers::pi * radius * radius;
        EXPECT_NEAR(cv::sum(ink)[0] / 255, area, 0.04 * area + 1) << "radius " << radius;
    }
}

TEST(Render, BoxIsThatOfTheInk) {
    cv::Mat ink = cv::Mat::zeros(50, 60, CV_8UC1);
    const cv::Rect box = render({{{12.0f, 9.5f, 2}, {30.2f, 40, 3}}}, ink);
    EXPECT_EQ(box, cv::boundingRect(ink));
}

TEST(Render, OutsideIsCutOff) {
    cv::Mat ink = cv::Mat::zeros(20, 20, CV_8UC1);
    EXPECT_EQ(render({{{-40, -40, 2}, {-30, -30, 2}}}, ink), cv::Rect());
    EXPECT_EQ(cv::countNonZero(ink), 0);
    EXPECT_EQ(render({{{-10, 10, 2}, {30, 10, 2}}}, ink).width, 20);
}

TEST(Glyphs, EveryFormStandsOnItsLine) {
    for (int digit = 0; digit < 10; ++digit)
        for (std::size_t form = 0; form < allographs(digit).size(); ++form) {
            Hand hand;  // an average one
            hand.allograph[digit] = static_cast<int>(form);
            Random random(1, Stream::pages, 0, static_cast<std::uint32_t>(digit));
            const cv::Rect2f box = ink_box(draw_digit(digit, hand, random));
            const std::string name = std::to_string(digit) + " " + allographs(digit)[form].name;
            EXPECT_NEAR(box.x, 0, 1e-5) << name;
            EXPECT_NEAR(box.y, 0, 0.35) << name;
            EXPECT_NEAR(box.br().y, 1, 0.35) << name;
            EXPECT_LT(box.width, 1.0) << name;
        }
}

TEST(Glyphs, HandsDifferAndRepeat) {
    std::set<std::string> seen;
    for (std::uint32_t index = 0; index < 20; ++index) {
        const auto draw = [&] {
            Random random(3, Stream::pages, 0, index);
            const Hand hand = draw_hand(random);
            cv::Mat ink = cv::Mat::zeros(60, 80, CV_8UC1);
            render(placed(draw_digit(5, hand, random), 40, {15, 10}), ink);
            return std::string(ink.begin<char>(), ink.end<char>());
        };
        const std::string ink = draw();
        EXPECT_EQ(ink, draw());
        seen.insert(ink);
    }
    EXPECT_EQ(seen.size(), 20u);
}

// --- scenes --------------------------------------------------------------------------------------------------------

TEST(Scene, DigitsNeitherTouchNorLeaveThePicture) {
    for (const Style style : kGeneral)
        for (std::uint32_t index = 0; index < 25; ++index) {
            const Scene scene = draw_scene(small_scene(style), 7, index);
            cv::Mat taken = cv::Mat::zeros(scene.height, scene.width, CV_8UC1);
            for (const WrittenRow& row : scene.rows)
                for (const WrittenDigit& written : row) {
                    cv::Mat alone = cv::Mat::zeros(taken.size(), CV_8UC1), wider;
                    const cv::Rect box = render(written.shape, alone);
                    ASSERT_GT(box.x, 0);
                    ASSERT_GT(box.y, 0);
                    ASSERT_LT(box.br().x, scene.width);
                    ASSERT_LT(box.br().y, scene.height);
                    cv::dilate(alone, wider, cv::Mat::ones(3, 3, CV_8UC1));
                    ASSERT_EQ(cv::countNonZero(wider & taken), 0) << style_name(style) << " " << index;
                    taken |= alone;
                }
        }
}

TEST(Scene, GroupsAreClearlyApart) {
    for (std::uint32_t index = 0; index < 40; ++index) {
        SceneOptions options = small_scene(Style::plain);
        options.width = 1200, options.height = 900, options.digits = {6, 12};
        const Scene scene = draw_scene(options, 11, index);
        for (const WrittenRow& row : scene.rows)
            for (std::size_t i = 1; i < row.size(); ++i) {
                const float gap = ink_box(row[i].shape).x - ink_box(row[i - 1].shape).br().x;
                EXPECT_EQ(gap > scene.digit_px, row[i].starts_group) << "gap " << gap << " of " << scene.digit_px;
            }
    }
}

TEST(Scene, CountsStayInTheirRanges) {
    SceneOptions options;
    options.rows = {2, 3}, options.digits = {4, 6};
    for (std::uint32_t index = 0; index < 30; ++index) {
        const Scene scene = draw_scene(options, 5, index);
        EXPECT_GE(scene.rows.size(), 2u);
        EXPECT_LE(scene.rows.size(), 3u);
        for (const WrittenRow& row : scene.rows) {
            EXPECT_GE(row.size(), 4u);
            EXPECT_LE(row.size(), 6u);
        }
    }
}

TEST(Scene, WithAndWithoutDecideOverTheStyle) {
    SceneOptions options = small_scene(Style::plain);
    options.with = {Effect::ruled, Effect::blur, Effect::table, Effect::shadow};
    options.without = {Effect::blur};
    const Scene with = draw_scene(options, 1, 0);
    EXPECT_EQ(with.ruling, Ruling::lines);
    EXPECT_FALSE(with.paper_outline.empty());
    EXPECT_GT(with.shadow, 0);
    EXPECT_EQ(with.blur_px, 0);

    options = small_scene(Style::hard);
    for (int i = 0; i < kEffects; ++i) options.without.push_back(static_cast<Effect>(i));
    const Scene bare = draw_scene(options, 1, 0);
    EXPECT_EQ(bare.ruling, Ruling::none);
    EXPECT_EQ(bare.noise, 0);
    EXPECT_EQ(bare.shadow, 0);
    EXPECT_EQ(bare.camera.tilt, 0);
    EXPECT_EQ(bare.ink, "black");
}

TEST(Scene, TextHasOneSpaceBetweenGroups) {
    const WrittenRow row = {{4, false, {}, false}, {7, false, {}, false}, {1, true, {}, false}, {0, false, {}, false}};
    EXPECT_EQ(text_of(row), "47 10");
}

TEST(Scene, TooSmallAPictureIsRefused) {
    SceneOptions options;
    options.width = 100, options.height = 100, options.rows = {8, 8};
    EXPECT_THROW(check(options), Error);
    options.rows = {1, 8}, options.digits = {1, 12};
    EXPECT_NO_THROW(check(options));
}

// --- pixels --------------------------------------------------------------------------------------------------------

TEST(Paint, BoxesHoldAllInkAndNothingElse) {
    for (std::uint32_t index = 0; index < 10; ++index) {
        const Scene scene = draw_scene(small_scene(Style::plain), 2, index);
        const Photograph photograph = paint(scene);
        cv::Mat grey, ink;
        cv::cvtColor(photograph.rgb, grey, cv::COLOR_RGB2GRAY);
        cv::threshold(grey, ink, 200, 255, cv::THRESH_BINARY_INV);
        cv::Mat outside = ink.clone();
        for (const auto& row : photograph.boxes)
            for (const cv::Rect& box : row) {
                // The outermost pixels may be covered by less than the threshold shows.
                const cv::Rect inked = cv::boundingRect(ink(box));
                EXPECT_LE(inked.x, 1);
                EXPECT_LE(inked.y, 1);
                EXPECT_GE(inked.width, box.width - 2);
                EXPECT_GE(inked.height, box.height - 2);
                outside(box).setTo(0);
            }
        EXPECT_EQ(cv::countNonZero(outside), 0) << "picture " << index;
    }
}

TEST(Paint, BoardsAreDarkAndPaperIsLight) {
    const double board = cv::mean(paint(draw_scene(small_scene(Style::board), 4, 0)).rgb)[1];
    const double paper = cv::mean(paint(draw_scene(small_scene(Style::plain), 4, 0)).rgb)[1];
    EXPECT_LT(board, 100);
    EXPECT_GT(paper, 180);
}

TEST(Jpeg, ComesBackAsItWas) {
    const Photograph photograph = paint(draw_scene(small_scene(Style::plain), 9, 0));
    const std::string bytes = encode_jpeg(photograph.rgb, 95);
    const Photo photo = decode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "drawn");
    cv::Mat grey;
    cv::cvtColor(photograph.rgb, grey, cv::COLOR_RGB2GRAY);
    ASSERT_EQ(photo.grey.size(), grey.size());
    EXPECT_LT(cv::norm(photo.grey, grey, cv::NORM_L1) / static_cast<double>(grey.total()), 1.5);
}

// --- collections ---------------------------------------------------------------------------------------------------

CollectionOptions small_collection(const std::filesystem::path& folder) {
    CollectionOptions options;
    options.folder = folder;
    options.count = 12;
    options.scene = small_scene(Style::mixed);
    return options;
}

TEST(Collection, IsTheSameForEveryNumberOfThreads) {
    const ScratchFolder scratch;
    for (const int threads : {1, 2, 7}) {
        CollectionOptions options = small_collection(scratch.path() / std::to_string(threads));
        options.threads = threads;
        write_collection(options);
    }
    const auto names = files_in(scratch.path() / "1");
    EXPECT_EQ(names.size(), 14u);
    for (const char* other : {"2", "7"}) {
        ASSERT_EQ(files_in(scratch.path() / other), names);
        for (const std::string& name : names)
            EXPECT_EQ(bytes_of(scratch.path() / "1" / name), bytes_of(scratch.path() / other / name)) << name;
    }
}

TEST(Collection, AnotherSeedDrawsOtherPictures) {
    const ScratchFolder scratch;
    CollectionOptions options = small_collection(scratch.path() / "a");
    options.count = 1;
    write_collection(options);
    options.folder = scratch.path() / "b", options.seed = 2;
    write_collection(options);
    EXPECT_NE(bytes_of(scratch.path() / "a/000000.jpg"), bytes_of(scratch.path() / "b/000000.jpg"));
}

TEST(Collection, RecordsAgree) {
    const ScratchFolder scratch;
    CollectionOptions options = small_collection(scratch.path());
    options.texts = true;
    write_collection(options);
    const auto truth = lines_of(scratch.path() / "truth.jsonl"), labels = lines_of(scratch.path() / "labels.tsv");
    ASSERT_EQ(truth.size(), 12u);
    ASSERT_EQ(labels.size(), 13u);
    for (std::size_t i = 0; i < truth.size(); ++i) {
        const auto record = nlohmann::json::parse(truth[i]);
        std::string text, label;
        int digits = 0;
        for (const auto& row : record["rows"]) {
            text += row["text"].get<std::string>() + "\n";
            std::string plain;
            for (const auto& digit : row["digits"]) plain += digit["digit"].get<std::string>(), ++digits;
            label += (label.empty() ? "" : "|") + plain;
        }
        const std::filesystem::path file = record["file"].get<std::string>();
        EXPECT_EQ(bytes_of(scratch.path() / std::filesystem::path(file).replace_extension(".txt")), text);
        const std::string fields = file.string() + "\tsynthesize\t" + file.string() + "\t-\t320\t240\t" + label + "\t" +
                                   std::to_string(digits) + "\thandwritten\t";
        EXPECT_EQ(labels[i + 1].substr(0, fields.size()), fields);
        EXPECT_EQ(std::count(labels[i + 1].begin(), labels[i + 1].end(), '\t'),
                  std::count(labels[0].begin(), labels[0].end(), '\t'));
    }
}

}  // namespace
}  // namespace chiffre::synthesis
