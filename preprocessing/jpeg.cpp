// jpeg.cpp -- JPEG by libjpeg's own interface, which alone tells where a file was cut off and reads what is there.
// libjpeg reports a fatal error by a call that must not return; it is left by longjmp, within attempt() only.
#include "jpeg.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <optional>

// After <cstdio>, which it needs.
#include <jpeglib.h>

// After <jpeglib.h>: how its messages are numbered depends on JPEG_LIB_VERSION, which is 62 in Debian, 80 in Ubuntu.
#include <jerror.h>

#include "error.h"
#include "formats.h"

namespace chiffre {
namespace {

// Encoders write about ten scans. Each costs a pass over all coefficients, for which a few bytes of file suffice.
constexpr int kMaxScans = 100;

// One picture's decoder, with what libjpeg said about it.
struct Decompressor {
    jpeg_decompress_struct info{};
    jpeg_error_mgr errors{};
    jpeg_progress_mgr progress{};
    std::jmp_buf failed{};
    char reason[JMSG_LENGTH_MAX] = "";            // why it failed
    char first_corruption[JMSG_LENGTH_MAX] = "";  // the first of `corruptions`
    int corruptions = 0;
    bool truncated = false;
    int rows_read = 0, scans_read = 0;  // when the file ended
    std::optional<int> missing_from;    // the first row of grey for which the data did not suffice
    std::size_t unread_bytes = 0;       // after the latest row of blocks or markers; 0: not known

    Decompressor();
    ~Decompressor() { jpeg_destroy_decompress(&info); }
    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;
};

Decompressor& decompressor_of(j_common_ptr info) {
    return *static_cast<Decompressor*>(info->client_data);
}

[[noreturn]] void on_error(j_common_ptr info) {
    Decompressor& d = decompressor_of(info);
    info->err->format_message(info, d.reason);
    std::longjmp(d.failed, 1);
}

// The data of the picture ended within a row of blocks. Only the first scan counts: those after it add detail. Reading
// ahead to the end of the file is not enough: a file that lacks its end marker alone has all rows. (The arithmetic
// decoder does not tell.)
void note_missing_rows(Decompressor& d) {
    const jpeg_decompress_struct& info = d.info;
    if (info.err->msg_code != JWRN_HIT_MARKER || info.unread_marker != JPEG_EOI) return;
    if (info.input_scan_number > 1 || d.missing_from) return;
    const unsigned block_rows_px = static_cast<unsigned>(info.max_v_samp_factor * DCTSIZE) / info.scale_denom;
    d.missing_from = static_cast<int>(info.input_iMCU_row * block_rows_px);
}

void on_message(j_common_ptr info, int level) {
    constexpr int kWarning = -1;
    Decompressor& d = decompressor_of(info);
    if (level != kWarning) return;
    note_missing_rows(d);
    if (d.truncated) return;  // what is wrong after the end of the file is no news
    if (info->err->msg_code == JWRN_JPEG_EOF) {
        d.truncated = true;
        d.rows_read = static_cast<int>(d.info.output_scanline);
        d.scans_read = d.info.input_scan_number;
    } else if (d.corruptions++ == 0) {
        info->err->format_message(info, d.first_corruption);
    }
}

void on_progress(j_common_ptr info) {
    constexpr std::size_t kMarkerBytes = 2;
    Decompressor& d = decompressor_of(info);
    if (!d.truncated) {
        d.unread_bytes = d.info.src->bytes_in_buffer + (d.info.unread_marker != 0 ? kMarkerBytes : 0);
    }
    if (d.info.input_scan_number <= kMaxScans) return;
    std::snprintf(d.reason, sizeof d.reason, "more than %d scans", kMaxScans);
    d.unread_bytes = 0;
    std::longjmp(d.failed, 1);
}

Decompressor::Decompressor() {
    info.err = jpeg_std_error(&errors);
    info.client_data = this;
    errors.error_exit = on_error;
    errors.emit_message = on_message;
    errors.output_message = [](j_common_ptr) {};
    progress.progress_monitor = on_progress;
}

// Runs calls of libjpeg; false where it gave up. In `step` nothing that has a destructor may live: longjmp skips it.
template <typename Step>
bool attempt(Decompressor& d, const Step& step) {
    if (setjmp(d.failed) != 0) return false;
    step();
    return true;
}

Error damaged(const std::string& name, const std::string& reason) {
    return {ErrorCode::not_an_image, name + ": damaged JPEG (" + reason + ")"};
}

// The largest of 8, 4, 2, 1 that leaves the longer side at enough_px or more.
int choose_reduction(int longer_px, int enough_px) {
    if (enough_px <= 0) return 1;
    int reduction = 8;
    while (reduction > 1 && (longer_px + reduction - 1) / reduction < enough_px) reduction /= 2;
    return reduction;
}

// The file is at its end where the data of the first scan should begin.
bool has_no_data(const jpeg_source_mgr& source) {
    if (source.bytes_in_buffer < 2) return true;
    return source.next_input_byte[0] == 0xff && source.next_input_byte[1] == JPEG_EOI;
}

// Luma of one row of CMYK. Adobe's files store 255 - ink, all others the ink.
void grey_of_cmyk(const std::uint8_t* cmyk, int width, bool adobe, std::uint8_t* grey) {
    const int inverted = adobe ? 0 : 255;
    for (int x = 0; x < width; ++x) {
        const int r = cmyk[4 * x] ^ inverted, g = cmyk[4 * x + 1] ^ inverted, b = cmyk[4 * x + 2] ^ inverted;
        const int white = cmyk[4 * x + 3] ^ inverted;
        grey[x] = static_cast<std::uint8_t>(((299 * r + 587 * g + 114 * b) * white + 127'500) / 255'000);
    }
}

void read_grey_rows(jpeg_decompress_struct& info, cv::Mat& grey) {
    while (info.output_scanline < info.output_height) {
        JSAMPROW row = grey.ptr(static_cast<int>(info.output_scanline));
        jpeg_read_scanlines(&info, &row, 1);
    }
}

void read_cmyk_rows(jpeg_decompress_struct& info, cv::Mat& cmyk_row, cv::Mat& grey) {
    while (info.output_scanline < info.output_height) {
        std::uint8_t* target = grey.ptr(static_cast<int>(info.output_scanline));
        JSAMPROW row = cmyk_row.ptr();
        jpeg_read_scanlines(&info, &row, 1);
        grey_of_cmyk(row, grey.cols, info.saw_Adobe_marker, target);
    }
}

std::uint8_t median(const cv::Mat& grey) {
    std::array<std::size_t, 256> counts{};
    for (int y = 0; y < grey.rows; ++y)
        for (const std::uint8_t value : std::span(grey.ptr(y), static_cast<std::size_t>(grey.cols))) ++counts[value];
    int value = 0;
    for (std::size_t below = counts[0]; 2 * below < grey.total(); below += counts[++value]) {
    }
    return static_cast<std::uint8_t>(value);
}

// The decoder leaves missing rows mid-grey, and where they begin would be an edge like one of ink. Most of a picture is
// paper, and paper has no edge with paper.
void fill_with_paper(cv::Mat& grey, int missing_from) {
    if (missing_from <= 0 || missing_from >= grey.rows) return;
    grey.rowRange(missing_from, grey.rows).setTo(median(grey.rowRange(0, missing_from)));
}

std::vector<std::string> warnings_of(Decompressor& d) {
    std::vector<std::string> warnings;
    if (d.truncated && jpeg_has_multiple_scans(&d.info)) {
        warnings.push_back("truncated JPEG: the data end in scan " + std::to_string(d.scans_read) +
                           " of a progressive picture");
    } else if (d.truncated) {
        const int percent = static_cast<int>(100LL * d.rows_read / d.info.output_height);
        warnings.push_back("truncated JPEG: the data end after " + std::to_string(percent) + " % of the rows");
    }
    if (d.corruptions > 0) {
        warnings.push_back("damaged JPEG: " + std::to_string(d.corruptions) +
                           " warnings of the decoder, the first: " + d.first_corruption);
    }
    return warnings;
}

}  // namespace

Photo decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& name, const DecodeOptions& options) {
    Decompressor d;
    jpeg_decompress_struct& info = d.info;
    const bool has_header = attempt(d, [&] {
        jpeg_create_decompress(&info);
        jpeg_mem_src(&info, bytes.data(), bytes.size());
        jpeg_read_header(&info, TRUE);
    });
    if (!has_header) throw damaged(name, d.reason);
    check_size(info.image_width, info.image_height, options.max_pixels, name);
    if (has_no_data(*info.src)) throw damaged(name, "no picture data");

    Photo photo;
    photo.width = static_cast<int>(info.image_width);
    photo.height = static_cast<int>(info.image_height);
    const int reduction = choose_reduction(std::max(photo.width, photo.height), options.enough_px);
    photo.reduction = reduction;
    const bool is_cmyk = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    info.out_color_space = is_cmyk ? JCS_CMYK : JCS_GRAYSCALE;  // grey of YCbCr: colour is not even transformed
    // The DCT is libjpeg's usual, exact one: at 12 megapixels its fast one gained 7 % at best, mostly nothing.
    info.scale_num = 1;
    info.scale_denom = static_cast<unsigned>(reduction);
    info.progress = &d.progress;
    if (!attempt(d, [&] { jpeg_start_decompress(&info); })) {
        // The tables of a later scan are cut off or damaged: the scans before them make a coarser picture.
        if (d.unread_bytes == 0) throw damaged(name, d.reason);
        jpeg_abort_decompress(&info);
        return decode_jpeg(bytes.first(bytes.size() - d.unread_bytes), name, options);
    }

    photo.grey.create(static_cast<int>(info.output_height), static_cast<int>(info.output_width), CV_8UC1);
    cv::Mat cmyk_row;
    if (is_cmyk) cmyk_row.create(1, photo.grey.cols, CV_8UC4);
    const bool has_rows = attempt(d, [&] {
        if (is_cmyk) {
            read_cmyk_rows(info, cmyk_row, photo.grey);
        } else {
            read_grey_rows(info, photo.grey);
        }
    });
    if (!has_rows) throw damaged(name, d.reason);
    if (d.missing_from) fill_with_paper(photo.grey, *d.missing_from);
    photo.warnings = warnings_of(d);
    return photo;
}

}  // namespace chiffre
