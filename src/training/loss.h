// loss.h -- cross-entropy of a softmax over ten logits, or over eleven of which the last, no digit, is fixed at 0;
// against a label, or against a distribution that teachers have a share in. Over ten, a sample labelled kNoDigit has no
// class of its own: it should get a tenth for each digit.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

#include "lenet5.h"
#include "samples.h"

namespace chiffre::training {

// log(sum of exp(z / temperature)), with the logit that is fixed at 0 where the weights refuse.
template <typename Real>
Real log_total(const Scores& z, bool refuses, Real temperature) {
    Real highest = *std::max_element(z.begin(), z.end());
    if (refuses) highest = std::max(highest, Real{0});
    Real total = refuses ? std::exp(-highest / temperature) : Real{0};
    for (const float logit : z) total += std::exp((logit - highest) / temperature);
    return std::log(total) + highest / temperature;
}

struct LossSettings {
    bool refuses = false;   // no digit is an eleventh class; weights.h says why ten logits suffice
    float smoothing = 0;    // share of the target spread evenly over the classes
    float distill = 0;      // share of the target that the teachers give
    float temperature = 1;  // that the teachers' logits are divided by
};

struct LossSum {
    double loss = 0;  // sum over the samples, nats
    int wrong = 0;    // samples for which is_wrong()
};

// What a sample's probabilities should be: of each digit, then of no digit, which is 0 where the weights do not refuse.
using Target = std::array<float, kClasses + 1>;

// The label, smoothed; of kNoDigit over ten classes the uniform distribution.
Target label_target(int label, const LossSettings& settings);

// (1 - distill) * target + distill * the mean of the teachers' probabilities, softmax(logits / temperature).
// `teacher_logits` has one entry per teacher, of this sample. Source: Hinton, Vinyals, Dean, "Distilling the knowledge
// in a neural network", 2015; here the temperature is the teachers' alone.
void mix_teachers_in(Target& target, std::span<const Scores> teacher_logits, const LossSettings& settings);

// dlogits[i] = scale * d loss_i / d logits[i] = scale * (softmax - target); the loss itself is not scaled.
LossSum cross_entropy(std::span<const Scores> logits, std::span<const int> labels, std::span<const Target> targets,
                      bool refuses, float scale, std::span<Scores> dlogits);

// The same of labels as they are, without gradient: how well logits fit a validation set.
LossSum measure_loss(std::span<const Scores> logits, std::span<const std::uint8_t> labels, bool refuses);

// The most probable class: 0..9, or kNoDigit where the weights refuse and no logit is above 0.
int most_probable(const Scores& logits, bool refuses);

// The mean logit under the label's target, unsmoothed: the cross-entropy is log(sum of exp) less this.
float target_logit(const Scores& logits, int label, bool refuses);

// Whether the most probable class is another than the label. Over ten classes nothing is right for a sample labelled
// kNoDigit; it counts as wrong where a digit is more probable than all others together.
bool is_wrong(const Scores& logits, int label, bool refuses);

}  // namespace chiffre::training
