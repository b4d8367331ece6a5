// pictures_test.cpp -- the pictures of --debug and --annotate, from a hand-made trace: what is where, and what is
// drawn.
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "atomic_file.h"
#include "decode.h"
#include "error.h"
#include "report/annotate.h"
#include "report/picture_folders.h"
#include "report/png.h"
#include "report/stage_pictures.h"
#include "scratch_folder.h"

namespace chiffre {
namespace {
namespace fs = std::filesystem;

class Pictures : public testing::Test {
  protected:
    ScratchFolder scratch_;
    const fs::path folder_ = scratch_.path();
};

// A photo of 200x100 pixels, half the size of the file, with two marks: the first read as 7, the second rejected.
Trace two_marks() {
    Trace trace;
    trace.photo.grey = cv::Mat(100, 200, CV_8UC1, cv::Scalar(255));
    trace.photo.width = 400;
    trace.photo.height = 200;
    trace.photo.reduction = 2;
    trace.ink.mask = cv::Mat::zeros(100, 200, CV_8UC1);
    trace.marks.labels = cv::Mat::zeros(100, 200, CV_32SC1);
    const cv::Rect boxes[] = {{50, 40, 20, 30}, {120, 40, 20, 30}};
    for (int i = 0; i < 2; ++i) {
        trace.ink.mask(boxes[i]).setTo(255);
        trace.marks.labels(boxes[i]).setTo(i + 1);
        trace.marks.marks.push_back({boxes[i], boxes[i].area(), i + 1});
    }
    trace.ink.strength = trace.ink.mask;
    trace.marks.dropped = {{2, 2, 4, 4}};
    trace.rows = {{.places = 3, .marks = {0, 1}, .candidates = {{0, 1, boxes[0]}, {1, 2, boxes[1]}}}};
    trace.tiles.resize(2);
    trace.tiles[0].ink.fill(200);
    trace.scores = {Scores{0, 0, 0, 0, 0, 0, 0, 9, 0, 0}, Scores{}};
    trace.tile_of_digit = {{0}};
    return trace;
}

Reading one_seven() {
    Reading reading;
    reading.width = 400;
    reading.height = 200;
    const Box box{100, 80, 40, 60};
    reading.rows = {{"7", 0.998f, box, {{'7', 0.998f, box, false, {{'7', 0.998f}, {'1', 0.001f}}}}}};
    return reading;
}

TEST_F(Pictures, PngHoldsThePixels) {
    cv::Mat grey(37, 53, CV_8UC1);
    cv::randu(grey, 0, 256);
    write_png(folder_ / "grey.png", grey);
    const std::string bytes = bytes_of(folder_ / "grey.png");
    const Photo photo = decode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "grey.png");
    ASSERT_EQ(photo.grey.size(), grey.size());
    EXPECT_EQ(cv::countNonZero(photo.grey != grey), 0);
}

TEST_F(Pictures, AnnotationIsDrawnAtTheDigit) {
    const cv::Mat drawn = annotate(two_marks().photo, one_seven());
    ASSERT_EQ(drawn.type(), CV_8UC3);
    ASSERT_EQ(drawn.cols, 800);  // 200 working pixels, enlarged by whole factors
    const auto is_green = [&](int x, int y) {
        const auto& pixel = drawn.at<cv::Vec3b>(y, x);
        return pixel[1] > pixel[0] + 50 && pixel[1] > pixel[2] + 50;
    };
    EXPECT_TRUE(is_green(200, 220));   // left side of the box: 100 of 400 file pixels
    EXPECT_TRUE(is_green(280, 220));   // right side
    EXPECT_FALSE(is_green(240, 220));  // inside
    EXPECT_FALSE(is_green(500, 220));  // the second mark was not read
}

TEST_F(Pictures, MarksAreColouredAndDroppedPiecesRed) {
    const cv::Mat drawn = segment_picture(two_marks());
    EXPECT_NE(drawn.at<cv::Vec3b>(220, 240), drawn.at<cv::Vec3b>(220, 520)) << "both marks in one colour";
    EXPECT_EQ(drawn.at<cv::Vec3b>(8, 8), cv::Vec3b(220, 0, 0)) << "corner of the dropped piece";
}

TEST_F(Pictures, NothingToDrawIsNoError) {
    Trace trace;
    trace.photo.grey = cv::Mat(1, 1, CV_8UC1, cv::Scalar(7));
    trace.ink.strength = trace.ink.mask = cv::Mat::zeros(1, 1, CV_8UC1);
    trace.marks.labels = cv::Mat::zeros(1, 1, CV_32SC1);
    PictureFolders folders((folder_ / "debug").string(), (folder_ / "annotated").string(), false);
    folders.write(folders.take("a.png"), "a.png", Reading{}, trace, ScoreMeaning{});
    EXPECT_EQ(files_in(folder_ / "annotated"), std::set<std::string>{"a.png.annotated.png"});
    EXPECT_EQ(files_in(folder_ / "debug").size(), 8u);
}

TEST_F(Pictures, DebugFolderHoldsOnePicturePerStageAndTheTiles) {
    PictureFolders folders((folder_ / "debug").string(), "", false);
    folders.write(folders.take("photos/a.jpg"), "photos/a.jpg", one_seven(), two_marks(), ScoreMeaning{});
    const std::set<std::string> expected{"1_decode.png",
                                         "2_binarize.png",
                                         "3_segment.png",
                                         "4_order.png",
                                         "5_normalize.png",
                                         "6_classify.png",
                                         "7_assemble.png",
                                         "8_report.json",
                                         "crops/r0_c0_7_0.998.png",
                                         "crops/rejected/1_0_0.100.png"};
    EXPECT_EQ(files_in(folder_ / "debug" / "a.jpg"), expected);
}

TEST_F(Pictures, CropIsTheTileThatWasRead) {
    Trace trace = two_marks();
    trace.tile_of_digit = {{1}};
    trace.tiles[1].ink.fill(33);
    PictureFolders folders((folder_ / "debug").string(), "", false);
    folders.write(folders.take("a.jpg"), "a.jpg", one_seven(), trace, ScoreMeaning{});
    const std::string bytes = bytes_of(folder_ / "debug/a.jpg/crops/r0_c0_7_0.998.png");
    const Photo crop = decode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "crop");
    ASSERT_EQ(crop.grey.size(), cv::Size(32, 32));
    EXPECT_EQ(crop.grey.at<std::uint8_t>(16, 16), 33);
}

TEST_F(Pictures, CropsOfAnEarlierRunAreReplaced) {
    Reading unknown = one_seven();
    unknown.rows[0].digits[0].digit = '?';
    PictureFolders((folder_ / "debug").string(), "", false)
        .write({"a.jpg", ""}, "a.jpg", one_seven(), two_marks(), ScoreMeaning{});
    PictureFolders((folder_ / "debug").string(), "", false)
        .write({"a.jpg", ""}, "a.jpg", unknown, two_marks(), ScoreMeaning{});
    const std::set<std::string> expected{"r0_c0_unknown_0.998.png", "rejected/1_0_0.100.png"};
    EXPECT_EQ(files_in(folder_ / "debug/a.jpg/crops"), expected);
}

TEST_F(Pictures, FolderWithOtherFilesIsRefusedUnlessForced) {
    fs::create_directories(folder_ / "debug/a.jpg");
    write_atomically(folder_ / "debug/a.jpg/thesis.tex", "precious");
    PictureFolders careful((folder_ / "debug").string(), "", false);
    EXPECT_THROW(careful.write({"a.jpg", ""}, "a.jpg", one_seven(), two_marks(), ScoreMeaning{}), Error);
    EXPECT_EQ(files_in(folder_ / "debug"), std::set<std::string>{"a.jpg/thesis.tex"});
    PictureFolders forced((folder_ / "debug").string(), "", true);
    forced.write({"a.jpg", ""}, "a.jpg", one_seven(), two_marks(), ScoreMeaning{});
    EXPECT_EQ(bytes_of(folder_ / "debug/a.jpg/thesis.tex"), "precious");
    EXPECT_TRUE(fs::exists(folder_ / "debug/a.jpg/7_assemble.png"));
}

TEST_F(Pictures, EqualNamesOfDifferentFoldersDoNotCollide) {
    UniqueNames names;
    EXPECT_EQ(names.take("x/a.jpg"), "a.jpg");
    EXPECT_EQ(names.take("y/a.jpg"), "a.jpg-2");
    EXPECT_EQ(names.take("a.jpg-2"), "a.jpg-2-2");
    EXPECT_EQ(names.take("-"), "stdin");
    EXPECT_LE(names.take(std::string(255, 'n')).size(), 210u);
}

}  // namespace
}  // namespace chiffre
