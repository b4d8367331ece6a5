// decode_damage_test.cpp -- truncated, corrupted and malicious files: a picture with a warning, or an Error.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <opencv2/imgproc.hpp>
#include <random>

#include "error.h"
#include "pictures.h"
#include "stages.h"

namespace chiffre {
namespace {

using namespace test;

constexpr std::uint8_t kStartOfScan = 0xda, kTables = 0xc4;
constexpr std::size_t kMarkerBytes = 2;

auto at(const Bytes& bytes, std::size_t position) {
    return bytes.begin() + static_cast<std::ptrdiff_t>(position);
}

std::size_t find_marker(const Bytes& jpeg, std::uint8_t marker, std::size_t from) {
    const std::array<std::uint8_t, kMarkerBytes> wanted{0xff, marker};
    return static_cast<std::size_t>(std::search(at(jpeg, from), jpeg.end(), wanted.begin(), wanted.end()) -
                                    jpeg.begin());
}

// Where the entropy-coded data of the first scan begin.
std::size_t scan_data(const Bytes& jpeg) {
    const std::size_t scan = find_marker(jpeg, kStartOfScan, 0);
    return scan + kMarkerBytes + (jpeg[scan + 2] << 8 | jpeg[scan + 3]);
}

TEST(DecodeJpeg, TruncatedIsReadAsFarAsItGoes) {
    const cv::Mat grey = make_grey(64, 256);
    Bytes jpeg = encode_jpeg(grey);
    jpeg.resize(jpeg.size() * 3 / 4);
    const Photo photo = decode_bytes(jpeg);
    ASSERT_EQ(photo.grey.size(), grey.size());
    EXPECT_LE(difference(photo.grey.rowRange(0, 64), grey.rowRange(0, 64)), kJpegTolerance);
    ASSERT_EQ(photo.warnings.size(), 1u);
    int percent = 0;
    ASSERT_EQ(std::sscanf(photo.warnings[0].c_str(), "truncated JPEG: the data end after %d %%", &percent), 1);
    EXPECT_GT(percent, 25);
    EXPECT_LT(percent, 100);
}

constexpr int kPaper = 205;

// Dark strokes in every row of blocks of a sheet of paper with a little noise.
cv::Mat make_page(int width, int height) {
    cv::Mat page(height, width, CV_8UC1, cv::Scalar(kPaper));
    for (int y = 30; y < height; y += 60)
        for (int x = 20; x < width; x += 50) cv::line(page, {x, y - 15}, {x + 12, y + 15}, cv::Scalar(40), 4);
    cv::Mat noise(page.size(), CV_16SC1);
    cv::RNG(1).fill(noise, cv::RNG::NORMAL, 0, 2);
    cv::add(page, noise, page, cv::noArray(), CV_8U);
    return page;
}

// Its second half holds no ink, and where the data end there is no edge.
void expect_paper_below_the_cut(const Photo& photo) {
    constexpr int kAFewLevels = 4;
    constexpr double kMostMissing = 0.75;  // of the rows: the strokes make every row cost the same
    const cv::Mat missing = photo.grey.rowRange(static_cast<int>(photo.grey.rows * kMostMissing), photo.grey.rows);
    EXPECT_LE(difference(missing, cv::Mat(missing.size(), CV_8UC1, cv::Scalar(kPaper))), kAFewLevels);
    int first_missing = photo.grey.rows;
    while (first_missing > 0 && cv::countNonZero(photo.grey.row(first_missing - 1) != missing.at<std::uint8_t>(0)) == 0)
        --first_missing;
    EXPECT_GT(first_missing, photo.grey.rows / 4);
    const Ink ink = binarize(photo.grey);
    EXPECT_FALSE(ink.light_on_dark);
    EXPECT_GT(cv::countNonZero(ink.mask.rowRange(0, first_missing)), 0);
    EXPECT_EQ(cv::countNonZero(ink.mask.rowRange(first_missing, ink.mask.rows)), 0);
}

TEST(DecodeJpeg, MissingRowsOfATruncatedPageArePaper) {
    Bytes jpeg = encode_jpeg(make_page(400, 600));
    jpeg.resize(jpeg.size() / 2);
    expect_paper_below_the_cut(decode_bytes(jpeg));
    expect_paper_below_the_cut(decode_bytes(jpeg, {.enough_px = 300}));  // at half the scale
}

// The same page, closed by an end marker as some programs do.
TEST(DecodeJpeg, MissingRowsBeforeAnEndMarkerArePaper) {
    Bytes jpeg = encode_jpeg(make_page(400, 600));
    jpeg.resize(jpeg.size() / 2);
    jpeg.insert(jpeg.end(), {0xff, 0xd9});
    expect_paper_below_the_cut(decode_bytes(jpeg));
}

TEST(DecodeJpeg, MissingRowsOfAFirstScanArePaper) {
    Bytes jpeg = encode_jpeg(make_page(400, 600), {.progressive = true});
    const std::size_t first_data = scan_data(jpeg);
    jpeg.resize((first_data + find_marker(jpeg, kTables, first_data)) / 2);
    expect_paper_below_the_cut(decode_bytes(jpeg));
}

TEST(DecodeJpeg, NoRowIsMissingWithoutTheEndMarker) {
    const cv::Mat page = make_page(400, 600);
    Bytes jpeg = encode_jpeg(page);
    const Photo whole = decode_bytes(jpeg);
    jpeg.resize(jpeg.size() - kMarkerBytes);
    EXPECT_EQ(difference(decode_bytes(jpeg).grey, whole.grey), 0);
}

TEST(DecodeJpeg, TruncatedProgressiveNamesItsLastScan) {
    Bytes jpeg = encode_jpeg(make_grey(64, 64), {.progressive = true});
    jpeg.resize(jpeg.size() / 2);
    const Photo photo = decode_bytes(jpeg);
    ASSERT_EQ(photo.warnings.size(), 1u);
    EXPECT_TRUE(contains(photo.warnings[0], "truncated JPEG: the data end in scan")) << photo.warnings[0];
}

TEST(DecodeJpeg, CorruptDataGiveOneWarning) {
    Bytes jpeg = encode_jpeg(make_rgb(256, 256), {.restart_rows = 1});
    for (std::size_t i = jpeg.size() / 4; i < jpeg.size() / 2; ++i) jpeg[i] = static_cast<std::uint8_t>(i * 7 % 251);
    const Photo photo = decode_bytes(jpeg);
    ASSERT_EQ(photo.warnings.size(), 1u);
    EXPECT_TRUE(contains(photo.warnings[0], "damaged JPEG: ")) << photo.warnings[0];
}

TEST(DecodeJpeg, HeaderWithoutPictureIsRefused) {
    const Bytes jpeg = encode_jpeg(make_grey(16, 16));
    EXPECT_TRUE(contains(error_of({0xff, 0xd8}), "not_an_image: photo: damaged JPEG")) << error_of({0xff, 0xd8});
    EXPECT_TRUE(contains(error_of({jpeg.begin(), jpeg.begin() + 30}), "not_an_image: photo: damaged JPEG"));
}

// A scan repeated: every repetition is a pass over the whole picture.
TEST(DecodeJpeg, EndlessScansAreRefused) {
    const Bytes jpeg = encode_jpeg(make_grey(32, 32), {.progressive = true});
    const std::size_t scan = find_marker(jpeg, kStartOfScan, 0), end = find_marker(jpeg, kTables, scan);
    Bytes bomb(jpeg.begin(), at(jpeg, scan));
    for (int i = 0; i < 5000; ++i) bomb.insert(bomb.end(), at(jpeg, scan), at(jpeg, end));
    bomb.insert(bomb.end(), {0xff, 0xd9});
    EXPECT_EQ(error_of(bomb), "not_an_image: photo: damaged JPEG (more than 100 scans)");
}

TEST(DecodeJpeg, DamagedTablesOfALaterScanLeaveTheScansBeforeThem) {
    const cv::Mat grey = make_grey(64, 64);
    Bytes jpeg = encode_jpeg(grey, {.progressive = true});
    const std::size_t tables = find_marker(jpeg, kTables, find_marker(jpeg, kStartOfScan, 0));
    jpeg[tables + 4] = 0xff;  // no table has this number
    const Photo photo = decode_bytes(jpeg);
    constexpr int kCoarse = 16;  // the means of the blocks alone
    EXPECT_LE(difference(photo.grey, grey), kCoarse);
    ASSERT_EQ(photo.warnings.size(), 1u);
    EXPECT_TRUE(contains(photo.warnings[0], "truncated JPEG: the data end in scan")) << photo.warnings[0];
}

TEST(DecodePng, DamageIsFoundByTheChecksum) {
    Bytes png = encode_png(make_grey(20, 20));
    png[png.size() / 2] ^= 1;
    EXPECT_EQ(error_of(png), "not_an_image: photo: damaged or truncated PNG (wrong checksum in chunk IDAT)");
}

TEST(DecodePng, MoreDataThanTheSizeJustifiesIsRefused) {
    const Bytes bomb = assemble_png(1, 1, 8, 0, {Bytes(8 << 20)});
    EXPECT_LT(bomb.size(), 100'000u);
    EXPECT_TRUE(contains(error_of(bomb), "it unpacks to more than its size justifies")) << error_of(bomb);
}

TEST(DecodePnm, DamagedHeadersAreRefused) {
    for (const char* text :
         {"P5", "P5 ", "P5 1", "P5 1 1", "P5 1 1 255", "P5 1 1 255 ", "P5 1 1 0 x", "P5 1 1 65536 xx", "P5 -1 1 255 x",
          "P5 0 1 255 x", "P5 99999999999999999999 1 255 x", "P5 # 1 1 255 x"}) {
        EXPECT_TRUE(contains(error_of(to_bytes(text)), "not_an_image: photo: ")) << text;
    }
}

TEST(DecodeRaster, TruncatedFilesAreRefused) {
    const cv::Mat rgb = make_rgb(50, 50);
    for (Bytes bytes : {encode_png(rgb), encode_bmp(rgb), encode_tga(rgb)}) {
        bytes.resize(bytes.size() * 2 / 3);
        EXPECT_TRUE(contains(error_of(bytes), "damaged or truncated")) << error_of(bytes);
        EXPECT_TRUE(contains(error_of(bytes), "the file ends")) << error_of(bytes);
    }
}

std::vector<Bytes> one_of_each_format() {
    const cv::Mat grey = make_grey(24, 17), rgb = make_rgb(24, 17);
    cv::Mat rgba(17, 24, CV_8UC4, cv::Scalar(10, 200, 30, 100));
    const Bytes palette_png =
        assemble_png(4, 2, 2, 3, {{0b00'01'10'00}, {0b10'10'01'00}}, {{"PLTE", Bytes(9, 50)}, {"tRNS", {1, 2}}});
    return {with_jpeg_exif(encode_jpeg(rgb, {.horizontal = 2, .vertical = 2}), exif_data(5, false)),
            encode_jpeg(rgb, {.progressive = true, .restart_rows = 1}),
            encode_jpeg(rgb, {.arithmetic = true}),
            encode_jpeg(rgba, {.colors = JpegColors::ycck}),
            with_png_exif(encode_png(rgb), exif_data(7, true)),
            encode_png(rgba),
            palette_png,
            encode_bmp(rgb),
            encode_bmp(rgba),
            encode_tga(grey),
            encode_tga(rgba),
            to_bytes("P6\n2 1\n255\nabcdef"),
            to_bytes("P5 2 1 300 abcd")};
}

// Every input ends as a picture of the size that it says, or as an Error.
void expect_picture_or_error(const Bytes& bytes) {
    try {
        const Photo photo = decode_bytes(bytes, {.max_pixels = 100'000, .enough_px = 8});
        EXPECT_EQ(photo.grey.type(), CV_8UC1);
        const int reduction = static_cast<int>(photo.reduction);
        EXPECT_EQ(photo.grey.cols, (photo.width + reduction - 1) / reduction);
        EXPECT_EQ(photo.grey.rows, (photo.height + reduction - 1) / reduction);
    } catch (const Error& error) {
        EXPECT_TRUE(std::string(error.what()).starts_with("photo: ")) << error.what();
    }
}

TEST(DecodeAnyBytes, EveryTruncationIsAnErrorOrWarned) {
    for (const Bytes& whole : one_of_each_format()) {
        ASSERT_EQ(error_of(whole), "none");
        const bool is_jpeg = whole[0] == 0xff;
        // Without its end marker alone, a JPEG is whole. From the data of its first scan on, it is read.
        const std::size_t longest = whole.size() - (is_jpeg ? kMarkerBytes + 1 : 1);
        const std::size_t first_data = is_jpeg ? scan_data(whole) : whole.size();
        for (std::size_t size = 1; size <= longest; ++size) {
            const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
            expect_picture_or_error(part);
            EXPECT_EQ(error_of(part) == "none", size >= first_data + 2) << size << " of " << whole.size();
            if (error_of(part) == "none") {
                EXPECT_EQ(decode_bytes(part).warnings.size(), 1u) << size << " of " << whole.size();
            }
        }
    }
}

TEST(DecodeAnyBytes, MutationsNeverCrash) {
    constexpr int kRounds = 400;
    std::mt19937 random(20260101);
    for (const Bytes& original : one_of_each_format()) {
        const bool is_png = original[0] == 0x89;
        for (int round = 0; round < kRounds; ++round) {
            Bytes mutated = original;
            for (auto changes = 1 + random() % 4; changes > 0; --changes) {
                mutated[random() % mutated.size()] = static_cast<std::uint8_t>(random() % 4 == 0 ? 255 : random());
            }
            if (random() % 4 == 0) mutated.resize(1 + random() % mutated.size());
            if (is_png && random() % 4 != 0) mend_checksums(mutated);
            expect_picture_or_error(mutated);
        }
    }
}

}  // namespace
}  // namespace chiffre
