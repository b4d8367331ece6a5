// failure_page.cpp -- the files of the page: index.html, and pictures/N/ for the N-th failure. Numbers instead of file
// names, which need not be valid in a link; JPEG, which is written sooner than PNG, for there may be many.
#include "evaluation/failure_page.h"

#include <algorithm>
#include <fstream>
#include <opencv2/imgproc.hpp>
#include <system_error>

#include "atomic_file.h"
#include "error.h"
#include "evaluation/page_html.h"
#include "report/annotate.h"
#include "report/jpeg_writer.h"
#include "report/stage_pictures.h"

namespace chiffre::evaluation {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIndex = "index.html";
constexpr const char* kPictures = "pictures";

void create(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        throw Error(ErrorCode::unwritable,
                    folder.string() + ": expected to create this folder, found: " + error.message());
}

bool is_our_page(const fs::path& file) {
    const std::string mark = kPageMark;
    std::string start(mark.size(), '\0');
    std::ifstream in(file, std::ios::binary);
    return in.read(start.data(), static_cast<std::streamsize>(start.size())) && start == mark;
}

void prepare(const fs::path& folder, bool force) {
    create(folder);
    std::error_code failed;
    if (is_our_page(folder / kIndex))
        fs::remove_all(folder / kPictures, failed);
    else if (!force && !fs::is_empty(folder, failed))
        throw Error(ErrorCode::unwritable, folder.string() + ": expected an empty folder or an earlier page, found " +
                                               "other files (--force writes among them)");
    if (failed)
        throw Error(
            ErrorCode::unwritable,
            folder.string() + ": expected to remove the pictures of an earlier page, found: " + failed.message());
    // A run that ends early leaves a folder that the next one knows.
    write_atomically(folder / kIndex, std::string(kPageMark) + "<title>Unfinished</title>\nThis run did not end.\n");
}

PageImage write_jpeg(const fs::path& folder, const std::string& file, const std::string& caption,
                     const cv::Mat& picture) {
    constexpr int kQuality = 80;
    cv::Mat rgb = picture;
    if (picture.channels() == 1) cv::cvtColor(picture, rgb, cv::COLOR_GRAY2RGB);
    write_atomically(folder / file, encode_jpeg(rgb, kQuality));
    return {file, caption, picture.cols, picture.rows};
}

cv::Mat thumbnail(const cv::Mat& grey) {
    constexpr double kLonger_px = 480;  // shown at half that width, on fine screens too
    const double scale = std::min(1.0, kLonger_px / std::max(grey.cols, grey.rows));
    cv::Mat small;
    cv::resize(grey, small,
               {std::max(1, static_cast<int>(grey.cols * scale)), std::max(1, static_cast<int>(grey.rows * scale))}, 0,
               0, cv::INTER_AREA);
    return small;
}

PageImages write_pictures(const fs::path& page, const std::string& name, const Reading& reading, const Trace& trace,
                          const ScoreMeaning& meaning) {
    const std::string prefix = std::string(kPictures) + "/" + name + "/";
    create(page / kPictures / name);
    PageImages images;
    images.photo = write_jpeg(page, prefix + "photo.jpg", "photo", thumbnail(trace.photo.grey));
    images.stages = {
        write_jpeg(page, prefix + "1_decode.jpg", "decode", decode_picture(trace)),
        write_jpeg(page, prefix + "2_binarize.jpg", "binarize", binarize_picture(trace)),
        write_jpeg(page, prefix + "3_segment.jpg", "segment", segment_picture(trace)),
        write_jpeg(page, prefix + "4_order.jpg", "order", order_picture(trace)),
        write_jpeg(page, prefix + "5_normalize.jpg", "normalize", normalize_picture(trace)),
        write_jpeg(page, prefix + "6_classify.jpg", "classify", classify_picture(trace, meaning)),
        write_jpeg(page, prefix + "7_assemble.jpg", "assemble", annotate(trace.photo, reading)),
    };
    return images;
}

}  // namespace

FailurePage::FailurePage(const std::string& folder, bool force) : folder_(folder) {
    if (wanted()) prepare(folder_, force);
}

void FailurePage::add(const Miss& miss, const Reading* reading, const Trace* trace, const ScoreMeaning& meaning) {
    if (!wanted()) return;
    const int number = static_cast<int>(entries_.size());
    PageImages images;
    if (reading != nullptr) images = write_pictures(folder_, std::to_string(number), *reading, *trace, meaning);
    entries_.push_back(entry_html(number, miss, reading, images));
}

void FailurePage::finish(const Subject& subject, const Statistics& statistics) {
    if (wanted()) write_atomically(folder_ / kIndex, page_html(subject, statistics, entries_));
}

}  // namespace chiffre::evaluation
