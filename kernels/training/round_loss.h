// round_loss.h -- cross-entropy of a round's logits and its gradient: the loss of src/training/loss.h on the GPU.
#pragma once

#ifndef __CUDACC__
#include <cmath>
#endif

#include "round.h"

namespace chiffre::cuda {

struct RoundLoss {
    bool refuses = false;  // an eleventh class, no digit, whose logit is 0; else that label's target is uniform
    float smoothing = 0;   // share of the target spread evenly over the classes
    float taught = 0;      // share of the target that comes from teachers
    float scale = 1;       // of the gradient: 1 / images of the batch
};

// One image. `teachers` points at its kClasses + 1 probabilities, or is null. An empty image has neither loss nor
// gradient.
template <typename AnyRound>
CHIFFRE_HOST_DEVICE inline void cross_entropy(AnyRound& round, const RoundLoss& settings, const float* teachers,
                                              int image) {
    const int label = round.labels[image];
    float z[kClasses + 1];
    for (int k = 0; k < kClasses; ++k) z[k] = round.output[k].of[image];
    z[kClasses] = 0;
    const int classes = settings.refuses ? kClasses + 1 : kClasses;

    int best = 0;
    for (int k = 1; k < kClasses; ++k)
        if (z[k] > z[best]) best = k;
    float highest = z[best];
    if (settings.refuses && highest <= 0) {
        best = kClasses;
        highest = 0;
    }
    float total = settings.refuses ? expf(-highest) : 0.0f;
    for (int k = 0; k < kClasses; ++k) total += expf(z[k] - highest);
    const float log_total = logf(total) + highest;

    const float spread = (1 - settings.taught) * settings.smoothing / static_cast<float>(classes);
    const float sure = (1 - settings.taught) * (1 - settings.smoothing);
    const bool uniform = !settings.refuses && label == kClasses;
    float loss = 0;
    for (int k = 0; k <= kClasses; ++k) {
        if (k == kClasses && !settings.refuses) break;
        float target = spread + (uniform ? sure / kClasses : label == k ? sure : 0.0f);
        if (teachers) target += settings.taught * teachers[k];
        loss += target * (log_total - z[k]);
        if (k < kClasses)
            round.doutput[k].of[image] = label == kEmpty ? 0.0f : settings.scale * (expf(z[k] - log_total) - target);
    }
    round.loss[image] = label == kEmpty ? 0.0f : loss;
    // exp(z - highest) adds up to `total`, so the highest probability is its inverse.
    const bool wrong = uniform ? total < 2 : best != label;
    round.wrong[image] = label != kEmpty && wrong ? 1 : 0;
}

}  // namespace chiffre::cuda
