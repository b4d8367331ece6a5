// mnist_digits.h -- a few MNIST digits for tests, read from CHIFFRE_MNIST_DIR by code that shares nothing with ours.
#pragma once

#include <zlib.h>

#include <cstdlib>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace chiffre::test {

// The first `count` test images, 28x28 CV_8UC1; empty where the environment does not say where MNIST is.
inline std::vector<cv::Mat> mnist_digits(int count) {
    const char* folder = std::getenv("CHIFFRE_MNIST_DIR");
    std::vector<cv::Mat> digits;
    if (!folder) return digits;
    const gzFile file = gzopen((std::string(folder) + "/t10k-images-idx3-ubyte.gz").c_str(), "rb");
    if (!file) return digits;
    gzseek(file, 16, SEEK_SET);
    for (int i = 0; i < count; ++i) {
        cv::Mat digit(28, 28, CV_8UC1);
        if (gzread(file, digit.data, 28 * 28) != 28 * 28) break;
        digits.push_back(digit);
    }
    gzclose(file);
    return digits;
}

}  // namespace chiffre::test
