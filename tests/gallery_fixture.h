// gallery_fixture.h -- pages of runs, written without reading a photo.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "gallery/gallery.h"
#include "scratch_folder.h"

namespace chiffre {

// A photo of 200x100 pixels, half the size of the file, with one mark.
inline Trace one_trace() {
    Trace trace;
    trace.photo.grey = cv::Mat(100, 200, CV_8UC1, cv::Scalar(255));
    trace.photo.width = 400;
    trace.photo.height = 200;
    trace.photo.reduction = 2;
    trace.ink.mask = cv::Mat::zeros(100, 200, CV_8UC1);
    trace.marks.labels = cv::Mat::zeros(100, 200, CV_32SC1);
    const cv::Rect box(50, 40, 20, 30);
    trace.ink.mask(box).setTo(255);
    trace.marks.labels(box).setTo(1);
    trace.marks.marks.push_back({box, box.area(), 1});
    trace.ink.strength = trace.ink.mask;
    trace.rows = {{.places = 2, .marks = {0}, .candidates = {{0, 1, box}}}};
    trace.tiles.resize(1);
    trace.tiles[0].ink.fill(200);
    trace.scores = {Scores{0, 0, 0, 0, 0, 0, 0, 9, 0, 0}};
    trace.tile_of_digit = {{0}};
    return trace;
}

inline Reading one_seven() {
    Reading reading;
    reading.width = 400;
    reading.height = 200;
    reading.confidence = 0.998f;
    reading.device = "cpu";
    const Box box{100, 80, 40, 60};
    reading.rows = {{"7", 0.998f, box, {{'7', 0.998f, box, false, {{'7', 0.998f}, {'1', 0.001f}}}}}};
    return reading;
}

inline std::vector<std::string> lines_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

class GalleryFixture : public testing::Test {
  protected:
    // A run over photos of these names, which all look alike.
    void write_run(const std::vector<std::string>& paths, const std::string& state) const {
        Gallery gallery({.folder = folder_});
        gallery.begin();
        for (std::size_t i = 0; i < paths.size(); ++i)
            gallery.add(gallery.write(static_cast<std::int64_t>(i), paths[i], one_seven(), one_trace(), {}, ""));
        gallery.finish(state);
    }

    static std::string entry_path(int i) { return "photo " + std::to_string(i) + ".jpg"; }

    // A run over so many photos, no pictures: most are read, each as its number, with a confidence of its own, every
    // tenth is empty and every 25th failed.
    void write_entries(int count) const {
        Gallery gallery({.folder = folder_});
        gallery.begin();
        for (int i = 0; i < count; ++i) {
            Reading reading = one_seven();
            reading.rows[0].text = std::to_string(i);
            reading.confidence = static_cast<float>(i % 1000) / 1000;
            if (i % 10 == 0) reading.rows.clear();
            if (i % 25 == 5)
                gallery.add(gallery.entry(i, entry_path(i), Failure{"not_an_image", entry_path(i) + ": no picture"}));
            else
                gallery.add(gallery::entry_line({1, i}, entry_path(i), reading,
                                                {.thumbnail_width = 200, .thumbnail_height = 100}));
        }
        gallery.finish("complete");
    }

    ScratchFolder scratch_;
    const std::filesystem::path folder_ = scratch_.path() / "page";
};

}  // namespace chiffre
