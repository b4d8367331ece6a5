// paint.h -- scene -> photograph, and where every digit lies in it.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "synthesis/scene.h"

namespace chiffre::synthesis {

struct Photograph {
    cv::Mat rgb;                               // CV_8UC3 in the order red, green, blue
    std::vector<std::vector<cv::Rect>> boxes;  // as Scene::rows: the pixels that the digit's ink touches, before blur
};

// Memory: 5 bytes a pixel.
Photograph paint(const Scene& scene);

}  // namespace chiffre::synthesis
