// synthesize_program_test.cpp -- the program `synthesize` as a user meets it, and the samples that it drew.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <opencv2/core.hpp>
#include <set>

#include "atomic_file.h"
#include "decode.h"
#include "process.h"
#include "scratch_folder.h"

namespace chiffre {
namespace {

Process::Result synthesize(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), CHIFFRE_SYNTHESIZE);
    return Process(arguments, {}).wait();
}

TEST(SynthesizeProgram, HundredTinyPicturesAreQuick) {
    const ScratchFolder scratch;
    const auto start = std::chrono::steady_clock::now();
    const auto result = synthesize({"--output", scratch.path(), "--count", "100", "--width", "160", "--height", "120"});
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(files_in(scratch.path()).size(), 102u);
    EXPECT_LT(took.count(), 20);  // measured: well below a second; a loaded machine with sanitizers is far slower
}

TEST(SynthesizeProgram, PngAndMegapixels) {
    const ScratchFolder scratch;
    const auto result =
        synthesize({"--output", scratch.path(), "--count", "1", "--megapixels", "0.03", "--format", "png"});
    ASSERT_EQ(result.status, 0) << result.err;
    const std::string bytes = bytes_of(scratch.path() / "000000.png");
    const Photo photo = decode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "drawn");
    EXPECT_EQ(photo.width, 200);
    EXPECT_EQ(photo.height, 150);
}

TEST(SynthesizeProgram, SheetOfHands) {
    const ScratchFolder scratch;
    const std::string sheet = scratch.path() / "hands.png";
    EXPECT_EQ(synthesize({"glyphs", "--output", sheet, "--hands", "3"}).status, 0);
    EXPECT_EQ(bytes_of(sheet).substr(1, 3), "PNG");
}

struct Refusal {
    std::vector<std::string> arguments;
    int status;
    std::string part;  // of the message
};

TEST(SynthesizeProgram, RefusalsAreOneLineEach) {
    const ScratchFolder scratch;
    const std::string folder = scratch.path() / "new";
    write_atomically(scratch.path() / "file", "");
    const std::vector<Refusal> refusals = {
        {{}, 2, "--output"},
        {{"--output"}, 2, "--output"},
        {{"--output", folder, "--no-such"}, 2, "--no-such"},
        {{"--output", folder, "--count", "0"}, 2, "--count"},
        {{"--output", folder, "--rows", "5-2"}, 2, "--rows: expected A-B"},
        {{"--output", folder, "--rows", "0-2"}, 2, "--rows: expected A-B"},
        {{"--output", folder, "--rows", "1-"}, 2, "found \"1-\""},
        {{"--output", folder, "--digits", "3x"}, 2, "found \"3x\""},
        {{"--output", folder, "--style", "none"}, 2, "uneven or any, found none"},
        {{"--output", folder, "--format", "gif"}, 2, "--format: expected jpg or png, found gif"},
        {{"--output", folder, "--with", "glitter"}, 2, "found glitter"},
        {{"--output", folder, "--with", "display,ruled"}, 2, "--with ruled"},
        {{"--output", folder, "--style", "touching", "--digits", "1"}, 2, "--digits: expected rows of at least 2"},
        {{"--output", folder, "--with", "triples", "--digits", "1-2"}, 2, "--digits: expected rows of at least 3"},
        {{"--output", folder, "--style", "printed", "--fonts", "/no/such"}, 1, "/no/such: expected a folder of fonts"},
        {{"--output", folder, "--style", "printed", "--fonts", scratch.path()}, 1, "expected fonts with digits"},
        {{"styles", "--output", scratch.path() / "a.jpg", "--fonts", "/no/such"}, 1, "/no/such"},
        {{"--output", folder, "--megapixels", "1", "--width", "9"}, 2, "--megapixels"},
        {{"--output", folder, "--width", "90", "--height", "90", "--rows", "8"}, 2, "found 90x90"},
        {{"--output", scratch.path() / "file"}, 5, "expected a folder"},
        {{"--output", "/proc/no/such"}, 5, "/proc/no/such"},
        {{"glyphs", "--output", scratch.path() / "no/such/sheet.png"}, 5, "sheet.png"},
    };
    for (const Refusal& refusal : refusals) {
        const auto result = synthesize(refusal.arguments);
        EXPECT_EQ(result.status, refusal.status) << result.err;
        EXPECT_EQ(result.out, "");
        EXPECT_NE(result.err.find(refusal.part), std::string::npos) << result.err;
        EXPECT_EQ(result.err.find("synthesize: "), 0u) << result.err;
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    }
    EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(SynthesizeProgram, OverwritesOnlyWhenTold) {
    const ScratchFolder scratch;
    std::vector<std::string> arguments = {"--output", scratch.path(), "--count",  "1",
                                          "--width",  "160",          "--height", "120"};
    EXPECT_EQ(synthesize(arguments).status, 0);
    const std::string first = bytes_of(scratch.path() / "000000.jpg");
    arguments.insert(arguments.end(), {"--seed", "5"});
    EXPECT_EQ(synthesize(arguments).status, 2);
    EXPECT_EQ(bytes_of(scratch.path() / "000000.jpg"), first);
    arguments.emplace_back("--force");
    EXPECT_EQ(synthesize(arguments).status, 0);
    EXPECT_NE(bytes_of(scratch.path() / "000000.jpg"), first);
}

TEST(SynthesizeProgram, InterruptedRunKeepsWhatIsFinished) {
    const ScratchFolder scratch;
    Process process({CHIFFRE_SYNTHESIZE, "--output", scratch.path(), "--count", "100000", "--threads", "2"}, {});
    while (!std::filesystem::exists(scratch.path() / "000003.jpg")) usleep(10'000);
    kill(process.id(), SIGINT);
    EXPECT_EQ(process.wait().status, 130);
    const std::string truth = bytes_of(scratch.path() / "truth.jsonl");
    const auto lines = static_cast<std::size_t>(std::count(truth.begin(), truth.end(), '\n'));
    EXPECT_GE(lines, 4u);
    EXPECT_EQ(files_in(scratch.path()).size(), lines + 2);
}

// The pictures may differ in a few grey levels between mathematical libraries, what they show may not.
TEST(Samples, AreWhatTheirScriptDraws) {
    const ScratchFolder scratch;
    const std::filesystem::path samples = std::filesystem::path(CHIFFRE_SOURCE_DIR) / "samples";
    const auto result = Process({samples / "redraw.sh", CHIFFRE_SYNTHESIZE, scratch.path()}, {}).wait();
    ASSERT_EQ(result.status, 0) << result.err;
    std::set<std::string> drawn = files_in(scratch.path()), kept = files_in(samples);
    kept.erase("README.md"), kept.erase("redraw.sh");
    EXPECT_EQ(drawn, kept);
    for (const std::string& name : drawn) {
        const std::string now = bytes_of(scratch.path() / name), then = bytes_of(samples / name);
        if (std::filesystem::path(name).extension() == ".txt") {
            EXPECT_EQ(now, then) << name;
            continue;
        }
        const auto grey = [](const std::string& bytes) {
            return decode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "sample").grey;
        };
        ASSERT_EQ(grey(now).size(), grey(then).size()) << name;
        EXPECT_LT(cv::norm(grey(now), grey(then), cv::NORM_L1) / static_cast<double>(grey(now).total()), 0.5) << name;
    }
}

}  // namespace
}  // namespace chiffre
