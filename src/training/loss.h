// loss.h -- cross-entropy of a softmax over ten logits, or over eleven of which the last, no digit, is fixed at 0.
#pragma once

#include <span>

#include "lenet5.h"

namespace chiffre::training {

struct LossSettings {
    bool refuses = false;  // labels may be kNoDigit; weights.h says why ten logits suffice
    float smoothing = 0;   // share of the target spread evenly over the classes
};

struct LossSum {
    double loss = 0;  // sum over the samples, nats
    int wrong = 0;    // samples whose most probable class is not their label
};

// dlogits[i] = scale * d loss_i / d logits[i] = scale * (softmax - target); the loss itself is not scaled.
LossSum cross_entropy(std::span<const Scores> logits, std::span<const int> labels, const LossSettings& settings,
                      float scale, std::span<Scores> dlogits);

// The most probable class: 0..9, or kNoDigit where the weights refuse and no logit is above 0.
int most_probable(const Scores& logits, bool refuses);

}  // namespace chiffre::training
