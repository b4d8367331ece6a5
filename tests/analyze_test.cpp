// analyze_test.cpp -- the program itself, started as a user starts it: what it prints, what it says, its exit status,
// for good and for bad input. analyze_output_test.cpp has where it goes to.
#include <sys/resource.h>
#include <zlib.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "analyze_fixture.h"
#include "atomic_file.h"

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

namespace chiffre {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

// Bytes of `page` as JPEG.
std::string jpeg_page() {
    const auto append = [](void* bytes, void* data, int size) {
        static_cast<std::string*>(bytes)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
    };
    std::string bytes;
    const cv::Mat grey = page();
    stbi_write_jpg_to_func(append, &bytes, grey.cols, grey.rows, 1, grey.data, 90);
    return bytes;
}

// A PNG that ends after its header.
std::string png_header(std::uint32_t width, std::uint32_t height) {
    const auto big_endian = [](std::uint32_t v) {
        return std::string{static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
                           static_cast<char>(v)};
    };
    const std::string chunk = "IHDR" + big_endian(width) + big_endian(height) + std::string("\x08\x00\x00\x00\x00", 5);
    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(chunk.data()), static_cast<uInt>(chunk.size()));
    return "\x89PNG\r\n\x1a\n" + big_endian(13) + chunk + big_endian(static_cast<std::uint32_t>(crc));
}

// ---- what is printed ----------------------------------------------------------------------------------------------

TEST_F(Analyze, OneImagePrintsItsRowsAndNothingElse) {
    const auto run = analyze({page_});
    EXPECT_EQ(run.out, kPageRows);
    EXPECT_EQ(run.err, "");
    EXPECT_EQ(run.status, 0);
}

TEST_F(Analyze, StandardInput) {
    const auto run = analyze({"-"}, {.input = bytes_of(page_)});
    EXPECT_EQ(run.out, kPageRows);
    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(analyze({"-", "-"}).status, 2);
    EXPECT_EQ(analyze({"-"}).err, "analyze: standard input: expected an image file, found zero bytes\n");
}

TEST_F(Analyze, FolderPrintsItsImagesByName) {
    fs::copy(page_, folder_ / "b.PNG");
    fs::copy(page_, folder_ / "a.TGA.png");
    write_atomically(folder_ / "notes.txt", "no image");
    write_atomically(folder_ / "._page.png", "no image, but what macOS keeps beside one");
    fs::create_directory(folder_ / "deeper.png");
    const auto run = analyze({folder_});
    const std::string in = folder_.string() + "/";
    EXPECT_EQ(run.out, in + "a.TGA.png: " + kPageLine + "\n" + in + "b.PNG: " + kPageLine + "\n" + in +
                           "page.png: " + kPageLine + "\n");
    EXPECT_EQ(without_summary(run.err), "");
    EXPECT_EQ(run.status, 0);
}

TEST_F(Analyze, OneBadFileDoesNotEndTheRun) {
    const auto run = analyze({page_, "/nowhere.jpg", page_});
    const std::string line = page_.string() + ": " + kPageLine + "\n";
    EXPECT_EQ(run.out, line + line);
    EXPECT_EQ(without_summary(run.err),
              "analyze: /nowhere.jpg: expected a readable image file, found: No such file or directory\n");
    EXPECT_EQ(run.status, 1);
}

TEST_F(Analyze, JsonLinesAgreeWithTheText) {
    const auto run = analyze({"--format", "jsonl", page_, "/nowhere.jpg"});
    const std::size_t end = run.out.find('\n') + 1;
    const Json page = Json::parse(run.out.substr(0, end)), error = Json::parse(run.out.substr(end));
    EXPECT_EQ(page["schema"], 1);
    EXPECT_EQ(page["path"], page_.string());
    EXPECT_EQ(page["width"], 640);
    EXPECT_EQ(page["height"], 400);
    EXPECT_EQ(page["text"], "777 77\n7777");
    EXPECT_EQ(page["rows"][0]["digits"].size(), 5u);
    for (const char* stage : {"decode", "binarize", "segment", "order", "normalize", "classify", "assemble"})
        EXPECT_TRUE(page["ms"].contains(stage)) << stage;
    EXPECT_EQ(error["error"]["code"], "not_found");
    EXPECT_EQ(run.status, 1);
}

TEST_F(Analyze, CsvHasOneLinePerRowAndErrorsInTheirColumn) {
    const auto run = analyze({"--format=csv", page_, "/nowhere.jpg"});
    std::istringstream lines(run.out);
    std::vector<std::string> all;
    for (std::string line; std::getline(lines, line);) all.push_back(line);
    ASSERT_EQ(all.size(), 4u);
    EXPECT_EQ(all[0], "path,row,text,confidence,x,y,w,h,error");
    EXPECT_TRUE(all[1].starts_with(page_.string() + ",0,777 77,"));
    EXPECT_TRUE(all[2].starts_with(page_.string() + ",1,7777,"));
    EXPECT_EQ(all[3], "/nowhere.jpg,,,,,,,,not_found");
}

TEST_F(Analyze, AwkwardNamesWorkInEveryFormat) {
    for (const char* name :
         {"two words.png", "line\nbreak.png", "\"quoted\", 'twice'.png", "\xff\xfe.png", "[a,b]", "-x.png"}) {
        SCOPED_TRACE(name);
        const std::string path = folder_ / name;
        fs::copy(page_, path, fs::copy_options::overwrite_existing);
        EXPECT_EQ(analyze({path}).out, kPageRows);
        EXPECT_EQ(analyze({path, page_}).out.substr(0, path.size() + 2), path + ": ");
        const auto json = analyze({"--format", "jsonl", path});
        EXPECT_TRUE(is_one_line(json.out));
        EXPECT_TRUE(Json::accept(json.out)) << json.out;  // also refuses what is no UTF-8
        EXPECT_EQ(analyze({"--format", "csv", path}).status, 0);

        const auto relative = analyze({"--", name}, {.folder = folder_});
        EXPECT_EQ(relative.out, kPageRows);
    }
}

TEST_F(Analyze, MessagesStayOneLineWhateverTheName) {
    const auto run = analyze({"line\nbreak\x1b[31m.jpg"});
    EXPECT_EQ(run.err,
              "analyze: line?break?[31m.jpg: expected a readable image file, found: No such file or directory\n");
}

TEST_F(Analyze, PhotosWithoutDigitsAreNoError) {
    for (const int shade : {0, 255})
        for (const cv::Size size : {cv::Size(1, 1), cv::Size(640, 480), cv::Size(1, 2000)}) {
            write_png(folder_ / "blank.png", cv::Mat(size, CV_8UC1, cv::Scalar(shade)));
            const auto run = analyze({folder_ / "blank.png"});
            EXPECT_EQ(run.out, "") << shade << " " << size;
            EXPECT_EQ(run.err, "analyze: " + (folder_ / "blank.png").string() + ": no digits found\n");
            EXPECT_EQ(run.status, 0);
            EXPECT_EQ(analyze({"-q", folder_ / "blank.png"}).err, "");
        }
}

// ---- images that cannot be read -----------------------------------------------------------------------------------

TEST_F(Analyze, EveryUnreadableImageIsNamedWithItsCode) {
    write_atomically(folder_ / "empty.png", "");
    write_atomically(folder_ / "text.jpg", "Dear diary, today I read digits.\n");
    write_atomically(folder_ / "huge.png", png_header(60'000, 60'000));
    write_atomically(folder_ / "cut.png", bytes_of(page_).substr(0, 40));
    fs::create_directory(folder_ / "no_images");
    const std::pair<std::string, std::string> cases[] = {
        {folder_ / "missing.png", "not_found"},    {folder_ / "empty.png", "empty_file"},
        {folder_ / "text.jpg", "not_an_image"},    {folder_ / "huge.png", "too_large"},
        {folder_ / "cut.png", "not_an_image"},     {folder_ / "no_images", "no_images"},
        {page_.string() + "/b.png", "unreadable"},
    };
    for (const auto& [path, code] : cases) {
        SCOPED_TRACE(path);
        const auto run = analyze({"--format", "jsonl", path});
        EXPECT_EQ(run.status, 1);
        const Json record = Json::parse(run.out, nullptr, false);
        ASSERT_TRUE(record.is_object()) << run.out;
        EXPECT_EQ(record["path"], path);
        EXPECT_EQ(record["error"]["code"], code);
        const std::string said = without_summary(run.err);
        EXPECT_EQ(said, "analyze: " + record["error"]["message"].get<std::string>() + "\n");
        EXPECT_TRUE(said.starts_with("analyze: " + path + ": ")) << run.err;
        EXPECT_TRUE(is_one_line(said)) << run.err;
    }
}

TEST_F(Analyze, FileWithoutPermission) {
    if (geteuid() == 0) GTEST_SKIP() << "root may read every file";
    fs::permissions(page_, fs::perms::none);
    const auto run = analyze({page_});
    EXPECT_NE(run.err.find("Permission denied"), std::string::npos);
    EXPECT_EQ(run.status, 1);
}

TEST_F(Analyze, TruncatedJpegIsReadWithAWarning) {
    const std::string whole = jpeg_page();
    write_atomically(folder_ / "whole.jpg", whole);
    write_atomically(folder_ / "cut.jpg", whole.substr(0, whole.size() * 2 / 3));
    EXPECT_EQ(analyze({folder_ / "whole.jpg"}).out, kPageRows);

    // A network to which all is a 7 cannot tell which way up the page is.
    const auto run = analyze({"--turn", "0", "--format", "jsonl", folder_ / "cut.jpg"});
    ASSERT_EQ(run.status, 0) << run.err;
    ASSERT_EQ(Json::parse(run.out).value("warnings", Json::array()).size(), 1u) << run.out;
    const std::string message = "analyze: " + (folder_ / "cut.jpg").string() + ": ";
    EXPECT_TRUE(run.err.starts_with(message)) << run.err;
    EXPECT_TRUE(is_one_line(run.err)) << run.err;
    EXPECT_EQ(analyze({"-q", folder_ / "cut.jpg"}).err, "");
}

TEST_F(Analyze, MaxPixelsRefusesLargerPhotos) {
    EXPECT_EQ(analyze({"--max-pixels", "256k", page_}).out, kPageRows);  // 640 x 400 = 256,000
    EXPECT_EQ(analyze({"--max-pixels", "255999", page_}).status, 1);
}

TEST_F(Analyze, TooLittleMemoryForOneImageDoesNotEndTheRun) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "AddressSanitizer needs the address space that this test takes away";
#endif
    // 180 megapixels, none of which takes room on the disk.
    const fs::path huge = folder_ / "huge.pgm";
    write_atomically(huge, "P5 18000 10000 255\n");
    fs::resize_file(huge, fs::file_size(huge) + 180'000'000);
    const auto run = analyze({huge, page_}, {.in_child = [] {
                                 const rlimit limit{400 << 20, 400 << 20};
                                 setrlimit(RLIMIT_AS, &limit);
                             }});
    EXPECT_EQ(run.out, page_.string() + ": " + kPageLine + "\n");
    EXPECT_NE(run.err.find("memory"), std::string::npos) << run.err;
    EXPECT_EQ(run.status, 1);
}

// ---- options ------------------------------------------------------------------------------------------------------

TEST_F(Analyze, WrongUsageIsStatusTwoWithOneLine) {
    const std::pair<std::vector<std::string>, std::string> cases[] = {
        {{}, "expected the PATH of an image, found none (analyze --help)"},
        {{"--frobnicate", "a"}, "--frobnicate: expected an option that 'analyze --help' lists, found none of them"},
        {{"--format", "xml", "a"}, "--format: expected text, jsonl or csv, found 'xml'"},
        {{"--min-confidence", "1.5", "a"}, "--min-confidence: expected a number from 0 to 1, found '1.5'"},
        {{"--min-confidence", "nan", "a"}, "--min-confidence: expected a number from 0 to 1, found 'nan'"},
        {{"--max-pixels", "0", "a"},
         "--max-pixels: expected a number of pixels from 1, like 200M or 200000000, found '0'"},
        {{"--max-pixels", "many", "a"},
         "--max-pixels: expected a number of pixels, like 200M or 200000000, found 'many'"},
        {{"a", "--output"}, "--output: 1 required FILE missing"},
        {{"--precision", "half", "a"}, "--precision: expected fp32 or fp16, found 'half'"},
        {{"--precision", "fp16", "--device", "cpu", "a"},
         "precision fp16: expected a GPU to compute with it, found device cpu"},
    };
    for (const auto& [arguments, message] : cases) {
        const auto run = analyze(arguments);
        EXPECT_EQ(run.err, "analyze: " + message + "\n");
        EXPECT_EQ(run.out, "");
        EXPECT_EQ(run.status, 2);
    }
    EXPECT_EQ(analyze({"--device", "toaster", page_}).status, 2);
}

TEST_F(Analyze, DamagedOrMissingWeightsAreStatusThree) {
    write_atomically(scratch_.path() / "cut.safetensors", bytes_of(weights_).substr(0, 1000));
    write_atomically(scratch_.path() / "text.safetensors", "hello");
    for (const char* name : {"cut.safetensors", "text.safetensors", "missing.safetensors", "in"}) {
        const std::string weights = scratch_.path() / name;
        const auto run = Process({CHIFFRE_ANALYZE, "--weights", weights, page_}, {}).wait();
        EXPECT_EQ(run.status, 3) << name;
        EXPECT_EQ(run.out, "");
        EXPECT_TRUE(run.err.starts_with("analyze: " + weights)) << run.err;
        EXPECT_TRUE(is_one_line(run.err)) << run.err;
    }
}

// The two networks see different tiles.
TEST_F(Analyze, WeightsOfTheOtherNetworkAreStatusThree) {
    const std::string context = scratch_.path() / "context.safetensors";
    save_weights(context, default_context_weights());
    const auto first = Process({CHIFFRE_ANALYZE, "--weights", context, page_}, {}).wait();
    EXPECT_EQ(first.status, 3);
    EXPECT_EQ(first.err, "analyze: " + context + ": expected weights for candidates alone, found some for context\n");
    const auto second = Process({CHIFFRE_ANALYZE, "--context-weights", weights_, page_}, {}).wait();
    EXPECT_EQ(second.status, 3);
    EXPECT_EQ(second.err, "analyze: " + weights_.string() +
                              ": expected weights for candidates in context, found some for them alone\n");
}

TEST_F(Analyze, MissingDeviceIsStatusFour) {
    const auto run = analyze({"--device", "cuda:4000", page_});
    EXPECT_EQ(run.status, 4);
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(is_one_line(run.err)) << run.err;
}

TEST_F(Analyze, ConfigFileGivesWhatTheCommandLineDoesNot) {
    const std::string config = scratch_.path() / "analyze.toml";
    write_atomically(config, "format = \"csv\"\nmax-pixels = \"300k\"\n");
    EXPECT_TRUE(analyze({"--config", config, page_}).out.starts_with("path,row,"));
    EXPECT_EQ(analyze({"--config", config, "--format", "text", page_}).out, kPageRows);
    write_atomically(config, "colour = \"red\"\n");
    EXPECT_EQ(analyze({"--config", config, page_}).status, 2);
    EXPECT_EQ(analyze({"--config", "/nowhere.toml", page_}).status, 2);
}

TEST_F(Analyze, MinConfidenceWritesQuestionMarks) {
    Weights unsure;
    unsure.values[bias_offset(kOutput) + 7] = 1.2f;  // 7 with 27 %, the others with 8 % each
    save_weights(weights_, unsure);
    Weights context = unsure;
    context.metadata["view"] = "context";
    const std::string of_context = scratch_.path() / "context.safetensors";
    save_weights(of_context, context);
    const auto read = [&](std::vector<std::string> arguments) {
        // To such weights every way up is alike.
        arguments.insert(arguments.end(), {"--turn=0", "--context-weights", of_context, page_});
        return analyze(arguments).out;
    };
    EXPECT_EQ(read({"--min-confidence", "0.2"}), kPageRows);
    EXPECT_EQ(read({"--min-confidence", "0.6"}), "??? ??\n????\n");
    EXPECT_EQ(read({}), "??? ??\n????\n");  // by default too: more likely wrong than right
}

TEST_F(Analyze, TimingAndVerboseTalkOnStandardError) {
    const auto run = analyze({"--timing", "-v", page_});
    EXPECT_EQ(run.out, kPageRows);
    for (const char* word : {"device cpu", "640x400 pixels, 2 rows, 9 digits", "\ndecode ", "\nbinarize ", "\nsegment ",
                             "\norder ", "\nnormalize ", "\nclassify ", "\nassemble ", "\nreport "})
        EXPECT_NE(run.err.find(word), std::string::npos) << word;
}

TEST_F(Analyze, HelpAndVersion) {
    const auto help = analyze({"--help"});
    EXPECT_EQ(help.status, 0);
    for (const char* word : {"--format text|jsonl|csv", "Examples:", "Exit status:"})
        EXPECT_NE(help.out.find(word), std::string::npos) << word;
    const auto version = analyze({"--version"});
    EXPECT_EQ(version.status, 0);
    for (const char* word : {"analyze " CHIFFRE_VERSION, "OpenCV 4.", "CPU  ", "CUDA  ", "61706 parameters", "weights"})
        EXPECT_NE(version.out.find(word), std::string::npos) << word;
}

}  // namespace
}  // namespace chiffre
