// error.h -- the one exception that user input (files, flags, weights) raises. Only the programs catch it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace chiffre {

enum class ErrorCode {
    usage,         // a flag or argument makes no sense
    not_found,     // no such file or folder
    unreadable,    // there, but cannot be read (permission, I/O, a folder where a file is expected)
    no_images,     // a folder without any image
    empty_file,    // zero bytes
    not_an_image,  // bytes that no decoder knows, or that their decoder rejects
    outside,       // the region to be read lies off the picture
    too_large,     // more pixels than allowed
    bad_weights,   // weights missing or damaged
    no_device,     // the device asked for is not there
    unwritable,    // output could not be written
    bad_data,      // a training set or checkpoint that is not what it should be
};

// The name that JSON records and messages carry: "not_found", "not_an_image", ...
std::string_view error_name(ErrorCode code);

// The exit status of a program that ends because of this error: 1 input, 2 usage, 3 weights, 4 device, 5 output.
int exit_status(ErrorCode code);

class Error : public std::runtime_error {
  public:
    // `message` is one line: which file, what was expected, what was found.
    Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
    ErrorCode code() const { return code_; }

  private:
    ErrorCode code_;
};

}  // namespace chiffre
