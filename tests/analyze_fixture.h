// analyze_fixture.h -- a folder with a page of figures, and the program started on it as a user starts it. The network
// has weights that read every mark as a 7, so that no test depends on what a trained network makes of a drawn figure.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "process.h"
#include "report/png.h"
#include "scratch_folder.h"
#include "weights.h"

namespace chiffre {

// Two rows, the first with a gap.
inline cv::Mat page() {
    cv::Mat grey(400, 1100, CV_8UC1, cv::Scalar(230));
    const auto write = [&](const std::string& text, int x, int y) {
        for (const char digit : text) {
            cv::putText(grey, {digit}, {x, y}, cv::FONT_HERSHEY_SIMPLEX, 3, cv::Scalar(30), 8, cv::LINE_AA);
            x += 115;
        }
    };
    write("247", 30, 130);
    write("35", 700, 130);
    write("2573", 30, 300);
    cv::resize(grey, grey, {640, 400});  // too narrow to be cut, too far apart to be joined
    return grey;
}

class Analyze : public testing::Test {
  protected:
    Analyze() {
        Weights sevens;
        sevens.values[bias_offset(kOutput) + 7] = 20;
        save_weights(weights_, sevens);
        std::filesystem::create_directory(folder_);
        write_png(page_, page());
    }

    // Runs analyze in the scratch folder, on the CPU unless the arguments say otherwise: where a GPU is taken unasked,
    // a line on standard error says so.
    Process::Result analyze(std::vector<std::string> arguments, const Process::Options& options = {}) const {
        arguments.insert(arguments.begin(), {CHIFFRE_ANALYZE, "--device", "cpu", "--weights", weights_.string()});
        return Process(arguments, options).wait();
    }

    ScratchFolder scratch_;
    const std::filesystem::path weights_ = scratch_.path() / "sevens.safetensors";
    const std::filesystem::path folder_ = scratch_.path() / "in";
    const std::filesystem::path page_ = folder_ / "page.png";
};

inline constexpr const char* kPageRows = "777 77\n7777\n";
inline constexpr const char* kPageLine = "777 77 / 7777";

// What was said before the line that sums a run over several images up.
inline std::string without_summary(const std::string& err) {
    const std::size_t at = err.rfind(" photos: ");
    return at == std::string::npos ? err : err.substr(0, err.rfind("analyze: ", at));
}

inline bool is_one_line(const std::string& text) {
    return text.find('\n') == text.size() - 1;
}

}  // namespace chiffre
