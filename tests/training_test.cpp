// training_test.cpp -- the parts of `train`, each against something independent: published vectors, double precision,
// finite differences, hand-counted pixels.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "error.h"
#include "training/calibrate.h"
#include "training/checkpoint.h"
#include "training/idx.h"
#include "training/loss.h"
#include "training/optimizer.h"
#include "training/shuffle.h"

namespace chiffre::training {
namespace {

std::filesystem::path scratch(const std::string& name) {
    return std::filesystem::path(testing::TempDir()) / ("chiffre_training_" + name);
}

template <typename Call>
std::string message_of(ErrorCode code, const Call& call) {
    try {
        call();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), code) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "no Error was thrown";
    return "";
}

// --- random numbers

TEST(Philox, GivesThePublishedVectors) {  // Random123, kat_vectors, philox4x32 with 10 rounds
    const std::array<std::uint32_t, 4> zeros{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), zeros);
    const std::array<std::uint32_t, 4> ones{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
    EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}), ones);
    const std::array<std::uint32_t, 4> pi{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1};
    EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}), pi);
}

TEST(Shuffle, IsAPermutation) {
    std::vector<int> order = shuffled(1'000, Random(1, Stream::order, 0, 0));
    EXPECT_NE(order, shuffled(1'000, Random(1, Stream::order, 1, 0)));
    std::sort(order.begin(), order.end());
    for (int i = 0; i < 1'000; ++i) ASSERT_EQ(order[i], i);
}

TEST(Permuted, IsAPermutationForEveryCount) {
    for (const std::uint32_t n : {1u, 2u, 3u, 4u, 5u, 15u, 16u, 17u, 63u, 64u, 65u, 1'000u, 4'096u, 4'097u, 55'000u}) {
        std::vector<bool> seen(n);
        for (std::uint32_t i = 0; i < n; ++i) {
            const std::uint32_t place = permuted(i, n, 7, 3);
            ASSERT_LT(place, n);
            ASSERT_FALSE(seen[place]) << place << " of " << n << " twice";
            seen[place] = true;
        }
    }
}

// Pearson's chi-square of counts that should be equal, with its mean and standard deviation: it is normal to 1 % for
// as many cells as here.
double deviations_of_chi_square(const std::vector<int>& counts, int drawn) {
    const double expected = static_cast<double>(drawn) / static_cast<double>(counts.size());
    double chi_square = 0;
    for (const int count : counts) chi_square += (count - expected) * (count - expected) / expected;
    const double freedom = static_cast<double>(counts.size()) - 1;
    return (chi_square - freedom) / std::sqrt(2 * freedom);
}

TEST(Permuted, SendsAPlaceAnywhereOverTheEpochs) {
    constexpr std::uint32_t kSamples = 100;  // the cells; four in ten of the network's numbers are walked over
    constexpr int kEpochs = 20'000;
    for (const std::uint32_t place : {0u, 1u, 50u, 99u}) {
        std::vector<int> counts(kSamples);
        for (std::uint32_t epoch = 0; epoch < kEpochs; ++epoch) ++counts[permuted(place, kSamples, 1, epoch)];
        EXPECT_LT(std::abs(deviations_of_chi_square(counts, kEpochs)), 4) << place;
    }
}

TEST(Permuted, LeavesNeighboursNothingInCommon) {
    constexpr std::uint32_t kSamples = 40'000, kCells = 100;  // of the distance to the next, cyclic
    for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
        std::vector<int> counts(kCells);
        for (std::uint32_t i = 0; i < kSamples; ++i) {
            const std::uint32_t here = permuted(i, kSamples, 1, epoch);
            const std::uint32_t next = permuted((i + 1) % kSamples, kSamples, 1, epoch);
            ++counts[(next + kSamples - here) % kSamples * kCells / kSamples];
        }
        EXPECT_LT(std::abs(deviations_of_chi_square(counts, kSamples)), 4) << epoch;
    }
}

TEST(Permuted, DependsOnSeedAndEpoch) {
    int same_epoch = 0, same_seed = 0;
    for (std::uint32_t i = 0; i < 1'000; ++i) {
        same_epoch += permuted(i, 1'000, 1, 0) == permuted(i, 1'000, 1ull << 32 | 1, 0);
        same_seed += permuted(i, 1'000, 1, 0) == permuted(i, 1'000, 1, 1);
    }
    EXPECT_LT(same_epoch, 10);  // one is expected by chance
    EXPECT_LT(same_seed, 10);
}

// --- IDX files

const std::vector<std::uint8_t> kSmallIdx{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60};

IdxFormat small_format() {
    return {{2, 3}, static_cast<std::uint32_t>(crc32_z(0, kSmallIdx.data(), kSmallIdx.size()))};
}

std::filesystem::path write_gz(const std::string& name, const std::vector<std::uint8_t>& bytes) {
    std::filesystem::path path = scratch(name);
    const gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
    return path;
}

TEST(Idx, ReadsTheArray) {
    const std::vector<std::uint8_t> expected{10, 20, 30, 40, 50, 60};
    EXPECT_EQ(read_idx(write_gz("good.gz", kSmallIdx), small_format()), expected);
}

TEST(Idx, RefusesEveryTruncation) {
    for (std::size_t size = 0; size < kSmallIdx.size(); ++size) {
        const auto path = write_gz("short.gz", {kSmallIdx.begin(), kSmallIdx.begin() + static_cast<long>(size)});
        message_of(ErrorCode::bad_data, [&] { read_idx(path, small_format()); });
    }
}

TEST(Idx, RefusesACompressedFileCutShort) {
    const auto path = write_gz("cut.gz", kSmallIdx);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 12);
    message_of(ErrorCode::bad_data, [&] { read_idx(path, small_format()); });
}

TEST(Idx, SaysWhatWasExpectedAndFound) {
    std::vector<std::uint8_t> bytes = kSmallIdx;
    bytes[3] = 3;
    std::string message =
        message_of(ErrorCode::bad_data, [&] { read_idx(write_gz("magic.gz", bytes), small_format()); });
    EXPECT_NE(message.find("magic.gz: expected the magic number 00000802, found 00000803"), std::string::npos)
        << message;

    bytes = kSmallIdx;
    bytes[7] = 5;
    message = message_of(ErrorCode::bad_data, [&] { read_idx(write_gz("size.gz", bytes), small_format()); });
    EXPECT_NE(message.find("size 2 in dimension 0, found 5"), std::string::npos) << message;

    bytes = kSmallIdx;
    bytes.back() ^= 1;
    message = message_of(ErrorCode::bad_data, [&] { read_idx(write_gz("crc.gz", bytes), small_format()); });
    EXPECT_NE(message.find("CRC-32"), std::string::npos) << message;

    bytes = kSmallIdx;
    bytes.push_back(0);
    message = message_of(ErrorCode::bad_data, [&] { read_idx(write_gz("long.gz", bytes), small_format()); });
    EXPECT_NE(message.find("18 bytes, found more"), std::string::npos) << message;

    message = message_of(ErrorCode::not_found, [&] { read_idx(scratch("absent.gz"), small_format()); });
    EXPECT_NE(message.find("absent.gz"), std::string::npos) << message;
}

// --- loss

void expect_gradient_matches_differences(const Target& target, bool refuses) {
    const std::vector<Scores> logits{{1.5f, -2, 0.3f, 4, -1, 0, 2.5f, -3, 0.7f, 1}};
    const std::vector<int> labels{0};  // count for `wrong` alone
    const std::vector<Target> targets{target};
    std::vector<Scores> gradient(1), unused(1);
    cross_entropy(logits, labels, targets, refuses, 1, gradient);
    for (int k = 0; k < kClasses; ++k) {
        constexpr float kStep = 1e-2f;
        std::vector<Scores> up = logits, down = logits;
        up[0][k] += kStep;
        down[0][k] -= kStep;
        const double slope = (cross_entropy(up, labels, targets, refuses, 1, unused).loss -
                              cross_entropy(down, labels, targets, refuses, 1, unused).loss) /
                             (2 * kStep);
        EXPECT_NEAR(gradient[0][k], slope, 2e-4) << "logit " << k;
    }
}

TEST(Loss, GradientMatchesFiniteDifferences) {
    for (const bool refuses : {false, true})
        for (const float smoothing : {0.0f, 0.1f})
            for (int label = 0; label <= kNoDigit; ++label) {
                SCOPED_TRACE("label " + std::to_string(label));
                expect_gradient_matches_differences(label_target(label, {refuses, smoothing}), refuses);
            }
}

TEST(Loss, GradientMatchesFiniteDifferencesWithTeachers) {
    const std::vector<Scores> teachers{{3, 1, 0, 2, -1, 0.5f, 0, -2, 4, 1}, {-1, 2, 5, 0, 0, 1, -3, 0.25f, 1, 0}};
    for (const bool refuses : {false, true})
        for (const float share : {0.5f, 1.0f}) {
            const LossSettings settings{refuses, 0.1f, share, 2.0f};
            Target target = label_target(4, settings);
            mix_teachers_in(target, teachers, settings);
            expect_gradient_matches_differences(target, refuses);
        }
}

// Against the definition, in double precision.
TEST(Loss, TeachersShareInTheTarget) {
    const std::vector<Scores> teachers{{3, 1, 0, 2, -1, 0.5f, 0, -2, 4, 1}, {-1, 2, 5, 0, 0, 1, -3, 0.25f, 1, 0}};
    constexpr float kShare = 0.75f, kTemperature = 1.5f;
    for (const bool refuses : {false, true}) {
        std::array<double, kClasses + 1> expected{};
        expected[4] = 1 - kShare;
        for (const Scores& logits : teachers) {
            double total = refuses ? 1 : 0;
            for (const float z : logits) total += std::exp(z / kTemperature);
            for (int k = 0; k < kClasses; ++k) expected[k] += kShare / 2 * std::exp(logits[k] / kTemperature) / total;
            if (refuses) expected[kNoDigit] += kShare / 2 / total;
        }
        const LossSettings settings{refuses, 0, kShare, kTemperature};
        Target target = label_target(4, settings);
        mix_teachers_in(target, teachers, settings);
        for (int k = 0; k <= kNoDigit; ++k) EXPECT_NEAR(target[k], expected[k], 1e-6) << "class " << k;
    }
}

TEST(Loss, OfElevenClassesIsThatOfAnEleventhLogitAtZero) {
    const std::vector<Scores> logits{{1, 2, 3, -1, -2, -3, 0.5f, 0.25f, -0.5f, 4}};
    double total = 1;  // exp(0)
    for (const float z : logits[0]) total += std::exp(static_cast<double>(z));
    const auto loss_of = [&](int label) {
        std::vector<Scores> gradient(1);
        const std::vector<Target> targets{label_target(label, {.refuses = true})};
        const double loss = cross_entropy(logits, std::vector{label}, targets, true, 1, gradient).loss;
        const std::vector<std::uint8_t> labels{static_cast<std::uint8_t>(label)};
        EXPECT_NEAR(measure_loss(logits, labels, true).loss, loss, 1e-6);
        return loss;
    };
    EXPECT_NEAR(loss_of(kNoDigit), std::log(total), 1e-5);
    EXPECT_NEAR(loss_of(9), std::log(total) - 4, 1e-5);
    EXPECT_EQ(most_probable({-1, -1, -1, -1, -1, -1, -1, -1, -1, -0.1f}, true), kNoDigit);
    EXPECT_EQ(most_probable({-1, -1, -1, -1, -1, -1, -1, -1, -1, -0.1f}, false), 9);
}

// --- checkpoints

TEST(Checkpoint, ComesBackAsItWas) {
    Checkpoint saved;
    saved.seed = 42;
    saved.seconds = 1.5;
    saved.wrong = 7;
    saved.best_error = 0.25;
    saved.curve = {{4, 3, 2, 1}, {0.5, 0.25, 0.125, 0.0625}};
    saved.trained_on = {"cuda:0,1 mixed", "cpu fp32"};
    saved.best[7] = 3;
    saved.optimizer = initial_state(5);
    saved.optimizer.step = 11;
    save_checkpoint(scratch("checkpoint"), saved);
    const Checkpoint loaded = load_checkpoint(scratch("checkpoint"));
    EXPECT_EQ(loaded.seed, 42u);
    EXPECT_EQ(loaded.seconds, 1.5);
    EXPECT_EQ(loaded.wrong, 7);
    EXPECT_EQ(loaded.best_error, 0.25);
    ASSERT_EQ(loaded.curve.size(), 2u);
    EXPECT_EQ(loaded.curve[1].validation_loss, 0.125);
    EXPECT_EQ(loaded.trained_on, saved.trained_on);
    EXPECT_EQ(loaded.best, saved.best);
    EXPECT_EQ(loaded.optimizer.step, 11);
    EXPECT_EQ(loaded.optimizer.parameters, saved.optimizer.parameters);
    EXPECT_EQ(loaded.optimizer.average, saved.optimizer.average);
}

TEST(Checkpoint, RefusesDamage) {
    const std::filesystem::path path = scratch("damaged");
    const auto damaged = [&](const auto& damage) {
        save_checkpoint(path, Checkpoint{});
        damage();
        return message_of(ErrorCode::bad_data, [&] { load_checkpoint(path); });
    };
    const auto size = [&] { return std::filesystem::file_size(path); };
    damaged([&] { std::filesystem::resize_file(path, size() - 1); });
    damaged([&] { std::filesystem::resize_file(path, 40); });
    damaged([&] { std::filesystem::resize_file(path, 0); });
    damaged([&] { std::filesystem::resize_file(path, size() + 1); });
    // The number of points of the curve and the length of the text, which the size of the file follows from.
    constexpr int kPoints = 80, kText = 88;
    for (const int length : {kPoints, kText}) {
        const auto put = [&](int at, char byte) {
            std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(at).put(byte);
        };
        damaged([&] { put(length, '\1'); });
        damaged([&] { put(length + 7, '\x80'); });
    }
    const std::string older =
        damaged([&] { std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(14).put('1'); });
    EXPECT_NE(older.find("found one of another version"), std::string::npos) << older;
    damaged([&] { std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(1'000).put('x'); });
    message_of(ErrorCode::not_found, [&] { load_checkpoint(scratch("no_checkpoint")); });
    message_of(ErrorCode::unwritable, [&] { save_checkpoint(scratch("no_folder") / "x", Checkpoint{}); });
}

// --- calibration

TEST(Calibration, FindsTheTemperatureThatLabelsWereDrawnWith) {
    std::vector<Scores> logits;
    std::vector<std::uint8_t> labels;
    Random random(1, Stream::sample, 0, 0);
    constexpr double kTemperature = 2.5;
    for (int i = 0; i < 20'000; ++i) {
        Scores z;
        for (float& logit : z) logit = random.symmetric(6);
        double total = 1;
        for (const float logit : z) total += std::exp(logit / kTemperature);
        double rest = random.uniform() * total;
        int label = 0;
        while (label < kClasses && rest >= std::exp(z[label] / kTemperature))
            rest -= std::exp(z[label++] / kTemperature);
        logits.push_back(z);
        labels.push_back(static_cast<std::uint8_t>(label));  // kNoDigit where the rest is the zero logit's
    }
    EXPECT_NEAR(fit_temperature(logits, labels, true), kTemperature, 0.1);
    const auto bins = reliability(logits, labels, {2.5f, true});
    EXPECT_LT(calibration_error(bins), 0.02);
    EXPECT_GT(calibration_error(reliability(logits, labels, {1.0f, true})), 0.1);
}

TEST(Calibration, KeepsTheShareOfDigitsAskedFor) {
    std::vector<Scores> logits(100);
    std::vector<std::uint8_t> labels(100, 3);
    for (int i = 0; i < 100; ++i) logits[i][3] = static_cast<float>(i) / 10;
    const ScoreMeaning meaning{1, true};
    const float threshold = keep_threshold(logits, labels, meaning, 0.9);
    EXPECT_NEAR(rejected_share(logits, meaning, threshold), 0.1, 1e-9);
}

}  // namespace
}  // namespace chiffre::training
