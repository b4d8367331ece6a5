// pattern_test.cpp -- what the user knows of a row: the automaton, and the path search that walks it, on rows of marks
// and scores made by hand.
#include "pattern.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "assemble.h"
#include "error.h"

namespace chiffre {
namespace {

bool matches(const Pattern& pattern, const std::string& digits) {
    int state = pattern.start();
    for (const char digit : digits)
        if ((state = pattern.next(state, digit - '0')) == Pattern::kDead) return false;
    return pattern.accepts(state);
}

void expect(const std::string& expression, const std::vector<std::string>& right,
            const std::vector<std::string>& wrong) {
    const Pattern pattern = Pattern::parse(expression, "--expect");
    for (const std::string& digits : right) EXPECT_TRUE(matches(pattern, digits)) << expression << ": " << digits;
    for (const std::string& digits : wrong) EXPECT_FALSE(matches(pattern, digits)) << expression << ": " << digits;
}

TEST(Pattern, MatchesWholeRows) {
    expect("47", {"47"}, {"", "4", "474", "74"});
    expect("\\d.", {"00", "93"}, {"0", "000"});
    expect("[1-3][^0-8][4\\d]", {"194", "390"}, {"094", "184"});
    expect("1?", {"", "1"}, {"2"});
}

TEST(Pattern, Alternatives) {
    expect("1|22|", {"1", "22", ""}, {"2", "122"});
    expect("(19|20)\\d{2}", {"1999", "2026"}, {"1899", "202", "20266"});
}

TEST(Pattern, Repeats) {
    expect("12?3*4+", {"14", "124", "1333444"}, {"1", "1224", "34"});
    expect("1{2}2{1,3}3{2,}", {"11233", "112223333"}, {"1233", "1122223", "1123"});
    expect("(12{0,1}){2}", {"11", "1212", "121", "112"}, {"1", "12212"});
    expect("1{0}2", {"2"}, {"12"});
}

TEST(Pattern, Count) {
    const Pattern some = Pattern::count("2-3", "--digits"), exact = Pattern::count("4", "--digits");
    EXPECT_FALSE(matches(some, "1"));
    EXPECT_TRUE(matches(some, "12") && matches(some, "123"));
    EXPECT_FALSE(matches(some, "1234"));
    EXPECT_TRUE(matches(exact, "1234"));
    EXPECT_FALSE(matches(exact, "123"));
}

TEST(Pattern, Both) {
    const Pattern both = Pattern::both(Pattern::count("3", "--digits"), Pattern::parse("1.*", "--expect"));
    EXPECT_TRUE(matches(both, "123"));
    EXPECT_FALSE(matches(both, "223") || matches(both, "12"));
    EXPECT_TRUE(Pattern::both({}, {}).matches_anything());
    EXPECT_THROW(Pattern::both(Pattern::count("3", "--digits"), Pattern::parse("12", "--expect")), Error);
}

void expect_error(const std::string& expression, const std::string& message) {
    try {
        Pattern::parse(expression, "--expect");
        ADD_FAILURE() << expression;
    } catch (const Error& e) {
        EXPECT_EQ(e.what(), message);
        EXPECT_EQ(e.code(), ErrorCode::usage);
    }
}

TEST(Pattern, SaysWhatIsWrong) {
    expect_error("12a", "--expect: expected a digit, '.', '\\d', '[' or '(' at place 3 of '12a', found 'a'");
    expect_error("(12", "--expect: expected ')' at place 4 of '(12', found the end");
    expect_error("1)", "--expect: expected an end or '|' at place 2 of '1)', found ')'");
    expect_error("[31", "--expect: expected ']' at place 4 of '[31', found the end");
    expect_error("[3-1]", "--expect: expected a range that rises at place 5 of '[3-1]', found ']'");
    expect_error("*", "--expect: expected a digit, '.', '\\d', '[' or '(' at place 1 of '*', found '*'");
    expect_error("1{3,2}", "--expect: expected no less than 3 before at place 6 of '1{3,2}', found '}'");
    expect_error("1{201}", "--expect: expected a number from 0 to 200 at place 3 of '1{201}', found '201}'");
    expect_error("1?+", "--expect: expected one repeat at place 3 of '1?+', found '+'");
    expect_error("\\w", "--expect: expected 'd' at place 2 of '\\w', found 'w'");
    expect_error("[^\\d]", "--expect: expected a class that some digit is in at place 6 of '[^\\d]', found the end");
    expect_error("((((\\d{99}){99}){99}){99}){99}",
                 "--expect: expected fewer repeats, found '((((\\d{99}){99}){99}){99}){99}'");
    expect_error("", "--expect: expected what some digits match, found ''");
    expect_error("(4{0})?", "--expect: expected what some digits match, found '(4{0})?'");
    EXPECT_THROW(Pattern::parse(std::string(100'000, '('), "--expect"), Error);
    EXPECT_THROW(Pattern::parse("(.*1.{20})", "--expect"), Error) << "too many states";
}

// ---- inside the path search -----------------------------------------------------------------------------------------

constexpr int kHeight = 40, kWidth = 24;

// Logits of which `digit` has probability p, `second` most of what is left, and no digit the share `none`.
Scores scores_of(int digit, float p, int second, float none) {
    const float rest = 0.001f;
    Scores logits;
    logits.fill(std::log(rest / 8 / none));
    logits[static_cast<std::size_t>(digit)] = std::log(p / none);
    logits[static_cast<std::size_t>(second)] = std::log((1 - p - none - rest) / none);
    return logits;
}

struct OneRow {
    MarkRow row;
    std::vector<Scores> scores;
    void mark(const Scores& logits, int height = kHeight) {
        const int i = static_cast<int>(row.marks.size());
        row.marks.push_back(i);
        ++row.places;
        row.candidates.push_back({i, i + 1, {30 * i, 100 + kHeight - height, kWidth, height}, 5 * kHeight, 1});
        scores.push_back(logits);
    }
    Row read(const Pattern& pattern) const {
        const AssembleOptions options{.digit_height_px = kHeight, .pattern = pattern};
        const Assembly assembly = assemble({row}, scores, {}, {1.0f, true}, options);
        return assembly.rows.empty() ? Row{} : assembly.rows.front();
    }
};

OneRow doubtful() {
    OneRow row;
    row.mark(scores_of(2, 0.98f, 7, 0.005f));
    row.mark(scores_of(1, 0.98f, 7, 0.005f));
    row.mark(scores_of(7, 0.6f, 1, 0.005f));
    row.mark(scores_of(5, 0.98f, 3, 0.005f));
    row.mark(scores_of(8, 0.002f, 3, 0.996f), kHeight * 3 / 5);  // a letter
    return row;
}

TEST(Expect, WhatIsLikeliestWhereNothingIsSaid) {
    const Row row = doubtful().read({});
    EXPECT_EQ(row.text, "2175");
    EXPECT_EQ(row.satisfied, std::nullopt);
}

TEST(Expect, LikeliestThatMatches) {
    const Row row = doubtful().read(Pattern::parse(".11.*", "--expect"));
    EXPECT_EQ(row.text, "2115");
    EXPECT_EQ(row.satisfied, true);
    EXPECT_EQ(row.digits[2].alternatives.front().first, '1');
    EXPECT_GT(row.digits[2].confidence, 0.99f) << "the user knows";
}

TEST(Expect, CountTakesInWhatWasLeftOut) {
    const Row row = doubtful().read(Pattern::count("5", "--digits"));
    EXPECT_EQ(row.text, "21758");
    EXPECT_EQ(row.satisfied, true);
}

TEST(Expect, RowThatCannotMatchIsReadAsItIs) {
    for (const Pattern& pattern : {Pattern::count("6", "--digits"), Pattern::parse("0000", "--expect")}) {
        const Row row = doubtful().read(pattern);
        EXPECT_EQ(row.text, "2175");
        EXPECT_EQ(row.satisfied, false);
    }
}

TEST(Expect, TextIsNotForcedIntoDigits) {
    OneRow row;
    for (int i = 0; i < 4; ++i) row.mark(scores_of(8, 0.0005f, 3, 0.998f));
    EXPECT_TRUE(row.read(Pattern::count("4", "--digits")).digits.empty());
}

}  // namespace
}  // namespace chiffre
