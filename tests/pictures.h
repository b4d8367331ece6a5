// pictures.h -- pictures of known content for the tests of decode, and what comes of decoding them.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>

#include "decode.h"
#include "encode.h"

namespace chiffre::test {

// Smooth, with no symmetry: turned or mirrored in any way it is another picture. CV_8UC1.
cv::Mat make_grey(int width, int height);
cv::Mat make_rgb(int width, int height);  // CV_8UC3

// 0.299 r + 0.587 g + 0.114 b (ITU-R BT.601), rounded.
std::uint8_t luma(double r, double g, double b);
cv::Mat luma_of(const cv::Mat& rgb);

// The largest difference of two CV_8UC1 pictures; 255 where their sizes or types differ.
int difference(const cv::Mat& a, const cv::Mat& b);
constexpr int kJpegTolerance = 4;  // of a JPEG of quality 95 and its smooth source

// decode() under the name "photo".
Photo decode_bytes(const Bytes& bytes, const DecodeOptions& options = {});

// The Error that decoding raises, as "name_of_its_code: message"; "none" where it raises none.
std::string error_of(const Bytes& bytes, const DecodeOptions& options = {});

bool contains(const std::string& text, const std::string& part);

}  // namespace chiffre::test
