// jpeg_writer.cpp -- libjpeg-turbo into memory. Its errors leave by longjmp(), which C++ objects would not survive, so
// that the part below holds none.
#include "report/jpeg_writer.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>

#include <jpeglib.h>

namespace chiffre {

namespace {

struct ErrorManager {
    jpeg_error_mgr base;  // first: libjpeg hands out a pointer to it
    std::jmp_buf back;
};

// The result is malloc'ed by libjpeg, or null.
unsigned char* compress(const unsigned char* pixels, std::size_t step, int width, int height, int channels, int quality,
                        unsigned long* size) {
    jpeg_compress_struct jpeg;
    ErrorManager errors;
    unsigned char* bytes = nullptr;
    jpeg.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = [](j_common_ptr info) {
        std::longjmp(reinterpret_cast<ErrorManager*>(info->err)->back, 1);
    };
    if (setjmp(errors.back) != 0) {
        jpeg_destroy_compress(&jpeg);
        return nullptr;
    }
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &bytes, size);
    jpeg.image_width = static_cast<JDIMENSION>(width);
    jpeg.image_height = static_cast<JDIMENSION>(height);
    jpeg.input_components = channels;
    jpeg.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, quality, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < jpeg.image_height) {
        auto* row = const_cast<JSAMPROW>(pixels + jpeg.next_scanline * step);
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    return bytes;
}

}  // namespace

std::string encode_jpeg(const cv::Mat& picture, int quality) {
    CV_Assert(picture.type() == CV_8UC1 || picture.type() == CV_8UC3);
    unsigned long size = 0;
    const std::unique_ptr<unsigned char, decltype(&std::free)> bytes(
        compress(picture.data, picture.step, picture.cols, picture.rows, picture.channels(), quality, &size),
        &std::free);
    if (!bytes) throw std::bad_alloc();
    return {reinterpret_cast<const char*>(bytes.get()), size};
}

}  // namespace chiffre
