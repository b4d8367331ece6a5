// transpose.cpp -- eight by eight bytes are eight words, whose halves, quarters and bytes change places.
// Source: Warren, "Hacker's Delight", section 7-3, with bytes for bits.
#include "transpose.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace chiffre {
namespace {

constexpr int kSide = 8;
constexpr int kStripe = 64;  // columns at a time: so many rows of the result stay in the first cache

// Exchanges what lies `by` bits higher in the first words with what lies lower in the second ones, `apart` rows away.
template <int apart>
void exchange(std::array<std::uint64_t, kSide>& rows, std::uint64_t low) {
    constexpr int kBits = 8 * apart;
    for (int i = 0; i < kSide; ++i) {
        if (i & apart) continue;
        const std::uint64_t change = ((rows[i] >> kBits) ^ rows[i + apart]) & low;
        rows[i + apart] ^= change;
        rows[i] ^= change << kBits;
    }
}

void transpose_block(std::uint8_t* to, std::size_t to_step, const std::uint8_t* from, std::size_t from_step) {
    static_assert(std::endian::native == std::endian::little);
    std::array<std::uint64_t, kSide> rows;
    for (std::size_t i = 0; i < kSide; ++i) std::memcpy(&rows[i], from + i * from_step, kSide);
    exchange<4>(rows, 0x00000000ffffffff);
    exchange<2>(rows, 0x0000ffff0000ffff);
    exchange<1>(rows, 0x00ff00ff00ff00ff);
    for (std::size_t i = 0; i < kSide; ++i) std::memcpy(to + i * to_step, &rows[i], kSide);
}

}  // namespace

cv::Mat transposed(const cv::Mat& picture) {
    CV_Assert(picture.type() == CV_8UC1);
    cv::Mat result(picture.cols, picture.rows, CV_8UC1);
    const int whole_x = picture.cols - picture.cols % kSide, whole_y = picture.rows - picture.rows % kSide;
    for (int stripe = 0; stripe < whole_x; stripe += kStripe)
        for (int y = 0; y < whole_y; y += kSide)
            for (int x = stripe; x < std::min(stripe + kStripe, whole_x); x += kSide)
                transpose_block(result.ptr(x) + y, result.step, picture.ptr(y) + x, picture.step);
    for (int y = 0; y < picture.rows; ++y)
        for (int x = y < whole_y ? whole_x : 0; x < picture.cols; ++x)
            result.at<std::uint8_t>(x, y) = picture.at<std::uint8_t>(y, x);
    return result;
}

}  // namespace chiffre
