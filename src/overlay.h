// overlay.h -- light text over a page of dark ink, as cameras write their date: read by itself, at its own size, and
// added to what the page says.
#pragma once

#include <opencv2/core.hpp>

#include "page.h"

namespace chiffre {

// grey: the picture that page.ink was found in, which is the right way up. Rows that are surely numbers are added to
// the page's rows, tiles, scores and assembly, in order from top to bottom; its ink and marks stay as they are.
void read_light_text(Page& page, const cv::Mat& grey, const Means& means);

}  // namespace chiffre
