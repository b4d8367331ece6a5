// layout.h -- rows of digits on paper, before their size and place in a picture are known.
#pragma once

#include "synthesis/scene.h"

namespace chiffre::synthesis {

// In digit heights. No digit touches another; rows follow each other downwards.
struct Layout {
    std::vector<WrittenRow> rows;
    std::vector<float> baselines;  // of each row at its left end
    cv::Rect2f box;                // of all ink
};

// What is written: a row each, groups separated by one space.
std::vector<std::string> draw_texts(Range rows, Range digits, Random& random);

// How it is written. Where line_pitch is above 0, every baseline stands a whole number of these below the first.
Layout draw_layout(const std::vector<std::string>& texts, float line_pitch, const Hand& hand, Random& random);

}  // namespace chiffre::synthesis
