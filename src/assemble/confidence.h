// confidence.h -- how often what is read with a posterior is right. All paths together know nothing of what went wrong
// before them, so that posteriors are surer than they are right.
#pragma once

#include <cmath>

namespace chiffre {

// Platt's map: log-odds are scaled and moved. It keeps order. Source: Platt 1999, "Probabilistic outputs for support
// vector machines"; the two numbers of each fit drawn pages of each condition (`synthesize --style STYLE`, seeds 7201
// and 7202) best; `analyze evaluate DIR --format json` prints the calibration error that is left.
struct Reliance {
    float scale = 1, shift = 0;
    float operator()(float p) const {
        constexpr float kSurest = 1 - 1e-6f;
        p = p > kSurest ? kSurest : p;
        return p <= 0 ? 0 : 1 / (1 + std::exp(-(scale * std::log(p / (1 - p)) + shift)));
    }
};

inline constexpr Reliance kDigitReliance{0.88f, 0.65f}, kRowReliance{0.72f, 0.55f}, kPageReliance{0.94f, 0.4f};

}  // namespace chiffre
