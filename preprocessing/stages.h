// stages.h -- the front end: photo -> ink -> marks -> rows -> tiles. Each stage is one function in the file of its
// name; data flows one way. All coordinates are pixels of Photo::grey (decode.h), the working picture.
#pragma once

#include <cstdint>
#include <numeric>
#include <opencv2/core.hpp>
#include <vector>

#include "decode.h"
#include "stage_parts.h"
#include "tile.h"

namespace chiffre {

// --- binarize: grey -> ink ---------------------------------------------------------------------------------------

struct Ink {
    cv::Mat strength;            // CV_8UC1: 0 = paper, 255 = full ink, uneven light removed
    cv::Mat mask;                // CV_8UC1: 255 where there is ink, else 0
    cv::Mat grey;                // CV_8UC1: what was thresholded, its ink dark
    cv::Mat paper;               // CV_32FC1: the light of the paper, in a smaller picture
    bool light_on_dark = false;  // the ink is lighter than what it stands on
    // Rows of small marks much lighter than a page whose ink is dark: a camera's date.
    std::vector<cv::Rect> light_text = {};
};

// grey: CV_8UC1 of any size.
Ink binarize(const cv::Mat& grey, const StageParts& parts = {});

// The share of the paper's light that is missing, CV_8UC1, 255 = all of it. As strength, but by one measure all over
// the picture, and ink deeper than the typical one nearby is told from it.
cv::Mat light_loss(const Ink& ink);

// --- segment: ink -> marks ---------------------------------------------------------------------------------------

// One connected piece of ink, or several that gaps in a stroke part, or a piece cut off one that may be several digits.
struct Mark {
    cv::Rect box;
    int area_px = 0;  // pixels of ink
    int label = 0;    // its value in Marks::labels; of a mark that was cut, its pieces' labels stand there
    int first_piece = 0, pieces = 0;  // of a mark that was cut: in Marks::pieces
    int first_cut = 0, cuts = 0;      // and in Marks::cuts, by how much ink lies left of them
    bool of_segments = false;         // a display's figure
};

// One way of cutting a mark in two. Sets of its pieces, bit i for piece i.
struct Cut {
    std::uint64_t left = 0;   // lies left of it, the other pieces right
    std::uint64_t both = 0;   // of these: may be a stroke of what lies right of it, too
    bool by_strokes = false;  // no way from top to bottom
};

struct Marks {
    cv::Mat labels;           // CV_32SC1: label of each pixel of ink, 0 elsewhere; one that no mark bears was dropped
    std::vector<Mark> marks;  // what may be a digit or a part of one
    std::vector<Mark> pieces;
    std::vector<Cut> cuts;
    std::vector<cv::Rect> dropped;  // specks, frames, ruled lines, paper edges: for the debug picture
    float digit_height_px = 0;      // typical height of the marks; 0 where there are none
    cv::Mat bands;                  // where lines were taken out (Lines::bands), empty where there were none

    // ids count the marks, then the pieces.
    const Mark& at(int id) const {
        const auto i = static_cast<std::size_t>(id);
        return i < marks.size() ? marks[i] : pieces[i - marks.size()];
    }

    // What the mark consists of: its pieces, or itself.
    std::vector<int> parts_of(int id) const {
        const Mark& mark = at(id);
        if (mark.pieces == 0) return {id};
        std::vector<int> ids(static_cast<std::size_t>(mark.pieces));
        std::iota(ids.begin(), ids.end(), static_cast<int>(marks.size()) + mark.first_piece);
        return ids;
    }
};

Marks segment(const Ink& ink, const StageParts& parts = {});

// The marks of a picture whose lines were taken out of the mask.
Marks segment_without_lines(const Ink& ink, const cv::Mat& bands, const StageParts& parts = {});

// --- order: marks -> rows ----------------------------------------------------------------------------------------

// One or several neighbouring marks of a row that may be one digit, or what lies between two cuts of one mark.
struct Candidate {
    int first = 0, last = 0;  // the places of the row between which it stands
    cv::Rect box;
    int ink_px = 0;            // pixels of ink
    int wholes = 1;            // marks that it consists of; 0: it is a part of one
    bool shares = false;       // a stroke of it is of what stands before it, too
    bool of_segments = false;  // it is a mark that is
    bool by_strokes = false;   // parted so from what stands before or behind it
    std::vector<int> marks{};  // ids (Marks::at); of pieces where a mark was cut
};

// The places of a row are its two ends, the gaps between its marks, and the cuts of a mark. Cuts of one mark may cross,
// so no candidate leads from some place to the next; but all lead from a lower place to a higher one.
struct MarkRow {
    int places = 1;                     // how many
    std::vector<int> marks;             // ids of marks, left to right
    std::vector<Candidate> candidates;  // every mark alone, unions of neighbours that may belong together, and parts of
                                        // marks that were cut; in the order of `first`
    float slope = 0;                    // of the baseline, dy per dx
    float height_px = 0;                // typical height of its digits; 0 where that is not known
};

// Rows from top to bottom.
std::vector<MarkRow> order(const Marks& marks, const StageParts& parts = {});

// --- normalize: candidate -> tile --------------------------------------------------------------------------------

// The candidate in MNIST's frame: aspect kept, longer side 20 px, centred by mass in 28x28, padded to 32x32.
Tile normalize(const Ink& ink, const Marks& marks, const Candidate& candidate, const StageParts& parts = {});

// The candidate where it stands, for the network that tells by what is around it whether it is a digit: longer side 16
// px, its box in the middle. Paper is 80, its own ink up to 255, other ink, ruled lines and dropped marks down to 0.
Tile frame_in_context(const Ink& ink, const Marks& marks, const Candidate& candidate);

}  // namespace chiffre
