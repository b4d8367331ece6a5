// weights_test.cpp -- the weights file: what is written is read, and whatever is wrong with a file is refused and
// named.
#include "weights.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "error.h"
#include "lenet5_reference.h"
#include "safetensors.h"

namespace chiffre {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

class Folder {
  public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "chiffre-weights-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    fs::path operator/(const char* name) const { return path_ / name; }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
    }

  private:
    fs::path path_;
};

std::string bytes_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

Weights made_weights() {
    return {reference::made_parameters(), {{"recipe", "made for a test"}, {"seed", "7"}}};
}

std::string made_file() {
    const Folder folder;
    save_weights(folder / "w.safetensors", made_weights());
    return bytes_of(folder / "w.safetensors");
}

Weights parse(const std::string& bytes) {
    return parse_weights(std::as_bytes(std::span(bytes)), "some.safetensors");
}

// The message with which the bytes are refused; empty where they are accepted.
std::string refusal(const std::string& bytes) {
    try {
        parse(bytes);
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::bad_weights);
        EXPECT_EQ(exit_status(e.code()), 3);
        return e.what();
    }
    return "";
}

std::uint64_t header_length(const std::string& bytes) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    return length;
}

std::string with_header(const std::string& bytes, const std::string& header) {
    const std::uint64_t length = header.size();
    std::string changed(reinterpret_cast<const char*>(&length), 8);
    return changed + header + bytes.substr(8 + header_length(bytes));
}

json header_of(const std::string& bytes) {
    return json::parse(bytes.substr(8, header_length(bytes)));
}

// The file with its header changed by `edit`.
std::string edited(const std::function<void(json&)>& edit) {
    const std::string bytes = made_file();
    json header = header_of(bytes);
    edit(header);
    return with_header(bytes, header.dump());
}

bool mentions(const std::string& message, std::initializer_list<const char*> words) {
    for (const char* word : words)
        if (message.find(word) == std::string::npos) {
            ADD_FAILURE() << "expected '" << word << "' in: " << message;
            return false;
        }
    return true;
}

TEST(Weights, WhatIsWrittenIsRead) {
    const Folder folder;
    save_weights(folder / "w.safetensors", made_weights());
    const Weights found = load_weights(folder / "w.safetensors");
    EXPECT_EQ(found.values, made_weights().values);
    EXPECT_EQ(found.metadata, made_weights().metadata);
    EXPECT_EQ(folder.files(), 1u) << "no temporary file stays";
}

TEST(Weights, FileIsAsTheFormatSays) {
    const std::string bytes = made_file();
    EXPECT_EQ(bytes, made_file()) << "equal weights give equal bytes";
    EXPECT_EQ(header_length(bytes) % 8, 0u) << "the data are aligned";
    EXPECT_EQ(bytes[8], '{');
    EXPECT_EQ(bytes.size(), 8 + header_length(bytes) + 4 * 61'706);

    const json header = header_of(bytes);
    const json shapes{{"c1.weight", {6, 1, 5, 5}}, {"c1.bias", {6}},          {"c3.weight", {16, 6, 5, 5}},
                      {"c3.bias", {16}},           {"c5.weight", {120, 400}}, {"c5.bias", {120}},
                      {"f6.weight", {84, 120}},    {"f6.bias", {84}},         {"output.weight", {10, 84}},
                      {"output.bias", {10}}};
    EXPECT_EQ(header.size(), shapes.size() + 1);
    for (const auto& [name, shape] : shapes.items()) {
        EXPECT_EQ(header.at(name).at("shape"), shape) << name;
        EXPECT_EQ(header.at(name).at("dtype"), "F32") << name;
    }
    EXPECT_EQ(header.at("c1.weight").at("data_offsets"), json({0, 600}));
    EXPECT_EQ(header.at("c1.bias").at("data_offsets"), json({600, 624}));
    EXPECT_EQ(header.at("__metadata__"), json({{"recipe", "made for a test"}, {"seed", "7"}}));
}

// Another program may order tensors otherwise, leave the header unpadded and write no metadata.
TEST(Weights, OtherWritersAreUnderstood) {
    const std::vector<float> values = reference::made_parameters();
    json header = json::object();
    std::string data;
    for (int l = static_cast<int>(kLayers.size()) - 1; l >= 0; --l) {
        const Layer& layer = kLayers[l];
        if (layer.parameters() == 0) continue;
        const std::string name(layer.name);
        const auto append = [&](const std::string& tensor, const json& shape, int offset, int size) {
            const std::size_t begin = data.size();
            data.append(reinterpret_cast<const char*>(&values[offset]), size * sizeof(float));
            header[tensor] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, data.size()}}};
        };
        append(name + ".bias", {layer.biases()}, bias_offset(l), layer.biases());
        append(name + ".weight",
               layer.kind == LayerKind::convolution ? json{layer.out.c, layer.in.c, layer.k, layer.k}
                                                    : json{layer.out.c, layer.in.size()},
               weight_offset(l), layer.weights());
    }
    const Weights found = parse(with_header(std::string(8, '\0') + data, header.dump() + " \n"));
    EXPECT_EQ(found.values, values);
    EXPECT_TRUE(found.metadata.empty());
}

TEST(Weights, EveryTruncationIsRefused) {
    const std::string bytes = made_file();
    const std::size_t header_end = 8 + header_length(bytes);
    const auto refused = [&](std::size_t size) {
        const std::string message = refusal(bytes.substr(0, size));
        return message.starts_with("some.safetensors: ") && message.find("expected") != std::string::npos &&
               message.find("found") != std::string::npos;
    };
    // Within the data the same line of code speaks every time: each byte there would only cost seconds.
    constexpr std::size_t kStep = 101;
    for (std::size_t size = 0; size < header_end + 64; ++size) ASSERT_TRUE(refused(size)) << size;
    for (std::size_t size = header_end; size < bytes.size(); size += kStep) ASSERT_TRUE(refused(size)) << size;
    for (std::size_t size = bytes.size() - 64; size < bytes.size(); ++size) ASSERT_TRUE(refused(size)) << size;
    EXPECT_EQ(refusal(bytes), "");
}

TEST(Weights, TrailingBytesAreRefused) {
    for (const std::size_t more : {1, 4, 4096})
        mentions(refusal(made_file() + std::string(more, '\0')), {"some.safetensors", "trailing bytes", "246824"});
    const Folder folder;
    std::ofstream(folder / "w", std::ios::binary) << made_file() << std::string(3 << 20, 'x');
    EXPECT_THROW(load_weights(folder / "w"), Error);
}

// Damage of the header is refused or harmless, and never reads other numbers.
TEST(Weights, DamagedHeaderNeverGivesOtherNumbers) {
    const std::string bytes = made_file();
    const std::vector<float> values = parse(bytes).values;
    const std::size_t header_end = 8 + header_length(bytes);
    int accepted = 0;
    for (std::size_t at = 0; at < header_end; ++at)
        for (const unsigned flip : {0x01u, 0x02u, 0x10u, 0x20u, 0x80u}) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
            try {
                EXPECT_EQ(parse(damaged).values, values) << at;
                ++accepted;
            } catch (const Error& e) {
                ASSERT_EQ(e.code(), ErrorCode::bad_weights) << at;
            }
        }
    EXPECT_LT(accepted, 400) << "letters of the metadata's texts, the padding, and little else";
}

TEST(Weights, ValuesMustBeFinite) {
    const std::string bytes = made_file();
    const json header = header_of(bytes);
    for (const auto& [name, entry] : header.items()) {
        if (name == "__metadata__") continue;
        for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                                -std::numeric_limits<float>::infinity()}) {
            const auto last = entry["data_offsets"][1].get<std::size_t>() - sizeof(float);
            std::string damaged = bytes;
            std::memcpy(&damaged[8 + header_length(bytes) + last], &bad, sizeof bad);
            mentions(refusal(damaged), {"some.safetensors", name.c_str(), "finite", "found"});
        }
    }
}

TEST(Weights, HeaderLengthIsChecked) {
    std::string bytes = made_file();
    for (const std::uint64_t length : {std::uint64_t{1} << 20, (std::uint64_t{1} << 20) + 1, ~std::uint64_t{0}}) {
        std::memcpy(bytes.data(), &length, 8);
        mentions(refusal(bytes), {"some.safetensors", "header", std::to_string(length).c_str()});
    }
}

TEST(Weights, HeaderMustBeJson) {
    const std::string bytes = made_file();
    for (const char* header :
         {"", "x", "{", "[]", "null", "\"c1.weight\"", "{\"c1.weight\":}", "{} {}", "{\"a\xff\":1}"})
        mentions(refusal(with_header(bytes, header)), {"some.safetensors", "JSON", "found"});
    mentions(refusal(with_header(bytes, "{}")), {"trailing bytes"});
    mentions(refusal(with_header(bytes, std::string(100'000, '['))), {"JSON"});
}

TEST(Weights, NamesMustBeThere) {
    mentions(refusal(edited([](json& h) { h["conv1.weight"] = h["c1.weight"], h.erase("c1.weight"); })),
             {"some.safetensors", "conv1.weight", "unknown"});
    const std::string bytes = made_file();
    TensorFile file = parse_safetensors(std::as_bytes(std::span(bytes)), "");
    std::erase_if(file.tensors, [](const Tensor& t) { return t.name == "f6.bias"; });
    mentions(refusal(format_safetensors(file)), {"some.safetensors", "f6.bias", "[84]", "no such tensor"});
    file.tensors.clear();
    mentions(refusal(format_safetensors(file)), {"c1.weight", "no such tensor"});
}

TEST(Weights, NamesMustBeThereOnce) {
    const std::string bytes = made_file();
    std::string header = header_of(bytes).dump();
    header.insert(1, R"("c1.bias":{"dtype":"F32","shape":[6],"data_offsets":[600,624]},)");
    mentions(refusal(with_header(bytes, header)), {"some.safetensors", "c1.bias", "twice"});
}

TEST(Weights, ShapesMustFit) {
    const std::pair<json, const char*> shapes[] = {{{25, 6}, "[25,6]"},
                                                   {{6, 5, 5}, "[6,5,5]"},
                                                   {{150}, "[150]"},
                                                   {{1, 6, 5, 5}, "[1,6,5,5]"},
                                                   {{6, 1, 5, 6}, "[6,1,5,6]"},
                                                   {json::array(), "[]"},
                                                   {{0}, "[0]"},
                                                   {{4294967296, 4294967296}, "[4294967296,4294967296]"},
                                                   {{-6, -25}, "[-6,-25]"},
                                                   {{6.0, 25}, "[6.0,25]"},
                                                   {"6", "\"6\""},
                                                   {nullptr, "null"}};
    for (const auto& wrong : shapes)
        mentions(refusal(edited([&](json& h) { h["c1.weight"]["shape"] = wrong.first; })),
                 {"some.safetensors", "tensor c1.weight", "expected", wrong.second});
}

TEST(Weights, TypeMustBeF32) {
    for (const json& type : {json("F16"), json("F64"), json("f32"), json(32), json(nullptr)})
        mentions(refusal(edited([&](json& h) { h["c3.bias"]["dtype"] = type; })),
                 {"some.safetensors", "tensor c3.bias", "F32", type.dump().c_str()});
}

TEST(Weights, EntriesMustBeWhole) {
    for (const char* field : {"dtype", "shape", "data_offsets"})
        mentions(refusal(edited([&](json& h) { h["f6.weight"].erase(field); })), {"tensor f6.weight", "expected"});
    for (const json& entry : {json(1), json("x"), json::array(), json(nullptr)})
        mentions(refusal(edited([&](json& h) { h["f6.weight"] = entry; })), {"tensor f6.weight", "expected"});
}

TEST(Weights, OffsetsMustCoverTheData) {
    const auto with_offsets = [](const json& offsets) {
        return refusal(edited([&](json& h) { h["c1.bias"]["data_offsets"] = offsets; }));
    };
    mentions(with_offsets({604, 628}), {"tensor c1.bias", "600", "604", "hole or overlap"});
    mentions(with_offsets({596, 620}), {"tensor c1.bias", "600", "596", "hole or overlap"});
    mentions(with_offsets({0, 24}), {"hole or overlap"});
    mentions(with_offsets({600, 620}), {"tensor c1.bias", "24 bytes", "found 20"});
    mentions(with_offsets({624, 600}), {"tensor c1.bias", "[624,600]"});
    mentions(with_offsets({246824, 246848}), {"tensor c1.bias", "246848", "cut short"});
    for (const json& offsets : {json{600}, json{600, 612, 624}, json{-600, 624}, json{600.0, 624.0}, json("600"),
                                json(nullptr), json{600, 18446744073709551615u}})
        mentions(with_offsets(offsets), {"tensor c1.bias", "expected", "found"});
    // An empty tensor in between would be no damage, but is not ours.
    mentions(refusal(edited([](json& h) {
                 h["empty"] = {{"dtype", "F32"}, {"shape", {0}}, {"data_offsets", {600, 600}}};
             })),
             {"unknown tensor empty"});
}

TEST(Weights, MetadataMustBeTexts) {
    for (const json& metadata : {json(1), json::array(), json{{"seed", 7}}, json{{"seed", nullptr}}})
        mentions(refusal(edited([&](json& h) { h["__metadata__"] = metadata; })), {"some.safetensors", "__metadata__"});
}

TEST(Weights, FilesThatCannotBeRead) {
    const Folder folder;
    const auto refusal_of = [](const fs::path& path) -> std::string {
        try {
            load_weights(path);
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), ErrorCode::bad_weights);
            return e.what();
        }
        return "";
    };
    mentions(refusal_of(folder / "none"), {(folder / "none").c_str(), "expected", "found", "No such file"});
    mentions(refusal_of(folder / "."), {"expected", "found a folder"});
    std::ofstream(folder / "empty").flush();
    mentions(refusal_of(folder / "empty"), {"empty", "expected", "found 0 bytes"});
}

TEST(Weights, FilesThatCannotBeWritten) {
    const Folder folder;
    for (const char* name : {"none/w.safetensors", "."}) try {
            save_weights(folder / name, made_weights());
            ADD_FAILURE() << "expected an Error";
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), ErrorCode::unwritable);
        }
    EXPECT_EQ(folder.files(), 0u);
}

TEST(Weights, HashTellsWeightsApart) {
    Weights weights;
    EXPECT_EQ(weights_hash(weights), "f8167f4a") << "Python: '%08x' % zlib.crc32(bytes(4 * 61706))";
    weights.metadata["recipe"] = "another";
    EXPECT_EQ(weights_hash(weights), "f8167f4a") << "metadata do not count";
    weights.values.back() = 1e-30f;
    EXPECT_NE(weights_hash(weights), "f8167f4a");
}

TEST(Weights, DefaultIsTheFileOfTheRepository) {
    const Weights file = load_weights(CHIFFRE_WEIGHTS_DIR "/lenet5.safetensors");
    EXPECT_EQ(default_weights().values, file.values);
    EXPECT_EQ(default_weights().metadata, file.metadata);
    score_meaning(default_weights());
}

}  // namespace
}  // namespace chiffre
