// folder_readers.cpp -- processes are started as a user would start them; what they read is taken from what they print.
#include "bench/folder_readers.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "atomic_file.h"
#include "bench/programs.h"
#include "decode.h"
#include "error.h"
#include "inputs.h"
#include "pipeline.h"
#include "plot/process.h"

namespace chiffre::bench {
namespace {

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

constexpr std::int64_t kMostPhotoBytes = 1 << 30;

// work(0) ... work(threads - 1) at the same time. What one throws is thrown when all have ended.
template <typename Work>
double side_by_side(int threads, const Work& work) {
    std::vector<std::exception_ptr> errors(static_cast<std::size_t>(threads));
    const auto start = std::chrono::steady_clock::now();
    {
        std::vector<std::jthread> crew;
        for (int i = 0; i < threads; ++i)
            crew.emplace_back([&, i] {
                try {
                    work(i);
                } catch (...) {
                    errors[static_cast<std::size_t>(i)] = std::current_exception();
                }
            });
    }
    const Seconds wall = std::chrono::steady_clock::now() - start;
    for (const std::exception_ptr& error : errors)
        if (error) std::rethrow_exception(error);
    return wall.count();
}

std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string digits_in(const std::string& text) {
    std::string digits;
    std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
                 [](char c) { return (c >= '0' && c <= '9') || c == '?'; });
    return digits;
}

std::vector<std::string> rows_in(const std::string& text) {
    std::vector<std::string> rows;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (std::string digits = digits_in(line); !digits.empty()) rows.push_back(std::move(digits));
    return rows;
}

// A name for each line of a list.
void write_list(const fs::path& file, Paths photos, char separator) {
    std::string list;
    for (const std::string& photo : photos) (list += photo) += separator;
    write_atomically(file, list);
}

}  // namespace

double decode_all(Paths photos, int jobs) {
    std::atomic<std::size_t> next = 0;
    return side_by_side(jobs, [&](int) {
        for (std::size_t i; (i = next++) < photos.size();)
            decode(read_file(photos[i], kMostPhotoBytes), photos[i], {.enough_px = kEnough_px});
    });
}

FolderReading read_by_analyze(Paths photos, int jobs, const std::string& device) {
    const TemporaryFolder folder;
    const fs::path list = folder.path() / "photos.txt", records = folder.path() / "records.jsonl";
    write_list(list, photos, '\0');
    const Command analyze{program_beside("analyze").string(),
                          "-q",
                          "--device",
                          device,
                          "--jobs",
                          std::to_string(jobs),
                          "--format",
                          "jsonl",
                          "--output",
                          records.string(),
                          "--null",
                          "--files-from",
                          list.string()};
    FolderReading reading;
    reading.wall_s = side_by_side(1, [&](int) { run_program(analyze); });
    std::ifstream file(records);
    for (std::string line; std::getline(file, line);) {
        const auto record = nlohmann::ordered_json::parse(line);
        if (record.contains("error")) throw Error(ErrorCode::bad_data, record["error"]["message"].get<std::string>());
        reading.rows.push_back(rows_in(record["text"].get<std::string>()));
        reading.device = record["device"].get<std::string>();
        for (const auto& [stage, ms] : record["ms"].items()) {
            const auto same = std::find_if(reading.stages_ms.begin(), reading.stages_ms.end(),
                                           [&](const auto& known) { return known.first == stage; });
            const double each = ms.get<double>() / static_cast<double>(photos.size());
            if (same == reading.stages_ms.end())
                reading.stages_ms.emplace_back(stage, each);
            else
                same->second += each;
        }
    }
    if (reading.rows.size() != photos.size())
        throw Error(ErrorCode::bad_data, "analyze: expected " + std::to_string(photos.size()) + " records, found " +
                                             std::to_string(reading.rows.size()));
    return reading;
}

bool has_tesseract() {
    try {
        run_program({"tesseract", "--version"}, {.errors = "/dev/null"});
        return true;
    } catch (const Error& e) {
        if (e.code() != ErrorCode::not_found) throw;
        return false;
    }
}

FolderReading read_by_tesseract(Paths photos, int jobs) {
    const TemporaryFolder folder;
    const auto processes = std::min(static_cast<std::size_t>(jobs), photos.size());
    std::vector<std::vector<std::string>> dealt(processes);
    for (std::size_t i = 0; i < photos.size(); ++i) dealt[i % processes].push_back(photos[i]);
    const auto file = [&](std::size_t process, const char* kind) {
        return folder.path() / (std::to_string(process) + kind);
    };
    for (std::size_t p = 0; p < processes; ++p) write_list(file(p, ".list"), dealt[p], '\n');
    FolderReading reading;
    reading.device = "cpu";
    reading.wall_s = side_by_side(static_cast<int>(processes), [&](int i) {
        const auto p = static_cast<std::size_t>(i);
        // One thread each: its own threads slow each other down more than they help.
        run_program({"env", "OMP_THREAD_LIMIT=1", "tesseract", file(p, ".list").string(), "stdout", "--psm", "6", "-c",
                     "tessedit_char_whitelist=0123456789"},
                    {.output = file(p, ".txt"), .errors = file(p, ".errors")});
    });
    reading.rows.resize(photos.size());
    for (std::size_t p = 0; p < processes; ++p) {
        // A form feed ends each photo.
        std::istringstream pages(text_of(file(p, ".txt")));
        std::string page;
        for (std::size_t i = p; i < photos.size() && std::getline(pages, page, '\f'); i += processes)
            reading.rows[i] = rows_in(page);
    }
    return reading;
}

}  // namespace chiffre::bench
