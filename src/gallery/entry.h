// entry.h -- what the page of a run knows of its photos, as JavaScript that page.js has the functions for. A page
// opened from a disk may run scripts, but not fetch data: so data come as calls. All texts are JSON strings, whatever
// bytes a name has, and the page shows them as text, never as HTML.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "report/report.h"

namespace chiffre::gallery {

// One photo of the run: the part (shard) that read it, from 1, and its number within, from 0.
struct PhotoId {
    std::uint32_t part = 1;
    std::int64_t number = 0;
};

// What is in the picture files of a photo, and where else to look. Links are relative to the page and encoded.
struct PhotoPictures {
    int thumbnail_width = 0, thumbnail_height = 0;
    int width = 0, height = 0;       // of the larger one
    std::array<int, 4> view{};       // what it shows of the photo: left, top, width, height in full-size pixels
    int crop_columns = 0;            // of the sheet with a tile for each digit, in the order of the reading
    std::string stages_folder = {};  // a link that ends in a slash; empty: no stage pictures
    std::string stages_extension = {};
    std::string original = {};  // the photo itself; empty: there is none
};

// A photo that more than a glance should be given: not surely read, in part rejected, or other than expected.
inline constexpr float kSure = 0.9f;
bool is_doubtful(const Reading& reading);

// A line of the list, "photo(1,0,{...});", and a line feed.
std::string entry_line(PhotoId id, const std::string& path, const Reading& reading, const PhotoPictures& pictures);
std::string entry_line(PhotoId id, const std::string& path, const Failure& failure);
// Whether `line`, without its line feed, is such a line, whole, of this photo.
bool is_entry_of(std::string_view line, PhotoId id, const std::string& path);
bool has_stages(std::string_view line);

// All about a photo, loaded when it is looked at: "detail(1,0,{...},{...});". The first is the JSON of docs/output.md.
std::string detail_script(PhotoId id, const std::string& path, const Reading& reading, const PhotoPictures& pictures);

// What the page knows of a part of the run: "run({...});".
struct PartState {
    std::uint32_t part = 1, parts = 1;
    std::string state;       // "reading", "complete", "interrupted", "failed"
    std::int64_t lists = 0;  // files of entries
};
std::string part_script(const PartState& state);

// Bytes of a path as a link takes them.
std::string encoded_link(std::string_view path);

}  // namespace chiffre::gallery
