// paint.h -- scene -> photograph, and where every digit lies in it.
#pragma once

#include <opencv2/core.hpp>
#include <vector>

#include "synthesis/scene.h"

namespace chiffre::synthesis {

struct Photograph {
    cv::Mat rgb;  // CV_8UC3 in the order red, green, blue
    // As Scene::rows: the pixels that the digit's ink touches, before blur; as turned and cropped as the picture.
    std::vector<std::vector<cv::Rect>> boxes;
    cv::Rect part;  // of the scene that is left when it is cropped, before it is turned
};

// Memory: 5 bytes a pixel, and one more for each thing that lies beneath the ink.
Photograph paint(const Scene& scene);

}  // namespace chiffre::synthesis
