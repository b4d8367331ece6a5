// photo_files.h -- the files that the page has of each photo it shows. They are named by number: a name of a photo may
// be anything.
#pragma once

#include <filesystem>
#include <string>

#include "gallery/entry.h"
#include "pipeline.h"

namespace chiffre::gallery {

// Photos of which a list, and a folder of pictures, holds at most so many: no folder becomes slow to list.
inline constexpr std::int64_t kListed = 1000;

// "2-of-4", relative to the page.
std::string part_folder(std::uint32_t part, std::uint32_t parts);

// "2-of-4/0/17": what the names of a photo's files begin with, relative to the page. ".jpg" is its thumbnail with the
// reading drawn in, "-photo.jpg" a larger picture, "-crops.jpg" the tiles behind its digits, ".js" all about it, and
// "-stages/" holds the pictures of the stages, where there are any.
std::string file_stem(std::uint32_t parts, PhotoId id);

// Writes the pictures of a photo; with_stages: also those. Throws Error(unwritable).
PhotoPictures write_pictures(const std::filesystem::path& page, const std::string& stem, const Reading& reading,
                             const Trace& trace, const ScoreMeaning& meaning, bool with_stages);

}  // namespace chiffre::gallery
