// pipeline.cpp -- the eight words in order, each timed. The eighth, report, belongs to the programs.
#include "pipeline.h"

#include <algorithm>
#include <utility>

#include "error.h"
#include "look.h"
#include "second_look.h"
#include "turn.h"

namespace chiffre {
namespace {

// A JPEG that was decoded at a smaller scale (kEnough_px) is decoded again at full scale where its digits turn out
// lower than this, or too low to be seen at all.
constexpr float kSmallDigit_px = 28;
// Leaves the region alone, as far as it lies in the picture.
void crop(Photo& photo, const Box& region, const std::string& name) {
    const int n = static_cast<int>(photo.reduction);  // as it was decoded
    const cv::Rect whole({0, 0}, photo.grey.size());
    // In 64 bits: a region may end far outside.
    const auto reduced = [n](std::int64_t px) { return static_cast<int>(std::min<std::int64_t>(px / n, 1 << 30)); };
    const cv::Point first(reduced(region.x), reduced(region.y)),
        end(reduced(std::int64_t{region.x} + region.w + n - 1), reduced(std::int64_t{region.y} + region.h + n - 1));
    const cv::Rect inside = cv::Rect(first, end) & whole;
    if (inside.empty())
        throw Error(ErrorCode::outside, name + ": expected --roi within " + std::to_string(photo.width) + "x" +
                                            std::to_string(photo.height) + " pixels, found one that begins at " +
                                            std::to_string(region.x) + "," + std::to_string(region.y));
    photo.grey = photo.grey(inside).clone();
    photo.left = inside.x * n;
    photo.top = inside.y * n;
}

// The picture, which may be a region of a larger one, turned clockwise.
void turn(Photo& photo, int quarters) {
    const int w = cvRound(photo.grey.cols * photo.reduction), h = cvRound(photo.grey.rows * photo.reduction);
    photo.grey = turned(photo.grey, quarters);
    for (int i = 0, width = w, height = h; i < quarters; ++i) {
        const int left = photo.height - photo.top - height;
        photo.top = photo.left;
        photo.left = std::max(0, left);  // the last pixel of grey may reach beyond the picture
        std::swap(photo.width, photo.height);
        std::swap(width, height);
    }
}

void shift(Box& box, const Photo& photo) {
    box.x += photo.left;
    box.y += photo.top;
}

// Says of each row that the pattern could not be kept.
void warn_of_rows(Reading& reading) {
    for (std::size_t r = 0; r < reading.rows.size(); ++r)
        if (const Row& row = reading.rows[r]; row.satisfied == false)
            reading.warnings.push_back("row " + std::to_string(r + 1) +
                                       ": expected digits as --digits and --expect say, found '" + row.text + "'");
}

}  // namespace

Reading read_photo(std::span<const std::uint8_t> bytes, const std::string& name, const Networks& networks,
                   const ReadOptions& options, Trace* trace) {
    Trace own;
    Trace& t = trace ? *trace : own;
    Reading reading;

    const auto decode_at = [&](int enough_px) {
        return timed(reading.times, "decode", [&] {
            Photo photo = decode(bytes, name, {options.max_pixels, enough_px});
            if (options.roi) crop(photo, *options.roi, name);
            return photo;
        });
    };
    Photo photo = decode_at(kEnough_px);
    Found found = find_marks(photo.grey, options.parts.stages, reading.times);
    if (photo.reduction > 1 && found.marks.digit_height_px < kSmallDigit_px) {
        photo = decode_at(0);
        found = find_marks(photo.grey, options.parts.stages, reading.times);
    }
    Look look = look_at(std::move(photo), std::move(found), networks, options, reading.times);
    if (options.parts.second_look) look_again(look, networks, options, reading.times);
    reading.device = networks.alone.engine.device();  // now, since an engine may fall back on another one
    turn(look.photo, look.turned ? look.turned->quarters : 0);
    Page& page = look.page;
    t.photo = std::move(look.photo);
    t.ink = std::move(page.ink);
    t.marks = std::move(page.marks);
    t.rows = std::move(page.rows);
    t.tiles = std::move(page.tiles);
    t.scores = std::move(page.scores);
    t.context = std::move(page.context);
    t.tile_of_digit = std::move(page.assembly.tile_of_digit);
    reading.rows = std::move(page.assembly.rows);
    reading.width = t.photo.width;
    reading.height = t.photo.height;
    reading.turned = look.turned;
    reading.confidence = look.confidence;
    reading.warnings = t.photo.warnings;
    for (Row& row : reading.rows) {
        shift(row.box, t.photo);
        for (Digit& digit : row.digits) shift(digit.box, t.photo);
    }
    warn_of_rows(reading);
    return reading;
}

}  // namespace chiffre
