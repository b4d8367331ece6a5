// pictures.cpp -- pictures of known content.
#include "pictures.h"

#include <cmath>

#include "error.h"

namespace chiffre::test {

cv::Mat make_grey(int width, int height) {
    cv::Mat picture(height, width, CV_8UC1);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            picture.at<std::uint8_t>(y, x) =
                static_cast<std::uint8_t>(20 + 150 * x / width + 70 * y * y / (height * height));
        }
    }
    return picture;
}

cv::Mat make_rgb(int width, int height) {
    cv::Mat picture(height, width, CV_8UC3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            picture.at<cv::Vec3b>(y, x) = {static_cast<std::uint8_t>(255 * x / width),
                                           static_cast<std::uint8_t>(255 * y / height),
                                           static_cast<std::uint8_t>(255 - 200 * x / width)};
        }
    }
    return picture;
}

std::uint8_t luma(double r, double g, double b) {
    return static_cast<std::uint8_t>(std::lround(0.299 * r + 0.587 * g + 0.114 * b));
}

cv::Mat luma_of(const cv::Mat& rgb) {
    cv::Mat grey(rgb.size(), CV_8UC1);
    for (int y = 0; y < rgb.rows; ++y) {
        for (int x = 0; x < rgb.cols; ++x) {
            const auto& c = rgb.at<cv::Vec3b>(y, x);
            grey.at<std::uint8_t>(y, x) = luma(c[0], c[1], c[2]);
        }
    }
    return grey;
}

int difference(const cv::Mat& a, const cv::Mat& b) {
    if (a.size() != b.size() || a.type() != CV_8UC1 || b.type() != CV_8UC1) return 255;
    return static_cast<int>(cv::norm(a, b, cv::NORM_INF));
}

Photo decode_bytes(const Bytes& bytes, const DecodeOptions& options) {
    return decode(bytes, "photo", options);
}

std::string error_of(const Bytes& bytes, const DecodeOptions& options) {
    try {
        decode_bytes(bytes, options);
    } catch (const Error& error) {
        return std::string(error_name(error.code())) + ": " + error.what();
    }
    return "none";
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace chiffre::test
