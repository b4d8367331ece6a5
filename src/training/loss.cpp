// loss.cpp -- softmax and its gradient; a few nanoseconds beside the network's pass, so written plainly.
#include "loss.h"

#include <algorithm>
#include <cmath>

#include "samples.h"

namespace chiffre::training {

int most_probable(const Scores& logits, bool refuses) {
    const auto best = std::max_element(logits.begin(), logits.end());
    if (refuses && *best <= 0) return kNoDigit;
    return static_cast<int>(best - logits.begin());
}

LossSum cross_entropy(std::span<const Scores> logits, std::span<const int> labels, const LossSettings& settings,
                      float scale, std::span<Scores> dlogits) {
    const int classes = settings.refuses ? kClasses + 1 : kClasses;
    const float everywhere = settings.smoothing / static_cast<float>(classes);
    LossSum sum;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const Scores& z = logits[i];
        float highest = *std::max_element(z.begin(), z.end());
        if (settings.refuses) highest = std::max(highest, 0.0f);
        float total = settings.refuses ? std::exp(-highest) : 0.0f;
        for (const float logit : z) total += std::exp(logit - highest);
        const float log_total = std::log(total) + highest;

        float loss =
            settings.refuses ? log_total * (everywhere + (labels[i] == kNoDigit ? 1 - settings.smoothing : 0)) : 0;
        for (int k = 0; k < kClasses; ++k) {
            const float target = everywhere + (labels[i] == k ? 1 - settings.smoothing : 0);
            loss += target * (log_total - z[k]);
            dlogits[i][k] = scale * (std::exp(z[k] - log_total) - target);
        }
        sum.loss += loss;
        sum.wrong += most_probable(z, settings.refuses) != labels[i];
    }
    return sum;
}

}  // namespace chiffre::training
