// stage_pictures.h -- what each stage of the front end saw, as one picture, so that a wrong digit can be followed to
// the stage where it went wrong. All are RGB (decode: grey).
#pragma once

#include <opencv2/core.hpp>

#include "pipeline.h"

namespace chiffre {

cv::Mat decode_picture(const Trace& trace);     // the upright grey picture
cv::Mat binarize_picture(const Trace& trace);   // strength of ink and mask, one beside or below the other
cv::Mat segment_picture(const Trace& trace);    // each mark in its own colour and box; dropped pieces boxed in red
cv::Mat order_picture(const Trace& trace);      // rows numbered, marks numbered along them, gaps, unions
cv::Mat normalize_picture(const Trace& trace);  // every tile with its number, row by row; framed: read as a digit
cv::Mat classify_picture(const Trace& trace, const ScoreMeaning& meaning);  // the same with its best digits

}  // namespace chiffre
