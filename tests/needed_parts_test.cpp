// needed_parts_test.cpp -- rows and scores made by hand: whose parts go.
#include "needed_parts.h"

#include <gtest/gtest.h>

#include <vector>

namespace chiffre {
namespace {

constexpr ScoreMeaning kRefuses{1.0f, true};
constexpr Scores kSevenSurely{0, 0, 0, 0, 0, 0, 0, 12, 0, 0}, kSevenHardly{0, 0, 0, 0, 0, 0, 0, 4, 0, 0};
constexpr Scores kNoDigit{-12, -12, -12, -12, -12, -12, -12, -12, -12, -12};

// A mark that two cuts part, one that one cut parts, their union, and parts, as order() gives them.
MarkRow two_marks() {
    MarkRow row;
    row.marks = {0, 1};
    row.places = 6;
    row.candidates = {{0, 3, {}, 0, 1}, {0, 5, {}, 0, 2},       {0, 1, {}, 0, 0}, {0, 2, {}, 0, 0},
                      {1, 3, {}, 0, 0}, {2, 3, {}, 0, 0, true}, {3, 5, {}, 0, 1}, {3, 4, {}, 0, 0}};
    return row;
}

std::vector<int> firsts_of_parts(const MarkRow& row) {
    std::vector<int> firsts;
    for (const Candidate& candidate : row.candidates)
        if (is_part(candidate)) firsts.push_back(candidate.first);
    return firsts;
}

TEST(NeededParts, AreThoseOfMarksThatAreNotSurelyOneDigit) {
    const std::vector<Scores> scores{kSevenSurely, kSevenHardly, kSevenHardly,   // first mark, union, second mark
                                     kNoDigit,     kSevenHardly, kSevenSurely};  // of the second row
    const std::vector<MarkRow> rows = keep_needed_parts({two_marks(), two_marks()}, scores, kRefuses);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(firsts_of_parts(rows[0]), (std::vector<int>{3}));
    EXPECT_EQ(firsts_of_parts(rows[1]), (std::vector<int>{0, 0, 1, 2}));
    for (const MarkRow& row : rows) EXPECT_EQ(row.places, 6);
    EXPECT_EQ(rows[0].candidates.size(), 4u);
}

// Broken pieces of two digits make a sure one at times: a union says nothing of the marks in it.
TEST(NeededParts, StayWhereOnlyAUnionIsSure) {
    const std::vector<Scores> scores{kSevenHardly, kSevenSurely, kSevenHardly};
    const std::vector<MarkRow> rows = keep_needed_parts({two_marks()}, scores, kRefuses);
    EXPECT_EQ(rows[0].candidates.size(), two_marks().candidates.size());
}

}  // namespace
}  // namespace chiffre
