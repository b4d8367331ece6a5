// bench_layers_test.cpp -- the program `bench`, subcommands layers and blocks, on machines without a GPU; and the
// figures of the table that --csv writes.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "process.h"
#include "scratch_folder.h"

namespace chiffre {
namespace {

Process::Result bench(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), CHIFFRE_BENCH);
    return Process(arguments, {}).wait();
}

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> cells(1);
    bool is_quoted = false;
    for (const char c : line) {
        if (c == '"')
            is_quoted = !is_quoted;
        else if (c == ',' && !is_quoted)
            cells.emplace_back();
        else
            cells.back() += c;
    }
    return cells;
}

// Rows by column name.
std::vector<std::map<std::string, std::string>> read_csv(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<std::string> names;
    std::vector<std::map<std::string, std::string>> rows;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        const std::vector<std::string> cells = split(line);
        if (names.empty()) {
            names = cells;
            continue;
        }
        EXPECT_EQ(cells.size(), names.size()) << line;
        for (std::size_t i = 0; i < std::min(cells.size(), names.size()); ++i) {
            if (i == 0) rows.emplace_back();
            rows.back()[names[i]] = cells[i];
        }
    }
    return rows;
}

TEST(BenchLayers, EveryStepHasARowForTheCpu) {
    const ScratchFolder scratch;
    const auto csv = scratch.path() / "layers.csv";
    const Process::Result result =
        bench({"layers", "--device", "cpu", "--quick", "--repetitions", "1", "--batch", "5", "--csv", csv.string()});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.err.find("SKIPPED: the GPU's side of the layers: expected a GPU, found --device cpu"),
              std::string::npos)
        << result.err;
    std::string steps;
    for (const auto& row : read_csv(csv)) {
        steps += row.at("step") + ";";
        EXPECT_EQ(row.at("images"), "5");
        EXPECT_GT(std::stod(row.at("median_us")), 0);
        // What is said to be the share follows from what else is said.
        if (row.at("share").empty()) continue;
        const double rate = 5e6 / std::stod(row.at("median_us"));
        EXPECT_NEAR(std::stod(row.at("rate")) / rate, 1, 1e-5);
        EXPECT_NEAR(std::stod(row.at("share")), rate / std::stod(row.at("limit")), 1e-5);
    }
    EXPECT_EQ(steps, "tile;c1;c1 tanh;s2;c3;c3 tanh;s4;c5;c5 tanh;f6;f6 tanh;output;softmax;network;");
}

// C3 takes 5 * 2 * 240,000 operations for five images and moves 5 * (1,176 + 1,600) + 2,416 floats.
TEST(BenchLayers, OperationsAndBytesByHand) {
    const ScratchFolder scratch;
    const auto csv = scratch.path() / "layers.csv";
    ASSERT_EQ(
        bench({"layers", "--device", "cpu", "--quick", "--repetitions", "1", "--batch", "5", "--csv", csv.string()})
            .status,
        0);
    int found = 0;
    for (const auto& row : read_csv(csv)) {
        if (row.at("step") != "c3") continue;
        ++found;
        EXPECT_EQ(row.at("shape"), "16x10x10");
        EXPECT_EQ(std::stod(row.at("bytes")), 4 * (5 * (1176 + 1600) + 2416));
        EXPECT_NEAR(std::stod(row.at("flop_per_s")) * std::stod(row.at("median_us")) * 1e-6, 2'400'000, 10);
    }
    EXPECT_EQ(found, 1);
}

TEST(BenchLayers, SimpleValuesAreShownAndPrinted) {
    const Process::Result plain = bench({"layers", "--device", "cpu", "--quick", "--repetitions", "1", "--batch", "1"});
    EXPECT_NE(plain.out.find("7500 x + 24750 + m"), std::string::npos);
    EXPECT_EQ(plain.out.find("map 0"), std::string::npos);

    const Process::Result printed =
        bench({"layers", "--device", "cpu", "--quick", "--repetitions", "1", "--batch", "1", "--print"});
    // Map 2 of S4: 15000 x + 28500 + 2, five equal rows.
    const std::string row = "    28502     43502     58502     73502     88502\n";
    EXPECT_NE(printed.out.find("map 2\n" + row + row + row + row + row + "map 3\n"), std::string::npos);
    EXPECT_NE(
        printed.out.find("output: 10 x 1 x 1\n"
                         "        0         1         2         3         4         5         6         7         8 "
                         "        9\n"),
        std::string::npos);
    EXPECT_NE(printed.out.find("0.6321493\n"), std::string::npos) << "softmax of 9";
}

TEST(BenchLayers, NonsenseIsRefused) {
    EXPECT_EQ(bench({"layers", "--batch", "0"}).status, 2);
    EXPECT_EQ(bench({"layers", "--batch", "many"}).status, 2);
    EXPECT_EQ(bench({"layers", "--device", "abacus"}).status, 2);
    EXPECT_EQ(bench({"layers", "--device", "cuda:99"}).status, 4);
    EXPECT_EQ(bench({"layers", "--device", "cpu", "--csv", "/nowhere/x.csv"}).status, 5);
    EXPECT_EQ(bench({"blocks", "--batch", "0"}).status, 2);
}

TEST(BenchBlocks, NeedsAGpu) {
    const std::pair<std::string, std::string> cases[] = {{"cpu", "bench: expected a GPU, found --device cpu\n"},
                                                         {"cuda:99", "bench: cuda:99: expected a "}};
    for (const auto& [device, why] : cases) {
        const Process::Result result = bench({"blocks", "--device", device});
        EXPECT_EQ(result.status, 4);
        EXPECT_EQ(result.out, "");
        EXPECT_TRUE(result.err.starts_with(why)) << result.err;
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    }
}

}  // namespace
}  // namespace chiffre
