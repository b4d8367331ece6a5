// harvest_test.cpp -- what candidates of drawn pages are taken for, the file that keeps them, and that neither depends
// on threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <opencv2/imgproc.hpp>

#include "error.h"
#include "scratch_folder.h"
#include "training/harvest.h"
#include "training/harvest_label.h"
#include "training/idx.h"
#include "training/photo_data.h"
#include "training/training_data.h"

namespace chiffre::training {
namespace {

// A page drawn by hand: every thing is a list of strokes. The mask is the ink itself; marks are what `cut` leaves.
class Page {
  public:
    Page() {
        truth.owner = cv::Mat::zeros(kSide, kSide, CV_16SC1);
        truth.under = cv::Mat::zeros(kSide, kSide, CV_16SC1);
        truth.inked = cv::Mat::zeros(kSide, kSide, CV_8UC1);
        marks.labels = cv::Mat::zeros(kSide, kSide, CV_32SC1);
        marks.digit_height_px = 60;
    }

    // A mark of its own for each call; returns its id.
    int draw(int digit, char sign, const std::vector<cv::Point>& line) {
        if (truth.things.empty() || digit != truth.things.back().digit || sign != truth.things.back().sign)
            truth.things.push_back({digit, sign, false, 0});
        cv::Mat ink = cv::Mat::zeros(kSide, kSide, CV_8UC1);
        for (std::size_t i = 1; i < line.size(); ++i) cv::line(ink, line[i - 1], line[i], cv::Scalar(255), 5);
        ink.setTo(0, truth.inked);
        const int px = cv::countNonZero(ink);
        truth.things.back().ink_px += px;
        truth.owner.setTo(static_cast<double>(truth.things.size()), ink);
        truth.inked.setTo(255, ink);
        const int label = static_cast<int>(marks.marks.size()) + 1;
        marks.labels.setTo(label, ink);
        marks.marks.push_back({cv::boundingRect(ink), px, label});
        return label - 1;
    }

    // Of marks [first, last).
    Candidate candidate(int first, int last) const {
        Candidate candidate{first, last, {}, 0, last - first};
        for (int i = first; i < last; ++i) {
            candidate.box |= marks.marks[static_cast<std::size_t>(i)].box;
            candidate.marks.push_back(i);
        }
        return candidate;
    }
    std::optional<HarvestLabel> judge(int first, int last, TileView view = TileView::alone) const {
        return HarvestJudge(truth, marks, view).judge(candidate(first, last));
    }

    // The mark's ink is the last but one thing's, too.
    void share(int id) {
        const auto before = static_cast<double>(truth.things.size() - 1);
        const cv::Mat ink = marks.labels == marks.marks[static_cast<std::size_t>(id)].label;
        truth.under.setTo(before, ink);
        truth.things[truth.things.size() - 2].ink_px += cv::countNonZero(ink);
    }

    static constexpr int kSide = 200;
    PageTruth truth;
    Marks marks;
};

void expect(const std::optional<HarvestLabel>& label, HarvestKind kind, int digit) {
    ASSERT_TRUE(label.has_value());
    EXPECT_EQ(label->kind, kind);
    EXPECT_EQ(label->label, digit);
}

const std::vector<cv::Point> kStem{{70, 20}, {70, 100}}, kCrook{{40, 20}, {30, 50}, {90, 50}};

TEST(HarvestJudge, AWholeDigitIsThatDigit) {
    Page page;
    page.draw(7, 0, {{30, 20}, {70, 20}, {45, 80}});
    expect(page.judge(0, 1), HarvestKind::whole, 7);
}

TEST(HarvestJudge, AStrokeOfTwoDigitsIsOfBoth) {
    Page page;
    page.draw(9, 0, {{60, 20}, {30, 20}, {30, 50}, {60, 50}});
    page.share(page.draw(0, 0, {{60, 15}, {60, 90}}));  // the stem of the 9, the left side of the 0
    page.draw(0, 0, {{60, 90}, {100, 90}, {100, 15}, {60, 15}});
    expect(page.judge(0, 2), HarvestKind::joined, 9);
    expect(page.judge(1, 3), HarvestKind::joined, 0);
    expect(page.judge(0, 3), HarvestKind::mixed, kNoDigit);
}

TEST(HarvestJudge, BrokenPiecesAreTheDigitTogetherAndPartsAlone) {
    Page page;
    page.draw(4, 0, kCrook);
    page.draw(4, 0, kStem);
    expect(page.judge(0, 2), HarvestKind::joined, 4);
    expect(page.judge(0, 1), HarvestKind::part, kNoDigit);
    EXPECT_FALSE(page.judge(1, 2)) << "a 1";
}

TEST(HarvestJudge, PartsThatAreADigitThemselvesAreLeftOut) {
    Page of_1;
    of_1.draw(1, 0, {{50, 20}, {50, 46}});
    of_1.draw(1, 0, {{50, 54}, {50, 80}});
    EXPECT_FALSE(of_1.judge(0, 1));
    Page of_8;
    of_8.draw(8, 0, {{60, 20}, {40, 30}, {55, 50}, {35, 65}, {55, 80}});
    of_8.draw(8, 0, {{62, 20}, {80, 35}, {60, 50}, {80, 65}, {57, 80}});
    EXPECT_FALSE(of_8.judge(1, 2));
}

// Where the rest of the digit is seen beside it, a part is none whatever it looks like.
TEST(HarvestJudge, PartsAreNoneInContext) {
    Page of_1;
    of_1.draw(1, 0, {{50, 20}, {50, 46}});
    of_1.draw(1, 0, {{50, 54}, {50, 80}});
    expect(of_1.judge(0, 1, TileView::context), HarvestKind::part, kNoDigit);
    expect(of_1.judge(0, 2, TileView::context), HarvestKind::joined, 1);
    Page of_8;
    of_8.draw(8, 0, {{60, 20}, {40, 30}, {55, 50}, {35, 65}, {55, 80}});
    of_8.draw(8, 0, {{62, 20}, {80, 35}, {60, 50}, {80, 65}, {57, 80}});
    expect(of_8.judge(1, 2, TileView::context), HarvestKind::part, kNoDigit);
}

TEST(HarvestJudge, LettersThatLookLikeDigitsAreNoneInContext) {
    Page page;
    page.draw(-1, 'O', {{30, 30}, {60, 30}, {60, 70}, {30, 70}, {30, 30}});
    EXPECT_FALSE(page.judge(0, 1));
    expect(page.judge(0, 1, TileView::context), HarvestKind::sign, kNoDigit);
}

TEST(HarvestJudge, TwoDigitsAreNone) {
    Page page;
    page.draw(7, 0, {{30, 20}, {70, 20}, {45, 80}});
    page.draw(4, 0, {{110, 20}, {90, 50}, {140, 50}, {120, 35}, {120, 80}});
    expect(page.judge(0, 2), HarvestKind::mixed, kNoDigit);
}

TEST(HarvestJudge, ADigitWithACrumbOfItsNeighbourIsLeftOut) {
    Page page;
    page.draw(7, 0, {{30, 20}, {70, 20}, {45, 80}});
    page.draw(4, 0, {{80, 50}, {95, 50}});
    page.draw(4, 0, {{120, 20}, {105, 50}, {140, 50}, {125, 35}, {125, 80}});
    EXPECT_FALSE(page.judge(0, 2));
}

TEST(HarvestJudge, SaysHowWellACandidateStandsForItsDigit) {
    Page page;
    page.draw(7, 0, {{30, 20}, {70, 20}, {45, 80}});
    page.draw(4, 0, {{80, 50}, {95, 50}});
    page.draw(4, 0, {{120, 20}, {105, 50}, {140, 50}, {125, 35}, {125, 80}});
    const auto match = [&](int first, int last) {
        return HarvestJudge(page.truth, page.marks).best_match(page.candidate(first, last));
    };
    EXPECT_EQ(match(0, 1).label.label, 7);
    EXPECT_DOUBLE_EQ(match(0, 1).overlap, 1);
    EXPECT_EQ(match(0, 2).label.label, 7);
    EXPECT_GT(match(0, 2).overlap, 0.75);
    EXPECT_LT(match(0, 2).overlap, 0.95);
    EXPECT_EQ(match(1, 2).thing, -1);
}

TEST(HarvestJudge, LettersAreNoneButForThoseThatDigitsLookLike) {
    Page clear;
    clear.draw(-1, 'H', {{30, 20}, {30, 80}, {30, 50}, {70, 50}, {70, 20}, {70, 80}});
    expect(clear.judge(0, 1), HarvestKind::sign, kNoDigit);
    Page like_0;
    like_0.draw(-1, 'O', {{30, 20}, {70, 20}, {70, 80}, {30, 80}, {30, 20}});
    EXPECT_FALSE(like_0.judge(0, 1));
}

TEST(HarvestJudge, RulingsAreLinesAndWhatNobodyDrewIsScenery) {
    Page page;
    page.draw(-1, 0, {{10, 90}, {150, 90}});
    expect(page.judge(0, 1), HarvestKind::line, kNoDigit);
    page.truth.owner.setTo(0);
    page.truth.inked.setTo(0);
    expect(page.judge(0, 1), HarvestKind::scenery, kNoDigit);
}

// --- shapes

Tile tile_of(const std::vector<cv::Point>& line, int width, bool closed = false) {
    cv::Mat picture = cv::Mat::zeros(kTileSide, kTileSide, CV_8UC1);
    cv::polylines(picture, std::vector<std::vector<cv::Point>>{line}, closed, cv::Scalar(255), width);
    Tile tile;
    std::copy(picture.begin<std::uint8_t>(), picture.end<std::uint8_t>(), tile.ink.begin());
    return tile;
}

TEST(HarvestShapes, UprightStrokesAreOnes) {
    EXPECT_TRUE(is_upright_stroke(tile_of({{16, 6}, {16, 25}}, 2)));
    EXPECT_TRUE(is_upright_stroke(tile_of({{20, 6}, {12, 25}}, 3)));
    EXPECT_TRUE(is_upright_stroke(tile_of({{16, 8}, {16, 23}}, 6)));  // a marker's
    EXPECT_FALSE(is_upright_stroke(tile_of({{6, 16}, {25, 16}}, 3)));
    EXPECT_FALSE(is_upright_stroke(tile_of({{10, 6}, {10, 25}, {22, 25}}, 3)));
}

TEST(HarvestShapes, LoopsEncloseWhiteAlsoWhereTheyAreNotQuiteClosed) {
    EXPECT_TRUE(encloses_white(tile_of({{10, 8}, {22, 8}, {22, 24}, {10, 24}}, 2, true)));
    EXPECT_TRUE(encloses_white(tile_of({{15, 8}, {22, 8}, {22, 24}, {10, 24}, {10, 8}, {12, 8}}, 2)));
    EXPECT_FALSE(encloses_white(tile_of({{10, 8}, {10, 24}, {22, 24}, {22, 8}}, 2)));
}

// --- pages and files

HarvestOptions few_pages() {
    HarvestOptions options;
    options.pages = 10;
    options.fonts = {};
    options.style = synthesis::Style::touching;  // needs no fonts
    return options;
}

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class HarvestFile : public testing::Test {
  protected:
    static const HarvestResult& made() {
        static const HarvestResult result = harvest_pages(few_pages());
        return result;
    }
    std::string refusal(const std::string& bytes) const {
        std::ofstream(folder.path() / "damaged", std::ios::binary) << bytes;
        try {
            load_harvest(folder.path() / "damaged");
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::bad_data);
            return error.what();
        }
        return "";
    }
    ScratchFolder folder;
};

TEST_F(HarvestFile, IsTheSameForEveryNumberOfThreads) {
    save_harvest(folder.path() / "all", made().harvest);
    HarvestOptions options = few_pages();
    options.threads = 1;
    save_harvest(folder.path() / "one", harvest_pages(options).harvest);
    EXPECT_EQ(bytes_of(folder.path() / "one"), bytes_of(folder.path() / "all"));
    options.seed = 2;
    EXPECT_NE(harvest_hash(harvest_pages(options).harvest), harvest_hash(made().harvest));
}

TEST_F(HarvestFile, HasDigitsAndNoneAndHoldsBackTheLastPages) {
    const Harvest& harvest = made().harvest;
    ASSERT_GT(harvest.size(), 100);
    int digits = 0;
    for (int i = 0; i < harvest.size(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        EXPECT_EQ(is_digit(static_cast<HarvestKind>(harvest.kinds[at])), harvest.tiles.labels[at] < kNoDigit);
        digits += harvest.tiles.labels[at] < kNoDigit;
    }
    EXPECT_GT(digits, 50);
    EXPECT_LT(digits, harvest.size());
    EXPECT_TRUE(std::is_sorted(harvest.held_back.begin(), harvest.held_back.end()));
    EXPECT_EQ(harvest.held_back.back(), 1);
}

TEST_F(HarvestFile, ReadsWhatItWrote) {
    const Harvest& harvest = made().harvest;
    save_harvest(folder.path() / "a", harvest);
    const Harvest read = load_harvest(folder.path() / "a");
    EXPECT_EQ(harvest_hash(read), harvest_hash(harvest));
    EXPECT_EQ(read.kinds, harvest.kinds);
    EXPECT_EQ(read.styles, harvest.styles);
    EXPECT_EQ(read.held_back, harvest.held_back);
    EXPECT_EQ(read.style_names, harvest.style_names);
    EXPECT_EQ(read.facts, harvest.facts);
}

TEST_F(HarvestFile, RefusesDamage) {
    save_harvest(folder.path() / "a", made().harvest);
    const std::string bytes = bytes_of(folder.path() / "a");
    EXPECT_NE(refusal("no harvest").find("expected"), std::string::npos);
    EXPECT_NE(refusal(bytes.substr(0, bytes.size() - 1)).find("cut short"), std::string::npos);
    EXPECT_NE(refusal(bytes + "x").find("trailing"), std::string::npos);
    std::string other = bytes;
    other.replace(other.find("\"kinds\""), 7, "\"kinks\"");
    EXPECT_NE(refusal(other).find("tensor kinds"), std::string::npos);
    Harvest wrong = made().harvest;
    wrong.tiles.labels.front() = 11;
    save_harvest(folder.path() / "b", wrong);
    EXPECT_NE(refusal(bytes_of(folder.path() / "b")).find("labels: expected values below 11, found 11"),
              std::string::npos);
    EXPECT_THROW(load_harvest(folder.path() / "missing"), Error);
    EXPECT_THROW(load_harvest(folder.path()), Error);
}

// --- learning from it

TEST_F(HarvestFile, IsLearnedFromButForThePagesHeldBack) {
    Recipe recipe = parse_recipe("data = photo\nmix.harvest_digits = 30\nmix.harvest_none = 50\n", "some.recipe");
    LabelledTiles mnist;  // as many as are held back, and one more
    mnist.tiles.resize(kHeldBack + 1);
    mnist.labels.resize(kHeldBack + 1);
    for (Tile& tile : mnist.tiles) tile = tile_of({{16, 6}, {16, 25}}, 2);
    const TrainingData data = photo_data(mnist, {}, made().harvest, recipe, 1);
    EXPECT_EQ(data.train.per_epoch, 80);
    int none = 0;
    for (int i = 0; i < data.train.per_epoch; ++i) {
        Tile tile;
        const int label = data.train.make(0, static_cast<std::uint32_t>(i), tile);
        EXPECT_EQ(label == kNoDigit, i >= 30);
        none += label == kNoDigit;
        EXPECT_GE(*std::max_element(tile.ink.begin(), tile.ink.end()), kInkLevel);
    }
    EXPECT_EQ(none, 50);
    const auto learned = std::count(made().harvest.held_back.begin(), made().harvest.held_back.end(), 0);
    EXPECT_EQ(data.train.plan->shapes->labels.size(), static_cast<std::size_t>(learned));
    ASSERT_EQ(data.validation.size(), 3u);
    EXPECT_EQ(data.validation[0].name, "harvest_digits");
    EXPECT_EQ(data.validation[1].name, "harvest_none");
    EXPECT_NE(data.description.find("harvested from 10 pages of seed 1"), std::string::npos);
    EXPECT_THROW(photo_data(mnist, {}, {}, recipe, 1), Error);
}

TEST_F(HarvestFile, OfCandidatesInContextIsLearnedFromAsItIs) {
    HarvestOptions options = few_pages();
    options.view = TileView::context;
    const Harvest harvest = harvest_pages(options).harvest;
    EXPECT_EQ(harvest.view(), TileView::context);
    EXPECT_EQ(made().harvest.view(), TileView::alone);
    const Recipe recipe =
        parse_recipe("data = photo\nview = context\nmix.harvest_digits = 30\nmix.harvest_none = 50\n", "some.recipe");
    const TrainingData data = photo_data({}, {}, harvest, recipe, 1);
    ASSERT_EQ(data.train.per_epoch, 80);
    for (std::uint32_t i = 0; i < 80; ++i) {
        Tile tile;
        const int label = data.train.make(0, i, tile);
        EXPECT_EQ(label == kNoDigit, i >= 30);
        const auto same = [&](const Tile& other) { return other.ink == tile.ink; };
        EXPECT_TRUE(std::any_of(harvest.tiles.tiles.begin(), harvest.tiles.tiles.end(), same));
    }
    ASSERT_EQ(data.validation.size(), 2u);
    EXPECT_TRUE(data.description.starts_with(std::to_string(harvest.size()) + " tiles harvested"));
}

TEST_F(HarvestFile, OfTheOtherViewIsRefused) {
    save_harvest(folder.path() / "alone", made().harvest);
    const Recipe recipe =
        parse_recipe("data = photo\nview = context\nmix.harvest_digits = 30\nmix.harvest_none = 50\n", "some.recipe");
    try {
        read_data(recipe, {"", "", folder.path() / "alone"});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::bad_data);
        EXPECT_NE(std::string(error.what()).find("view context for some.recipe, found alone"), std::string::npos);
    }
    EXPECT_THROW(require_samples(parse_recipe("data = photo\nview = context\nmix.mnist = 1\n", "some.recipe")), Error);
}

// Half of the handwriting is traced; everything else stays as it was.
TEST_F(HarvestFile, PagesInTracedDigitsAreOthers) {
    std::vector<Tile> tiles;
    std::vector<std::uint8_t> labels;
    for (int digit = 0; digit < kClasses; ++digit) {
        tiles.push_back(tile_of({{10, 8}, {20, 8}, {14, 24}}, 2));
        labels.push_back(static_cast<std::uint8_t>(digit));
    }
    const synthesis::TracedDigits traced = synthesis::trace_digits(tiles, labels);
    HarvestOptions options = few_pages();
    options.traced = &traced;
    const Harvest harvest = harvest_pages(options).harvest;
    EXPECT_NE(harvest_hash(harvest), harvest_hash(made().harvest));
    EXPECT_NE(harvest.facts.at("traced"), made().harvest.facts.at("traced"));
}

}  // namespace
}  // namespace chiffre::training
