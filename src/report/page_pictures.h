// page_pictures.h -- what the folders of HTML pages have in common: how they are known, and pictures as JPEG, which is
// written sooner than PNG, for there may be many.
#pragma once

#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline.h"

namespace chiffre {

// A picture file, relative to the page.
struct PageImage {
    std::string file, caption;
    int width = 0, height = 0;  // so that the page keeps its place while they load
};

// With those above it. Throws Error(unwritable).
void create_folder(const std::filesystem::path& folder);

// Whether `file` begins with `mark`: a page that an earlier run wrote.
bool is_page(const std::filesystem::path& file, std::string_view mark);

// Writes page/file. picture: CV_8UC1, or CV_8UC3 in the order red, green, blue. Throws Error(unwritable).
PageImage write_jpeg(const std::filesystem::path& page, const std::string& file, const std::string& caption,
                     const cv::Mat& picture);

// At most so large.
cv::Mat shrunk(const cv::Mat& picture, int longest_px);

// The pictures of the stages from decode to assemble, as page/PREFIX1_decode.jpg, ... Throws Error(unwritable).
std::vector<PageImage> write_stage_jpegs(const std::filesystem::path& page, const std::string& prefix,
                                         const Reading& reading, const Trace& trace, const ScoreMeaning& meaning);

}  // namespace chiffre
