// harvest_label.h -- what a candidate of the front end is, by the ink of a drawn page. A recognizer inside a graph must
// be taught to refuse wrong candidates (LeCun et al. 1998, section VI), but never what nobody could tell from a digit:
// where in doubt, a candidate is left out.
#pragma once

#include <optional>
#include <vector>

#include "harvest_file.h"
#include "page_truth.h"
#include "stages.h"

namespace chiffre::training {

struct HarvestLabel {
    HarvestKind kind;
    int label;  // 0..9 or kNoDigit
};

class HarvestJudge {
  public:
    // marks: of the picture that `truth` is of, at full size. Both outlive the judge. view: of those who are to learn
    // from it: what could be a digit by itself may plainly be none where it stands.
    HarvestJudge(const PageTruth& truth, const Marks& marks, TileView view = TileView::alone);

    // Nothing where it is doubtful.
    std::optional<HarvestLabel> judge(const Candidate& candidate) const;

    // How well the candidate stands for the digit that it has most ink of: the ink that both have over the ink that
    // either has. `thing` is -1 where it has too little of any to be read.
    struct Match {
        int thing = -1;
        double overlap = 0;
        HarvestLabel label{};
    };
    Match best_match(const Candidate& candidate) const;

  private:
    struct Share {
        int thing;             // index into things; -1: nothing that was drawn
        int ink_px, inked_px;  // of the mask that are the thing's with its rim, and without
    };
    // Of a label of the mask. Ink of two digits counts once in ink_px, and in the share of each.
    struct Region {
        int ink_px = 0;
        std::vector<Share> shares;
    };
    struct Held;
    void count(std::size_t label, int thing, cv::Point at, bool inked);
    Held held_by(const Candidate& candidate) const;
    std::optional<HarvestLabel> judge_digits(const Held& held, const Candidate& candidate) const;
    std::optional<HarvestLabel> judge_rest(const Held& held) const;

    const PageTruth& truth_;
    const Marks& marks_;
    TileView view_;
    std::vector<Region> of_label_;
    std::vector<cv::Rect> boxes_;  // of the things' ink
    std::vector<int> seen_px_;     // ink of the mask, by thing
};

// A bare stroke that stands upright or leans: a 1.
bool is_upright_stroke(const Tile& tile);

// A loop, or nearly one: a 0, 6, 8 or 9.
bool encloses_white(const Tile& tile);

// Whether somebody could take what is no digit, of this kind, for one by its shape alone.
bool looks_like_digit(const Tile& tile, HarvestKind kind);

}  // namespace chiffre::training
