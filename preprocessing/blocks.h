// blocks.h -- the small picture on which binarize takes its decisions, and what it decides there. Internal to binarize.
#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <vector>

#include "stage_parts.h"

namespace chiffre {

// Mean, darkest and lightest value of each block of the picture.
struct Blocks {
    cv::Mat mean, darkest, lightest;  // CV_32F
};

Blocks reduce(const cv::Mat& grey, int block_px);

// The same blocks of the negative picture.
Blocks negative(const Blocks& blocks);

// --- polarity.cpp ------------------------------------------------------------------------------------------------

// A bright sheet on something dark: CV_8U, 255 within it, or empty where the picture holds none.
cv::Mat bright_sheet(const Blocks& blocks);

// A dark panel with light marks on it, in a lighter scene: likewise.
cv::Mat dark_panel(const Blocks& blocks);

// A region darker than the paper around it, with marks of its own: a display, a label.
struct Patch {
    cv::Mat region;              // CV_8U, 255 within it
    bool light_on_dark = false;  // the marks are lighter than it
};

// Those of a picture with dark ink, none over another.
std::vector<Patch> find_patches(const Blocks& blocks);

// Is the ink lighter than what it stands on? Where the picture does not tell, its sheet does.
bool is_light_on_dark(const Blocks& blocks, const cv::Mat& sheet);

// --- paper.cpp ---------------------------------------------------------------------------------------------------

// Takes thin marks that are much lighter than what is paper around (a camera's white date) out of the mean: a closing
// would take their light for the paper's, and the paper between them for ink. Returns where they are, with a rim of a
// block: CV_8U.
cv::Mat remove_light_marks(Blocks& blocks);

// --- light_text.cpp ----------------------------------------------------------------------------------------------

// Rows of such marks near the upper or the lower edge of the picture, where cameras write; in blocks.
std::vector<cv::Rect> rows_of_light_marks(const cv::Mat& light);

// Per block: the light of the paper, and how much darker than it full ink is.
struct Levels {
    cv::Mat paper, depth;  // CV_32F, grey values
    double stroke = 0;     // width in blocks; 0 where there is no ink
    double grain = 0;      // how dark the darkest pixels of bare paper are, as a share of strong ink
};

// For dark ink on lighter paper. edge: the share of full ink at which a stroke's edge lies. sheet: as bright_sheet
// returns it; where there is one, nothing beside it is ink.
Levels estimate_levels(const Blocks& blocks, double edge, const cv::Mat& sheet, const StageParts& parts);

// --- windows on the small picture --------------------------------------------------------------------------------

int odd(double size);  // the nearest odd side of a window, at least 3
cv::Mat square(int side);

// Values sorted as far as it takes to tell one below which a share of them lies.
class Quantiles {
  public:
    // values: CV_32F, at least one.
    explicit Quantiles(const cv::Mat& values);
    // The value below which `share` of them lie.
    float at(double share) const;

  private:
    static constexpr int kBins = 1024;
    std::array<int, kBins + 1> begins_{};  // of each bin, in binned_
    std::vector<float> binned_;            // those of a bin are in any order
};

}  // namespace chiffre
