// read_picture.h -- a picture drawn in a test, read with the weights built in, on the CPU.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>

#include "pipeline.h"
#include "weights.h"

namespace chiffre::test {

inline Reading read(const cv::Mat& grey, const ReadOptions& options = {}, Trace* trace = nullptr) {
    static const Weights alone = default_weights(), context = default_context_weights();
    static const auto engine = open_engine({Device::Kind::cpu, {}}, alone),
                      context_engine = open_engine({Device::Kind::cpu, {}}, context);
    std::string bytes = "P5 " + std::to_string(grey.cols) + " " + std::to_string(grey.rows) + " 255\n";
    bytes.append(reinterpret_cast<const char*>(grey.data), grey.total());
    const Networks networks{{*engine, score_meaning(alone)}, Judge{*context_engine, score_meaning(context)}};
    return read_photo({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "page", networks, options,
                      trace);
}

// Without the spaces between groups.
inline std::string digits_of(const Row& row) {
    std::string digits;
    for (const Digit& digit : row.digits) digits += digit.digit;
    return digits;
}

}  // namespace chiffre::test
