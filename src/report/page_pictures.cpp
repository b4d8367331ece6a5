// page_pictures.cpp -- folders, JPEG files and their names.
#include "report/page_pictures.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <opencv2/imgproc.hpp>
#include <system_error>

#include "atomic_file.h"
#include "error.h"
#include "report/annotate.h"
#include "report/jpeg_writer.h"
#include "report/stage_pictures.h"

namespace chiffre {
namespace fs = std::filesystem;

void create_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (!error && !fs::is_directory(folder)) error = std::make_error_code(std::errc::not_a_directory);
    if (error)
        throw Error(ErrorCode::unwritable,
                    folder.string() + ": expected to create this folder, found: " + error.message());
}

bool is_page(const fs::path& file, std::string_view mark) {
    std::string start(mark.size(), '\0');
    std::ifstream in(file, std::ios::binary);
    return in.read(start.data(), static_cast<std::streamsize>(start.size())) && start == mark;
}

PageImage write_jpeg(const fs::path& page, const std::string& file, const std::string& caption,
                     const cv::Mat& picture) {
    constexpr int kQuality = 80;
    write_atomically(page / file, encode_jpeg(picture, kQuality));
    return {file, caption, picture.cols, picture.rows};
}

cv::Mat shrunk(const cv::Mat& picture, int longest_px) {
    const double scale = static_cast<double>(longest_px) / std::max({picture.cols, picture.rows, 1});
    if (scale >= 1) return picture;
    cv::Mat small;
    // A strip of one pixel's height must not vanish.
    cv::resize(picture, small,
               {std::max(1, static_cast<int>(std::lround(picture.cols * scale))),
                std::max(1, static_cast<int>(std::lround(picture.rows * scale)))},
               0, 0, cv::INTER_AREA);
    return small;
}

std::vector<PageImage> write_stage_jpegs(const fs::path& page, const std::string& prefix, const Reading& reading,
                                         const Trace& trace, const ScoreMeaning& meaning) {
    return {
        write_jpeg(page, prefix + "1_decode.jpg", "decode", decode_picture(trace)),
        write_jpeg(page, prefix + "2_binarize.jpg", "binarize", binarize_picture(trace)),
        write_jpeg(page, prefix + "3_segment.jpg", "segment", segment_picture(trace)),
        write_jpeg(page, prefix + "4_order.jpg", "order", order_picture(trace)),
        write_jpeg(page, prefix + "5_normalize.jpg", "normalize", normalize_picture(trace)),
        write_jpeg(page, prefix + "6_classify.jpg", "classify", classify_picture(trace, meaning)),
        write_jpeg(page, prefix + "7_assemble.jpg", "assemble", annotate(trace.photo, reading)),
    };
}

}  // namespace chiffre
