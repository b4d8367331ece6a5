// failure_page.cpp -- the files of the page: index.html, and pictures/N/ for the N-th failure. Numbers instead of file
// names, which need not be valid in a link.
#include "evaluation/failure_page.h"

#include <system_error>

#include "atomic_file.h"
#include "error.h"
#include "evaluation/page_html.h"
#include "report/page_pictures.h"

namespace chiffre::evaluation {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIndex = "index.html";
constexpr const char* kPictures = "pictures";
constexpr int kThumbnail_px = 480;  // shown at half that width, on fine screens too

void prepare(const fs::path& folder, bool force) {
    create_folder(folder);
    std::error_code failed;
    if (is_page(folder / kIndex, kPageMark))
        fs::remove_all(folder / kPictures, failed);
    else if (!force && !fs::is_empty(folder, failed))
        throw Error(ErrorCode::unwritable, folder.string() + ": expected an empty folder or an earlier page, found " +
                                               "other files (--force writes among them)");
    if (failed)
        throw Error(
            ErrorCode::unwritable,
            folder.string() + ": expected to remove the pictures of an earlier page, found: " + failed.message());
    // A run that ends early leaves a folder that the next one knows.
    write_atomically(folder / kIndex, std::string(kPageMark) + "<title>Unfinished</title>\nThis run did not end.\n");
}

PageImages write_pictures(const fs::path& page, const std::string& name, const Reading& reading, const Trace& trace,
                          const ScoreMeaning& meaning) {
    const std::string prefix = std::string(kPictures) + "/" + name + "/";
    create_folder(page / kPictures / name);
    PageImages images;
    images.photo = write_jpeg(page, prefix + "photo.jpg", "photo", shrunk(trace.photo.grey, kThumbnail_px));
    images.stages = write_stage_jpegs(page, prefix, reading, trace, meaning);
    return images;
}

}  // namespace

FailurePage::FailurePage(const std::string& folder, bool force) : folder_(folder) {
    if (wanted()) prepare(folder_, force);
}

void FailurePage::add(const Miss& miss, const Reading* reading, const Trace* trace, const ScoreMeaning& meaning) {
    if (!wanted()) return;
    const int number = static_cast<int>(entries_.size());
    PageImages images;
    if (reading != nullptr) images = write_pictures(folder_, std::to_string(number), *reading, *trace, meaning);
    entries_.push_back(entry_html(number, miss, reading, images));
}

void FailurePage::finish(const Subject& subject, const Statistics& statistics) {
    if (wanted()) write_atomically(folder_ / kIndex, page_html(subject, statistics, entries_));
}

}  // namespace chiffre::evaluation
