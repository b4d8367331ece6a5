// loss.cpp -- softmax and its gradient; a few nanoseconds beside the network's pass, so written plainly.
#include "loss.h"

#include <algorithm>
#include <cmath>

namespace chiffre::training {
namespace {

// log(sum of exp(z)), with the logit that is fixed at 0 where the weights refuse.
float log_total(const Scores& z, bool refuses) {
    float highest = *std::max_element(z.begin(), z.end());
    if (refuses) highest = std::max(highest, 0.0f);
    float total = refuses ? std::exp(-highest) : 0.0f;
    for (const float logit : z) total += std::exp(logit - highest);
    return std::log(total) + highest;
}

}  // namespace

int most_probable(const Scores& logits, bool refuses) {
    const auto best = std::max_element(logits.begin(), logits.end());
    if (refuses && *best <= 0) return kNoDigit;
    return static_cast<int>(best - logits.begin());
}

Target label_target(int label, const LossSettings& settings) {
    const int classes = settings.refuses ? kClasses + 1 : kClasses;
    const float everywhere = settings.smoothing / static_cast<float>(classes);
    Target target{};
    for (int k = 0; k < classes; ++k) target[k] = everywhere + (label == k ? 1 - settings.smoothing : 0);
    return target;
}

void mix_teachers_in(Target& target, std::span<const Scores> teacher_logits, const LossSettings& settings) {
    const float share = settings.distill / static_cast<float>(teacher_logits.size());
    for (float& probability : target) probability *= 1 - settings.distill;
    for (Scores z : teacher_logits) {
        for (float& logit : z) logit /= settings.temperature;
        const float total = log_total(z, settings.refuses);
        for (int k = 0; k < kClasses; ++k) target[k] += share * std::exp(z[k] - total);
        if (settings.refuses) target[kNoDigit] += share * std::exp(-total);
    }
}

LossSum cross_entropy(std::span<const Scores> logits, std::span<const int> labels, std::span<const Target> targets,
                      bool refuses, float scale, std::span<Scores> dlogits) {
    LossSum sum;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const Scores& z = logits[i];
        const float total = log_total(z, refuses);
        float loss = refuses ? total * targets[i][kNoDigit] : 0;
        for (int k = 0; k < kClasses; ++k) {
            const float target = targets[i][k];
            loss += target * (total - z[k]);
            dlogits[i][k] = scale * (std::exp(z[k] - total) - target);
        }
        sum.loss += loss;
        sum.wrong += most_probable(z, refuses) != labels[i];
    }
    return sum;
}

LossSum measure_loss(std::span<const Scores> logits, std::span<const std::uint8_t> labels, bool refuses) {
    LossSum sum;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const float of_label = labels[i] == kNoDigit ? 0.0f : logits[i][labels[i]];
        sum.loss += log_total(logits[i], refuses) - of_label;
        sum.wrong += most_probable(logits[i], refuses) != labels[i];
    }
    return sum;
}

}  // namespace chiffre::training
