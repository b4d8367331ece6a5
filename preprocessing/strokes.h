// strokes.h -- a mark as a graph of strokes, and how the strokes may be shared out between two digits.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

namespace chiffre {

inline constexpr int kMostStrokes = 12;  // of a mark: their subsets are tried one by one

// A mark as two digits, or two groups of them, side by side. Sets of strokes, bit i for stroke i.
struct StrokeSplit {
    std::uint32_t left = 0;  // the left one's; the others are the right one's
    std::uint32_t both = 0;  // of these: what may be a stroke of the right one, too
};

struct Strokes {
    cv::Mat labels;                   // CV_8UC1: of each pixel its stroke, of a pixel of paper the nearest one
    std::vector<StrokeSplit> splits;  // likeliest first; none where the mark has too many strokes to tell
};

// mask: CV_8UC1, 255 where the mark has ink. stroke_px: width of its strokes.
Strokes find_strokes(const cv::Mat& mask, double stroke_px);

}  // namespace chiffre
