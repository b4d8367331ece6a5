// recipe.h -- every number that decides what is trained, in one small text file of "key = value" lines.
#pragma once

#include <filesystem>
#include <string>

#include "ink.h"
#include "samples.h"
#include "warp.h"
#include "weights.h"

namespace chiffre::training {

enum class OptimizerKind { adamw, nadam, sgd };  // optimizer.h has the sources
enum class ScheduleShape { cosine, one_cycle };  // of the learning rate
// What a mark that is no digit is to be taken for: an eleventh class (weights.h), or each of the ten digits alike.
enum class NoDigitTarget { own_class, uniform };

struct Schedule {
    int epochs = 20;
    int batch = 512;
    OptimizerKind optimizer = OptimizerKind::adamw;
    double momentum = 0.9;  // of sgd
    ScheduleShape shape = ScheduleShape::cosine;
    double learning_rate = 3e-3;     // at its highest
    double warmup_epochs = 1;        // rising linearly
    double weight_decay = 0.01;      // decoupled; not applied to biases
    double label_smoothing = 0;      // share of the target spread evenly over all classes
    double average_decay = 0;        // of the weights' moving average, per step; 0: no averaging
    int patience_epochs = 0;         // stop after so many without a smaller validation error; 0: train all epochs
    double distill = 0;              // share of the target that teachers give; 0: there are none
    double distill_temperature = 1;  // that their logits are divided by
};

// The largest that a recipe may say.
inline constexpr double kHighestLearningRate = 10, kHighestAverageDecay = 0.999999;

struct Augmentation {
    WarpRange warp;
    InkRange ink;
};

// How the tile of a sample may miss MNIST's frame, in pixels of the tile.
struct FrameRange {
    double shift_px = 0;  // per axis, uniform in +-
    double size_px = 0;   // of the longer side, uniform in +-
};

// Samples per epoch of each kind (photo data).
struct Mix {
    int mnist = 0;           // digits of MNIST
    int pen = 0;             // the same, redrawn with a pen of even width
    int printed = 0;         // figures of fonts
    int stroked = 0;         // figures written by the project's own strokes
    int segments = 0;        // seven-segment displays
    int letters = 0;         // no digit: letters and punctuation
    int pairs = 0;           // no digit: two neighbours that touch
    int halves = 0;          // no digit: parts of digits
    int marks = 0;           // no digit: dashes, crosses, dots, scribbles
    int harvest_digits = 0;  // that the front end cut out of drawn pages
    int harvest_none = 0;    // no digit: what else it cut out of them
    bool harvests() const { return harvest_digits > 0 || harvest_none > 0; }
};

struct Recipe {
    std::string name;            // of the file, without folder and extension
    std::string file;            // as it was given, for messages
    std::string data = "mnist";  // "mnist": MNIST alone, ten classes; "photo": also what photographs hold, and no digit
    Schedule schedule;
    Augmentation hand;     // handwriting
    Augmentation print;    // fonts and marks
    Augmentation segment;  // seven-segment displays
    Augmentation harvest;  // tiles of drawn pages, which have been through much
    FrameRange frame;
    Mix mix;
    NoDigitTarget no_digit = NoDigitTarget::own_class;  // photo data
    TileView view = TileView::alone;                    // photo data; in context there are tiles of a harvest alone
    // Logarithm of how many times likelier a digit is where the weights will be used than among the samples, which hold
    // as much of what is hard to refuse as learning takes. Added to the ten logits when training is over.
    double digit_log_odds = 0;

    bool photo() const { return data == "photo"; }
    bool refuses() const { return photo() && no_digit == NoDigitTarget::own_class; }
    // What the metadata of its weights say under "no_digit"; empty where they have seen nothing but digits.
    std::string no_digit_fact() const { return !photo() ? "" : refuses() ? kZeroLogit : kUniform; }
};

// Lines "key = value"; '#' starts a comment. What a file does not name keeps its default above.
// Throws Error(bad_data) naming file and line: unknown or repeated keys, values that are no number or out of range.
// not_found, unreadable as read.
Recipe read_recipe(const std::filesystem::path& path);
Recipe parse_recipe(const std::string& text, const std::string& name);

// Throws Error(bad_data) for photo data of whose kinds there are to be no samples at all.
void require_samples(const Recipe& recipe);

// What a key holds and, of a number, what is allowed, both included.
enum class KeyKind { whole, real, word };
struct RecipeKey {
    KeyKind kind = KeyKind::real;
    double low = 0, high = 0;
};

// For what a command line says instead of a recipe's file. All throw Error(usage) naming the option: unknown keys,
// values that no recipe may have. `data`, which decides what keys there are, is none of them.
RecipeKey describe_key(const Recipe& recipe, const std::string& key, const std::string& option);
void set_key(Recipe& recipe, const std::string& key, const std::string& value, const std::string& option);
std::string key_text(const Recipe& recipe, const std::string& key, const std::string& option);  // as in to_text()

// Every key with its value, one per line, in fixed order: what two recipes are compared by, and what weights carry.
std::string to_text(const Recipe& recipe);

}  // namespace chiffre::training
