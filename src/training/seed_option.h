// seed_option.h -- a seed on a command line.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace chiffre::training {

// Reading an unsigned number takes "-1" for 18446744073709551615.
inline CLI::Validator without_sign() {
    return {[](const std::string& text) {
                return text.starts_with('-') ? "expected 0 or more, found " + text : std::string();
            },
            ""};
}

}  // namespace chiffre::training
