// analyze_names_test.cpp -- which images a run reads: folders, patterns, lists, shards; in which order, under which
// names. Files that are no images will do: each is named in a record of its own.
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "analyze_fixture.h"
#include "run/shard.h"

namespace chiffre {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

class Names : public Analyze {
  protected:
    void make(const std::string& name) const {
        fs::create_directories((folder_ / name).parent_path());
        write_atomically(folder_ / name, "no image");
    }

    // Paths of the records of a run, as they stand in CSV; those below folder_ without it.
    std::vector<std::string> names(std::vector<std::string> arguments, const Process::Options& options = {}) const {
        arguments.insert(arguments.begin(), {"--format", "csv"});
        std::istringstream lines(analyze(arguments, options).out);
        std::vector<std::string> found;
        std::string line;
        std::getline(lines, line);
        const std::string below = folder_.string() + "/";
        while (std::getline(lines, line)) {
            std::string name = line.substr(0, line.find(','));
            if (name.starts_with(below)) name.erase(0, below.size());
            if (found.empty() || found.back() != name) found.push_back(name);
        }
        return found;
    }

    using List = std::vector<std::string>;
};

TEST_F(Names, RecursionKeepsTheByteOrderOfWholePaths) {
    for (const char* name : {"b/2.png", "b/10.png", "b.png", "b-c.png", "b/a/z.png", "Z.png", "\xff.png",
                             ".hidden/x.png", "b/.x.png", "b/notes.txt"})
        make(name);
    List all{"Z.png", "b-c.png", "b.png", "b/10.png", "b/2.png", "b/a/z.png", "page.png", "\xff.png"};
    EXPECT_EQ(names({"-r", folder_}), all);
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
    EXPECT_EQ(names({folder_}), (List{"Z.png", "b-c.png", "b.png", "page.png", "\xff.png"}));
}

TEST_F(Names, PatternsSayWhatOfFoldersIsRead) {
    for (const char* name : {"a/1.jpg", "a/1.dat", "raw/2.jpg", "a/raw/3.jpg", "4.JPG", ".5.jpg"}) make(name);
    EXPECT_EQ(names({"-r", "--include", "*.dat", folder_}), List{"a/1.dat"});
    EXPECT_EQ(names({"-r", "--include", "?.jpg", "--include", "*.dat", folder_}),
              (List{"a/1.dat", "a/1.jpg", "a/raw/3.jpg", "raw/2.jpg"}));
    EXPECT_EQ(names({"-r", "--exclude", "raw", "--exclude", "page*", folder_}), (List{"4.JPG", "a/1.jpg"}));
    EXPECT_EQ(names({"-r", "--exclude", "raw/*", "--exclude", "*.png", folder_}),
              (List{"4.JPG", "a/1.jpg", "a/raw/3.jpg"}));
    EXPECT_EQ(names({"-r", "--include", "a/*[0-2].jpg", folder_}), List{"a/1.jpg"});
    EXPECT_EQ(names({"--include", ".*", folder_}), List{".5.jpg"});
    // A file given by its name is read whatever the patterns say.
    EXPECT_EQ(names({"--exclude", "*", folder_ / "4.JPG"}), List{"4.JPG"});
    const auto none = analyze({"-q", "--include", "*.heic", folder_});
    EXPECT_EQ(none.err,
              "analyze: " + folder_.string() + ": expected files that --include matches in this folder, found none\n");
    EXPECT_EQ(none.status, 1);
}

TEST_F(Names, LinksNeitherLoopNorDouble) {
    make("a/1.png");
    make("z/2.png");
    fs::create_directory_symlink("..", folder_ / "a/up");
    fs::create_directory_symlink(".", folder_ / "a/self");
    fs::create_directory_symlink(folder_ / "z", folder_ / "b");  // comes before z
    fs::create_symlink("loop.png", folder_ / "loop.png");
    fs::create_symlink("a/1.png", folder_ / "link.png");
    EXPECT_EQ(names({"-r", folder_}), (List{"a/1.png", "b/2.png", "link.png", "loop.png", "page.png"}));
    const auto run = analyze({"-q", "--format", "jsonl", folder_ / "loop.png"});
    EXPECT_EQ(Json::parse(run.out)["error"]["code"], "unreadable");
    EXPECT_NE(run.err.find("symbolic links"), std::string::npos) << run.err;
}

TEST_F(Names, WhatTheRunItselfWritesIsNotRead) {
    const std::string inside = folder_ / "a/drawn";
    EXPECT_EQ(names({"-r", "--annotate", inside, folder_}), List{"page.png"});
    EXPECT_EQ(names({"-r", "--annotate", inside, folder_}), List{"page.png"});
    EXPECT_EQ(names({"-r", folder_}), (List{"a/drawn/page.png.annotated.png", "page.png"}));
}

TEST_F(Names, ListsAreSeparatedByLineFeedsOrNulBytes) {
    make("a.png");
    make("line\nbreak.png");
    make("d/1.png");
    const std::string in = folder_.string() + "/", list = scratch_.path() / "list";
    write_atomically(list, in + "page.png\n\n" + in + "a.png\n" + in + "d");  // empty names; no feed at the end
    EXPECT_EQ(names({"--files-from", list}), (List{"page.png", "a.png", "d/1.png"}));
    EXPECT_EQ(names({in + "a.png", "--files-from", list, "--files-from", list}),
              (List{"a.png", "page.png", "a.png", "d/1.png", "page.png", "a.png", "d/1.png"}));

    const std::string nul = in + "line\nbreak.png" + '\0' + in + "a.png" + '\0';
    EXPECT_EQ(analyze({"-q", "--format", "jsonl", "--files-from", "-"}, {.input = nul}).out,
              analyze({"-q", "--format", "jsonl", in + "line\nbreak.png", in + "a.png"}).out);
    EXPECT_EQ(names({"-0", "--files-from", "-"}, {.input = in + "page.png"}), List{"page.png"});
    EXPECT_EQ(names({"--files-from", "-"}, {.input = "-\n"}), List{"./-"});
    EXPECT_EQ(names({"--files-from", "-"}, {.input = ""}), List{});
}

TEST_F(Names, ListsThatCannotBeReadAreWrongUse) {
    const std::string missing = scratch_.path() / "missing";
    const auto none = analyze({"--files-from", missing});
    EXPECT_EQ(none.status, 2);
    EXPECT_EQ(none.err,
              "analyze: --files-from: " + missing + ": expected a list of names, found No such file or directory\n");
    EXPECT_EQ(analyze({"--files-from", folder_}).status, 2);
    EXPECT_EQ(analyze({"--files-from", "-", "-"}).status, 2);
    // A list that is begun with line feeds stays so.
    const std::string lines(1 << 17, '\n');
    const auto mixed = analyze({"--files-from", "-"}, {.input = lines + "a" + '\0'});
    EXPECT_EQ(mixed.status, 2);
    EXPECT_TRUE(mixed.err.ends_with("found a NUL byte among names separated by line feeds (--null)\n")) << mixed.err;
}

TEST_F(Names, EveryByteThatANameMayHold) {
    std::string list;
    write_png(scratch_.path() / "blank.png", cv::Mat(8, 8, CV_8UC1, cv::Scalar(200)));
    for (int c = 1; c < 256; ++c) {
        if (c == '/') continue;
        const std::string name = std::string("x") + static_cast<char>(c) + ".png";
        fs::copy(scratch_.path() / "blank.png", folder_ / name, fs::copy_options::overwrite_existing);
        list += folder_.string() + "/" + name + '\0';
    }
    const auto folder = analyze({"-q", folder_}), listed = analyze({"-q", "--files-from", "-"}, {.input = list});
    EXPECT_EQ(folder.status, 0);
    EXPECT_EQ(listed.status, 0);
    EXPECT_EQ(folder.out, page_.string() + ": " + kPageLine + "\n" + listed.out);
}

TEST_F(Names, FoldersThatCannotBeListedAreRecords) {
    if (geteuid() != 0) fs::permissions(folder_, fs::perms::none);
    const std::string missing = folder_ / "missing/";
    const auto run = analyze({"-r", "--format", "jsonl", missing, page_});
    EXPECT_EQ(Json::parse(run.out.substr(0, run.out.find('\n')))["error"]["code"], "not_found");
    EXPECT_EQ(run.status, 1);
    fs::permissions(folder_, fs::perms::owner_all);
}

// The hash is part of the interface: machines of different versions may share a run.
TEST(Shard, HashIsFnv1aFolded) {
    EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325);
    EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8c);
    EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8);  // from the authors' test vectors
    EXPECT_EQ((0x85944171u ^ 0xf73967e8u) % 7, 2u);
    EXPECT_TRUE((Shard{3, 7}.holds("foobar")));
    EXPECT_FALSE((Shard{2, 7}.holds("foobar")));
}

TEST(Shard, PartsAreOfLikeSizeWhateverTheNames) {
    for (const std::uint32_t count : {2u, 3u, 8u}) {
        std::vector<int> sizes(count);
        for (int i = 0; i < 8000; ++i) {
            const std::string number = std::to_string(10000 + i), path = "photos/" + number + "/" + number + ".jpg";
            for (std::uint32_t k = 0; k < count; ++k) sizes[k] += Shard{k + 1, count}.holds(path);
        }
        for (const int size : sizes) EXPECT_NEAR(size * static_cast<int>(count), 8000, 800);
    }
}

TEST_F(Names, ShardsTogetherAreTheWhole) {
    for (int i = 0; i < 40; ++i) make(std::to_string(i) + ".png");
    const List all = names({folder_});
    List merged;
    for (const char* shard : {"1/3", "2/3", "3/3"}) {
        const List part = names({"--shard", shard, folder_});
        EXPECT_GT(part.size(), 4u);
        merged.insert(merged.end(), part.begin(), part.end());
    }
    std::sort(merged.begin(), merged.end());
    EXPECT_EQ(merged, all);
    for (const char* wrong : {"0/3", "4/3", "1", "1/", "a/b", "1/3x", "-1/3", "1/0"}) {
        const auto run = analyze({"--shard", wrong, folder_});
        EXPECT_EQ(run.err, std::string("analyze: --shard: expected I/N with I from 1 to N, found '") + wrong + "'\n");
        EXPECT_EQ(run.status, 2);
    }
}

TEST_F(Names, AMillionNamesTakeLittleMemory) {
    // As a list that names one file again and again: nothing of it may be kept.
    const std::string missing = scratch_.path() / "x.png", list = scratch_.path() / "list";
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += missing + "\n";
    write_atomically(list, text);
    const auto run = analyze({"-q", "--format", "csv", "--files-from", list},
                             {.in_child = [] { dup2(open("/dev/null", O_WRONLY), STDERR_FILENO); }});
    EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 20'001);
}

TEST_F(Names, DocumentsOfSeveralPagesSaySo) {
    write_atomically(folder_ / "a.pdf", "%PDF-1.7\n");
    const std::string two_pages{"II*\0\x08\0\0\0\0\0\x0e\0\0\0\0\0\0\0\0\0", 20};  // each page without an entry
    write_atomically(folder_ / "a.tif", two_pages);
    EXPECT_EQ(analyze({folder_ / "a.pdf"}).err, "analyze: " + (folder_ / "a.pdf").string() +
                                                    ": expected a picture, found a PDF document, which is not read; "
                                                    "convert its pages to JPEG or PNG\n");
    EXPECT_EQ(analyze({folder_ / "a.tif"}).err,
              "analyze: " + (folder_ / "a.tif").string() +
                  ": expected a picture, found a TIFF of 2 pages (or camera raw), which is not read; "
                  "convert its pages to JPEG or PNG\n");
    const auto run = analyze({"--format", "jsonl", folder_ / "a.tif"});
    EXPECT_EQ(Json::parse(run.out)["error"]["code"], "not_an_image");
}

}  // namespace
}  // namespace chiffre
