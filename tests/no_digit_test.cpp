// no_digit_test.cpp -- two ways to say "no digit": an eleventh class, and ten classes that are all as likely.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <utility>

#include "engine.h"
#include "training/calibrate.h"
#include "training/evaluate.h"
#include "training/fit.h"
#include "training/loss.h"
#include "training/marks.h"
#include "training/mnist_data.h"
#include "training/photo_data.h"
#include "training/seven_segment.h"

namespace chiffre::training {
namespace {

constexpr std::array<std::uint8_t, 1> kMark{kNoDigit};

// Logits of which the first has probability p, and the others share the rest.
std::vector<Scores> surely_zero(double p) {
    Scores z{};
    z[0] = static_cast<float>(std::log(9 * p / (1 - p)));
    return {z};
}

TEST(Uniform, IsTheTargetOfAMarkThatIsNoDigit) {
    for (const float smoothing : {0.0f, 0.2f}) {
        const Target target = label_target(kNoDigit, {.smoothing = smoothing});
        for (int k = 0; k < kClasses; ++k) EXPECT_FLOAT_EQ(target[k], 0.1f);
        EXPECT_EQ(target[kNoDigit], 0);
    }
    EXPECT_FLOAT_EQ(label_target(3, {.smoothing = 0.2f})[3], 0.82f);
    EXPECT_FLOAT_EQ(label_target(kNoDigit, {.refuses = true})[kNoDigit], 1);
}

TEST(Uniform, LossIsLeastWhereAllDigitsAreAsLikely) {
    EXPECT_NEAR(measure_loss(surely_zero(0.1), kMark, false).loss, std::log(10), 1e-5);
    // By the definition: a tenth of the negative logarithm of each probability.
    const double p = 0.7, expected = -(std::log(p) + 9 * std::log((1 - p) / 9)) / 10;
    EXPECT_NEAR(measure_loss(surely_zero(p), kMark, false).loss, expected, 1e-5);
    std::vector<Scores> gradient(1);
    const std::vector<Target> targets{label_target(kNoDigit, {})};
    EXPECT_NEAR(cross_entropy(surely_zero(p), std::vector{kNoDigit}, targets, false, 1, gradient).loss, expected, 1e-5);
    EXPECT_NEAR(gradient[0][0], p - 0.1, 1e-5);
    EXPECT_NEAR(gradient[0][5], (1 - p) / 9 - 0.1, 1e-5);
}

TEST(Uniform, AMarkIsWrongWhereADigitIsMoreProbableThanAllOthers) {
    EXPECT_EQ(measure_loss(surely_zero(0.49), kMark, false).wrong, 0);
    EXPECT_EQ(measure_loss(surely_zero(0.51), kMark, false).wrong, 1);
    EXPECT_TRUE(is_wrong(surely_zero(0.49)[0], 3, false));  // of digits the most probable counts
    EXPECT_FALSE(is_wrong(surely_zero(0.49)[0], 0, false));
}

TEST(Uniform, TemperatureSpreadsTheScoresOfMarks) {
    const std::vector<Scores> logits(3, surely_zero(0.9)[0]);
    EXPECT_GT(fit_temperature(logits, std::vector<std::uint8_t>(3, kNoDigit), false), 9);
    EXPECT_LT(fit_temperature(logits, std::vector<std::uint8_t>(3, 0), false), 0.2f);
}

// Seven-segment figures and, as many again, marks.
LabelledTiles figures_and_marks(int figures, std::uint32_t epoch) {
    LabelledTiles samples;
    for (int i = 0; i < 2 * figures; ++i) {
        Random random(3, Stream::glyphs, epoch, static_cast<std::uint32_t>(i));
        const bool mark = i >= figures;
        const Glyph glyph = mark ? draw_mark(random) : draw_display_digit(random, i % kClasses);
        frame(glyph.view(), Frame{}, samples.tiles.emplace_back());
        samples.labels.push_back(static_cast<std::uint8_t>(mark ? kNoDigit : i % kClasses));
    }
    return samples;
}

TEST(Uniform, IsLearned) {
    Recipe recipe;
    recipe.data = "photo";
    recipe.schedule.epochs = 30;
    recipe.schedule.batch = 32;
    for (const NoDigitTarget target : {NoDigitTarget::own_class, NoDigitTarget::uniform}) {
        recipe.no_digit = target;
        const TrainingData data = augmented_digits(figures_and_marks(200, 0), figures_and_marks(100, 1), recipe, 1);
        FitOptions options;
        options.device = parse_device("cpu");
        const FitResult result = fit(recipe, data, options, {});
        EXPECT_LT(result.last.train_error, 0.05);
        EXPECT_LT(result.last.validation_error, 0.35);

        Weights weights;
        weights.values = result.weights;
        weights.metadata["no_digit"] = recipe.no_digit_fact();
        const ScoreMeaning meaning = score_meaning(weights);
        const auto engine = open_engine(parse_device("cpu"), weights);
        const LabelledTiles& held_back = data.validation.at(0).samples;
        const Judgement judgement = judge(*engine, held_back, meaning.refuses);
        EXPECT_NEAR(judgement.wrong, 200 * result.last.validation_error, 1.01);
        double of_figures = 0, of_marks = 0;
        for (int i = 0; i < held_back.size(); ++i) {
            const Scores p = probabilities(judgement.logits[i], meaning);
            (held_back.labels[i] == kNoDigit ? of_marks : of_figures) += *std::max_element(p.begin(), p.end()) / 100;
        }
        EXPECT_GT(of_figures, of_marks + 0.3);
    }
}

// --- the table of `train evaluate --recipe`

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

TEST(Sets, HaveTheSameColumnsForBothKindsOfWeights) {
    TrainingData data;
    LabelledTiles samples = figures_and_marks(100, 1), figures, marks;
    for (int i = 0; i < samples.size(); ++i) {
        LabelledTiles& part = samples.labels[i] == kNoDigit ? marks : figures;
        part.tiles.push_back(samples.tiles[i]);
        part.labels.push_back(samples.labels[i]);
    }
    data.validation = {{"segments", figures}, {"marks", marks}};
    data.exhibits = {{"display figures", figures}};
    const Weights weights = default_weights();
    const auto engine = open_engine(parse_device("cpu"), weights);
    for (const bool refuses : {false, true}) {
        std::ostringstream out, without;
        print_sets(out, *engine, data, {1, refuses});
        const std::vector<std::string> lines = lines_of(out.str());
        ASSERT_GE(lines.size(), 11u) << out.str();
        EXPECT_TRUE(lines[0].starts_with("threshold that keeps 99 % of the digits: 0.")) << lines[0];
        EXPECT_EQ(lines[1], "set              samples     error   misread  rejected");
        constexpr std::array<const char*, 5> kRows{"segments  ", "marks  ", "all digits  ", "all no digit  ",
                                                   "display figures  "};
        for (std::size_t i = 0; i < kRows.size(); ++i) {
            EXPECT_TRUE(lines[i + 2].starts_with(kRows[i])) << lines[i + 2];
            EXPECT_EQ(lines[i + 2].size(), lines[1].size()) << lines[i + 2];
        }
        // One set is all digits; what an exhibit shows of the same tiles is the same; marks cannot be misread.
        EXPECT_EQ(lines[2].substr(15), lines[4].substr(15));
        EXPECT_EQ(lines[2].substr(15), lines[6].substr(15));
        EXPECT_TRUE(lines[4].ends_with(" 1.00 %")) << lines[4];
        EXPECT_NE(lines[3].find(" - "), std::string::npos) << lines[3];

        const auto exhibits = std::exchange(data.exhibits, {});
        print_sets(without, *engine, data, {1, refuses});
        std::vector<std::string> expected = lines;
        expected.erase(expected.begin() + 6);
        EXPECT_EQ(lines_of(without.str()), expected);  // an exhibit changes nothing else
        data.exhibits = exhibits;

        EXPECT_EQ(lines[8], "all validation sets, digits and marks");
        EXPECT_EQ(lines[9], "confidence   samples     mean    right");
        int counted = 0;
        for (std::size_t i = 10; i + 1 < lines.size(); ++i) counted += std::stoi(lines[i].substr(10));
        EXPECT_EQ(counted, data.validation[0].samples.size() + data.validation[1].samples.size());
        EXPECT_TRUE(lines.back().starts_with("expected calibration error 0.")) << lines.back();
    }
}

TEST(Figures, AreAllOfTheHeldBackFamilies) {
    Random random(1, Stream::glyphs, 0, 0);
    std::vector<FontFamily> fonts(4);
    for (std::size_t i = 0; i < fonts.size(); ++i) {
        fonts[i].held_back = i > 0;
        fonts[i].display = i == 3;
        for (int digit = 0; digit < kClasses; ++digit) fonts[i].digits.add(draw_display_digit(random, digit), digit);
        fonts[i].letters.add(draw_mark(random), kNoDigit);
    }
    const LabelledTiles figures = held_back_figures(fonts, false);
    ASSERT_EQ(figures.size(), 20);
    Tile expected;
    frame(fonts[2].digits.glyphs[7].view(), Frame{}, expected);
    EXPECT_EQ(figures.tiles[17].ink, expected.ink);
    EXPECT_EQ(figures.labels[17], 7);
    EXPECT_EQ(held_back_figures(fonts, true).size(), 10);
    EXPECT_EQ(held_back_figures({}, true).size(), 0);
}

}  // namespace
}  // namespace chiffre::training
