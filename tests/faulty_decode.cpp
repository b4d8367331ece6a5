// faulty_decode.cpp -- in place of preprocessing/decode.cpp, linked into another analyze: pictures that begin with a
// word make the decoder behave as it says, PGM is read as always.
//
//   BOOM:exception, BOOM:opencv, BOOM:memory, BOOM:number   it throws such a thing
//   BOOM:slow                                               it takes a second
#include "decode.h"

#include <chrono>
#include <new>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "error.h"
#include "pnm.h"

namespace chiffre {

Photo decode(std::span<const std::uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text.starts_with("BOOM:exception")) throw std::runtime_error("injected");
    if (text.starts_with("BOOM:opencv")) CV_Error(cv::Error::StsBadArg, "injected");
    if (text.starts_with("BOOM:memory")) throw std::bad_alloc();
    if (text.starts_with("BOOM:number")) throw 42;
    if (text.starts_with("BOOM:slow")) {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        throw Error(ErrorCode::not_an_image, name + ": expected a picture, found something slow");
    }
    return decode_pnm(bytes, name, options);
}

}  // namespace chiffre
