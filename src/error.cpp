// error.cpp -- names and exit statuses of errors; both are a stable interface (docs/output.md).
#include "error.h"

namespace chiffre {

std::string_view error_name(ErrorCode code) {
    switch (code) {
        case ErrorCode::usage:
            return "usage";
        case ErrorCode::not_found:
            return "not_found";
        case ErrorCode::unreadable:
            return "unreadable";
        case ErrorCode::no_images:
            return "no_images";
        case ErrorCode::empty_file:
            return "empty_file";
        case ErrorCode::not_an_image:
            return "not_an_image";
        case ErrorCode::outside:
            return "outside";
        case ErrorCode::too_large:
            return "too_large";
        case ErrorCode::bad_weights:
            return "bad_weights";
        case ErrorCode::no_device:
            return "no_device";
        case ErrorCode::unwritable:
            return "unwritable";
        case ErrorCode::bad_data:
            return "bad_data";
    }
    return "unknown";
}

int exit_status(ErrorCode code) {
    switch (code) {
        case ErrorCode::usage:
            return 2;
        case ErrorCode::bad_weights:
            return 3;
        case ErrorCode::no_device:
            return 4;
        case ErrorCode::unwritable:
            return 5;
        default:
            return 1;
    }
}

}  // namespace chiffre
