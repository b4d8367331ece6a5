// shell_quoted.h -- names of files in the command lines that weights and recipes carry.
#pragma once

#include <string>

namespace chiffre::training {

// One word of a shell's command line, on one line whatever `text` holds: mnist.recipe, 'my mnist.recipe', and with a
// control character $'my\012mnist.recipe' (POSIX 2024; bash, zsh).
std::string shell_quoted(const std::string& text);

}  // namespace chiffre::training
