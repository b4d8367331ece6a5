// train_program_test.cpp -- the program `train` as a user meets it: messages and exit statuses.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Outcome {
    int status = -1;
    std::string output;  // stdout and stderr together
};

// environment: assignments before the program's name, as a shell takes them.
Outcome train(const std::string& arguments, const std::string& environment = "") {
    Outcome outcome;
    FILE* pipe =
        popen(("{ " + environment + "'" + std::string(CHIFFRE_TRAIN) + "' " + arguments + "; } 2>&1").c_str(), "r");
    std::array<char, 4096> buffer;
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
        outcome.output.append(buffer.data(), count);
    const int status = pclose(pipe);
    if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
    return outcome;
}

std::filesystem::path scratch(const std::string& name) {
    std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / ("chiffre_train_" + name);
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
    EXPECT_EQ(train("fit --data . --teachers").status, 2);
    expect(train("fit --data . --seed -1"), 2, "--seed: expected 0 or more, found -1");
    EXPECT_EQ(train("evaluate --data . --split train").status, 2);
    EXPECT_EQ(train("--help").status, 0);
}

// A folder without data: what is refused here is refused before data is read.
const std::string kWithoutData = "fit --data /nowhere " + kRecipe;

TEST(TrainProgram, RefusesADeviceThatCannotTrain) {
    const std::string hidden = "CUDA_VISIBLE_DEVICES= ";  // no GPU, whatever the machine has
    const std::string fit = kWithoutData + " --output " + (scratch("device") / "w").string();
    expect(train(fit + " --device cuda", hidden), 4, "train: cuda:0: expected a");
    expect(train(fit + " --device gpu"), 2, "expected auto, cpu, cuda");
    expect(train(fit + " --device cpu --precision mixed"), 2, "--precision: expected fp32 on the CPU, found mixed");
    expect(train(fit + " --precision mixed", hidden), 2, "--precision: expected fp32 on the CPU, found mixed");
    expect(train(fit + " --precision fp8"), 2, "--precision: expected fp32 or mixed, found \"fp8\"");
    expect(train(fit, hidden), 1, "train-images-idx3-ubyte.gz: no such file");
}

TEST(TrainProgram, RefusesOutputThatCannotBeWrittenBeforeDataIsRead) {
    const std::string output = " --output " + (scratch("unwritable") / "w").string();
    expect(train(kWithoutData + " --output /nowhere/w"), 5, "/nowhere/w: expected to be able to write here");
    expect(train(kWithoutData + output + " --checkpoint /nowhere/c"), 5, "/nowhere/c: expected to be able to write");
    expect(train(kWithoutData + output + " --log /nowhere/l"), 5, "/nowhere/l: the log cannot be written");
    if (std::system("gnuplot --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "gnuplot is not on PATH";
    expect(train(kWithoutData + output + " --plot /nowhere/p.png"), 5, "/nowhere/p.png: expected to be able to write");
}

TEST(TrainProgram, SaysThatGnuplotIsMissingBeforeDataIsRead) {
    const auto folder = scratch("gnuplot");
    const Outcome outcome =
        train(kWithoutData + " --output " + (folder / "w").string() + " --plot " + (folder / "p.png").string(),
              "PATH=/nowhere ");
    expect(outcome, 5, "expected gnuplot on PATH");
}

TEST(TrainProgram, WantsTeachersExactlyWhereTheRecipeDistills) {
    const auto folder = scratch("teachers");
    const std::string output = " --output " + (folder / "w").string();
    const std::string mnist = " --teachers " CHIFFRE_SOURCE_DIR "/weights/lenet5-mnist.safetensors";
    expect(train(kWithoutData + output + mnist), 2, "distill: expected more than 0 for --teachers");
    std::ofstream(folder / "d.recipe") << "distill = 0.5\n";
    const std::string distill = "fit --data /nowhere --recipe " + (folder / "d.recipe").string() + output;
    expect(train(distill), 2, "d.recipe: distill: expected --teachers, found none");
    expect(train(distill + " --teachers /nowhere.safetensors"), 3, "nowhere.safetensors");
    expect(train(distill + " --teachers " CHIFFRE_SOURCE_DIR "/weights/lenet5.safetensors"), 3,
           "expected a teacher of ten digits alone, found one of ten digits and no digit");
    expect(train(distill + mnist), 1, "train-images-idx3-ubyte.gz: no such file");
}

TEST(TrainProgram, RefusesABatchWhoseLearningRateIsNoneOfARecipe) {
    const auto folder = scratch("batch");
    std::ofstream(folder / "s.recipe") << "optimizer = sgd\nlearning_rate = 1\n";
    expect(train("fit --data /nowhere --batch 65536 --recipe " + (folder / "s.recipe").string()), 2,
           "--batch 65536: expected a learning rate of at most 10, found 128");
}

TEST(TrainProgram, RefusesARecipeWithoutSamples) {
    const auto folder = scratch("no_samples");
    const std::string empty = (folder / "e.recipe").string(), one = (folder / "o.recipe").string();
    std::ofstream(empty) << "data = photo\n";
    std::ofstream(one) << "data = photo\nmix.mnist = 1000\n";
    const std::string message = "expected samples of at least one kind (mix.*), found none";
    expect(train("fit --data /nowhere --recipe " + empty), 1, empty + ": " + message);
    expect(train("search " + one + " --data /nowhere --vary mix.mnist=1000,0"), 1, one + ": " + message);
}

TEST(TrainProgram, DoesNotTrainOverAnInterruptedRun) {
    const auto folder = scratch("interrupted");
    const std::string output = (folder / "w").string(), checkpoint = output + ".checkpoint";
    std::ofstream(checkpoint) << "much work";
    expect(train(kWithoutData + " --output " + output), 2,
           checkpoint + ": expected no checkpoint of an interrupted run; --resume goes on from it");
    EXPECT_EQ(std::filesystem::file_size(checkpoint), 9u);
    expect(train(kWithoutData + " --output " + output + " --checkpoint " + (folder / "other").string()), 1,
           "train-images-idx3-ubyte.gz: no such file");
}

TEST(TrainProgram, OpensTheCheckpointBeforeDataIsRead) {
    const std::string output = (scratch("resume_early") / "w").string(), checkpoint = output + ".checkpoint";
    const std::string resume = kWithoutData + " --resume --output " + output;
    expect(train(resume), 1, checkpoint + ": no such checkpoint");
    std::ofstream(checkpoint) << "much work";
    expect(train(resume), 1, checkpoint + ": expected a checkpoint of this `train fit`, found something else");
}

TEST(TrainProgram, DrawsACurveOfOneEpochInSilence) {
    const char* data = std::getenv("CHIFFRE_MNIST_DIR");
    if (!data) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    if (std::system("gnuplot --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "gnuplot is not on PATH";
    const auto folder = scratch("one_epoch");
    const Outcome outcome =
        train("fit --device cpu --epochs 1 --batch 4096 --data " + std::string(data) + " " + kRecipe + " --output " +
              (folder / "w").string() + " --plot " + (folder / "p.png").string());
    expect(outcome, 0, "wrote ");
    EXPECT_EQ(outcome.output.find("arning:"), std::string::npos) << outcome.output;
    EXPECT_EQ(outcome.output.find("gnuplot"), std::string::npos) << outcome.output;
}

TEST(TrainProgram, TrainsLogsAndDraws) {
    const char* data = std::getenv("CHIFFRE_MNIST_DIR");
    if (!data) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    const auto folder = scratch("whole");
    std::ofstream(folder / "x y.recipe") << "epochs = 2\nbatch = 1024\ndistill = 0.5\noptimizer = nadam\n"
                                            "schedule = one_cycle\nlearning_rate = 0.01\npatience_epochs = 1\n";
    const bool draws = std::system("gnuplot --version > /dev/null 2>&1") == 0;
    const std::string output = (folder / "w.safetensors").string();
    const Outcome outcome = train(
        "fit --device cpu --batch 4096 --data " + std::string(data) + " --recipe '" + (folder / "x y.recipe").string() +
        "'" + " --teachers " CHIFFRE_SOURCE_DIR "/weights/lenet5-mnist.safetensors --output " + output + " --log " +
        (folder / "l.jsonl").string() + (draws ? " --plot " + (folder / "p.png").string() : ""));
    expect(outcome, 0, "wrote " + output);
    expect(outcome, 0, "batch 4096 instead of 1024: learning rate 0.02 instead of 0.01, by the square root");

    std::ifstream log(folder / "l.jsonl");
    std::string line;
    for (int epoch = 1; epoch <= 2; ++epoch) {
        ASSERT_TRUE(std::getline(log, line));
        EXPECT_TRUE(line.starts_with("{\"epoch\":" + std::to_string(epoch) + ",\"step\":" + std::to_string(14 * epoch) +
                                     ",\"seconds\":"))
            << line;
        EXPECT_NE(line.find("\"validation_loss\":"), std::string::npos) << line;
        EXPECT_NE(line.find("\"device\":\"cpu\""), std::string::npos) << line;
    }
    // The recipe in the metadata has the rate that was learned with.
    std::ifstream file(output, std::ios::binary);
    const std::string weights{std::istreambuf_iterator<char>(file), {}};
    for (const char* fact :
         {"learning_rate = 0.02\\n", "batch = 4096\\n", "\"teachers\":\"", "--recipe 'x y.recipe' --seed 1 ",
          "--device cpu --precision fp32 --teachers", "\"kept_epoch\":\"2\""})
        EXPECT_NE(weights.find(fact), std::string::npos) << fact;
    if (!draws) GTEST_SKIP() << "gnuplot is not on PATH";
    std::string signature(4, ' ');
    std::ifstream(folder / "p.png", std::ios::binary).read(signature.data(), 4);
    EXPECT_EQ(signature, "\x89PNG");
}

TEST(TrainProgram, RefusesMissingWeights) {
    expect(train("evaluate --data . --weights /nowhere.safetensors"), 3, "nowhere.safetensors");
}

TEST(TrainProgram, EvaluateRefusesWhatItCanBeforeDataIsRead) {
    const std::string evaluate = "evaluate --data /nowhere ";
    expect(train(evaluate + "--recipe /nowhere.recipe"), 1, "/nowhere.recipe: no such recipe");
    expect(train(evaluate + "--worst /nowhere/w.png"), 5, "/nowhere/w.png: expected to be able to write here");
    expect(train(evaluate + "--fonts ."), 2, "--fonts requires --recipe");
}

const std::string kHarvestRecipe = " --recipe '" CHIFFRE_SOURCE_DIR "/weights/recipes/photo-harvest.recipe'";

TEST(TrainHarvest, RefusesWrongUsage) {
    const std::string harvest = "harvest --output " + (scratch("harvest_usage") / "h").string();
    EXPECT_EQ(train("harvest").status, 2);
    EXPECT_EQ(train(harvest + " --pages 0").status, 2);
    expect(train(harvest + " --seed -1"), 2, "--seed: expected 0 or more, found -1");
    EXPECT_EQ(train(harvest + " --style none").status, 2);
    expect(train(harvest + " --fonts /nowhere"), 1, "/nowhere");
    expect(train("harvest --pages 1 --output /nowhere/h"), 5, "/nowhere/h: expected to be able to write here");
    expect(train(harvest + " --sheet /nowhere/s.png"), 5, "/nowhere/s.png: expected to be able to write here");
}

TEST(TrainHarvest, IsAskedForBeforeDataIsRead) {
    const auto folder = scratch("harvest_asked");
    const std::string fit = "fit --data /nowhere --output " + (folder / "w").string() + kHarvestRecipe;
    expect(train(fit), 2, "--harvest: expected a file that train harvest wrote");
    expect(train(fit + " --harvest /nowhere.safetensors"), 1, "/nowhere.safetensors: no such file");
    expect(train("fit --data /nowhere " + kRecipe + " --output " + (folder / "w").string() + " --harvest x"), 2,
           "--harvest: expected a recipe with mix.harvest_digits or mix.harvest_none");
    std::ofstream(folder / "h") << "no harvest";
    expect(train(fit + " --harvest " + (folder / "h").string()), 1, "expected a safetensors header");
    expect(train("evaluate --data /nowhere --harvest " + (folder / "h").string()), 1, "expected a safetensors header");
}

TEST(TrainHarvest, WritesTilesASheetAndATable) {
    const auto folder = scratch("harvest");
    const std::string harvest = "harvest --pages 10 --style touching --threads 2 --output ";
    const Outcome outcome = train(harvest + (folder / "h").string() + " --sheet " + (folder / "h.png").string());
    expect(outcome, 0, "wrote " + (folder / "h").string());
    expect(outcome, 0, "touching              10");
    EXPECT_GT(std::filesystem::file_size(folder / "h"), 100'000u);
    EXPECT_GT(std::filesystem::file_size(folder / "h.png"), 1'000u);
}

// MNIST's tiles show digits alone.
TEST(TrainProgram, EvaluatesWeightsOfCandidatesInContextOnAHarvestAlone) {
    const auto folder = scratch("context");
    const std::string weights = "--weights '" CHIFFRE_SOURCE_DIR "/weights/context.safetensors'";
    const std::string data = "evaluate --data " + folder.string() + " ";  // MNIST is not there, nor wanted
    expect(train(data + weights), 2, "expected --harvest or --recipe for weights of candidates in context");
    const std::string file = (folder / "h").string(), options = "harvest --pages 10 --style plain --fonts ";
    for (const std::string view : {"context", "alone"}) {
        const Outcome made = train(options + "/usr/share/fonts --view " + view + " --output " + file + view);
        if (made.output.find("expected fonts") != std::string::npos || made.output.find("no such") != std::string::npos)
            GTEST_SKIP() << "SKIPPED: needs fonts";
        EXPECT_EQ(made.status, 0) << made.output;
    }
    const Outcome judged = train(data + weights + " --harvest " + file + "context");
    expect(judged, 0, "harvest, held back");
    EXPECT_EQ(judged.output.find("MNIST"), std::string::npos);
    expect(train(data + weights + " --harvest " + file + "alone"), 1,
           "expected tiles of the view context, as the weights see them, found alone");
    expect(train(data + weights + " --worst w.png --harvest " + file + "context"), 2, "--worst: expected weights of");
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

TEST(TrainProgram, ASecondSignalEndsItWhileDataIsMade) {
    const char* folder = std::getenv("CHIFFRE_MNIST_DIR");
    if (!folder) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    const Outcome outcome = train("fit --device cpu --data " + std::string(folder) +
                                  " --recipe '" CHIFFRE_SOURCE_DIR "/weights/recipes/photo.recipe' --output " +
                                  (scratch("signals") / "w").string() +
                                  " & pid=$!; sleep 0.3; kill -TERM $pid; sleep 0.1; kill -TERM $pid; wait $pid");
    EXPECT_EQ(outcome.status, 128 + 15) << outcome.output;
}

const std::string kSearch = "search '" CHIFFRE_SOURCE_DIR "/weights/recipes/mnist.recipe' --data ";

TEST(TrainSearch, RefusesWrongUsage) {
    expect(train(kSearch + "."), 2, "--vary: expected at least one key to vary, found none");
    expect(train(kSearch + ". --vary learning_rat=1"), 2, "unknown key \"learning_rat\" for data = mnist");
    expect(train(kSearch + ". --vary data=mnist,photo"), 2, "expected data as the recipe says it");
    expect(train(kSearch + ". --vary batch=64,70000"), 2, "expected 1 to 65536, found 70000");
    expect(train(kSearch + ". --vary epochs=1,2 --epochs 3"), 2, "found both");
    expect(train(kSearch + ". --vary distill=0,0.5"), 2, "expected --teachers, found none");
    expect(train(kSearch + ". --vary batch=64 --folds 13"), 2, "13 not in range 1 to 12");
    expect(train(kSearch + ". --vary batch=64 --device cpu --precision mixed"), 2, "expected fp32 on the CPU");
    expect(train(kSearch + ". --vary batch=64 --output /nowhere/w.recipe"), 5, "/nowhere/w.recipe");
    expect(train(kSearch + ". --vary batch=64 --harvest x"), 2, "--harvest: expected a recipe with mix.harvest_digits");
    const std::string photo = "search '" CHIFFRE_SOURCE_DIR "/weights/recipes/photo.recipe' --data . ";
    expect(train(photo + "--vary mix.harvest_digits=0,100"), 2, "--harvest: expected a file that train harvest wrote");
    expect(train(photo + "--vary mix.harvest_digits=0,100 --harvest /nowhere"), 1, "/nowhere: no such file");
    const auto folder = scratch("search_empty");
    expect(train(kSearch + folder.string() + " --vary batch=64"), 1, "train-images-idx3-ubyte.gz: no such file");
}

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Without the last column, which is of seconds.
std::vector<std::string> lines_without_seconds(const std::string& csv) {
    std::vector<std::string> lines;
    std::istringstream stream(csv);
    for (std::string line; std::getline(stream, line);) lines.push_back(line.substr(0, line.rfind(',')));
    return lines;
}

TEST(TrainSearch, GivesTheSameTableAndRecipeForEveryNumberOfThreads) {
    const char* data = std::getenv("CHIFFRE_MNIST_DIR");
    if (!data) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    const auto folder = scratch("search");
    std::vector<std::vector<std::string>> tables;
    std::vector<std::string> recipes;
    for (const char* threads : {"1", "2"}) {
        const std::string csv = (folder / threads).string() + ".csv", recipe = (folder / threads).string() + ".recipe";
        const Outcome outcome =
            train(kSearch + data + " --device cpu --epochs 1 --vary learning_rate=0.004,0 --threads " + threads +
                  " --csv " + csv + " --output " + recipe);
        expect(outcome, 0, "run 1: 2 trials, 0 dropped, 2 left, best ");
        expect(outcome, 0, "rank  learning_rate  error_percent  standard_error  runs  epochs  end");
        tables.push_back(lines_without_seconds(content(csv)));
        recipes.push_back(content(recipe));
    }
    EXPECT_EQ(tables[0], tables[1]);
    EXPECT_EQ(recipes[0], recipes[1]);
    ASSERT_EQ(tables[0].size(), 3u);
    EXPECT_EQ(tables[0][0], "rank,learning_rate,error_percent,standard_error,runs,epochs,end");
    EXPECT_TRUE(tables[0][1].starts_with("1,0.004,")) << tables[0][1];
    EXPECT_TRUE(tables[0][2].ends_with(",1,1,finished")) << tables[0][2];
    EXPECT_NE(recipes[0].find("# The best of 2 trials of\n#   train search mnist.recipe --data DIR --vary "
                              "learning_rate=0.004,0 --epochs 1 --seeds 1 --folds 1 --seed 1 --device cpu"),
              std::string::npos)
        << recipes[0];
    EXPECT_NE(recipes[0].find("\nlearning_rate = 0.004\n"), std::string::npos);
    // What it wrote is a recipe.
    expect(train("fit --device cpu --data " + std::string(data) + " --recipe " + (folder / "1.recipe").string() +
                 " --output " + (folder / "w.safetensors").string()),
           0, "epoch 1/1");
}

TEST(TrainSearch, InterruptedItPrintsTheTable) {
    const char* data = std::getenv("CHIFFRE_MNIST_DIR");
    if (!data) GTEST_SKIP() << "CHIFFRE_MNIST_DIR is not set";
    const auto recipe = scratch("search_interrupted") / "w.recipe";
    const Outcome outcome = train(kSearch + data + " --device cpu --vary learning_rate=0.002,0.004 --output " +
                                  recipe.string() + " & pid=$!; sleep 1; kill -INT $pid; wait $pid");
    expect(outcome, 130, "rank  learning_rate");
    expect(outcome, 130, "interrupted: no winner");
    EXPECT_FALSE(std::filesystem::exists(recipe));
}

}  // namespace
