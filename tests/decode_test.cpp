// decode_test.cpp -- pictures of known content through every format; the expectation is computed from the source
// picture, never by a decoder.
#include "decode.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>

#include "pictures.h"

namespace chiffre {
namespace {

using namespace test;
using namespace std::string_view_literals;

// --- JPEG --------------------------------------------------------------------------------------------------------

struct JpegCase {
    const char* name;
    JpegOptions options;
};

class Jpeg : public testing::TestWithParam<JpegCase> {};

TEST_P(Jpeg, GivesTheLumaOfTheColorsEncoded) {
    const cv::Mat rgb = make_rgb(83, 61);
    const Photo photo = decode_bytes(encode_jpeg(rgb, GetParam().options));
    EXPECT_LE(difference(photo.grey, luma_of(rgb)), kJpegTolerance);
    EXPECT_EQ(photo.width, 83);
    EXPECT_EQ(photo.height, 61);
    EXPECT_EQ(photo.reduction, 1);
    EXPECT_TRUE(photo.warnings.empty()) << photo.warnings.front();
}

INSTANTIATE_TEST_SUITE_P(
    Decode, Jpeg,
    testing::Values(JpegCase{"Yuv444", {}}, JpegCase{"Yuv422", {.horizontal = 2}}, JpegCase{"Yuv440", {.vertical = 2}},
                    JpegCase{"Yuv420", {.horizontal = 2, .vertical = 2}}, JpegCase{"Yuv411", {.horizontal = 4}},
                    JpegCase{"Progressive", {.horizontal = 2, .vertical = 2, .progressive = true}},
                    JpegCase{"Arithmetic", {.arithmetic = true}},
                    JpegCase{"Restart", {.horizontal = 2, .vertical = 2, .restart_rows = 1}},
                    JpegCase{"Rgb", {.colors = JpegColors::rgb}}, JpegCase{"Grey", {.colors = JpegColors::grey}}),
    [](const auto& tested) { return tested.param.name; });

TEST(DecodeJpeg, GreyOfOneChannel) {
    const cv::Mat grey = make_grey(40, 30);
    EXPECT_LE(difference(decode_bytes(encode_jpeg(grey)).grey, grey), kJpegTolerance);
}

TEST(DecodeJpeg, CmykWithAndWithoutAdobesInversion) {
    const cv::Mat rgb = make_rgb(64, 48);
    cv::Mat cmyk(rgb.size(), CV_8UC4), expected(rgb.size(), CV_8UC1);
    for (int y = 0; y < rgb.rows; ++y) {
        for (int x = 0; x < rgb.cols; ++x) {
            const auto& c = rgb.at<cv::Vec3b>(y, x);
            const int black = 2 * (x + y);
            const double white = (255 - black) / 255.0;
            cmyk.at<cv::Vec4b>(y, x) = cv::Vec4b(~c[0], ~c[1], ~c[2], static_cast<std::uint8_t>(black));
            expected.at<std::uint8_t>(y, x) = luma(white * c[0], white * c[1], white * c[2]);
        }
    }
    const JpegOptions adobe{.colors = JpegColors::cmyk}, ycck{.colors = JpegColors::ycck};
    const JpegOptions plain{.colors = JpegColors::cmyk, .adobe = false};
    EXPECT_LE(difference(decode_bytes(encode_jpeg(cmyk, adobe)).grey, expected), kJpegTolerance);
    EXPECT_LE(difference(decode_bytes(encode_jpeg(cmyk, ycck)).grey, expected), kJpegTolerance);
    EXPECT_LE(difference(decode_bytes(encode_jpeg(cmyk, plain)).grey, expected), kJpegTolerance);
}

TEST(DecodeJpeg, IsReducedAsLongAsTheLongerSideIsEnough) {
    const Bytes jpeg = encode_jpeg(make_grey(201, 333));
    const std::array<std::pair<int, int>, 8> reduction_for{
        {{0, 1}, {334, 1}, {168, 1}, {167, 2}, {85, 2}, {84, 4}, {43, 4}, {42, 8}}};
    for (const auto& [enough_px, reduction] : reduction_for) {
        const Photo photo = decode_bytes(jpeg, {.enough_px = enough_px});
        EXPECT_EQ(photo.reduction, reduction) << enough_px;
        EXPECT_EQ(photo.grey.rows, (333 + reduction - 1) / reduction);
        EXPECT_EQ(photo.grey.cols, (201 + reduction - 1) / reduction);
        EXPECT_EQ(photo.width, 201);
        EXPECT_EQ(photo.height, 333);
    }
}

TEST(DecodeJpeg, ReducedPixelsAreTheMeansOfTheirSquares) {
    const cv::Mat grey = make_grey(64, 96);
    const Bytes jpeg = encode_jpeg(grey);
    for (const int reduction : {2, 4, 8}) {
        const Photo photo = decode_bytes(jpeg, {.enough_px = 96 / reduction});
        ASSERT_EQ(photo.reduction, reduction);
        for (int y = 0; y < photo.grey.rows; ++y) {
            for (int x = 0; x < photo.grey.cols; ++x) {
                const cv::Rect square(x * reduction, y * reduction, reduction, reduction);
                EXPECT_NEAR(photo.grey.at<std::uint8_t>(y, x), cv::mean(grey(square))[0], kJpegTolerance);
            }
        }
    }
}

// --- the other formats -------------------------------------------------------------------------------------------

TEST(DecodeRaster, GreyAndColorsAreLuma) {
    const cv::Mat grey = make_grey(37, 23), rgb = make_rgb(37, 23);
    EXPECT_EQ(difference(decode_bytes(encode_png(grey)).grey, grey), 0);
    EXPECT_EQ(difference(decode_bytes(encode_tga(grey)).grey, grey), 0);
    EXPECT_EQ(difference(decode_bytes(encode_bmp(grey)).grey, grey), 0);
    EXPECT_LE(difference(decode_bytes(encode_png(rgb)).grey, luma_of(rgb)), 1);
    EXPECT_LE(difference(decode_bytes(encode_bmp(rgb)).grey, luma_of(rgb)), 1);
    EXPECT_LE(difference(decode_bytes(encode_tga(rgb)).grey, luma_of(rgb)), 1);
}

TEST(DecodeRaster, TransparentPixelsAreLaidOnWhite) {
    const cv::Mat rgb = make_rgb(40, 40), grey = luma_of(rgb);
    cv::Mat rgba(rgb.size(), CV_8UC4), grey_alpha(rgb.size(), CV_8UC2), expected(rgb.size(), CV_8UC1);
    for (int y = 0; y < 40; ++y) {
        for (int x = 0; x < 40; ++x) {
            const int alpha = x == 0 ? 0 : x == 39 ? 255 : 6 * x;
            const auto& c = rgb.at<cv::Vec3b>(y, x);
            const int ink = grey.at<std::uint8_t>(y, x);
            rgba.at<cv::Vec4b>(y, x) = {c[0], c[1], c[2], static_cast<std::uint8_t>(alpha)};
            grey_alpha.at<cv::Vec2b>(y, x) = {grey.at<std::uint8_t>(y, x), static_cast<std::uint8_t>(alpha)};
            expected.at<std::uint8_t>(y, x) =
                static_cast<std::uint8_t>(std::lround((alpha * ink + (255 - alpha) * 255) / 255.0));
        }
    }
    EXPECT_LE(difference(decode_bytes(encode_png(rgba)).grey, expected), 1);
    EXPECT_LE(difference(decode_bytes(encode_png(grey_alpha)).grey, expected), 1);
    EXPECT_LE(difference(decode_bytes(encode_tga(rgba)).grey, expected), 1);
    EXPECT_LE(difference(decode_bytes(encode_bmp(rgba)).grey, expected), 1);
}

TEST(DecodeRaster, AlphaThatATgaDeclaresUnusedIsIgnored) {
    cv::Mat rgba(8, 8, CV_8UC4, cv::Scalar(100, 100, 100, 0));
    Bytes tga = encode_tga(rgba);
    EXPECT_EQ(decode_bytes(tga).grey.at<std::uint8_t>(3, 3), 255);
    tga[17] &= 0xf0;
    EXPECT_EQ(decode_bytes(tga).grey.at<std::uint8_t>(3, 3), 100);
}

TEST(DecodeRaster, TopDownBitmap) {
    const cv::Mat grey = make_grey(20, 10);
    Bytes bmp = encode_bmp(grey);
    bmp[22] = 0x100 - 10;  // the height, negative
    bmp[23] = bmp[24] = bmp[25] = 0xff;
    cv::Mat expected;
    cv::flip(grey, expected, 0);
    EXPECT_EQ(difference(decode_bytes(bmp).grey, expected), 0);
}

TEST(DecodeRaster, RunLengthBitmapIsRefusedWithTheReason) {
    Bytes bmp = encode_bmp(make_grey(20, 10));
    bmp[30] = 1;
    EXPECT_EQ(error_of(bmp), "not_an_image: photo: damaged or truncated BMP (BMP RLE)");
}

TEST(DecodeRaster, TgaWithPaletteAndWithoutRunLengths) {
    const Bytes tga{0,   1, 1, 0,  0,  2,  0, 24, 0, 0, 0, 0, 3, 0, 1, 0, 8, 0x20,  // header: 3 x 1
                    255, 0, 0, 10, 20, 30,                                          // palette, blue first
                    1,   0, 1};
    const cv::Mat expected = (cv::Mat_<std::uint8_t>(1, 3) << luma(30, 20, 10), luma(0, 0, 255), luma(30, 20, 10));
    EXPECT_LE(difference(decode_bytes(tga).grey, expected), 1);
}

TEST(DecodePng, SixteenBitsGiveTheirHighByte) {
    const Bytes png =
        assemble_png(3, 2, 16, 0, {{0x00, 0xff, 0x80, 0x01, 0xff, 0x00}, {0x12, 0x34, 0x7f, 0xff, 0xff, 0xff}});
    const cv::Mat expected = (cv::Mat_<std::uint8_t>(2, 3) << 0x00, 0x80, 0xff, 0x12, 0x7f, 0xff);
    EXPECT_EQ(difference(decode_bytes(png).grey, expected), 0);
}

TEST(DecodePng, FewBitsAreSpreadOverTheWholeRange) {
    const Bytes one = assemble_png(8, 1, 1, 0, {{0b1010'0001}});
    const cv::Mat expected_one = (cv::Mat_<std::uint8_t>(1, 8) << 255, 0, 255, 0, 0, 0, 0, 255);
    EXPECT_EQ(difference(decode_bytes(one).grey, expected_one), 0);
    const Bytes two = assemble_png(4, 1, 2, 0, {{0b00'01'10'11}});
    const cv::Mat expected_two = (cv::Mat_<std::uint8_t>(1, 4) << 0, 85, 170, 255);
    EXPECT_EQ(difference(decode_bytes(two).grey, expected_two), 0);
}

TEST(DecodePng, PaletteWithTransparency) {
    const Bytes palette{255, 0, 0, 0, 255, 0, 0, 0, 255};
    const Bytes png = assemble_png(3, 1, 8, 3, {{0, 1, 2}}, {{"PLTE", palette}, {"tRNS", {255, 0, 51}}});
    const cv::Mat expected =
        (cv::Mat_<std::uint8_t>(1, 3) << luma(255, 0, 0), 255, std::lround(255 - 0.2 * (255 - 29)));
    EXPECT_LE(difference(decode_bytes(png).grey, expected), 1);
    const Bytes opaque = assemble_png(3, 1, 8, 3, {{0, 1, 2}}, {{"PLTE", palette}});
    const cv::Mat colors = (cv::Mat_<std::uint8_t>(1, 3) << luma(255, 0, 0), luma(0, 255, 0), luma(0, 0, 255));
    EXPECT_LE(difference(decode_bytes(opaque).grey, colors), 1);
}

TEST(DecodePng, TransparentGreyIsWhite) {
    const Bytes png = assemble_png(2, 1, 8, 0, {{7, 8}}, {{"tRNS", {0, 7}}});
    const cv::Mat expected = (cv::Mat_<std::uint8_t>(1, 2) << 255, 8);
    EXPECT_EQ(difference(decode_bytes(png).grey, expected), 0);
}

TEST(DecodePnm, SamplesAreScaledByTheLargestValue) {
    const auto row_of = [](std::string_view text) { return decode_bytes(to_bytes(text)).grey; };
    using Row = cv::Mat_<std::uint8_t>;
    EXPECT_EQ(difference(row_of("P5 3 1 255\n\0\200\377"sv), (Row(1, 3) << 0, 128, 255)), 0);
    EXPECT_EQ(difference(row_of("P5\n3 1\n15\n\0\3\17"sv), (Row(1, 3) << 0, 51, 255)), 0);
    EXPECT_EQ(difference(row_of("P5 2 1 65535\n\200\0\377\377"sv), (Row(1, 2) << 128, 255)), 0);
    EXPECT_EQ(difference(row_of("P6 1 1 255 \377\1\1"), (Row(1, 1) << luma(255, 1, 1))), 0);
    EXPECT_EQ(difference(row_of("P5 # made by # hand\n2 #2\n#3 4\n1 255\n##"), (Row(1, 2) << 35, 35)), 0);
}

// --- limits and what is no picture -------------------------------------------------------------------------------

TEST(Decode, OnePixelIsAPicture) {
    const cv::Mat pixel(1, 1, CV_8UC1, cv::Scalar(77));
    for (const Bytes& bytes :
         {encode_jpeg(pixel), encode_png(pixel), encode_bmp(pixel), encode_tga(pixel), to_bytes("P5 1 1 255 M")}) {
        const Photo photo = decode_bytes(bytes, {.enough_px = 1});
        ASSERT_EQ(photo.grey.size(), cv::Size(1, 1));
        EXPECT_NEAR(photo.grey.at<std::uint8_t>(0, 0), 77, 1);
        EXPECT_EQ(photo.width * photo.height, 1);
    }
}

TEST(Decode, TooManyPixelsAreRefusedByTheHeaderAlone) {
    const Bytes huge = assemble_png(60'000, 60'000, 8, 0, {});
    EXPECT_EQ(error_of(huge),
              "too_large: photo: the picture has 60000 x 60000 = 3600000000 pixels, at most 200000000 are allowed");
    const Bytes largest = assemble_png(-1, -1, 8, 0, {});
    EXPECT_TRUE(contains(error_of(largest), "too_large: photo: the picture has 4294967295 x 4294967295"))
        << error_of(largest);
    const cv::Mat grey = make_grey(11, 10);
    for (const Bytes& bytes :
         {encode_jpeg(grey), encode_png(grey), encode_bmp(grey), encode_tga(grey), to_bytes("P5 11 10 255 ")}) {
        EXPECT_EQ(error_of(bytes, {.max_pixels = 109}),
                  "too_large: photo: the picture has 11 x 10 = 110 pixels, at most 109 are allowed");
    }
    EXPECT_EQ(error_of(encode_png(grey), {.max_pixels = 110}), "none");
}

TEST(Decode, EmptyFileIsItsOwnError) {
    EXPECT_EQ(error_of({}), "empty_file: photo: expected a picture, found an empty file");
}

TEST(Decode, SaysWhatTheBytesLookLike) {
    const auto error = [](std::string_view text) { return error_of(to_bytes(text)); };
    EXPECT_TRUE(contains(error("Dear Sir,\n\tthe picture is attached.\n"), "expected a picture (JPEG, PNG, BMP,"));
    EXPECT_TRUE(contains(error("Dear Sir,\n\tthe picture is attached.\n"), "found text"));
    EXPECT_TRUE(contains(error("BMW and other cars, a text that begins like a bitmap"), "found text"));
    EXPECT_TRUE(contains(error("P5 is not what this text is about"), "found text"));
    EXPECT_TRUE(contains(error("\177ELF\0\0"sv), "found bytes that begin with 7f 45 4c 46"));
    EXPECT_TRUE(contains(error(std::string(100, '\0')), "found nothing but zeros"));
    // A Windows cursor, which begins like a TGA.
    EXPECT_TRUE(contains(error("\0\0\2\0\1\0\40\40\0\0\1\0\1\0\60\0\0\0\26\0\0\0"sv), "found bytes that begin"));
}

TEST(Decode, NamesTheFormatsItDoesNotRead) {
    const std::map<std::string_view, std::string_view> format_of{{"GIF89a", "GIF"},
                                                                 {"RIFF\20\20\20\20WEBPVP8 ", "WebP"},
                                                                 {"II*\0\10"sv, "TIFF (or camera raw)"},
                                                                 {"MM\0*\0"sv, "TIFF (or camera raw)"},
                                                                 {"\0\0\0\30ftypheic"sv, "HEIC"},
                                                                 {"\0\0\0\30ftypavif"sv, "AVIF"},
                                                                 {"\0\0\0\30ftypmif1"sv, "HEIF"},
                                                                 {"P2 1 1 255 7", "PBM, PAM or ASCII PNM"},
                                                                 {"8BPS", "Photoshop"}};
    for (const auto& [bytes, format] : format_of) {
        EXPECT_EQ(error_of(to_bytes(bytes)), "not_an_image: photo: is in the format " + std::string(format) +
                                                 ", which is not supported; convert it to JPEG or PNG");
    }
}

}  // namespace
}  // namespace chiffre
