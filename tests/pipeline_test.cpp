// pipeline_test.cpp -- read_photo() on pictures drawn here and encoded in memory. The engine takes every tile for a 7,
// so that what is tested are the stages and their order, not what a network makes of a drawn figure.
#include "pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <set>

#include "encode.h"
#include "error.h"
#include "turn.h"
#include "variants.h"

namespace chiffre {
namespace {

using test::Bytes;

class Sevens : public Engine {
  public:
    void classify(std::span<const Tile> tiles, std::span<Scores> scores) override {
        ASSERT_EQ(tiles.size(), scores.size());
        for (Scores& one : scores) one = {0, 0, 0, 0, 0, 0, 0, 4, 0, 0};
    }
    std::string device() const override { return "sevens"; }
};
constexpr ScoreMeaning kPlain{};  // every mark is some digit

// A page and the boxes of its digits, row by row.
struct Drawing {
    cv::Mat grey;
    std::vector<std::vector<cv::Rect>> rows;
};

// `rows` rows of five digits, `height` px high, from the upper left corner.
Drawing draw(cv::Size size, int height, int rows) {
    constexpr int kPaper = 225, kPen = 40;
    constexpr double kFontHeight = 21;  // of a digit at scale 1, pixels
    Drawing drawing{cv::Mat(size, CV_8UC1, cv::Scalar(kPaper)), {}};
    for (int row = 0; row < rows; ++row) {
        drawing.rows.emplace_back();
        for (int i = 0; i < 5; ++i) {
            cv::Mat wide = cv::Mat::zeros(size.height, size.width * 3 / 2, CV_8UC1), mask;
            const cv::Point foot(3 * (height + height * 11 * i / 10) / 2, 2 * height * (row + 1));
            cv::putText(wide, std::to_string(2 + i), foot, cv::FONT_HERSHEY_SIMPLEX, height / kFontHeight, 255,
                        std::max(2, height / 9));
            cv::resize(wide, mask, size);  // too narrow to be cut
            mask = mask > 127;
            drawing.grey.setTo(kPen, mask);
            drawing.rows.back().push_back(cv::boundingRect(mask));
        }
    }
    return drawing;
}

cv::Rect rect(const Box& box) {
    return {box.x, box.y, box.w, box.h};
}

void expect_boxes(const Reading& reading, const Drawing& drawing, int within_px) {
    ASSERT_EQ(reading.rows.size(), drawing.rows.size());
    for (std::size_t r = 0; r < reading.rows.size(); ++r) {
        const std::vector<Digit>& digits = reading.rows[r].digits;
        ASSERT_EQ(digits.size(), drawing.rows[r].size()) << "row " << r;
        for (std::size_t d = 0; d < digits.size(); ++d) {
            const cv::Rect found = rect(digits[d].box), drawn = drawing.rows[r][d];
            const int off = std::max({std::abs(found.x - drawn.x), std::abs(found.y - drawn.y),
                                      std::abs(found.br().x - drawn.br().x), std::abs(found.br().y - drawn.br().y)});
            EXPECT_LE(off, within_px) << "row " << r << " digit " << d << ": drawn " << drawn << ", found " << found;
        }
    }
}

std::vector<std::string> words(const Reading& reading) {
    std::vector<std::string> all;
    for (const StageTime& time : reading.times) all.push_back(time.stage);
    return all;
}
const std::vector<std::string> kWords{"decode", "binarize", "segment", "order", "normalize", "classify", "assemble"};

void expect_consistent(const Trace& trace, const Reading& reading) {
    std::size_t candidates = 0;
    for (const MarkRow& row : trace.rows) candidates += row.candidates.size();
    EXPECT_EQ(trace.tiles.size(), candidates);
    EXPECT_EQ(trace.scores.size(), candidates);
    EXPECT_EQ(trace.ink.mask.size(), trace.photo.grey.size());
    ASSERT_EQ(trace.tile_of_digit.size(), reading.rows.size());
    int last = -1;  // candidates are counted row by row, from the left
    for (std::size_t r = 0; r < reading.rows.size(); ++r) {
        ASSERT_EQ(trace.tile_of_digit[r].size(), reading.rows[r].digits.size());
        for (const int tile : trace.tile_of_digit[r]) {
            EXPECT_GT(tile, last);
            last = tile;
        }
    }
    EXPECT_LT(last, static_cast<int>(candidates));
}

struct Read {
    Reading reading;
    Trace trace;
};

Read read(const Bytes& bytes, const ReadOptions& options = {}) {
    Sevens engine;
    Read result;
    result.reading = read_photo(bytes, "drawn", {{engine, kPlain}}, options, &result.trace);
    return result;
}

TEST(Pipeline, SmallPictureIsReadAtFullSize) {
    const Drawing drawing = draw({800, 600}, 60, 4);
    for (const Bytes& bytes : {test::encode_png(drawing.grey), test::encode_jpeg(drawing.grey)}) {
        const auto [reading, trace] = read(bytes);
        EXPECT_EQ(trace.photo.reduction, 1);
        EXPECT_EQ(cv::Size(reading.width, reading.height), drawing.grey.size());
        expect_boxes(reading, drawing, 2);
        for (const Row& row : reading.rows) EXPECT_EQ(row.text, "77777");
        EXPECT_EQ(words(reading), kWords);
        EXPECT_EQ(reading.device, "sevens");
        expect_consistent(trace, reading);
    }
}

// Takes what is a digit for one where there is nothing to the right of it.
class LastOnly : public Engine {
  public:
    void classify(std::span<const Tile> tiles, std::span<Scores> scores) override {
        constexpr float kSure = 12;
        for (std::size_t i = 0; i < tiles.size(); ++i) {
            bool neighbour = false;
            for (int y = 8; y < 24; ++y)
                for (int x = 24; x < kTileSide; ++x)
                    neighbour |= tiles[i].ink[static_cast<std::size_t>(y * kTileSide + x)] < 40;
            scores[i].fill(-kSure);
            if (!neighbour) scores[i][7] = kSure;
        }
    }
    std::string device() const override { return "last"; }
};

TEST(Pipeline, CandidatesAreSeenWhereTheyStand) {
    const Bytes page = test::encode_png(draw({800, 600}, 60, 4).grey);
    Sevens alone;
    LastOnly context;
    constexpr ScoreMeaning kRefuses{1.0f, true};
    const Networks networks{{alone, kRefuses}, Judge{context, kRefuses}};
    Trace trace;
    const Reading reading = read_photo(page, "drawn", networks, {.turn = 0}, &trace);
    ASSERT_EQ(reading.rows.size(), 4u);
    for (const Row& row : reading.rows) EXPECT_EQ(row.text, "7");
    EXPECT_EQ(trace.context.size(), trace.tiles.size());
    Parts parts;
    parts.context = false;
    const Reading without = read_photo(page, "drawn", networks, {.turn = 0, .parts = parts}, &trace);
    EXPECT_EQ(without.rows.front().text, "77777");
    EXPECT_TRUE(trace.context.empty());
}

TEST(Pipeline, LargeJpegIsReadReducedAndBoxesAreFullSize) {
    const Drawing drawing = draw({4000, 3000}, 400, 3);
    const auto [reading, trace] = read(test::encode_jpeg(drawing.grey));
    EXPECT_EQ(trace.photo.reduction, 4);
    EXPECT_EQ(trace.photo.grey.size(), cv::Size(1000, 750));
    EXPECT_EQ(cv::Size(reading.width, reading.height), drawing.grey.size());
    expect_boxes(reading, drawing, 2 * 4);
    expect_consistent(trace, reading);
}

TEST(Pipeline, LargeJpegWithSmallDigitsIsDecodedAgain) {
    const Drawing drawing = draw({4000, 1000}, 20, 8);
    const auto [reading, trace] = read(test::encode_jpeg(drawing.grey));
    EXPECT_EQ(trace.photo.reduction, 1);
    EXPECT_EQ(trace.photo.grey.size(), drawing.grey.size());
    expect_boxes(reading, drawing, 2);
    EXPECT_EQ(words(reading), kWords);  // a stage that ran twice is one entry
    expect_consistent(trace, reading);
}

TEST(Pipeline, LargePngIsReadAtFullSize) {
    const Drawing drawing = draw({2600, 1000}, 120, 3);
    const auto [reading, trace] = read(test::encode_png(drawing.grey));
    EXPECT_EQ(trace.photo.reduction, 1);
    expect_boxes(reading, drawing, 2);
}

TEST(Pipeline, BlankPictureIsAnEmptyReading) {
    const cv::Mat blank(480, 640, CV_8UC1, cv::Scalar(200));
    for (const Bytes& bytes : {test::encode_png(blank), test::encode_jpeg(blank)}) {
        const auto [reading, trace] = read(bytes);
        EXPECT_TRUE(reading.rows.empty());
        EXPECT_TRUE(reading.warnings.empty());
        EXPECT_EQ(cv::Size(reading.width, reading.height), blank.size());
        EXPECT_EQ(words(reading), kWords);
        EXPECT_TRUE(trace.tiles.empty());
        expect_consistent(trace, reading);
    }
}

TEST(Pipeline, TraceChangesNothing) {
    const Bytes bytes = test::encode_png(draw({800, 600}, 60, 2).grey);
    Sevens engine;
    const Reading with = read(bytes).reading, without = read_photo(bytes, "drawn", {{engine, kPlain}});
    ASSERT_EQ(with.rows.size(), without.rows.size());
    for (std::size_t r = 0; r < with.rows.size(); ++r) {
        EXPECT_EQ(with.rows[r].text, without.rows[r].text);
        EXPECT_EQ(with.rows[r].confidence, without.rows[r].confidence);
        EXPECT_EQ(rect(with.rows[r].box), rect(without.rows[r].box));
    }
}

// Remembers how many tiles it was asked about, call by call.
class Recording : public Sevens {
  public:
    explicit Recording(float sureness) : sureness_(sureness) {}
    void classify(std::span<const Tile> tiles, std::span<Scores> scores) override {
        Sevens::classify(tiles, scores);
        // The more tiles before it in the call, the surer, by a little.
        for (std::size_t i = 0; i < scores.size(); ++i) scores[i][7] = sureness_ + 1e-3f * static_cast<float>(i);
        asked.push_back(tiles.size());
    }
    std::vector<std::size_t> asked;

  private:
    float sureness_;
};
constexpr float kUnsure = 1, kVerySure = 12;

// Of a reading that is unsure as it is meant to be.
ReadOptions at_one_scale(ReadOptions options) {
    options.parts.second_look = false;
    return options;
}

TEST(Pipeline, ScoresAreTheMeanOverTheVariantsOfATile) {
    Recording engine(kUnsure);
    Trace trace;
    read_photo(test::encode_png(draw({800, 600}, 60, 1).grey), "drawn", {{engine, kPlain}}, at_one_scale({.turn = 0}),
               &trace);
    const std::size_t tiles = trace.tiles.size();
    ASSERT_GT(tiles, 0u);
    ASSERT_EQ(engine.asked, (std::vector<std::size_t>{tiles, kVariants * tiles}));
    for (std::size_t i = 0; i < tiles; ++i)
        EXPECT_NEAR(trace.scores[i][7], kUnsure + 1e-3 * (kVariants * static_cast<double>(i) + 0.5 * (kVariants - 1)),
                    1e-5);
}

TEST(Pipeline, SureTilesAreNotAskedAboutAgain) {
    Recording engine(kVerySure);
    Trace trace;
    read_photo(test::encode_png(draw({800, 600}, 60, 1).grey), "drawn", {{engine, kPlain}}, {.turn = 0}, &trace);
    ASSERT_FALSE(engine.asked.empty());
    EXPECT_EQ(std::accumulate(engine.asked.begin(), engine.asked.end(), std::size_t{0}), trace.tiles.size());
    for (std::size_t i = 0; i < trace.scores.size(); ++i)
        EXPECT_NEAR(trace.scores[i][7], kVerySure + 1e-3 * static_cast<double>(i), 1e-5);
}

// Two bars that touch.
Bytes touching_bars() {
    cv::Mat grey(480, 640, CV_8UC1, cv::Scalar(225));
    for (const int x : {200, 260}) grey(cv::Rect(x, 200, 12, 80)).setTo(40);
    grey(cv::Rect(200, 236, 72, 8)).setTo(40);
    return test::encode_png(grey);
}

TEST(Pipeline, PartsOfSureDigitsAreNotAskedAbout) {
    const auto parts_of = [&](float sureness) {
        Recording engine(sureness);
        Trace trace;
        ReadOptions options = at_one_scale({.turn = 0});
        options.parts.variants = false;
        const Reading reading = read_photo(touching_bars(), "drawn", {{engine, kPlain}}, options, &trace);
        expect_consistent(trace, reading);
        EXPECT_EQ(std::accumulate(engine.asked.begin(), engine.asked.end(), std::size_t{0}), trace.tiles.size());
        return trace.tiles.size() - 1;
    };
    EXPECT_GT(parts_of(kUnsure), 1u);
    EXPECT_EQ(parts_of(kVerySure), 0u);
}

// Takes what it is asked about first for digits, and else for none; it is not quite sure of either.
class DoubtsParts : public Sevens {
  public:
    void classify(std::span<const Tile> tiles, std::span<Scores> scores) override {
        for (Scores& one : scores) {
            one.fill(-10);
            one[7] = asked.empty() ? 4.0f : -5.0f;  // 0.98, 0.007
        }
        asked.push_back(tiles.size());
    }
    std::vector<std::size_t> asked;
};

TEST(Pipeline, TilesThatAreHardlyReadAreNotAskedAboutAgain) {
    constexpr ScoreMeaning kRefuses{1, true};
    DoubtsParts engine;
    read_photo(touching_bars(), "drawn", {{engine, kRefuses}}, at_one_scale({.turn = 0}));
    ASSERT_EQ(engine.asked.size(), 3u);
    EXPECT_EQ(engine.asked[0], 1u);
    EXPECT_GT(engine.asked[1], 1u);
    EXPECT_GE(engine.asked[2], kVariants);  // of the whole mark
    EXPECT_LT(engine.asked[2], kVariants * engine.asked[1] / 2);

    DoubtsParts any;  // a pattern may want what is hardly likely
    const ReadOptions two = at_one_scale({.pattern = Pattern::count("2", "--digits"), .turn = 0});
    read_photo(touching_bars(), "drawn", {{any, kRefuses}}, two);
    ASSERT_EQ(any.asked.size(), 3u);
    EXPECT_EQ(any.asked[2], kVariants * (1 + any.asked[1]));
}

TEST(Pipeline, OtherWaysUpAreTriedByTilesAlone) {
    const Bytes page = test::encode_png(draw({800, 600}, 60, 2).grey);
    const auto ask = [&](const ReadOptions& options) {  // the page's tiles come last
        Recording engine(kUnsure);
        Trace trace;
        read_photo(page, "drawn", {{engine, kPlain}}, at_one_scale(options), &trace);
        engine.asked.push_back(trace.tiles.size());
        return engine.asked;
    };
    const auto tiles_of = [&](int quarters) {
        ReadOptions uncut{.turn = quarters};
        uncut.parts.stages.cuts = false;
        return ask(uncut).back();
    };
    const std::size_t tiles = tiles_of(0), marks = 2 * 5;
    const std::vector<std::size_t> tried{tiles, kVariants * tiles, kTurns * marks,
                                         tiles_of(1) + tiles_of(2) + tiles_of(3), tiles};
    EXPECT_EQ(ask({}), tried);

    ReadOptions plainly;
    plainly.parts.variants = false;
    EXPECT_EQ(ask(plainly), (std::vector<std::size_t>{tiles, tried[2], tried[3], tiles}));
    plainly.parts.turning = false;
    EXPECT_EQ(ask(plainly), (std::vector<std::size_t>{tiles, tiles}));
}

// Lines are left out where ways up are tried, not from the page.
TEST(Pipeline, TryingOtherWaysUpLeavesThePageAsItIs) {
    cv::Mat grey = draw({800, 600}, 60, 2).grey;
    for (const int y : {300, 400, 500}) grey(cv::Rect(20, y, 760, 3)).setTo(90);
    const auto ink_of = [&](const ReadOptions& options) {
        Recording engine(kUnsure);
        Trace trace;
        read_photo(test::encode_png(grey), "drawn", {{engine, kPlain}}, options, &trace);
        EXPECT_FALSE(trace.marks.bands.empty());
        return trace.ink.mask;
    };
    ReadOptions untried;
    untried.parts.turning = false;
    EXPECT_EQ(cv::countNonZero(ink_of({}) != ink_of(untried)), 0);
}

// Reads what it was asked about first poorly, and nothing else.
class KnowsOnePage : public Sevens {
  public:
    void classify(std::span<const Tile> tiles, std::span<Scores> scores) override {
        ++calls;
        for (const Tile& tile : tiles)
            if (calls == 1) known_.insert(tile.ink);
        for (std::size_t i = 0; i < tiles.size(); ++i)
            scores[i][7] = known_.contains(tiles[i].ink) ? 7 : 0;  // 0.992, 0.1
    }
    int calls = 0;

  private:
    std::set<std::array<std::uint8_t, kTileBytes>> known_;
};

TEST(Pipeline, APageThatSurelyLiesRightIsTriedAtAGlance) {
    KnowsOnePage engine;
    ReadOptions options;
    options.parts.variants = false;
    const Reading reading =
        read_photo(test::encode_png(draw({800, 600}, 60, 2).grey), "drawn", {{engine, kPlain}}, options);
    EXPECT_EQ(engine.calls, 2);  // the page, its marks turned
    ASSERT_TRUE(reading.turned);
    EXPECT_EQ(reading.turned->quarters, 0);
    EXPECT_GT(reading.turned->confidence, 0.99f);
}

TEST(Pipeline, OptionsReachTheirStages) {
    const Bytes bytes = test::encode_png(draw({800, 600}, 60, 1).grey);
    // 4 against nine times 0: a 7 has e^4 / (e^4 + 9) = 0.86, to which 0.90 of trust belongs.
    EXPECT_EQ(read(bytes, {.min_confidence = 0.95f}).reading.rows.at(0).text, "?????");
    EXPECT_EQ(read(bytes, {.min_confidence = 0.7f}).reading.rows.at(0).text, "77777");
    try {
        read(bytes, {.max_pixels = 800 * 600 - 1});
        FAIL() << "read";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::too_large);
    }
}

TEST(Pipeline, TruncatedJpegIsReadWithAWarning) {
    Bytes bytes = test::encode_jpeg(draw({800, 600}, 60, 4).grey);
    bytes.resize(bytes.size() * 2 / 3);
    const Reading reading = read(bytes).reading;
    EXPECT_EQ(reading.warnings.size(), 1u);
    EXPECT_GE(reading.rows.size(), 2u);
}

}  // namespace
}  // namespace chiffre
