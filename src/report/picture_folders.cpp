// picture_folders.cpp -- which picture goes into which file. One numbered file per stage, so that the folder lists them
// in the order in which the stages ran.
#include "report/picture_folders.h"

#include <algorithm>
#include <cstdio>

#include "atomic_file.h"
#include "error.h"
#include "report/annotate.h"
#include "report/page_pictures.h"
#include "report/png.h"
#include "report/report.h"
#include "report/stage_pictures.h"

namespace chiffre {
namespace fs = std::filesystem;

static constexpr const char* kReportName = "8_report.json";  // also marks a folder as one of ours

std::string UniqueNames::take(const std::string& path) {
    constexpr std::size_t kLongest_bytes = 200;  // file systems allow 255; what is appended needs some
    const std::string file = path == "-" ? "stdin" : fs::path(path).filename().string().substr(0, kLongest_bytes);
    std::string name = file;
    for (int i = 2; !taken_.insert(name).second; ++i) name = file + "-" + std::to_string(i);
    return name;
}

PictureFolders::PictureFolders(const std::string& debug_dir, const std::string& annotate_dir, bool force)
    : debug_dir_(debug_dir), annotate_dir_(annotate_dir), force_(force) {
    for (const fs::path& folder : {debug_dir_, annotate_dir_})
        if (!folder.empty()) create_folder(folder);
}

// "7_0.998": digit and confidence, as they stand in the name of a crop.
static std::string digit_name(char digit, double confidence) {
    char text[32];
    std::snprintf(text, sizeof text, "%s_%.3f", digit == '?' ? "unknown" : std::string(1, digit).c_str(), confidence);
    return text;
}

static void write_tile(const fs::path& target, const Tile& tile) {
    write_png(target, cv::Mat(kTileSide, kTileSide, CV_8UC1, const_cast<std::uint8_t*>(tile.ink.data())));
}

// The tiles of an earlier run would stand among the new ones.
static void remove_crops(const fs::path& folder) {
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored))
        if (entry.path().extension() == ".png") fs::remove(entry.path(), ignored);
}

static void write_crops(const fs::path& folder, const Reading& reading, const Trace& trace,
                        const ScoreMeaning& meaning) {
    const fs::path rejected = folder / "rejected";
    create_folder(rejected);
    remove_crops(folder);
    remove_crops(rejected);

    std::vector<bool> used(trace.tiles.size());
    for (std::size_t r = 0; r < reading.rows.size(); ++r)
        for (std::size_t d = 0; d < reading.rows[r].digits.size(); ++d) {
            const Digit& digit = reading.rows[r].digits[d];
            const int tile = trace.tile_of_digit[r][d];
            used[tile] = true;
            write_tile(folder / ("r" + std::to_string(r) + "_c" + std::to_string(d) + "_" +
                                 digit_name(digit.digit, static_cast<double>(digit.confidence)) + ".png"),
                       trace.tiles[tile]);
        }
    for (std::size_t i = 0; i < trace.tiles.size(); ++i) {
        if (used[i]) continue;
        const Scores p = probabilities(trace.scores[i], meaning);
        const auto best = std::max_element(p.begin(), p.end());
        const char digit = static_cast<char>('0' + (best - p.begin()));
        write_tile(rejected / (std::to_string(i) + "_" + digit_name(digit, static_cast<double>(*best)) + ".png"),
                   trace.tiles[i]);
    }
}

static void refuse_foreign(const fs::path& folder) {
    std::error_code unlistable;  // then it is foreign, too
    if (fs::is_empty(folder, unlistable) || fs::exists(folder / kReportName, unlistable)) return;
    throw Error(ErrorCode::unwritable, folder.string() + ": expected a folder of an earlier --debug, found one with " +
                                           "other files (--force writes into it)");
}

static void write_debug(const fs::path& folder, const std::string& path, const Reading& reading, const Trace& trace,
                        const ScoreMeaning& meaning) {
    write_atomically(folder / kReportName, json_document(path, reading));
    write_png(folder / "1_decode.png", decode_picture(trace));
    write_png(folder / "2_binarize.png", binarize_picture(trace));
    write_png(folder / "3_segment.png", segment_picture(trace));
    write_png(folder / "4_order.png", order_picture(trace));
    write_png(folder / "5_normalize.png", normalize_picture(trace));
    write_png(folder / "6_classify.png", classify_picture(trace, meaning));
    write_png(folder / "7_assemble.png", annotate(trace.photo, reading));
    write_crops(folder / "crops", reading, trace, meaning);
}

PictureFolders::Names PictureFolders::take(const std::string& path) {
    return {debug_dir_.empty() ? "" : debug_names_.take(path), annotate_dir_.empty() ? "" : annotate_names_.take(path)};
}

void PictureFolders::write(const Names& names, const std::string& path, const Reading& reading, const Trace& trace,
                           const ScoreMeaning& meaning) const {
    if (!debug_dir_.empty()) {
        const fs::path folder = debug_dir_ / names.debug;
        create_folder(folder);
        if (!force_) refuse_foreign(folder);
        write_debug(folder, path, reading, trace, meaning);
    }
    if (!annotate_dir_.empty())
        write_png(annotate_dir_ / (names.annotate + ".annotated.png"), annotate(trace.photo, reading));
}

}  // namespace chiffre
