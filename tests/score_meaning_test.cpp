// score_meaning_test.cpp -- what the metadata of weights say about their scores, and the probabilities that follow.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "error.h"
#include "weights.h"

namespace chiffre {
namespace {

constexpr Scores kSomeLogits{0.5f, -1, 2, 0, 3.25f, -4, 1, 1, -0.5f, 2.5f};

double sum_of(const Scores& p) {
    return std::accumulate(p.begin(), p.end(), 0.0);
}

TEST(Probabilities, AreTheSoftmax) {
    for (const float temperature : {0.5f, 1.0f, 3.0f})
        for (const bool refuses : {false, true}) {
            double sum = refuses ? 1 : 0;  // exp(0): the logit of "no digit"
            for (const float logit : kSomeLogits) sum += std::exp(static_cast<double>(logit) / temperature);
            const Scores p = probabilities(kSomeLogits, {temperature, refuses});
            for (std::size_t i = 0; i < p.size(); ++i)
                EXPECT_NEAR(p[i], std::exp(static_cast<double>(kSomeLogits[i]) / temperature) / sum, 1e-6);
            EXPECT_NEAR(sum_of(p), refuses ? 1 - 1 / sum : 1, 1e-6);
        }
}

TEST(Probabilities, SurviveAnyLogits) {
    for (const bool refuses : {false, true})
        for (const float size : {1e4f, 1e30f, std::numeric_limits<float>::max()}) {
            Scores logits{};
            logits[3] = size;
            EXPECT_EQ(probabilities(logits, {1, refuses})[3], 1);
            logits.fill(-size);
            EXPECT_FLOAT_EQ(static_cast<float>(sum_of(probabilities(logits, {1, refuses}))), refuses ? 0.0f : 1.0f);
        }
}

TEST(ScoreMeaning, ComesFromTheMetadata) {
    Weights weights;
    EXPECT_EQ(score_meaning(weights).temperature, 1);
    EXPECT_FALSE(score_meaning(weights).refuses);
    weights.metadata = {{"temperature", "1.25"}, {"no_digit", "zero_logit"}};
    EXPECT_EQ(score_meaning(weights).temperature, 1.25f);
    EXPECT_TRUE(score_meaning(weights).refuses);
    weights.metadata["no_digit"] = "uniform";
    EXPECT_FALSE(score_meaning(weights).refuses);
}

TEST(ScoreMeaning, NonsenseIsRefused) {
    const auto refused = [](const char* key, const char* value) {
        Weights weights;
        weights.metadata[key] = value;
        EXPECT_THROW(score_meaning(weights), Error) << key << " = " << value;
    };
    for (const char* value : {"", "0", "-1", "x", "1x", "nan", "inf", "1,5", " 1"}) refused("temperature", value);
    for (const char* value : {"", "yes", "eleventh"}) refused("no_digit", value);
}

}  // namespace
}  // namespace chiffre
