// surface.h -- what varies over a picture from pixel to pixel: random textures, and fields that change slowly.
#pragma once

#include <functional>
#include <opencv2/core.hpp>
#include <vector>

#include "synthesis/scene.h"

namespace chiffre::synthesis {

inline constexpr int kTileSide = 1024;   // of a texture, in pixels; a power of two
inline constexpr float kTileSigma = 32;  // of its values

// A random texture, the same for every picture; each looks into it elsewhere. A square tile that repeats.
class TextureTile {
  public:
    // White noise, smoothed by `blur_px` and brought back to kTileSigma.
    TextureTile(float blur_px, std::uint32_t index);

    // In units of standard deviations.
    float at(int x, int y) const { return line(y)[x & (kTileSide - 1)] * (1 / kTileSigma); }
    const std::int8_t* line(int y) const { return values_.ptr<std::int8_t>(y & (kTileSide - 1)); }

  private:
    cv::Mat values_;
};

const TextureTile& pixel_noise();
const TextureTile& fine_texture();
const TextureTile& coarse_texture();

// Something that changes slowly over the picture, on a grid, joined linearly between its points.
class Grid {
  public:
    // at: its value at u, v in -1..1 over the picture.
    Grid(cv::Size picture, const std::function<float(float u, float v)>& at);

    // Along row y, one value a pixel.
    void row(int y, std::vector<float>& values);

  private:
    static constexpr int kStep = 8;  // pixels

    cv::Mat_<float> grid_;
    std::vector<float> line_;
};

// The light that falls on the scene, its sharp shadow excepted; 1 shows the paper's own colour.
float light_at(const Scene& scene, float u, float v);

// The light of a lamp's reflection, 1 being white.
float glare_at(const Scene& scene, float u, float v);

}  // namespace chiffre::synthesis
