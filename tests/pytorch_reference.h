// pytorch_reference.h -- what reference/make_pytorch_reference.py recorded, and a comparison with it.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <span>

namespace chiffre {

inline nlohmann::json load_pytorch_reference() {
    return nlohmann::json::parse(std::ifstream(CHIFFRE_REFERENCE_DIR "/pytorch_reference.json"));
}

// `recorded` holds sums over all values, plain and alternating in sign, and some values by index. `tolerance` is per
// value, relative where values are above 1; the sums may err by it times the square root of their number.
inline void expect_like_recorded(const nlohmann::json& recorded, std::span<const float> values, double tolerance) {
    double sum = 0, alternating = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        sum += values[i];
        alternating += i % 2 == 0 ? values[i] : -values[i];
    }
    const double of_sum = tolerance * std::sqrt(static_cast<double>(values.size()));
    EXPECT_NEAR(sum, recorded.at("sum").get<double>(), of_sum * std::max(1.0, std::abs(sum)));
    EXPECT_NEAR(alternating, recorded.at("alternating").get<double>(), of_sum * std::max(1.0, std::abs(alternating)));
    for (const auto& sample : recorded.at("samples")) {
        const auto i = sample[0].get<std::size_t>();
        const auto expected = sample[1].get<double>();
        EXPECT_NEAR(values[i], expected, tolerance * std::max(1.0, std::abs(expected))) << "at " << i;
    }
}

}  // namespace chiffre
