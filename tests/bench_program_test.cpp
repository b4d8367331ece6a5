// bench_program_test.cpp -- the program `bench` as a user meets it. Sizes are tiny: what is tested is that everything
// is measured and reported, not how fast it is.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "cpu/isa.h"
#include "process.h"

namespace chiffre {
namespace {

using Arguments = std::vector<std::string>;

constexpr const char* kMnistRecipe = CHIFFRE_SOURCE_DIR "/weights/recipes/mnist.recipe";

Process::Result run_bench(Arguments arguments, const Process::Options& options = {}) {
    arguments.insert(arguments.begin(), CHIFFRE_BENCH);
    return Process(arguments, options).wait();
}

struct Csv {
    std::map<std::string, std::string> facts;
    std::vector<std::string> columns;
    std::vector<std::map<std::string, std::string>> rows;

    std::vector<std::map<std::string, std::string>> where(const std::string& column, const std::string& value) const {
        std::vector<std::map<std::string, std::string>> found;
        for (const auto& row : rows)
            if (row.at(column) == value) found.push_back(row);
        return found;
    }
};

std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"')
            quoted = !quoted;  // none of our names holds a quote
        else if (c == ',' && !quoted)
            fields.emplace_back();
        else
            fields.back() += c;
    }
    return fields;
}

Csv read_csv(const std::filesystem::path& path) {
    Csv csv;
    std::istringstream text(bytes_of(path));
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with("# ")) {
            const std::size_t colon = line.find(": ");
            csv.facts[line.substr(2, colon - 2)] = line.substr(colon + 2);
            continue;
        }
        const std::vector<std::string> fields = fields_of(line);
        if (csv.columns.empty()) {
            csv.columns = fields;
            continue;
        }
        EXPECT_EQ(fields.size(), csv.columns.size()) << line;
        auto& row = csv.rows.emplace_back();
        for (std::size_t i = 0; i < csv.columns.size(); ++i) row[csv.columns[i]] = i < fields.size() ? fields[i] : "";
    }
    for (const char* fact : {"program", "date", "cpu", "cores", "gpu"})
        EXPECT_FALSE(csv.facts[fact].empty()) << fact << " in " << path;
    return csv;
}

class BenchProgram : public testing::Test {
  protected:
    std::string file(const std::string& name) const { return (scratch_.path() / name).string(); }

    // Runs it with --csv and reads what it wrote; what every timed row must have is checked here.
    Csv measured(Arguments arguments) const {
        for (const std::string& more : {std::string("--quick"), std::string("--csv"), file("table.csv")})
            arguments.push_back(more);
        const Process::Result result = run_bench(arguments);
        EXPECT_EQ(result.status, 0) << result.err;
        Csv csv = read_csv(file("table.csv"));
        EXPECT_FALSE(csv.rows.empty());
        for (const auto& row : csv.rows) {
            if (!row.contains("median_us")) continue;
            const double median = std::stod(row.at("median_us")), minimum = std::stod(row.at("minimum_us"));
            EXPECT_GE(median, minimum);
            EXPECT_GE(minimum, 0);
            EXPECT_GE(std::stoi(row.at("repetitions")), 1);
            EXPECT_FALSE(row.at("unit").empty());
        }
        return csv;
    }

    ScratchFolder scratch_;
};

TEST_F(BenchProgram, HelpListsTheAreas) {
    const Process::Result result = run_bench({"--help"});
    EXPECT_EQ(result.status, 0);
    for (const char* area : {"engine", "matrix", "mnist", "photo", "read", "train"})
        EXPECT_NE(result.out.find(area), std::string::npos) << area;
    EXPECT_EQ(run_bench({"engine", "--help"}).status, 0);
}

TEST_F(BenchProgram, RefusesWrongUsage) {
    for (const Arguments& wrong : {Arguments{},
                                   {"nothing"},
                                   {"engine", "--nothing"},
                                   {"engine", "--batches", "0"},
                                   {"engine", "--batches", "x"},
                                   {"engine", "--isa", "z80"},
                                   {"engine", "--device", "abacus"},
                                   {"matrix", "--rows", "0"},
                                   {"matrix", "--rows", "4", "--sweep"},
                                   {"mnist"},
                                   {"photo", "--repetitions", "0"},
                                   {"read", ".", "--jobs", "0"},
                                   {"read", ".", "--tesseract", "-1"},
                                   {"train"},
                                   {"train", "--data", ".", "--epochs", "0"},
                                   {"train", "--data", ".", "--target-error", "1"},
                                   {"train", "--data", ".", "--ladder", "--budget", "0"},
                                   {"train", "--data", ".", "--ladder", "--target-error", "101"}}) {
        const Process::Result result = run_bench(wrong);
        EXPECT_EQ(result.status, 2) << testing::PrintToString(wrong) << result.err;
        EXPECT_EQ(result.out, "") << testing::PrintToString(wrong);
    }
}

TEST_F(BenchProgram, MeasuresEveryEngineOfTheCpu) {
    const Csv csv = measured({"engine", "--batches", "1,33", "--training", "--device", "cpu"});
    EXPECT_EQ(csv.facts.at("gpu"), "none");
    for (const cpu::Kernels* kernels : cpu::available_kernels()) {
        const auto rows = csv.where("engine", std::string("cpu ") + kernels->isa + ", one core");
        ASSERT_EQ(rows.size(), 4u) << kernels->isa;
        EXPECT_EQ(rows[0].at("measure"), "throughput");
        EXPECT_EQ(rows[0].at("batch"), "1");
        EXPECT_EQ(rows[1].at("batch"), "33");
        EXPECT_EQ(rows[2].at("measure"), "latency");
        EXPECT_EQ(rows[2].at("batch"), "16");
        EXPECT_FALSE(rows[2].at("p99_us").empty());
        EXPECT_EQ(rows[3].at("measure"), "training");
        for (const auto& row : rows) {
            EXPECT_GT(std::stod(row.at("of_fma")), 0);
            EXPECT_EQ(row.at("limit_name"), std::string("FMA, one core, ") + kernels->isa);
            EXPECT_EQ(csv.where("engine", row.at("limit_name")).size(), 1u) << "the limit is a row too";
        }
    }
}

TEST_F(BenchProgram, MeasuresTheInstructionSetAskedFor) {
    const Csv csv = measured({"engine", "--batches", "4", "--isa", "baseline", "--device", "cpu"});
    for (const auto& row : csv.rows) EXPECT_NE(row.at("engine").find("baseline"), std::string::npos);
}

TEST_F(BenchProgram, MeasuresMatrices) {
    const Csv csv = measured({"matrix", "--rows", "20", "--cols", "30", "--device", "cpu"});
    const auto sums = csv.where("operation", "add"), products = csv.where("operation", "multiply");
    ASSERT_EQ(sums.size(), 2u);
    ASSERT_EQ(products.size(), 2u);
    for (const auto& row : sums) EXPECT_EQ(row.at("operations"), "600");
    for (const auto& row : products) EXPECT_EQ(row.at("operations"), "24000");
    EXPECT_EQ(products[0].at("ratio"), "1");
    EXPECT_EQ(products[1].at("baseline"), products[0].at("contestant"));
}

TEST_F(BenchProgram, SweepsTheSizeOfMatrices) {
    const Csv csv = measured({"matrix", "--sweep", "--max-n", "40", "--device", "cpu"});
    for (const char* n : {"16", "32", "40"}) EXPECT_EQ(csv.where("n", n).size(), 4u) << n;
}

TEST_F(BenchProgram, MeasuresAPhoto) {
    const Csv csv = measured({"photo", "--width", "800", "--repetitions", "2", "--device", "cpu"});
    for (const char* stage : {"decode", "binarize", "segment", "order", "normalize", "classify", "assemble"})
        EXPECT_EQ(csv.where("what", stage).size(), 1u) << stage;
    EXPECT_EQ(csv.where("what", "analyze, user + system").size(), 1u);
}

// On samples with known readings, without labels and with some of which one is wrong.
TEST_F(BenchProgram, ReadsAFolder) {
    const std::filesystem::path samples = CHIFFRE_SOURCE_DIR "/samples";
    std::filesystem::create_directory(file("photos"));
    for (const char* name : {"clean-row.jpg", "pencil.jpg"})
        std::filesystem::copy_file(samples / name, std::filesystem::path(file("photos")) / name);
    const Csv bare = measured({"read", file("photos"), "--jobs", "2", "--tesseract", "0", "--device", "cpu"});
    for (const char* what : {"decoding alone", "analyze"}) {
        const auto rows = bare.where("what", what);
        ASSERT_EQ(rows.size(), 2u) << what;
        EXPECT_EQ(rows[0].at("jobs"), "1");
        EXPECT_EQ(rows[1].at("jobs"), "2");
        for (const auto& row : rows) EXPECT_EQ(row.at("photos"), "2");
        EXPECT_FALSE(rows[1].at("scaling").empty());
    }
    for (const auto& row : bare.where("what", "analyze")) {
        EXPECT_EQ(row.at("limit_name"), "decoding alone");
        EXPECT_GT(std::stod(row.at("share")), 0);
        EXPECT_EQ(row.at("exact"), "");
    }

    std::string text = bytes_of(samples / "pencil.txt");
    std::erase_if(text, [](char c) { return c == ' '; });
    text.pop_back();
    std::replace(text.begin(), text.end(), '\n', '|');
    std::ofstream(std::filesystem::path(file("photos")) / "labels.tsv")
        << "file\trows\nclean-row.jpg\t1\npencil.jpg\t" << text << "\n";
    const Csv labelled = measured({"read", file("photos"), "--jobs", "1", "--tesseract", "0", "--device", "cpu"});
    const auto rows = labelled.where("what", "analyze");
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].at("exact"), "0.5");
    EXPECT_EQ(rows[0].at("scaling"), "");
}

TEST_F(BenchProgram, ReadsAFolderBesideTesseract) {
    if (std::system("tesseract --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "tesseract is not on PATH";
    std::filesystem::create_directory(file("photos"));
    std::filesystem::copy_file(CHIFFRE_SOURCE_DIR "/samples/clean-row.jpg",
                               std::filesystem::path(file("photos")) / "a.jpg");
    const Csv csv = measured({"read", file("photos"), "--device", "cpu"});
    const auto rows = csv.where("what", "tesseract");
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].at("photos"), "1");
    // Not that we are the faster: a loaded machine, or one photo under a sanitizer, says nothing of that.
    const double theirs = std::stod(rows[0].at("rate"));
    for (const auto& row : csv.where("what", "analyze")) {
        const double ours = std::stod(row.at("rate"));
        EXPECT_NEAR(std::stod(row.at("ratio")), ours / theirs, 1e-3 * ours / theirs);
        EXPECT_EQ(row.at("baseline"), "tesseract");
    }
}

TEST_F(BenchProgram, AFolderThatCannotBeReadIsOneLine) {
    std::filesystem::create_directory(file("photos"));
    std::ofstream(std::filesystem::path(file("photos")) / "a.jpg") << "no picture";
    for (const std::string& folder : {file("photos"), file("no such")}) {
        const Process::Result result = run_bench({"read", folder, "--quick", "--tesseract", "0", "--device", "cpu"});
        EXPECT_EQ(result.status, 1) << result.err;
        EXPECT_EQ(result.out, "");
        EXPECT_NE(result.err.find(folder), std::string::npos) << result.err;
    }
}

TEST_F(BenchProgram, ReadsMnistWithEveryEngine) {
    const char* folder = std::getenv("CHIFFRE_MNIST_DIR");
    if (!folder) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    const Csv csv = measured({"mnist", "--data", folder, "--device", "cpu"});
    ASSERT_EQ(csv.rows.size(), cpu::available_kernels().size());
    for (const auto& row : csv.rows) {
        EXPECT_EQ(row.at("images"), "10000");
        EXPECT_EQ(std::stod(row.at("error")), std::stod(row.at("wrong")) / 10'000);
        EXPECT_LT(std::stod(row.at("error")), 0.02);
    }
}

TEST_F(BenchProgram, TrainsOnTheCpu) {
    const char* folder = std::getenv("CHIFFRE_MNIST_DIR");
    if (!folder) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    const Process::Result result = run_bench({"train", "--data", folder, "--recipe", kMnistRecipe, "--epochs", "1",
                                              "--device", "cpu", "--csv", file("train.csv")});
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.err.find("SKIPPED: training on the GPU"), std::string::npos) << result.err;
    const Csv csv = read_csv(file("train.csv"));
    ASSERT_EQ(csv.rows.size(), 1u);
    const auto& row = csv.rows.front();
    EXPECT_EQ(row.at("device"), "cpu");
    EXPECT_EQ(row.at("epochs"), "1");
    EXPECT_GE(std::stod(row.at("whole_us")), std::stod(row.at("training_us")));
    EXPECT_NEAR(std::stod(row.at("images_per_s")) * std::stod(row.at("training_us")) / 1e6, 55'000, 1);
    EXPECT_LT(std::stod(row.at("validation_error")), 0.2);
}

TEST_F(BenchProgram, ClimbsTheLadderAsFarAsTheMachineGoes) {
    const char* folder = std::getenv("CHIFFRE_MNIST_DIR");
    if (!folder) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    const Process::Result result =
        run_bench({"train", "--ladder", "--data", folder, "--recipe", kMnistRecipe, "--epochs", "1", "--target-error",
                   "50", "--device", "cpu", "--csv", file("train.csv")});
    ASSERT_EQ(result.status, 0) << result.err;
    const Csv csv = read_csv(file("train.csv"));
    ASSERT_EQ(csv.rows.size(), 10u);
    EXPECT_EQ(csv.rows[1].at("epochs"), "1");
    EXPECT_FALSE(csv.rows[1].at("over_row_before").empty());
    for (std::size_t i = 2; i < csv.rows.size(); ++i) EXPECT_TRUE(csv.rows[i].at("remark").starts_with("SKIPPED: "));
}

TEST_F(BenchProgram, NamesWhatOfMnistIsMissing) {
    const Process::Result result = run_bench({"mnist", "--data", file("absent"), "--device", "cpu"});
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.err.find("absent/t10k-images-idx3-ubyte.gz: no such file"), std::string::npos) << result.err;
    EXPECT_EQ(run_bench({"mnist", "--data", scratch_.path(), "--weights", file("absent")}).status, 3);
    EXPECT_EQ(run_bench({"train", "--data", file("absent"), "--recipe", kMnistRecipe, "--device", "cpu"}).status, 1);
    EXPECT_EQ(run_bench({"train", "--data", file("absent"), "--recipe", file("absent"), "--device", "cpu"}).status, 1);
}

TEST_F(BenchProgram, RefusesFilesThatCannotBeWrittenBeforeItMeasures) {
    const Process::Result result = run_bench({"engine", "--csv", file("absent/x.csv")});
    EXPECT_EQ(result.status, 5);
    EXPECT_EQ(result.out, "");
}

TEST_F(BenchProgram, SaysThatGnuplotIsMissingBeforeItMeasures) {
    const Process::Result result =
        run_bench({"matrix", "--plot", file("x.png")}, {.in_child = [] { setenv("PATH", "/nowhere", 1); }});
    EXPECT_EQ(result.status, 5);
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err.find("expected gnuplot on PATH"), std::string::npos) << result.err;
    EXPECT_FALSE(std::filesystem::exists(file("x.png")));
}

TEST_F(BenchProgram, DrawsPlotsUnderAnyName) {
    if (std::system("gnuplot --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "gnuplot is not on PATH";
    const std::string png = file("a' \"b\" $(touch c); `d`.png");
    for (const Arguments& area : {Arguments{"matrix", "--sweep", "--max-n", "33"},
                                  {"matrix", "--rows", "9"},
                                  {"engine", "--batches", "1,2"},
                                  {"photo", "--width", "800"}}) {
        Arguments arguments = area;
        for (const char* more : {"--quick", "--repetitions", "2", "--device", "cpu", "--plot"})
            arguments.push_back(more);
        arguments.push_back(png);
        const Process::Result result = run_bench(arguments, {.folder = scratch_.path()});
        EXPECT_EQ(result.status, 0) << result.err;
        EXPECT_TRUE(bytes_of(png).starts_with("\x89PNG\r\n")) << area.front();
        EXPECT_EQ(files_in(scratch_.path()).size(), 1u);
        std::filesystem::remove(png);
    }
}

// ---- the GPU ------------------------------------------------------------------------------------------------------

class BenchOnGpu : public BenchProgram {
  protected:
    void SetUp() override {
        const Process::Result probe =
            run_bench({"matrix", "--rows", "4", "--cols", "4", "--quick", "--device", "cuda"});
        if (probe.status != 4) return;
        const char* device = std::getenv("CHIFFRE_DEVICE");
        ASSERT_TRUE(device == nullptr || std::string(device) != "cuda") << probe.err;
        GTEST_SKIP() << probe.err;
    }
};

TEST_F(BenchOnGpu, MeasuresMatricesInEveryShape) {
    const Csv csv = measured({"matrix", "--rows", "100", "--cols", "70", "--device", "cuda"});
    EXPECT_NE(csv.facts.at("gpu"), "none");
    for (const char* shape : {"one block", "rows as blocks", "8x8", "16x16", "32x32"})
        EXPECT_GE(csv.where("shape", shape).size(), 4u) << shape;  // sum and product; kernel and with transfers
}

TEST_F(BenchOnGpu, MeasuresEveryEngine) {
    const Csv csv = measured({"engine", "--batches", "1,33", "--device", "cuda"});
    for (const char* engine : {"cuda:0 fp32", "cuda:0 fp16"}) {
        const auto rows = csv.where("engine", engine);
        ASSERT_EQ(rows.size(), 8u) << engine;  // two batches on the GPU, pinned, pageable; two latencies
        for (const auto& row : rows) EXPECT_LT(std::stod(row.at("share")), 1.2) << row.at("limit_name");
    }
}

TEST_F(BenchOnGpu, TrainsOnBothDevices) {
    const char* folder = std::getenv("CHIFFRE_MNIST_DIR");
    if (!folder) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    const Process::Result result = run_bench({"train", "--data", folder, "--recipe", kMnistRecipe, "--epochs", "2",
                                              "--device", "cuda", "--csv", file("train.csv")});
    ASSERT_EQ(result.status, 0) << result.err;
    const Csv csv = read_csv(file("train.csv"));
    ASSERT_EQ(csv.rows.size(), 2u);
    EXPECT_EQ(csv.rows[1].at("device"), "cuda:0");
    EXPECT_NEAR(std::stod(csv.rows[1].at("validation_error")), std::stod(csv.rows[0].at("validation_error")), 0.005);
}

TEST_F(BenchOnGpu, ClimbsTheLadder) {
    const char* folder = std::getenv("CHIFFRE_MNIST_DIR");
    if (!folder) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    const Process::Result result =
        run_bench({"train", "--ladder", "--data", folder, "--recipe", kMnistRecipe, "--epochs", "8", "--target-error",
                   "5", "--device", "cuda", "--csv", file("train.csv")});
    ASSERT_EQ(result.status, 0) << result.err;
    const Csv csv = read_csv(file("train.csv"));
    ASSERT_EQ(csv.rows.size(), 10u);
    for (const auto& row : csv.rows)
        EXPECT_TRUE(!row.at("to_target_us").empty() || row.at("remark").starts_with("SKIPPED: ")) << row.at("training");
}

TEST_F(BenchOnGpu, ReadsMnist) {
    const char* folder = std::getenv("CHIFFRE_MNIST_DIR");
    if (!folder) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    const Csv csv = measured({"mnist", "--data", folder, "--device", "cuda"});
    EXPECT_EQ(csv.where("engine", "cuda:0 fp32").size(), 1u);
    EXPECT_EQ(csv.where("engine", "cuda:0 fp16").size(), 1u);
}

}  // namespace
}  // namespace chiffre
