// look.h -- a photo at one scale -> its page, read the right way up. Internal to the pipeline.
#pragma once

#include <optional>
#include <vector>

#include "page.h"
#include "pipeline.h"

namespace chiffre {

struct Found {
    Ink ink;
    Marks marks;
};

Found find_marks(const cv::Mat& grey, const StageParts& parts, std::vector<StageTime>& times);

struct Look {
    Photo photo;                        // as it was looked at, not turned
    Page page;                          // turned
    std::optional<Orientation> turned;  // nothing where other ways up were not tried
    float confidence = 0;               // that all of it is right; 0 where nothing is read
};

// found: what find_marks makes of the photo.
Look look_at(Photo photo, Found found, const Networks& networks, const ReadOptions& options,
             std::vector<StageTime>& times);

}  // namespace chiffre
