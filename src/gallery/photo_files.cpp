// photo_files.cpp -- sizes that look sharp on a screen and leave ten thousand photos at about a gigabyte.
#include "gallery/photo_files.h"

#include <algorithm>

#include "report/annotate.h"
#include "report/page_pictures.h"

namespace chiffre::gallery {
namespace {

constexpr int kThumbnail_px = 360;  // longer side; shown at about two thirds of that
constexpr int kPhoto_px = 1280;
constexpr int kCropColumns = 32;

// The tiles that the network saw, one for each digit of the reading, in rows of kCropColumns.
cv::Mat crop_sheet(const Trace& trace) {
    std::vector<int> tiles;
    for (const std::vector<int>& row : trace.tile_of_digit) tiles.insert(tiles.end(), row.begin(), row.end());
    const int count = static_cast<int>(tiles.size());
    const int lines = (count + kCropColumns - 1) / kCropColumns;
    cv::Mat sheet = cv::Mat::zeros(lines * kTileSide, std::min(count, kCropColumns) * kTileSide, CV_8UC1);
    for (int i = 0; i < count; ++i) {
        const Tile& tile = trace.tiles[static_cast<std::size_t>(tiles[static_cast<std::size_t>(i)])];
        const cv::Rect place(i % kCropColumns * kTileSide, i / kCropColumns * kTileSide, kTileSide, kTileSide);
        cv::Mat(kTileSide, kTileSide, CV_8UC1, const_cast<std::uint8_t*>(tile.ink.data())).copyTo(sheet(place));
    }
    return sheet;
}

}  // namespace

std::string part_folder(std::uint32_t part, std::uint32_t parts) {
    return std::to_string(part) + "-of-" + std::to_string(parts);
}

std::string file_stem(std::uint32_t parts, PhotoId id) {
    return part_folder(id.part, parts) + "/" + std::to_string(id.number / kListed) + "/" +
           std::to_string(id.number % kListed);
}

PhotoPictures write_pictures(const std::filesystem::path& page, const std::string& stem, const Reading& reading,
                             const Trace& trace, const ScoreMeaning& meaning, bool with_stages) {
    const Photo& photo = trace.photo;
    PhotoPictures pictures;
    create_folder((page / stem).parent_path());
    const PageImage small =
        write_jpeg(page, stem + ".jpg", "thumbnail", annotated_thumbnail(photo, reading, kThumbnail_px));
    const PageImage large = write_jpeg(page, stem + "-photo.jpg", "photo", shrunk(photo.grey, kPhoto_px));
    pictures.thumbnail_width = small.width;
    pictures.thumbnail_height = small.height;
    pictures.width = large.width;
    pictures.height = large.height;
    pictures.view = {photo.left, photo.top, cvRound(photo.grey.cols * photo.reduction),
                     cvRound(photo.grey.rows * photo.reduction)};
    if (!reading.rows.empty()) {
        const PageImage crops = write_jpeg(page, stem + "-crops.jpg", "crops", crop_sheet(trace));
        pictures.crop_columns = crops.width / kTileSide;
    }
    if (with_stages) {
        pictures.stages_folder = stem + "-stages/";
        pictures.stages_extension = ".jpg";
        create_folder(page / pictures.stages_folder);
        write_stage_jpegs(page, pictures.stages_folder, reading, trace, meaning);
    }
    return pictures;
}

}  // namespace chiffre::gallery
