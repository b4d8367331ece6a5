// calibrate.h -- how far confidences can be believed: temperature, reliability.
// Source: Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "lenet5.h"
#include "weights.h"

namespace chiffre::training {

// The temperature that makes the mean cross-entropy with the labels (loss.h) smallest.
float fit_temperature(std::span<const Scores> logits, std::span<const std::uint8_t> labels, bool refuses);

// Samples by the confidence of their most probable class (no digit included). Where no digit is no class, a sample of
// that label is right in no bin.
struct ReliabilityBin {
    float low = 0, high = 0;  // confidence, low <= c < high (c <= 1 for the last)
    int samples = 0;
    double confidence = 0;  // mean
    double right = 0;       // share
};
std::array<ReliabilityBin, 10> reliability(std::span<const Scores> logits, std::span<const std::uint8_t> labels,
                                           const ScoreMeaning& meaning);

// Expected calibration error: mean over the samples of |confidence - share right| of their bins.
double calibration_error(std::span<const ReliabilityBin> bins);

// The threshold on the probability of the most probable digit that keeps the share `kept` of the samples that are
// digits.
float keep_threshold(std::span<const Scores> logits, std::span<const std::uint8_t> labels, const ScoreMeaning& meaning,
                     double kept);

// The share of the samples whose most probable digit is below the threshold.
double rejected_share(std::span<const Scores> logits, const ScoreMeaning& meaning, float threshold);

}  // namespace chiffre::training
