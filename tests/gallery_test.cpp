// gallery_test.cpp -- the page of a run: its files, and that nothing in a name or a text can be more than text.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "atomic_file.h"
#include "error.h"
#include "gallery/gallery.h"
#include "gallery/photo_files.h"
#include "gallery_fixture.h"

namespace chiffre {
namespace {
namespace fs = std::filesystem;
using gallery::PhotoId;
using Json = nlohmann::json;

const std::string kNasty = "<img src=x onerror=\"document.title='hit'\">'\\ \n</script>\xff\xe2\x80\xa8.jpg";

// The arguments of "name(A,B,{...},...);" as JSON: an array.
Json arguments(const std::string& line) {
    const std::size_t open = line.find('('), close = line.rfind(')');
    return Json::parse("[" + line.substr(open + 1, close - open - 1) + "]");
}

TEST(GalleryEntry, IsJsonWhateverTheNameIs) {
    const std::string line =
        gallery::entry_line({2, 1017}, kNasty, one_seven(), {.thumbnail_width = 20, .thumbnail_height = 10});
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    const Json all = arguments(line);
    EXPECT_EQ(all.at(0), 2);
    EXPECT_EQ(all.at(1), 1017);
    EXPECT_EQ(all.at(2).at("text"), "7");
    EXPECT_EQ(all.at(2).at("size"), Json::array({20, 10}));
    EXPECT_TRUE(all.at(2).at("path").get<std::string>().starts_with("<img src=x"));
    EXPECT_FALSE(all.at(2).contains("stages"));
}

TEST(GalleryEntry, OfAFailureHasItsMessage) {
    const Json all = arguments(gallery::entry_line({1, 0}, "a.jpg", Failure{"not_found", "a.jpg: not there"}));
    EXPECT_EQ(all.at(2), Json({{"path", "a.jpg"}, {"error", "a.jpg: not there"}}));
}

TEST(GalleryEntry, IsKnownAgainByItsWholeLine) {
    for (const std::string& path : {std::string("a.jpg"), kNasty}) {
        std::string line = gallery::entry_line({1, 5}, path, one_seven(), {});
        line.pop_back();
        EXPECT_TRUE(gallery::is_entry_of(line, {1, 5}, path));
        EXPECT_FALSE(gallery::is_entry_of(line, {1, 6}, path));
        EXPECT_FALSE(gallery::is_entry_of(line, {2, 5}, path));
        EXPECT_FALSE(gallery::is_entry_of(line, {1, 5}, path + "x"));
        EXPECT_FALSE(gallery::is_entry_of(line.substr(0, line.size() - 1), {1, 5}, path));
        EXPECT_FALSE(gallery::has_stages(line));
    }
    EXPECT_FALSE(gallery::has_stages(gallery::entry_line({1, 0}, "a\",\"stages\":true", one_seven(), {})));
    EXPECT_TRUE(gallery::has_stages(gallery::entry_line({1, 0}, "a", one_seven(), {.stages_folder = "x/"})));
}

TEST(GalleryEntry, DoubtsWhatIsUnsureRejectedOrUnexpected) {
    Reading reading = one_seven();
    EXPECT_FALSE(gallery::is_doubtful(reading));
    reading.rows[0].satisfied = false;
    EXPECT_TRUE(gallery::is_doubtful(reading));
    reading = one_seven();
    reading.rows[0].text = "?";
    EXPECT_TRUE(gallery::is_doubtful(reading));
    reading = one_seven();
    reading.confidence = 0.89f;
    EXPECT_TRUE(gallery::is_doubtful(reading));
    reading.rows.clear();
    EXPECT_FALSE(gallery::is_doubtful(reading));
}

TEST(GalleryEntry, LinksHaveNoByteWithAMeaning) {
    EXPECT_EQ(gallery::encoded_link("../a b/#?%\"<\xff.jpg"), "../a%20b/%23%3F%25%22%3C%FF.jpg");
    EXPECT_EQ(gallery::encoded_link("javascript:x"), "javascript%3Ax");
}

class GalleryFiles : public GalleryFixture {};

TEST_F(GalleryFiles, HoldsPageListsAndPictures) {
    write_run({"a.jpg", kNasty}, "complete");
    const std::set<std::string> want{"index.html",           "page.css",      "page.js",        "photo.js",
                                     "1-of-1/run.js",        "1-of-1/0.js",   "1-of-1/0/0.jpg", "1-of-1/0/0-photo.jpg",
                                     "1-of-1/0/0-crops.jpg", "1-of-1/0/0.js", "1-of-1/0/1.jpg", "1-of-1/0/1-photo.jpg",
                                     "1-of-1/0/1-crops.jpg", "1-of-1/0/1.js"};
    EXPECT_EQ(files_in(folder_), want);
    EXPECT_EQ(arguments(bytes_of(folder_ / "1-of-1/run.js")),
              Json::array({{{"part", 1}, {"parts", 1}, {"state", "complete"}, {"lists", 1}}}));
    const Json detail = arguments(bytes_of(folder_ / "1-of-1/0/0.js"));
    EXPECT_EQ(detail.at(2).at("rows").at(0).at("digits").at(0).at("digit"), "7");
    EXPECT_EQ(detail.at(3).at("view"), Json::array({0, 0, 400, 200}));
    EXPECT_EQ(detail.at(3).at("size"), Json::array({200, 100}));
    EXPECT_TRUE(detail.at(3).at("original").get<std::string>().ends_with("/a.jpg"));
}

TEST_F(GalleryFiles, DoubtfulPhotosHaveStagePictures) {
    Reading doubtful = one_seven();
    doubtful.confidence = 0.5f;
    Gallery gallery({.folder = folder_});
    gallery.begin();
    gallery.add(gallery.write(0, "a.jpg", doubtful, one_trace(), {}, ""));
    EXPECT_TRUE(fs::exists(folder_ / "1-of-1/0/0-stages/7_assemble.jpg"));
    EXPECT_TRUE(bytes_of(folder_ / "1-of-1/0.js").find("\"stages\":true") != std::string::npos);
    EXPECT_EQ(arguments(bytes_of(folder_ / "1-of-1/0/0.js")).at(3).at("stages"),
              Json::array({"1-of-1/0/0-stages/", ".jpg"}));
}

TEST_F(GalleryFiles, StagePicturesOfDebugAreLinkedTo) {
    Gallery gallery({.folder = folder_, .debug_folder = scratch_.path() / "stages"});
    gallery.begin();
    gallery.write(0, "a.jpg", one_seven(), one_trace(), {}, "a b.jpg");
    EXPECT_EQ(arguments(bytes_of(folder_ / "1-of-1/0/0.js")).at(3).at("stages"),
              Json::array({"../stages/a%20b.jpg/", ".png"}));
}

TEST_F(GalleryFiles, ListsHoldAThousand) {
    write_entries(2001);
    EXPECT_TRUE(fs::exists(folder_ / "1-of-1/2.js"));
    EXPECT_EQ(arguments(bytes_of(folder_ / "1-of-1/run.js")).at(0).at("lists"), 3);
    EXPECT_EQ(lines_of(folder_ / "1-of-1/1.js").size(), 1000);
    EXPECT_EQ(lines_of(folder_ / "1-of-1/2.js").size(), 1);
}

// Wherever the earlier run ended: in the middle of a list, at its end, within a line.
TEST_F(GalleryFiles, GoesOnAfterWhatIsKnown) {
    for (const int known : {0, 1, 999, 1000, 1001, 1500}) {
        SCOPED_TRACE(known);
        fs::remove_all(folder_);
        write_entries(1500);
        {
            std::ofstream torn(folder_ / "1-of-1/1.js", std::ios::app);
            torn << "photo(1,1500,{\"path\":\"photo 1500.jpg\",";
        }
        Gallery gallery({.folder = folder_});
        for (int i = 0; i < known; ++i) ASSERT_TRUE(gallery.has_next(entry_path(i)));
        if (known == 1500) {
            EXPECT_FALSE(gallery.has_next(entry_path(1500)));
        }
        gallery.begin();
        for (int i = known; i < 1502; ++i) gallery.add(gallery.entry(i, entry_path(i), Failure{"x", "x"}));
        gallery.finish("complete");
        std::vector<std::string> lines = lines_of(folder_ / "1-of-1/0.js");
        for (const std::string& line : lines_of(folder_ / "1-of-1/1.js")) lines.push_back(line);
        ASSERT_EQ(lines.size(), 1502);
        for (int i = 0; i < 1502; ++i)
            ASSERT_TRUE(gallery::is_entry_of(lines[static_cast<std::size_t>(i)], {1, i}, entry_path(i)));
    }
}

TEST_F(GalleryFiles, AnotherRunsPageIsNotGoneOnWith) {
    write_entries(10);
    Gallery gallery({.folder = folder_});
    EXPECT_TRUE(gallery.has_next(entry_path(0)));
    EXPECT_FALSE(gallery.has_next("another.jpg"));
    EXPECT_FALSE(gallery.has_next(entry_path(1)));  // what comes after a gap is no use
}

TEST_F(GalleryFiles, OfAnEarlierRunNothingStays) {
    write_run({"a.jpg"}, "complete");
    write_entries(1001);
    write_run({"b.jpg"}, "complete");
    EXPECT_FALSE(fs::exists(folder_ / "1-of-1/1.js"));
    EXPECT_EQ(lines_of(folder_ / "1-of-1/0.js").size(), 1);
}

TEST_F(GalleryFiles, PartsShareTheFolder) {
    write_entries(1);
    for (const std::uint32_t part : {2U, 1U}) {
        Gallery gallery({.folder = folder_, .part = part, .parts = 2});
        gallery.begin();
        gallery.add(gallery.entry(0, "a.jpg", Failure{"x", "x"}));
        gallery.finish("complete");
    }
    EXPECT_EQ(files_in(folder_),
              (std::set<std::string>{"index.html", "page.css", "page.js", "photo.js", "1-of-2/run.js", "1-of-2/0.js",
                                     "2-of-2/run.js", "2-of-2/0.js"}));  // the undivided one has gone
    EXPECT_NE(bytes_of(folder_ / "index.html").find("data-parts=\"2\""), std::string::npos);
}

TEST_F(GalleryFiles, OtherFilesAreRefusedUnlessForced) {
    fs::create_directories(folder_);
    write_atomically(folder_ / "letter.txt", "mine");
    EXPECT_THROW(Gallery({.folder = folder_}), Error);
    Gallery forced({.folder = folder_, .force = true});
    forced.begin();
    EXPECT_EQ(bytes_of(folder_ / "letter.txt"), "mine");
}

TEST_F(GalleryFiles, OneRunAtATime) {
    Gallery first({.folder = folder_}), second({.folder = folder_});
    first.begin();
    EXPECT_THROW(second.begin(), Error);
}

TEST_F(GalleryFiles, WhatCannotBeWrittenIsSaid) {
    write_atomically(scratch_.path() / "file", "");
    try {
        Gallery gallery({.folder = scratch_.path() / "file" / "page"});
        gallery.begin();
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::unwritable) << e.what();
    }
}

}  // namespace
}  // namespace chiffre
