// opinion_test.cpp -- what becomes of the words of two networks.
#include "assemble/opinion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace chiffre {
namespace {

const Candidate kWhole{0, 1, {}, 0, 1}, kPart{0, 1, {}, 0, 0}, kWide{0, 4, {}, 0, 1};

// So sure that it is a digit, and that it is a 4 rather than a 9.
Scores said(float digit, float four = 0.9f) {
    Scores p{};
    p[4] = digit * four;
    p[9] = digit * (1 - four);
    return p;
}
float digit(const Scores& p) {
    return std::accumulate(p.begin(), p.end(), 0.0f);
}

TEST(Opinion, CountsBothNetworks) {
    const Scores yes = said(0.999f), no = said(0.001f), doubt = said(0.6f);
    const float alone = digit(opinion_of(kWhole, doubt, nullptr));
    EXPECT_GT(digit(opinion_of(kWhole, doubt, &yes)), alone);
    EXPECT_LT(digit(opinion_of(kWhole, doubt, &no)), alone);
    EXPECT_LT(digit(opinion_of(kWhole, yes, &no)), 0.5f) << "by itself a digit, but not where it stands";
    EXPECT_GT(digit(opinion_of(kWhole, yes, &yes)), 0.99f);
}

// It was taught on drawn pages: among photographs what it never saw may be a digit.
TEST(Opinion, TheSecondNetworkRulesNothingOutForSure) {
    const Scores yes = said(0.9999f), no = said(0.001f), never{};
    EXPECT_FLOAT_EQ(digit(opinion_of(kWhole, yes, &never)), digit(opinion_of(kWhole, yes, &no)));
    EXPECT_GT(digit(opinion_of(kWhole, yes, &never)), 0.1f);
}

TEST(Opinion, PartsHaveOddsOfTheirOwn) {
    const Scores doubt = said(0.6f);
    EXPECT_GT(digit(opinion_of(kPart, doubt, nullptr)), digit(opinion_of(kWhole, doubt, nullptr)));
    EXPECT_LT(digit(opinion_of(kPart, doubt, &doubt)), digit(opinion_of(kWhole, doubt, &doubt)))
        << "there are many more parts that are none, and the second network tells them";
    EXPECT_EQ(digit(opinion_of(kWide, doubt, &doubt)), digit(opinion_of(kPart, doubt, &doubt)));
}

// In float64, straight from the definition of a logarithmic pool.
TEST(Opinion, PoolsWhichDigitItIs) {
    const Scores a = said(0.9f, 0.6f), b = said(0.9f, 0.05f);
    const Scores both = opinion_of(kWhole, a, &b), same = opinion_of(kWhole, a, &a);
    EXPECT_NEAR(same[4] / digit(same), 0.6f, 1e-4f);
    const double odds = std::log(both[4] / both[9]), of_a = std::log(0.6 / 0.4), of_b = std::log(0.05 / 0.95);
    const double share = (odds - of_a) / (of_b - of_a);
    EXPECT_GT(share, 0.05);
    EXPECT_LT(share, 0.95);
    const Scores c = said(0.5f, 0.2f);
    const Scores others = opinion_of(kWhole, a, &c);
    EXPECT_NEAR(std::log(others[4] / others[9]), of_a + share * (std::log(0.2 / 0.8) - of_a), 1e-3);
}

TEST(Opinion, IsAProbabilityWhateverIsSaid) {
    const Scores nothing{}, all = said(1.0f, 1.0f);
    for (const Scores& a : {nothing, all})
        for (const Scores& b : {nothing, all})
            for (const Scores* context : {static_cast<const Scores*>(nullptr), &b})
                for (const float p : opinion_of(kWhole, a, context)) {
                    EXPECT_TRUE(std::isfinite(p));
                    EXPECT_GT(p, 0);
                    EXPECT_LE(p, 1);
                }
}

}  // namespace
}  // namespace chiffre
