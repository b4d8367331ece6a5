// weights.cpp -- the parameters of the network as a safetensors file: one tensor per layer and kind, as lenet5.h says.
#include "weights.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <system_error>

#include "atomic_file.h"
#include "error.h"
#include "safetensors.h"

// default_weights.S
extern "C" const std::byte chiffre_default_weights[];
extern "C" const std::byte chiffre_default_weights_end[];
extern "C" const std::byte chiffre_context_weights[];
extern "C" const std::byte chiffre_context_weights_end[];

namespace chiffre {
namespace {

// Where in the memory map a tensor of the file lies.
struct Place {
    std::string name;
    std::vector<std::int64_t> shape;
    int offset = 0, size = 0;
};

std::vector<Place> places() {
    std::vector<Place> all;
    for (int i = 0; i < static_cast<int>(kLayers.size()); ++i) {
        const Layer& layer = kLayers[i];
        if (layer.parameters() == 0) continue;
        std::vector<std::int64_t> shape{layer.out.c, layer.weights_per_output()};
        if (layer.kind == LayerKind::convolution) shape = {layer.out.c, layer.in.c, layer.k, layer.k};
        const std::string name(layer.name);
        all.push_back({name + ".weight", shape, weight_offset(i), layer.weights()});
        all.push_back({name + ".bias", {layer.biases()}, bias_offset(i), layer.biases()});
    }
    return all;
}

std::string text_of(const std::vector<std::int64_t>& shape) {
    std::string text;
    for (const std::int64_t extent : shape) text += (text.empty() ? "[" : ",") + std::to_string(extent);
    return text.empty() ? "[]" : text + "]";
}

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
    throw Error(ErrorCode::bad_weights, file + ": " + what);
}

void check_tensor(const Tensor& found, const Place& expected, const std::string& file) {
    const std::string where = "tensor " + expected.name + ": ";
    if (found.shape != expected.shape)
        refuse(file, where + "expected shape " + text_of(expected.shape) + ", found " + text_of(found.shape));
    const auto bad = std::find_if(found.values.begin(), found.values.end(), [](float v) { return !std::isfinite(v); });
    if (bad != found.values.end())
        refuse(file, where + "expected finite values, found " + std::to_string(*bad) + " at index " +
                         std::to_string(bad - found.values.begin()));
}

// All bytes of a file, or the first `limit` + 1 of a longer one: whoever parses them refuses the last.
std::vector<std::byte> read_bytes(const std::filesystem::path& path, std::size_t limit) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) refuse(path.string(), "expected a weights file, found a folder");
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        const int reason = errno;
        refuse(path.string(), "expected a weights file, found: " + std::generic_category().message(reason));
    }
    std::vector<std::byte> bytes(limit + 1);
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (in.bad()) refuse(path.string(), "expected a weights file, found a file that cannot be read to its end");
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    return bytes;
}

}  // namespace

Weights parse_weights(std::span<const std::byte> bytes, const std::string& name) {
    TensorFile file = parse_safetensors(bytes, name);
    const std::vector<Place> expected = places();
    for (const Tensor& tensor : file.tensors)
        if (std::none_of(expected.begin(), expected.end(), [&](const Place& p) { return p.name == tensor.name; }))
            refuse(name, "expected the tensors of LeNet-5, found an unknown tensor " + tensor.name);

    Weights weights;
    for (const Place& place : expected) {
        const auto found = std::find_if(file.tensors.begin(), file.tensors.end(),
                                        [&](const Tensor& tensor) { return tensor.name == place.name; });
        if (found == file.tensors.end())
            refuse(name,
                   "tensor " + place.name + ": expected shape " + text_of(place.shape) + ", found no such tensor");
        check_tensor(*found, place, name);
        std::copy(found->values.begin(), found->values.end(), weights.values.begin() + place.offset);
    }
    weights.metadata = std::move(file.metadata);
    return weights;
}

Weights load_weights(const std::filesystem::path& path) {
    constexpr std::size_t kLargestFile = sizeof(std::uint64_t) + kMaxHeaderBytes + kParameters * sizeof(float);
    return parse_weights(read_bytes(path, kLargestFile), path.string());
}

void save_weights(const std::filesystem::path& path, const Weights& weights) {
    TensorFile file;
    file.metadata = weights.metadata;
    for (const Place& place : places()) {
        const auto first = weights.values.begin() + place.offset;
        file.tensors.push_back({place.name, place.shape, {first, first + place.size}});
    }
    write_atomically(path, format_safetensors(file));
}

Weights default_weights() {
    return parse_weights({chiffre_default_weights, chiffre_default_weights_end}, "built-in weights");
}

Weights default_context_weights() {
    return parse_weights({chiffre_context_weights, chiffre_context_weights_end}, "built-in context weights");
}

bool sees_context(const Weights& weights) {
    const auto view = weights.metadata.find("view");
    return view != weights.metadata.end() && view->second == "context";
}

std::string weights_hash(const Weights& weights) {
    const auto* bytes = reinterpret_cast<const Bytef*>(weights.values.data());
    const uLong crc = crc32(0, bytes, static_cast<uInt>(weights.values.size() * sizeof(float)));
    std::array<char, 9> text;
    std::snprintf(text.data(), text.size(), "%08lx", crc);
    return text.data();
}

ScoreMeaning score_meaning(const Weights& weights) {
    ScoreMeaning meaning;
    if (const auto found = weights.metadata.find("temperature"); found != weights.metadata.end()) {
        const std::string& text = found->second;
        const char* end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, meaning.temperature);  // whatever the locale is
        if (read.ec != std::errc{} || read.ptr != end || !(meaning.temperature > 0) ||
            !std::isfinite(meaning.temperature))
            refuse("weights", "metadata temperature: expected a number above 0, found '" + text + "'");
    }
    if (const auto found = weights.metadata.find("no_digit"); found != weights.metadata.end()) {
        meaning.refuses = found->second == kZeroLogit;
        if (!meaning.refuses && found->second != kUniform)
            refuse("weights", "metadata no_digit: expected 'zero_logit' or 'uniform', found '" + found->second + "'");
    }
    return meaning;
}

Scores probabilities(const Scores& logits, const ScoreMeaning& meaning) {
    // exp of the difference to the largest logit cannot overflow.
    float largest = *std::max_element(logits.begin(), logits.end());
    if (meaning.refuses) largest = std::max(largest, 0.0f);
    Scores p;
    float sum = meaning.refuses ? std::exp(-largest / meaning.temperature) : 0.0f;
    for (std::size_t digit = 0; digit < p.size(); ++digit) {
        p[digit] = std::exp((logits[digit] - largest) / meaning.temperature);
        sum += p[digit];
    }
    for (float& value : p) value /= sum;
    return p;
}

}  // namespace chiffre
