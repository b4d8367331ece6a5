// decode.cpp -- bytes -> upright grey picture: the format is told by its content, its decoder reads it, EXIF says which
// way is up.
#include "decode.h"

#include <utility>

#include "error.h"
#include "exif.h"
#include "formats.h"
#include "jpeg.h"
#include "png.h"
#include "pnm.h"
#include "raster.h"

namespace chiffre {

Photo decode(std::span<const std::uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
    if (bytes.empty()) throw Error(ErrorCode::empty_file, name + ": expected a picture, found an empty file");
    Photo photo;
    int orientation = 1;
    const Format format = sniff(bytes, name);
    switch (format) {
        case Format::jpeg:
            orientation = exif_orientation(find_jpeg_exif(bytes));
            photo = decode_jpeg(bytes, name, options);
            break;
        case Format::png:
            orientation = exif_orientation(check_png(bytes, options.max_pixels, name));
            photo = decode_raster(format, bytes, name, options);
            break;
        case Format::pnm:
            photo = decode_pnm(bytes, name, options);
            break;
        case Format::bmp:
        case Format::tga:
            photo = decode_raster(format, bytes, name, options);
            break;
    }
    photo.grey = upright(photo.grey, orientation);
    if (orientation >= 5) std::swap(photo.width, photo.height);
    return photo;
}

}  // namespace chiffre
