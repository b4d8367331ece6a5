// page_truth.h -- what each pixel of a drawn page is ink of: labels are judged by ink, not by boxes, which overlap
// where digits touch or lean.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "synthesis/scene.h"

namespace chiffre::training {

// Something drawn on a page.
struct Thing {
    int digit = -1;        // of what is to be read; -1: it is not
    char sign = 0;         // of letters and signs; 0: lines, frames, stains
    bool beneath = false;  // it shows through, or belongs to the paper
    int ink_px = 0;        // pixels of the picture that are its ink
};

struct PageTruth {
    std::vector<Thing> things;
    cv::Mat owner;          // CV_16SC1: index into things + 1; 0 where there is nothing near
    cv::Mat under;          // CV_16SC1: the same of another digit whose ink the pixel is, too; 0: none
    cv::Mat inked;          // CV_8UC1: 255 where the owner's ink is; 0 in the rim that blur adds around it
    bool printed = false;   // in type, not by hand
    bool mirrored = false;  // what lies beneath is writing of the other side
};

// seen: the part of the scene that its picture shows, which is not turned.
PageTruth truth_of(const synthesis::Scene& scene, const cv::Rect& seen);

}  // namespace chiffre::training
