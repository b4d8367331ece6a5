// exif_test.cpp -- orientation: all eight for every format that carries it, and damaged EXIF data.
#include "exif.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "pictures.h"

namespace chiffre {
namespace {

using namespace test;

// Where the pixel (x, y) of a stored picture of w x h belongs in the upright one: the table of Exif 2.32, 4.6.4.A,
// e.g. 6: the 0th row is the right-hand side, the 0th column the top.
cv::Point upright_place(int orientation, int x, int y, int w, int h) {
    switch (orientation) {
        case 2:
            return {w - 1 - x, y};
        case 3:
            return {w - 1 - x, h - 1 - y};
        case 4:
            return {x, h - 1 - y};
        case 5:
            return {y, x};
        case 6:
            return {h - 1 - y, x};
        case 7:
            return {h - 1 - y, w - 1 - x};
        case 8:
            return {y, w - 1 - x};
        default:
            return {x, y};
    }
}

cv::Mat turned(const cv::Mat& stored, int orientation) {
    cv::Mat result = orientation >= 5 ? cv::Mat(stored.cols, stored.rows, CV_8UC1) : cv::Mat(stored.size(), CV_8UC1);
    for (int y = 0; y < stored.rows; ++y) {
        for (int x = 0; x < stored.cols; ++x) {
            result.at<std::uint8_t>(upright_place(orientation, x, y, stored.cols, stored.rows)) =
                stored.at<std::uint8_t>(y, x);
        }
    }
    return result;
}

TEST(Orientation, AllEightOfJpegAndPngInBothByteOrders) {
    const cv::Mat stored = make_grey(56, 40);
    const Bytes jpeg = encode_jpeg(stored), png = encode_png(stored);
    for (int orientation = 1; orientation <= 8; ++orientation) {
        const cv::Mat expected = turned(stored, orientation);
        for (const bool little_endian : {false, true}) {
            const Bytes exif = exif_data(orientation, little_endian);
            const Photo of_jpeg = decode_bytes(with_jpeg_exif(jpeg, exif));
            EXPECT_LE(difference(of_jpeg.grey, expected), kJpegTolerance) << orientation;
            EXPECT_EQ(cv::Size(of_jpeg.width, of_jpeg.height), expected.size());
            const Photo of_png = decode_bytes(with_png_exif(png, exif));
            EXPECT_EQ(difference(of_png.grey, expected), 0) << orientation;
            EXPECT_EQ(cv::Size(of_png.width, of_png.height), expected.size());
        }
    }
}

TEST(Orientation, ReducedPictureIsTurnedAndKeepsItsFullSize) {
    const Bytes jpeg = encode_jpeg(make_grey(120, 80));
    const Photo photo = decode_bytes(with_jpeg_exif(jpeg, exif_data(6, true)), {.enough_px = 60});
    EXPECT_EQ(photo.grey.size(), cv::Size(40, 60));
    EXPECT_EQ(cv::Size(photo.width, photo.height), cv::Size(80, 120));
    EXPECT_EQ(photo.reduction, 2);
}

TEST(Orientation, UprightSharesMemory) {
    const cv::Mat picture = make_grey(4, 3);
    EXPECT_EQ(upright(picture, 1).data, picture.data);
}

TEST(Orientation, FoundBehindOtherSegmentsAndFillBytes) {
    Bytes jpeg = with_jpeg_exif(encode_jpeg(make_grey(8, 8)), exif_data(8, false));
    const Bytes xmp = to_bytes({"\xff\xe1\0\x0ahttp://x\xff\xff", 14});
    jpeg.insert(jpeg.begin() + 2, xmp.begin(), xmp.end());
    EXPECT_EQ(exif_orientation(find_jpeg_exif(jpeg)), 8);
}

TEST(Orientation, DamagedExifIsUpright) {
    const Bytes good = exif_data(6, true);
    for (std::size_t size = 0; size < 18 + 2; ++size) {
        EXPECT_EQ(exif_orientation(std::span(good).first(size)), 1) << size;
    }
    const auto with = [&](std::size_t at, const Bytes& bytes) {
        Bytes exif = good;
        std::copy(bytes.begin(), bytes.end(), exif.begin() + at);
        return exif_orientation(exif);
    };
    EXPECT_EQ(with(0, {}), 6);
    EXPECT_EQ(with(0, {'I', 'M'}), 1);
    EXPECT_EQ(with(4, {0xff, 0xff, 0xff, 0xff}), 1);  // directory beyond the end
    EXPECT_EQ(with(4, {0xfe, 0xff, 0xff, 0xff}), 1);
    EXPECT_EQ(with(4, {0, 0, 0, 0}), 1);        // directory in the header
    EXPECT_EQ(with(8, {0xff, 0xff, 0, 0}), 1);  // 65535 entries of which none is there
    EXPECT_EQ(with(8, {0, 0}), 1);              // no entry
    EXPECT_EQ(with(12, {4, 0}), 1);             // another type
    EXPECT_EQ(with(14, {2, 0}), 1);             // two values
    EXPECT_EQ(with(18, {0, 0}), 1);
    EXPECT_EQ(with(18, {9, 0}), 1);
    EXPECT_EQ(with(18, {6, 1}), 1);
    EXPECT_EQ(with(22, {8, 0, 0, 0}), 6);  // the next directory is this one: it is not followed
}

}  // namespace
}  // namespace chiffre
