// checkpoint.cpp -- a header, text, one point per epoch, five arrays of floats, a CRC-32. Read only by the machine that
// wrote it, so the bytes are in its own order.
#include "checkpoint.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>

#include "atomic_file.h"
#include "error.h"

namespace chiffre::training {
namespace {

constexpr std::array<char, 16> kMagic{'c', 'h', 'i', 'f', 'f', 'r', 'e', ' ', 't', 'r', 'a', 'i', 'n', ' ', '3', '\n'};

constexpr std::string_view kAnyVersion(kMagic.data(), kMagic.size() - 2);

// What tells how long the second part is.
struct Lengths {
    std::int64_t points = 0, text = 0;
};

// One walk over the fields serves writing and reading.
template <typename State, typename Visit>
void each_number(State& checkpoint, Lengths& lengths, const Visit& visit) {
    visit(&checkpoint.seed, sizeof checkpoint.seed);
    visit(&checkpoint.recipe_crc32, sizeof checkpoint.recipe_crc32);
    visit(&checkpoint.data_crc32, sizeof checkpoint.data_crc32);
    visit(&checkpoint.teachers_crc32, sizeof checkpoint.teachers_crc32);
    visit(&checkpoint.loss, sizeof checkpoint.loss);
    visit(&checkpoint.wrong, sizeof checkpoint.wrong);
    visit(&checkpoint.best_epoch, sizeof checkpoint.best_epoch);
    visit(&checkpoint.best_error, sizeof checkpoint.best_error);
    visit(&checkpoint.optimizer.step, sizeof checkpoint.optimizer.step);
    visit(&checkpoint.seconds, sizeof checkpoint.seconds);
    visit(&lengths.points, sizeof lengths.points);
    visit(&lengths.text, sizeof lengths.text);
}

template <typename State, typename Text, typename Visit>
void each_array(State& checkpoint, Text& text, const Visit& visit) {
    visit(text.data(), text.size());
    visit(checkpoint.curve.data(), checkpoint.curve.size() * sizeof(CurvePoint));
    for (auto* values : {&checkpoint.best, &checkpoint.optimizer.parameters, &checkpoint.optimizer.mean,
                         &checkpoint.optimizer.square, &checkpoint.optimizer.average})
        visit(values->data(), values->size() * sizeof(float));
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + '\n';
    return text;
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

}  // namespace

std::uint32_t crc_of(std::string_view bytes) {
    return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
    std::string bytes(kMagic.begin(), kMagic.end());
    const auto append = [&](const void* field, std::size_t size) {
        bytes.append(static_cast<const char*>(field), size);
    };
    const std::string text = joined(checkpoint.trained_on);
    Lengths lengths{static_cast<std::int64_t>(checkpoint.curve.size()), static_cast<std::int64_t>(text.size())};
    each_number(checkpoint, lengths, append);
    each_array(checkpoint, text, append);
    const std::uint32_t crc = crc_of(bytes);
    bytes.append(reinterpret_cast<const char*>(&crc), sizeof crc);

    write_atomically(path, bytes);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) throw Error(ErrorCode::not_found, path.string() + ": no such checkpoint");
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (!std::filesystem::is_regular_file(path) || !file)
        throw Error(ErrorCode::unreadable, path.string() + ": expected a checkpoint, cannot be read");

    if (!bytes.starts_with(std::string_view(kMagic.data(), kMagic.size())))
        throw Error(ErrorCode::bad_data,
                    path.string() + ": expected a checkpoint of this `train fit`, found " +
                        (bytes.starts_with(kAnyVersion) ? "one of another version" : "something else"));
    Checkpoint checkpoint;
    Lengths lengths;
    std::size_t expected = kMagic.size() + sizeof(std::uint32_t);
    const auto count = [&](const void*, std::size_t size) { expected += size; };
    const auto require = [&](bool holds) {
        if (!holds)
            throw Error(ErrorCode::bad_data, path.string() + ": expected a checkpoint of " + std::to_string(expected) +
                                                 " bytes, found " + std::to_string(bytes.size()));
    };
    std::size_t offset = kMagic.size();
    const auto read = [&](void* field, std::size_t size) {
        std::copy_n(bytes.data() + offset, size, static_cast<char*>(field));  // an empty array may have no address
        offset += size;
    };
    each_number(checkpoint, lengths, count);
    require(bytes.size() >= expected);
    each_number(checkpoint, lengths, read);
    require(lengths.points >= 0 && lengths.points <= static_cast<std::int64_t>(bytes.size() / sizeof(CurvePoint)));
    require(lengths.text >= 0 && lengths.text <= static_cast<std::int64_t>(bytes.size()));
    checkpoint.curve.resize(static_cast<std::size_t>(lengths.points));
    std::string text(static_cast<std::size_t>(lengths.text), ' ');
    each_array(checkpoint, text, count);
    require(bytes.size() == expected);
    std::uint32_t crc = 0;
    std::memcpy(&crc, bytes.data() + bytes.size() - sizeof crc, sizeof crc);
    if (crc != crc_of(std::string_view(bytes).substr(0, bytes.size() - sizeof crc)))
        throw Error(ErrorCode::bad_data, path.string() + ": expected the checksum to match, found damage");

    each_array(checkpoint, text, read);
    checkpoint.trained_on = split(text);
    return checkpoint;
}

}  // namespace chiffre::training
