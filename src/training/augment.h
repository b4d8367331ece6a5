// augment.h -- warp, then ink: one augmented picture from one original.
#pragma once

#include "recipe.h"

namespace chiffre::training {

class Augmenter {
  public:
    // See Warper for the sides and the magnification.
    Augmenter(const Augmentation& augmentation, int source_side, int side, double magnification)
        : warper_(augmentation.warp, source_side, side, magnification),
          ink_(augmentation.ink),
          side_(side),
          magnification_(static_cast<float>(magnification)) {}

    // Warp and width of the stroke: what has to happen before a picture is framed.
    void bend(Random& random, const std::uint8_t* source, std::uint8_t* out) const {
        warper_.warp(random, source, out);
        ink_.change_width(random, out, side_, magnification_);
    }

    // All of it.
    void augment(Random& random, const std::uint8_t* source, std::uint8_t* out) const {
        bend(random, source, out);
        ink_.change_look(random, out, side_);
    }

    const Warper& warper() const { return warper_; }
    const InkChanger& ink() const { return ink_; }

  private:
    Warper warper_;
    InkChanger ink_;
    int side_;
    float magnification_;
};

}  // namespace chiffre::training
