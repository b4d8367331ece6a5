// weights.h -- the parameters of one trained network and the facts about it that its file carries.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "lenet5.h"

namespace chiffre {

struct Weights {
    std::vector<float> values = std::vector<float>(kParameters);  // laid out as lenet5.h's memory map says
    std::map<std::string, std::string> metadata;                  // recipe, seed, data, accuracy, ...
};

// How scores become probabilities; read from the metadata of a weights file.
//   temperature  logits are divided by it before the softmax ("temperature", default 1)
//   refuses      "no_digit" = "zero_logit": the network was trained with an eleventh class, no digit, whose logit is
//                fixed at 0. A softmax does not change when all logits are shifted alike, so this is exactly as
//                expressive as an eleventh output, and the network keeps its ten.
//                "no_digit" = "uniform": it has ten classes, and was trained to spread its probability evenly over
//                them where there is no digit. Such a mark shows by a low highest probability alone.
//                No "no_digit": ten classes, and nothing but digits was seen.
inline constexpr const char* kZeroLogit = "zero_logit";
inline constexpr const char* kUniform = "uniform";
struct ScoreMeaning {
    float temperature = 1.0f;
    bool refuses = false;
};
ScoreMeaning score_meaning(const Weights& weights);

// Probabilities of the ten digits; they sum to 1, or to 1 - p(no digit) where the weights refuse.
Scores probabilities(const Scores& logits, const ScoreMeaning& meaning);

// Reads a safetensors file that holds exactly the tensors of lenet5.h ("c1.weight", "c1.bias", ... , F32).
// Throws Error(bad_weights) naming the file, the tensor, what was expected and what was found: missing file,
// truncation, trailing bytes, wrong shapes or types, unknown or missing tensors, values that are not finite.
Weights load_weights(const std::filesystem::path& path);

// The same from bytes in memory; `name` stands for the file in messages.
Weights parse_weights(std::span<const std::byte> bytes, const std::string& name);

// Writes atomically (temporary name, then rename). Throws Error(unwritable).
void save_weights(const std::filesystem::path& path, const Weights& weights);

// The weights for photographs that are built into the library: of the network that sees each candidate alone
// (weights/lenet5.safetensors), and of the one that sees it where it stands (weights/context.safetensors).
Weights default_weights();
Weights default_context_weights();

// Whether they were trained on candidates where they stand ("view" = "context").
bool sees_context(const Weights& weights);

// CRC-32 of the parameters as 8 hexadecimal digits: tells two sets of weights apart.
std::string weights_hash(const Weights& weights);

}  // namespace chiffre
