// bench_test.cpp -- the parts of the laboratory: tables, clocks, the checks before anything is timed, its CPU matrices.
#include <gtest/gtest.h>
#include <sched.h>

#include <cmath>

#include "bench/contestants.h"
#include "bench/crew.h"
#include "bench/matrix_bench.h"
#include "bench/matrix_cpu.h"
#include "bench/measure.h"
#include "bench/table.h"
#include "error.h"
#include "forced_isa.h"

namespace chiffre {
namespace {

using namespace bench;

// ---- tables and checks --------------------------------------------------------------------------------------------

TEST(BenchTable, AlignsForPeopleAndQuotesForPrograms) {
    Table table({{"name", Kind::text},
                 {"n", Kind::count},
                 {"time", Kind::time},
                 {"rate", Kind::rate},
                 {"share", Kind::share},
                 {"nothing", Kind::number}});
    table.add({std::string("a, \"b\""), std::int64_t{7}, 1.5e-4, 2.5e9, 0.5, Cell{}});
    table.add({std::string("c"), std::int64_t{1234}, 2.0, 3.0, kNone, kNone});
    EXPECT_EQ(table.text(),
              "name       n      time     rate   share\n"
              "a, \"b\"     7  150.0 us  2.500 G  50.0 %\n"
              "c       1234   2.000 s    3.000\n");
    EXPECT_EQ(table.csv(),
              "name,n,time_us,rate,share,nothing\n"
              "\"a, \"\"b\"\"\",7,150,2.5e+09,0.5,\n"
              "c,1234,2000000,3,,\n");
    EXPECT_THROW(table.add({std::string("too few")}), std::logic_error);
}

TEST(BenchTable, DerivesRateRatioAndShare) {
    Table table = timed_table({{"what", Kind::text}});
    add(table, {.parameters = {std::string("x")},
                .timing = {.median_s = 2, .minimum_s = 1, .repetitions = 3, .clock = Clock::gpu},
                .work = 10,
                .unit = "images/s",
                .baseline = {"y", 8},
                .limit = {"FMA", 100},
                .limit_work_per_work = 4});
    EXPECT_EQ(table.csv(),
              "what,clock,median_us,minimum_us,p99_us,repetitions,rate,unit,ratio,baseline,limit,share,limit_name\n"
              "x,gpu,2000000,1000000,,3,5,images/s,4,y,25,0.2,FMA\n");
}

TEST(BenchMeasure, SummarizesByOrder) {
    const Timing odd = summarize({3, 1, 2}, Clock::wall);
    EXPECT_EQ(odd.median_s, 2);
    EXPECT_EQ(odd.minimum_s, 1);
    EXPECT_TRUE(std::isnan(odd.p99_s));
    EXPECT_EQ(summarize({4, 1, 2, 3}, Clock::wall).median_s, 2.5);
    std::vector<double> many;
    for (int i = 1; i <= 200; ++i) many.push_back(i);
    EXPECT_EQ(summarize(many, Clock::wall).p99_s, 198);
    EXPECT_THROW(summarize({}, Clock::wall), std::invalid_argument);
}

TEST(BenchCrew, CountsTheCoresThatThisProcessMayUse) {
    cpu_set_t before, one;
    ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
    EXPECT_EQ(core_count(), CPU_COUNT(&before));
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(core_count(), 1);
    EXPECT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

TEST(BenchMeasure, RepeatsShortWorkAndCutsLongWork) {
    int longest = 0;
    const auto takes = [&](double each_s) {
        return [&, each_s](int times) {
            longest = std::max(longest, times);
            return times * each_s;
        };
    };
    const Timing quick = measure_with({.repetitions = 5, .least_s = 0.01, .most_s = 1}, Clock::wall, takes(1e-6));
    EXPECT_EQ(quick.repetitions, 5);
    EXPECT_NEAR(quick.median_s, 1e-6, 1e-12);
    EXPECT_GE(longest, 10'000);
    longest = 0;
    const Timing slow = measure_with({.repetitions = 5, .least_s = 0.01, .most_s = 1}, Clock::wall, takes(4));
    EXPECT_EQ(slow.repetitions, 1);
    EXPECT_EQ(longest, 1);
}

TEST(BenchCheck, FindsScoresThatDiffer) {
    const std::vector<float> expected(100, 1.0f);
    std::vector<float> found = expected;
    EXPECT_NO_THROW(check_close("x", "y", expected, found, kSinglePrecision));
    found[99] += 2e-5f;
    EXPECT_THROW(check_close("x", "y", expected, found, kSinglePrecision), Error);
    EXPECT_NO_THROW(check_close("x", "y", expected, found, kSixteenBits));
    found[0] = std::nanf("");
    EXPECT_THROW(check_close("x", "y", expected, found, kSixteenBits), Error);
    found[0] = INFINITY;
    EXPECT_THROW(check_close("x", "y", expected, found, {kAnything, kAnything}), Error);
}

TEST(BenchCheck, FindsAnEngineThatDependsOnTheBatch) {
    std::vector<Contestant> contestants = cpu_contestants(default_weights());
    const std::vector<Tile> tiles = made_tiles(300);
    EXPECT_NO_THROW(check_agreement(contestants, tiles));
    contestants.push_back({"moody",
                           [classify = contestants.front().classify](auto some, auto scores) {
                               classify(some, scores);
                               if (some.size() == 33) scores[32][9] = std::nextafter(scores[32][9], INFINITY);
                           },
                           kSixteenBits});
    try {
        check_agreement(contestants, tiles);
        FAIL() << "expected an Error";
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::bad_data);
        EXPECT_STREQ(e.what(),
                     "moody: expected the same bits for a tile in every batch, found others in a batch of 33");
    }
}

// ---- matrices -----------------------------------------------------------------------------------------------------

class BenchMatrix : public EveryIsa {};

TEST_P(BenchMatrix, SumsAndProductsAreThoseOfDoublePrecision) {
    Crew crew(3);
    // Around the sizes of registers, panels, tasks and depths, and never only multiples of them.
    for (const auto& [n, p] : {std::pair{1, 1}, {5, 3}, {17, 33}, {97, 100}, {100, 1030}, {130, 7}, {193, 512}})
        for (const Operation operation : kOperations) {
            const Problem problem{operation, n, p};
            const Factors factors(problem.factor_size());
            const float nan = std::nanf("");
            std::vector<float> plain(problem.result_size(), nan), threaded(problem.result_size(), nan);
            if (operation == Operation::add) {
                add_plainly(plain.data(), factors.a.data(), factors.b.data(), n, p);
                add_threaded(threaded.data(), factors.a.data(), factors.b.data(), n, p, crew);
            } else {
                multiply_plainly(plain.data(), factors.a.data(), factors.b.data(), n, p);
                multiply_blocked(threaded.data(), factors.a.data(), factors.b.data(), n, p, crew);
            }
            EXPECT_NO_THROW(check_result(problem, factors, plain, "plain")) << n << " " << p;
            EXPECT_NO_THROW(check_result(problem, factors, threaded, "threaded")) << n << " " << p;
        }
}
CHIFFRE_FOR_EVERY_ISA(BenchMatrix);

TEST(BenchCheck, FindsAWrongElementOfAMatrix) {
    const Problem problem{Operation::multiply, 40, 30};
    const Factors factors(problem.factor_size());
    std::vector<float> c(problem.result_size());
    multiply_plainly(c.data(), factors.a.data(), factors.b.data(), 40, 30);
    for (const std::size_t wrong : {std::size_t{0}, std::size_t{777}, c.size() - 1})
        for (const float value : {c[wrong] + 1e-4f, std::nanf("")}) {
            std::vector<float> damaged = c;
            damaged[wrong] = value;
            EXPECT_THROW(check_result(problem, factors, damaged, "x"), Error) << wrong;
        }
}

TEST(BenchCheck, CountsOperationsAndBytes) {
    EXPECT_EQ((Problem{Operation::add, 20, 30}.flop()), 600);
    EXPECT_EQ((Problem{Operation::add, 20, 30}.bytes()), 4 * 3 * 600);
    EXPECT_EQ((Problem{Operation::multiply, 20, 30}.flop()), 2 * 20 * 20 * 30);
    EXPECT_EQ((Problem{Operation::multiply, 20, 30}.bytes()), 4 * (2 * 600 + 400));
}

}  // namespace
}  // namespace chiffre
