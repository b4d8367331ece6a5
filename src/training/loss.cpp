// loss.cpp -- softmax and its gradient; a few nanoseconds beside the network's pass, so written plainly.
#include "loss.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace chiffre::training {

float target_logit(const Scores& logits, int label, bool refuses) {
    if (label != kNoDigit) return logits[label];
    return refuses ? 0.0f : std::accumulate(logits.begin(), logits.end(), 0.0f) / kClasses;
}

int most_probable(const Scores& logits, bool refuses) {
    const auto best = std::max_element(logits.begin(), logits.end());
    if (refuses && *best <= 0) return kNoDigit;
    return static_cast<int>(best - logits.begin());
}

bool is_wrong(const Scores& logits, int label, bool refuses) {
    if (label != kNoDigit || refuses) return most_probable(logits, refuses) != label;
    return log_total(logits, refuses, 1.0f) - *std::max_element(logits.begin(), logits.end()) < std::log(2.0f);
}

Target label_target(int label, const LossSettings& settings) {
    const int classes = settings.refuses ? kClasses + 1 : kClasses;
    const float everywhere = settings.smoothing / static_cast<float>(classes);
    Target target{};
    if (label == kNoDigit && !settings.refuses) {
        std::fill_n(target.begin(), kClasses, 1.0f / kClasses);
        return target;
    }
    for (int k = 0; k < classes; ++k) target[k] = everywhere + (label == k ? 1 - settings.smoothing : 0);
    return target;
}

void mix_teachers_in(Target& target, std::span<const Scores> teacher_logits, const LossSettings& settings) {
    const float share = settings.distill / static_cast<float>(teacher_logits.size());
    for (float& probability : target) probability *= 1 - settings.distill;
    for (Scores z : teacher_logits) {
        for (float& logit : z) logit /= settings.temperature;
        const float total = log_total(z, settings.refuses, 1.0f);
        for (int k = 0; k < kClasses; ++k) target[k] += share * std::exp(z[k] - total);
        if (settings.refuses) target[kNoDigit] += share * std::exp(-total);
    }
}

LossSum cross_entropy(std::span<const Scores> logits, std::span<const int> labels, std::span<const Target> targets,
                      bool refuses, float scale, std::span<Scores> dlogits) {
    LossSum sum;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const Scores& z = logits[i];
        const float total = log_total(z, refuses, 1.0f);
        float loss = refuses ? total * targets[i][kNoDigit] : 0;
        for (int k = 0; k < kClasses; ++k) {
            const float target = targets[i][k];
            loss += target * (total - z[k]);
            dlogits[i][k] = scale * (std::exp(z[k] - total) - target);
        }
        sum.loss += loss;
        sum.wrong += is_wrong(z, labels[i], refuses);
    }
    return sum;
}

LossSum measure_loss(std::span<const Scores> logits, std::span<const std::uint8_t> labels, bool refuses) {
    LossSum sum;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        sum.loss += log_total(logits[i], refuses, 1.0f) - target_logit(logits[i], labels[i], refuses);
        sum.wrong += is_wrong(logits[i], labels[i], refuses);
    }
    return sum;
}

}  // namespace chiffre::training
