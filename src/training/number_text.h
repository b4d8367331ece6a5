// number_text.h -- numbers in messages.
#pragma once

#include <string>

namespace chiffre::training {

// "%.2f %%" and the like, of 100 times a share.
std::string percent_text(double share, const char* format = "%.2f %%");

// As short as six digits allow: 0.5, 12, 1e-05.
std::string short_text(double value);

// "0:07", "12:34", "1:02:03".
std::string clock_text(double seconds);

}  // namespace chiffre::training
