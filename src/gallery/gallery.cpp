// gallery.cpp -- DIR/index.html and, in DIR/I-of-N/ for each part of the run: run.js, how far it is; 0.js, 1.js, ...,
// lists of a thousand photos, to which a line is appended when a photo is finished; 0/, 1/, ..., the files of those.
#include "gallery/gallery.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "atomic_file.h"
#include "error.h"
#include "gallery/photo_files.h"
#include "report/page_pictures.h"

extern "C" const char chiffre_page_html[], chiffre_page_html_end[], chiffre_page_css[], chiffre_page_css_end[],
    chiffre_page_js[], chiffre_page_js_end[], chiffre_photo_js[], chiffre_photo_js_end[];

namespace chiffre {
namespace fs = std::filesystem;
using gallery::kListed;

namespace {

constexpr std::string_view kMark = "<!DOCTYPE html>\n<!-- analyze: gallery -->\n";  // begins page/index.html
constexpr const char* kIndex = "index.html";

// Stage pictures take as long as reading and a megabyte or two: a run makes those of so many doubtful photos.
constexpr int kStagePhotos = 100;

Error unwritable(const std::string& name, const std::string& reason) {
    return {ErrorCode::unwritable, name + ": expected to be able to write here, found: " + reason};
}

Error unwritable(const std::string& name, int reason) {
    return unwritable(name, std::generic_category().message(reason));
}

// Another run, of another part, may be writing its first file.
void refuse_foreign(const fs::path& folder) {
    if (is_page(folder / kIndex, kMark)) return;
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    if (error == std::errc::no_such_file_or_directory) return;
    if (error) throw unwritable(folder.string(), error.message());
    for (const fs::directory_entry& entry : entries)
        if (!entry.path().filename().string().starts_with(std::string(kIndex) + "."))
            throw Error(ErrorCode::unwritable, folder.string() +
                                                   ": expected an empty folder or an earlier page, found " +
                                                   "other files (--force writes among them)");
}

void erase(const fs::path& path) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) throw Error(ErrorCode::unwritable, path.string() + ": expected to remove it, found: " + error.message());
}

// "2-of-4": the 4; else 0.
long parts_of(const std::string& name) {
    constexpr std::string_view kDigits = "0123456789", kOf = "-of-";
    const std::size_t of = name.find(kOf);
    if (of == 0 || of == std::string::npos || name.find_first_not_of(kDigits) != of) return 0;
    const std::string parts = name.substr(of + kOf.size());
    if (parts.empty() || parts.size() > 10 || parts.find_first_not_of(kDigits) != std::string::npos) return 0;
    return std::stol(parts);
}

}  // namespace

Gallery::Gallery(Plan plan)
    : plan_(std::move(plan)),
      folder_(plan_.folder),
      part_(folder_ / gallery::part_folder(plan_.part, plan_.parts)),
      stages_left_(kStagePhotos) {
    if (wanted() && !plan_.force) refuse_foreign(folder_);
}

Gallery::~Gallery() {
    for (const int descriptor : {lock_, list_})
        if (descriptor >= 0) close(descriptor);
}

fs::path Gallery::list_file(std::int64_t list) const {
    return part_ / (std::to_string(list) + ".js");
}

bool Gallery::has_next(const std::string& path) {
    if (!wanted() || earlier_ended_) return false;
    if (count_ % kListed == 0) {
        earlier_.close();
        earlier_.clear();
        earlier_.open(list_file(count_ / kListed), std::ios::binary);
        list_bytes_ = 0;
    }
    std::string line;
    const bool whole = std::getline(earlier_, line) && !earlier_.eof();
    earlier_ended_ = !whole || !gallery::is_entry_of(line, {plan_.part, count_}, path);
    if (earlier_ended_) return false;
    ++count_;
    list_bytes_ += static_cast<std::int64_t>(line.size()) + 1;
    if (gallery::has_stages(line) && plan_.debug_folder.empty()) --stages_left_;
    return true;
}

void Gallery::begin() {
    if (!wanted()) return;
    earlier_.close();
    try {
        prepare();
    } catch (const fs::filesystem_error& e) {
        throw unwritable(e.path1().string(), e.code().message());
    }
}

void Gallery::prepare() {
    create_folder(folder_);
    write_page();
    create_folder(part_);
    real_folder_ = fs::canonical(folder_);
    if (!plan_.debug_folder.empty())
        debug_link_ = gallery::encoded_link(fs::relative(plan_.debug_folder, real_folder_).string()) + "/";
    lock_ = open(part_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock_ < 0) throw unwritable(part_.string(), errno);
    if (flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        throw Error(ErrorCode::unwritable,
                    folder_.string() + ": expected no other run to write here, found one that does");
    clear_part();
    if (count_ % kListed != 0) open_list();
    write_state("reading");
}

// What stands in the way of this run: other divisions into parts, and of this part what comes after count_ photos.
void Gallery::clear_part() const {
    const std::int64_t lists = (count_ + kListed - 1) / kListed;
    std::vector<fs::path> old;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
        const long parts = parts_of(entry.path().filename().string());
        if (parts != 0 && parts != static_cast<long>(plan_.parts)) old.push_back(entry.path());
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(part_)) {
        const std::string list = entry.path().stem().string();
        const bool is_number = list.find_first_not_of("0123456789") == std::string::npos && list.size() < 18;
        if (is_number && std::stol(list) >= lists) old.push_back(entry.path());
    }
    for (const fs::path& path : old) erase(path);
}

void Gallery::write_page() const {
    std::string html(chiffre_page_html, chiffre_page_html_end);
    constexpr std::string_view kParts = "data-parts=\"1\"";
    html.replace(html.find(kParts), kParts.size(), "data-parts=\"" + std::to_string(plan_.parts) + "\"");
    write_atomically(folder_ / kIndex, html);
    write_atomically(folder_ / "page.css", {chiffre_page_css, chiffre_page_css_end});
    write_atomically(folder_ / "page.js", {chiffre_page_js, chiffre_page_js_end});
    write_atomically(folder_ / "photo.js", {chiffre_photo_js, chiffre_photo_js_end});
}

void Gallery::write_state(const std::string& state) const {
    const std::int64_t lists = (count_ + kListed - 1) / kListed;
    write_atomically(part_ / "run.js", gallery::part_script({plan_.part, plan_.parts, state, lists}));
}

std::string Gallery::write(std::int64_t number, const std::string& path, const Reading& reading, const Trace& trace,
                           const ScoreMeaning& meaning, const std::string& debug_name) const {
    const gallery::PhotoId id{plan_.part, number};
    const std::string stem = gallery::file_stem(plan_.parts, id);
    const bool questionable = gallery::is_doubtful(reading) || reading.rows.empty();
    const bool with_stages = plan_.debug_folder.empty() && questionable && stages_left_ > 0 && stages_left_-- > 0;
    gallery::PhotoPictures pictures = gallery::write_pictures(folder_, stem, reading, trace, meaning, with_stages);
    if (!plan_.debug_folder.empty()) {
        pictures.stages_folder = debug_link_ + gallery::encoded_link(debug_name) + "/";
        pictures.stages_extension = ".png";
    }
    if (path != "-") {
        const fs::path photo = fs::absolute(path).lexically_normal();
        pictures.original = gallery::encoded_link(photo.lexically_relative(real_folder_).string());
    }
    write_atomically(folder_ / (stem + ".js"), gallery::detail_script(id, path, reading, pictures));
    return gallery::entry_line(id, path, reading, pictures);
}

std::string Gallery::entry(std::int64_t number, const std::string& path, const Failure& failure) const {
    return wanted() ? gallery::entry_line({plan_.part, number}, path, failure) : "";
}

void Gallery::open_list() {
    if (list_ >= 0) close(std::exchange(list_, -1));
    const fs::path file = list_file(count_ / kListed);
    list_ = open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (count_ % kListed == 0) list_bytes_ = 0;
    if (list_ < 0 || ftruncate(list_, list_bytes_) != 0 || lseek(list_, list_bytes_, SEEK_SET) < 0)
        throw unwritable(file.string(), errno);
}

// Each line is on its way to the disk before the photo's record is: a run that is gone on with has it on its page.
void Gallery::add(const std::string& entry) {
    if (!wanted()) return;
    const bool first = count_ % kListed == 0;
    if (first) open_list();
    try {
        write_all(list_, entry, list_file(count_ / kListed).string());
    } catch (const Error&) {
        [[maybe_unused]] const int cut = ftruncate(list_, list_bytes_);  // half a line would not be JavaScript
        throw;
    }
    list_bytes_ += static_cast<std::int64_t>(entry.size());
    ++count_;
    if (first) write_state("reading");
}

void Gallery::finish(const std::string& state) {
    if (wanted()) write_state(state);
}

}  // namespace chiffre
