// harvest_file.cpp -- a harvest as safetensors, so that other tools read it without any code of ours.
#include "harvest_file.h"

#include <zlib.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <span>

#include "atomic_file.h"
#include "error.h"
#include "safetensors.h"
#include "split.h"

namespace chiffre::training {
namespace {

constexpr const char* kStylesFact = "styles";  // names, separated by commas

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& message) {
    throw Error(ErrorCode::bad_data, path.string() + ": " + message);
}

std::span<const std::uint8_t> bytes_of(const std::vector<Tile>& tiles) {
    return {reinterpret_cast<const std::uint8_t*>(tiles.data()), tiles.size() * sizeof(Tile)};
}

std::vector<char> read_all(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) throw Error(ErrorCode::not_found, path.string() + ": no such file");
    std::ifstream file(path, std::ios::binary);
    std::vector<char> bytes;
    if (std::filesystem::is_regular_file(path)) {
        bytes.resize(std::filesystem::file_size(path));
        file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    } else {
        file.setstate(std::ios::failbit);
    }
    if (!file) throw Error(ErrorCode::unreadable, path.string() + ": expected a harvest, cannot be read");
    return bytes;
}

// The tensor of that name, a row for each of the tiles.
std::vector<std::uint8_t> take(ByteTensorFile& file, const std::string& name, const std::vector<std::int64_t>& shape,
                               const std::filesystem::path& path) {
    for (ByteTensor& tensor : file.tensors) {
        if (tensor.name != name) continue;
        if (tensor.shape != shape) refuse(path, "tensor " + name + ": expected one place for each tile");
        return std::move(tensor.values);
    }
    refuse(path, "expected a harvest with a tensor " + name + ", found none");
}

void require_below(const std::vector<std::uint8_t>& values, std::size_t end, const char* name,
                   const std::filesystem::path& path) {
    for (const std::uint8_t value : values)
        if (value >= end)
            refuse(path, std::string("tensor ") + name + ": expected values below " + std::to_string(end) + ", found " +
                             std::to_string(value));
}

}  // namespace

TileView Harvest::view() const {
    const auto fact = facts.find(kViewFact);
    return fact != facts.end() && fact->second == name_of(TileView::context) ? TileView::context : TileView::alone;
}

void Harvest::add(const Tile& tile, int label, HarvestKind kind, int style, bool is_held_back) {
    tiles.tiles.push_back(tile);
    tiles.labels.push_back(static_cast<std::uint8_t>(label));
    kinds.push_back(static_cast<std::uint8_t>(kind));
    styles.push_back(static_cast<std::uint8_t>(style));
    held_back.push_back(is_held_back);
}

void save_harvest(const std::filesystem::path& path, const Harvest& harvest) {
    const std::int64_t n = harvest.size();
    const std::span<const std::uint8_t> ink = bytes_of(harvest.tiles.tiles);
    ByteTensorFile file;
    file.metadata = harvest.facts;
    std::string& names = file.metadata[kStylesFact];
    for (const std::string& name : harvest.style_names) names += (names.empty() ? "" : ",") + name;
    file.tensors.push_back({"tiles", {n, kTileSide, kTileSide}, {ink.begin(), ink.end()}});
    file.tensors.push_back({"labels", {n}, harvest.tiles.labels});
    file.tensors.push_back({"kinds", {n}, harvest.kinds});
    file.tensors.push_back({"styles", {n}, harvest.styles});
    file.tensors.push_back({"held_back", {n}, harvest.held_back});
    write_atomically(path, format_safetensors(file));
}

Harvest load_harvest(const std::filesystem::path& path) {
    ByteTensorFile file;
    {
        const std::vector<char> bytes = read_all(path);
        try {
            file = parse_byte_safetensors(std::as_bytes(std::span(bytes)), path.string());
        } catch (const Error& error) {
            throw Error(ErrorCode::bad_data, error.what());
        }
    }
    std::int64_t n = 0;
    for (const ByteTensor& tensor : file.tensors)
        if (tensor.name == "tiles" && !tensor.shape.empty()) n = tensor.shape[0];
    Harvest harvest;
    if (const auto names = file.metadata.extract(kStylesFact); names && !names.mapped().empty())
        harvest.style_names = split(names.mapped(), ',');
    harvest.facts = std::move(file.metadata);
    const std::vector<std::uint8_t> ink = take(file, "tiles", {n, kTileSide, kTileSide}, path);
    harvest.tiles.tiles.resize(static_cast<std::size_t>(n));
    if (!ink.empty()) std::memcpy(harvest.tiles.tiles.data(), ink.data(), ink.size());
    harvest.tiles.labels = take(file, "labels", {n}, path);
    harvest.kinds = take(file, "kinds", {n}, path);
    harvest.styles = take(file, "styles", {n}, path);
    harvest.held_back = take(file, "held_back", {n}, path);
    require_below(harvest.tiles.labels, kNoDigit + 1, "labels", path);
    require_below(harvest.kinds, kHarvestKinds.size(), "kinds", path);
    require_below(harvest.styles, harvest.style_names.size(), "styles", path);
    require_below(harvest.held_back, 2, "held_back", path);
    for (int i = 0; i < harvest.size(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        if (is_digit(static_cast<HarvestKind>(harvest.kinds[at])) != (harvest.tiles.labels[at] != kNoDigit))
            refuse(path, "tile " + std::to_string(i) + ": expected digits of a digit's kind, found label " +
                             std::to_string(harvest.tiles.labels[at]) + " of kind " +
                             std::string(kHarvestKinds[harvest.kinds[at]]));
    }
    return harvest;
}

std::string harvest_hash(const Harvest& harvest) {
    const std::span<const std::uint8_t> ink = bytes_of(harvest.tiles.tiles);
    const auto crc =
        crc32_z(crc32_z(0, ink.data(), ink.size()), harvest.tiles.labels.data(), harvest.tiles.labels.size());
    char text[16];
    std::snprintf(text, sizeof text, "%08lx", crc);
    return text;
}

}  // namespace chiffre::training
