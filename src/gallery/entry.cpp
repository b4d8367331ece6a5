// entry.cpp -- by the JSON library, which quotes; lists are kept short, for all of them are loaded with the page.
#include "gallery/entry.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace chiffre::gallery {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string start_of(const char* function, PhotoId id) {
    return std::string(function) + "(" + std::to_string(id.part) + "," + std::to_string(id.number) + ",";
}

std::string entry(PhotoId id, const Json& what) {
    return start_of("photo", id) + dump(what) + ");\n";
}

// As in the records: more decimals are noise.
double rounded(float probability) {
    return std::round(static_cast<double>(probability) * 1e4) / 1e4;
}

}  // namespace

bool is_doubtful(const Reading& reading) {
    if (reading.rows.empty()) return false;
    const bool as_expected = std::all_of(reading.rows.begin(), reading.rows.end(), [](const Row& row) {
        return row.satisfied.value_or(true) && row.text.find('?') == std::string::npos;
    });
    return !as_expected || reading.confidence < kSure;
}

std::string entry_line(PhotoId id, const std::string& path, const Reading& reading, const PhotoPictures& pictures) {
    const std::string text = text_of(reading, "\n");
    Json what = {{"path", path},
                 {"text", text},
                 {"confidence", rounded(reading.confidence)},
                 {"size", {pictures.thumbnail_width, pictures.thumbnail_height}}};
    for (const Row& row : reading.rows)
        if (!row.satisfied.value_or(true)) what["unexpected"] = true;
    if (!pictures.stages_folder.empty()) what["stages"] = true;
    return entry(id, what);
}

std::string entry_line(PhotoId id, const std::string& path, const Failure& failure) {
    return entry(id, {{"path", path}, {"error", failure.message}});
}

bool is_entry_of(std::string_view line, PhotoId id, const std::string& path) {
    return line.starts_with(start_of("photo", id) + "{\"path\":" + dump(path) + ",") && line.ends_with("});");
}

bool has_stages(std::string_view line) {
    return line.find(",\"stages\":true") != std::string_view::npos;  // within a text quotes are escaped
}

std::string detail_script(PhotoId id, const std::string& path, const Reading& reading, const PhotoPictures& pictures) {
    std::string record = json_line(path, reading);
    record.pop_back();
    Json shown = {
        {"size", {pictures.width, pictures.height}}, {"view", pictures.view}, {"cropColumns", pictures.crop_columns}};
    if (!pictures.original.empty()) shown["original"] = pictures.original;
    if (!pictures.stages_folder.empty()) shown["stages"] = {pictures.stages_folder, pictures.stages_extension};
    return start_of("detail", id) + record + "," + dump(shown) + ");\n";
}

std::string part_script(const PartState& state) {
    return "run(" +
           dump({{"part", state.part}, {"parts", state.parts}, {"state", state.state}, {"lists", state.lists}}) +
           ");\n";
}

std::string encoded_link(std::string_view path) {
    constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string link;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (kPlain.find(c) != std::string_view::npos)
            link += c;
        else
            link.append(1, '%').append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    }
    return link;
}

}  // namespace chiffre::gallery
