// calibrate.cpp -- statistics over the logits of a validation or test set.
#include "calibrate.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "loss.h"

namespace chiffre::training {
namespace {

double negative_log_likelihood(std::span<const Scores> logits, std::span<const std::uint8_t> labels, bool refuses,
                               double temperature) {
    double sum = 0;
    for (std::size_t i = 0; i < logits.size(); ++i)
        sum += log_total(logits[i], refuses, temperature) - target_logit(logits[i], labels[i], refuses) / temperature;
    return sum;
}

float best_digit(const Scores& logits, const ScoreMeaning& meaning) {
    const Scores p = probabilities(logits, meaning);
    return *std::max_element(p.begin(), p.end());
}

}  // namespace

float fit_temperature(std::span<const Scores> logits, std::span<const std::uint8_t> labels, bool refuses) {
    // Golden-section search on the logarithm: in 1 / temperature the likelihood is convex, so there is one minimum.
    constexpr double kGolden = 0.6180339887498949;
    double low = std::log(0.1), high = std::log(10.0);
    const auto cost = [&](double t) { return negative_log_likelihood(logits, labels, refuses, std::exp(t)); };
    double a = high - kGolden * (high - low), b = low + kGolden * (high - low);
    double cost_a = cost(a), cost_b = cost(b);
    while (high - low > 1e-4) {
        if (cost_a < cost_b) {
            high = b, b = a, cost_b = cost_a;
            a = high - kGolden * (high - low), cost_a = cost(a);
        } else {
            low = a, a = b, cost_a = cost_b;
            b = low + kGolden * (high - low), cost_b = cost(b);
        }
    }
    return static_cast<float>(std::exp(0.5 * (low + high)));
}

std::array<ReliabilityBin, 10> reliability(std::span<const Scores> logits, std::span<const std::uint8_t> labels,
                                           const ScoreMeaning& meaning) {
    std::array<ReliabilityBin, 10> bins;
    for (int i = 0; i < 10; ++i)
        bins[i].low = static_cast<float>(i) / 10, bins[i].high = static_cast<float>(i + 1) / 10;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const Scores p = probabilities(logits[i], meaning);
        const auto best = std::max_element(p.begin(), p.end());
        float confidence = *best;
        int label = static_cast<int>(best - p.begin());
        float none = 1;
        for (const float digit : p) none -= digit;
        if (meaning.refuses && none > confidence) confidence = none, label = kNoDigit;
        ReliabilityBin& bin = bins[std::clamp(static_cast<int>(confidence * 10), 0, 9)];
        ++bin.samples;
        bin.confidence += confidence;
        bin.right += label == labels[i];
    }
    for (ReliabilityBin& bin : bins) {
        bin.confidence /= std::max(bin.samples, 1);
        bin.right /= std::max(bin.samples, 1);
    }
    return bins;
}

double calibration_error(std::span<const ReliabilityBin> bins) {
    double sum = 0;
    int samples = 0;
    for (const ReliabilityBin& bin : bins) {
        sum += bin.samples * std::abs(bin.confidence - bin.right);
        samples += bin.samples;
    }
    return sum / std::max(samples, 1);
}

float keep_threshold(std::span<const Scores> logits, std::span<const std::uint8_t> labels, const ScoreMeaning& meaning,
                     double kept) {
    std::vector<float> confidences;
    for (std::size_t i = 0; i < logits.size(); ++i)
        if (labels[i] != kNoDigit) confidences.push_back(best_digit(logits[i], meaning));
    if (confidences.empty()) return 0;
    std::sort(confidences.begin(), confidences.end());
    // Less than half a sample of rounding: 0.99 of 100 is 99, whatever the product says.
    const auto to_keep = static_cast<std::size_t>(std::lround(kept * static_cast<double>(confidences.size())));
    return confidences[std::min(confidences.size() - to_keep, confidences.size() - 1)];
}

double rejected_share(std::span<const Scores> logits, const ScoreMeaning& meaning, float threshold) {
    const auto rejected = std::count_if(logits.begin(), logits.end(),
                                        [&](const Scores& z) { return best_digit(z, meaning) < threshold; });
    return static_cast<double>(rejected) / static_cast<double>(std::max<std::size_t>(logits.size(), 1));
}

}  // namespace chiffre::training
