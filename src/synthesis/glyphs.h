// glyphs.h -- handwritten digits as pen strokes: a writer is a handful of numbers, and each digit he writes varies a
// little within them. For drawing pages (scene.h) and for training.
#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <span>
#include <vector>

#include "synthesis/allographs.h"
#include "training/random.h"

namespace chiffre::synthesis {

using training::Random;

// Where the pen is and how broad its trace is there. In digit heights: x to the right, y down, the top of an ordinary
// digit near y = 0 and the baseline at y = 1.
struct PenPoint {
    float x, y, radius;
};
using Stroke = std::vector<PenPoint>;  // drawn without lifting the pen; at least two points, close together

// One writer. Lengths are in digit heights.
struct Hand {
    std::uint64_t seed = 0;           // of the writer's own way of forming each digit
    std::array<int, 10> allograph{};  // per digit, an index into allographs(digit)
    float slant = 0;                  // dx per unit of height; positive leans to the right
    float aspect = 1;                 // width of the digits relative to the table's
    float roundness = 1;              // 0 polygons, 1 even curves, above 1 swollen curves
    float pen_width = 0.09f;          // of a stroke at rest
    float pressure = 0.15f;           // relative change of width between up and down strokes
    float taper = 0.2f;               // relative loss of width at the ends of strokes
    float habit = 0.02f;              // how far the writer's forms lie from the table's (standard deviation)
    float jitter = 0.012f;            // how far each digit lies from the writer's form (standard deviation)
    float tremor = 0.002f;            // of the path itself (amplitude)
    float size_wobble = 0.03f;        // relative height from digit to digit (standard deviation)
    float baseline_wobble = 0.02f;    // vertical place from digit to digit (standard deviation)
    float spacing = 0.25f;            // white between neighbours
};

// An ordinary writer.
Hand draw_hand(Random& random);

// One digit as this writer writes it, at the origin: its ink begins at x = 0 up to wobble. digit: 0..9.
std::vector<Stroke> draw_digit(int digit, const Hand& hand, Random& random);

// Any other form as this writer writes it, at the origin as well. habit_of: a number for the kind of character,
// above 9.
std::vector<Stroke> draw_form(std::span<const std::vector<Knot>> form, std::uint32_t habit_of, const Hand& hand,
                              Random& random);

// Smallest box that holds the ink, in the strokes' own units.
cv::Rect2f ink_box(const std::vector<Stroke>& strokes);

// Each point p at scale * p + shift, radii scaled.
std::vector<Stroke> placed(const std::vector<Stroke>& strokes, float scale, cv::Point2f shift);

// Lays anti-aliased ink over `ink` (CV_8UC1: 0 = paper, 255 = full ink; the darker of old and new stays). Strokes are
// in pixels, pixel (0, 0) having its centre at (0, 0); what lies outside is cut off. Returns the box of the pixels
// that the strokes inked, empty where there were none.
cv::Rect render(const std::vector<Stroke>& strokes, cv::Mat& ink);

}  // namespace chiffre::synthesis
