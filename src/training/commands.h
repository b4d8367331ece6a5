// commands.h -- what the program `train` does, apart from reading its command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "fit.h"
#include "training_data.h"

namespace chiffre::training {

struct FitCommand {
    std::filesystem::path data;
    std::filesystem::path recipe = "weights/recipes/mnist.recipe";
    std::filesystem::path output = "lenet5.safetensors";
    std::filesystem::path fonts = "/usr/share/fonts";
    std::filesystem::path harvest;     // empty: none
    std::optional<int> epochs, batch;  // instead of the recipe's
    std::filesystem::path log;         // empty: none
    std::filesystem::path plot;        // empty: none
    std::string device = "auto", precision = "fp32";
    std::vector<std::filesystem::path> teachers;
    FitOptions options;  // device, precision and teachers come from the fields above
};

// Trains and writes the weights. Returns false where `stop` ended it; the checkpoint then holds what there is.
// Throws Error.
bool run_fit(const FitCommand& command, const std::function<bool()>& stop);

struct SearchCommand {
    std::filesystem::path data, recipe;
    std::filesystem::path fonts = "/usr/share/fonts";
    std::filesystem::path harvest;      // empty: none
    std::vector<std::string> vary;      // as parse_variation() reads them
    std::optional<int> trials, epochs;  // epochs: instead of the recipe's
    int seeds = 1, folds = 1;
    std::uint64_t seed = 1;  // of the draw, and the first of the runs
    std::string device = "auto", precision = "fp32";
    std::vector<std::filesystem::path> teachers;
    int threads = 0;               // of the CPU; 0: all
    std::filesystem::path csv;     // empty: none
    std::filesystem::path output;  // recipe file for the winner; empty: none
};

// Prints the table of trials, best first. Returns false where `stop` ended the search; the table then has what there
// is, and there is no winner. Throws Error; bad_data where every trial diverged.
bool run_search(const SearchCommand& command, std::ostream& out, const std::function<bool()>& stop);

struct EvaluateCommand {
    std::filesystem::path data;
    std::filesystem::path weights;  // empty: those built in
    std::string split = "test";     // of MNIST: test or validation
    std::filesystem::path recipe;   // empty: only MNIST
    std::filesystem::path fonts = "/usr/share/fonts";
    std::filesystem::path harvest;  // empty: none
    std::string device = "cpu";
    std::filesystem::path worst;  // empty: no picture
};

// Throws Error.
void run_evaluate(const EvaluateCommand& command, std::ostream& out);

struct ShowCommand {
    std::filesystem::path data;
    std::string split = "train";  // train or test
    int index = 0;
};

// Throws Error.
void run_show(const ShowCommand& command, std::ostream& out);

}  // namespace chiffre::training
