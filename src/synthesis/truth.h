// truth.h -- what a drawn photograph shows, as records: one JSON line, and one row in the columns of a labels file.
#pragma once

#include <string>
#include <string_view>

#include "synthesis/paint.h"
#include "synthesis/scene.h"

namespace chiffre::synthesis {

// {"file","width","height","turn","rows":[{"text","digits":[{"digit","box":[x,y,w,h]}]}],"seed","index","settings":{...}}
// All in pixels of the picture as it is stored; turn: degrees clockwise by which it is turned, the texts being those of
// the upright picture. A digit that touches the one before it has "touches":true as well.
std::string truth_line(const std::string& file, const Scene& scene, const Photograph& photograph, std::uint64_t seed,
                       std::uint32_t index);

// The header, and one picture's row: digits without gaps, rows separated by '|'.
std::string_view labels_header();
std::string labels_line(const std::string& file, const Scene& scene, const Photograph& photograph, std::uint64_t seed,
                        std::uint32_t index);

}  // namespace chiffre::synthesis
