// annotate.h -- the reading drawn into its photo.
#pragma once

#include <opencv2/core.hpp>

#include "decode.h"
#include "reading.h"

namespace chiffre {

// RGB, at most about 1,800 px on the longer side: each digit's box, the digit above it, its confidence in per cent
// below it; green where it is sure, orange and red where it is not.
cv::Mat annotate(const Photo& photo, const Reading& reading);

// The same for a list of photos, at most so large: without per cents, which nobody could read.
cv::Mat annotated_thumbnail(const Photo& photo, const Reading& reading, int longest_px);

}  // namespace chiffre
