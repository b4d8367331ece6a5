// png.cpp -- stb_image_write into memory, then one atomic write. OpenCV's own writer lives in imgcodecs, which takes
// longer to load than a photo takes to read.
#include "report/png.h"

#include <string>

#include "atomic_file.h"
#include "error.h"

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

namespace chiffre {

static void append(void* bytes, void* data, int size) {
    static_cast<std::string*>(bytes)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

void write_png(const std::filesystem::path& target, const cv::Mat& picture) {
    std::string bytes;
    if (stbi_write_png_to_func(append, &bytes, picture.cols, picture.rows, picture.channels(), picture.data,
                               static_cast<int>(picture.step)) == 0)
        throw Error(ErrorCode::unwritable, target.string() + ": expected to encode a PNG, found too little memory");
    write_atomically(target, bytes);
}

}  // namespace chiffre
