// train_program_test.cpp -- the program `train` as a user meets it: messages and exit statuses.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

struct Outcome {
    int status = -1;
    std::string output;  // stdout and stderr together
};

Outcome train(const std::string& arguments) {
    Outcome outcome;
    FILE* pipe = popen(("{ '" + std::string(CHIFFRE_TRAIN) + "' " + arguments + "; } 2>&1").c_str(), "r");
    std::array<char, 4096> buffer;
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
        outcome.output.append(buffer.data(), count);
    const int status = pclose(pipe);
    if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
    return outcome;
}

std::filesystem::path scratch(const std::string& name) {
    const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / ("chiffre_train_" + name);
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    return folder;
}

void expect(const Outcome& outcome, int status, const std::string& text) {
    EXPECT_EQ(outcome.status, status) << outcome.output;
    EXPECT_NE(outcome.output.find(text), std::string::npos) << outcome.output;
}

const std::string kRecipe = "--recipe '" CHIFFRE_SOURCE_DIR "/weights/recipes/mnist.recipe'";

TEST(TrainProgram, SaysWhichFileIsMissing) {
    const auto folder = scratch("empty");
    expect(train("fit --data " + folder.string() + " " + kRecipe), 1, "train-images-idx3-ubyte.gz: no such file");
    expect(train("show 0 --data " + folder.string()), 1, "train-images-idx3-ubyte.gz: no such file");
}

TEST(TrainProgram, RefusesADamagedFile) {
    const auto folder = scratch("damaged");
    std::ofstream(folder / "train-images-idx3-ubyte.gz") << "this is not MNIST";
    expect(train("show 0 --data " + folder.string()), 1, "expected the magic number 00000803");
}

TEST(TrainProgram, RefusesAnUnknownRecipeKey) {
    const auto folder = scratch("recipe");
    std::ofstream(folder / "x.recipe") << "epochs = 1\nlearning_rat = 1\n";
    expect(train("fit --data . --recipe " + (folder / "x.recipe").string()), 1,
           "x.recipe:2: unknown key \"learning_rat\"");
    expect(train("fit --data . --recipe " + (folder / "absent").string()), 1, "absent: no such recipe");
}

TEST(TrainProgram, RefusesWrongUsage) {
    EXPECT_EQ(train("").status, 2);
    EXPECT_EQ(train("fit").status, 2);
    EXPECT_EQ(train("fit --data . --epochs 0").status, 2);
    EXPECT_EQ(train("evaluate --data . --split train").status, 2);
    EXPECT_EQ(train("--help").status, 0);
}

TEST(TrainProgram, RefusesMissingWeights) {
    expect(train("evaluate --data . --weights /nowhere.safetensors"), 3, "nowhere.safetensors");
}

TEST(TrainProgram, ShowsADigit) {
    const char* folder = std::getenv("CHIFFRE_MNIST_DIR");
    if (!folder) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    const Outcome outcome = train("show 0 --data " + std::string(folder));
    expect(outcome, 0, "label 5\n");
    EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 29);
    expect(train("show 60000 --data " + std::string(folder)), 2, "expected 0 to 59999, found 60000");
}

TEST(TrainProgram, StopsOnInterruptAndResumes) {
    const char* folder = std::getenv("CHIFFRE_MNIST_DIR");
    if (!folder) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    const std::string output = (scratch("resume") / "w.safetensors").string();
    const std::string fit = "fit --epochs 1 --data " + std::string(folder) + " " + kRecipe + " --output " + output;
    const Outcome stopped = train(fit + " & pid=$!; sleep 1; kill -INT $pid; wait $pid");
    if (stopped.output.find("wrote") != std::string::npos) GTEST_SKIP() << "the machine finished within a second";
    EXPECT_EQ(stopped.status, 130) << stopped.output;
    EXPECT_TRUE(std::filesystem::exists(output + ".checkpoint"));
    expect(train(fit + " --resume"), 0, "wrote " + output);
    EXPECT_FALSE(std::filesystem::exists(output + ".checkpoint"));
}

}  // namespace
