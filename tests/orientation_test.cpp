// orientation_test.cpp -- pages that lie on their side or upside down.
#include "orientation.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "decode.h"
#include "encode.h"
#include "pipeline.h"
#include "process.h"

namespace chiffre {
namespace {

Row row_of(const std::vector<std::pair<char, float>>& digits) {
    Row row;
    for (const auto& [value, confidence] : digits) {
        Digit digit;
        digit.digit = value;
        digit.confidence = confidence;
        digit.alternatives = {{value, confidence}};
        row.digits.push_back(digit);
    }
    return row;
}

TEST(Evidence, IsOfLogOddsAboveThoseOfADoubtfulDigit) {
    const auto above = [](float p) { return std::log(p / (1 - p)) - 2.2f; };
    EXPECT_FLOAT_EQ(evidence_of({}), 0);
    EXPECT_NEAR(evidence_of(std::vector{row_of({{'3', 0.99f}}), row_of({{'7', 0.6f}})}), above(0.99f) + above(0.6f),
                1e-5);
    EXPECT_FLOAT_EQ(evidence_of(std::vector{row_of({{'1', 0.9999f}})}), 0) << "lines are 1s any way up";
    EXPECT_FLOAT_EQ(evidence_of(std::vector{row_of({{'5', 1.0f}})}), 7 - 2.2f) << "no digit counts without bound";
}

TEST(Orientation, NeedsMoreThanOnePlainDigitToTurnAPage) {
    EXPECT_EQ(decide({0, 0, 0, 0}).quarters, 0);
    EXPECT_EQ(decide({0, 4.8f, 0, 0}).quarters, 0);
    EXPECT_EQ(decide({0, 0, 0, 9.6f}).quarters, 3);
    EXPECT_EQ(decide({40, 0, 80, 10}).quarters, 2);
}

TEST(Orientation, SharesCertaintyAmongAllWays) {
    const std::array<float, kTurns> likely = likelihoods({10, 12, -1000, 10});
    EXPECT_NEAR(likely[0] + likely[1] + likely[2] + likely[3], 1, 1e-5);
    EXPECT_GT(likely[1], likely[3]);
    EXPECT_FLOAT_EQ(likely[2], 0);
}

TEST(Orientation, SaysHowSureItIs) {
    EXPECT_NEAR(decide({0, 0, 0, 0}).confidence, 0.88f, 1e-3);  // what is known beforehand
    EXPECT_GT(decide({0, 50, 0, 0}).confidence, 0.999f);
    const Orientation even = decide({30, 0, 37.7f, 0});  // the lead makes up for what is known beforehand
    EXPECT_NEAR(even.confidence, 0.5f, 0.02f);
    EXPECT_EQ(decide({-3000, -2000, -2500, -4000}).quarters, 1) << "no overflow";
}

TEST(Turned, IsClockwise) {
    const cv::Mat picture = (cv::Mat_<std::uint8_t>(2, 3) << 1, 2, 3, 4, 5, 6);
    const cv::Mat quarter = (cv::Mat_<std::uint8_t>(3, 2) << 4, 1, 5, 2, 6, 3);
    EXPECT_EQ(cv::countNonZero(turned(picture, 1) != quarter), 0);
    EXPECT_EQ(turned(picture, 0).data, picture.data);
    EXPECT_EQ(cv::countNonZero(turned(turned(picture, 1), 3) != picture), 0);
    EXPECT_EQ(cv::countNonZero(turned(turned(picture, 1), 1) != turned(picture, 2)), 0);
}

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The program on a drawn page that lies another way up, with the true network.
class TurnedPage : public testing::TestWithParam<int> {
  protected:
    static constexpr const char* kSample = CHIFFRE_SAMPLES_DIR "/table";

    TurnedPage() {
        const std::string bytes = content(std::string(kSample) + ".jpg");
        const Photo photo =
            decode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "table.jpg", {});
        const test::Bytes png = test::encode_png(turned(photo.grey, GetParam()));
        folder_ = std::filesystem::temp_directory_path() / ("turned-" + std::to_string(getpid()));
        std::filesystem::create_directories(folder_);
        std::ofstream(folder_ / "page.png", std::ios::binary)
            .write(reinterpret_cast<const char*>(png.data()), static_cast<std::streamsize>(png.size()));
    }
    ~TurnedPage() override { std::filesystem::remove_all(folder_); }

    Process::Result analyze(std::vector<std::string> options) const {
        options.insert(options.begin(), CHIFFRE_ANALYZE);
        options.insert(options.end(), {"--device", "cpu", (folder_ / "page.png").string()});
        return Process(options, {}).wait();
    }

    std::filesystem::path folder_;
};

TEST_P(TurnedPage, IsTurnedAndRead) {
    const Process::Result run = analyze({});
    EXPECT_EQ(run.out, content(std::string(kSample) + ".txt"));
    EXPECT_NE(run.err.find("page.png: read after turning it " + std::to_string(360 - 90 * GetParam()) +
                           " degrees clockwise\n"),
              std::string::npos)
        << run.err;
    EXPECT_EQ(analyze({"-q"}).err, "");

    const auto object = nlohmann::json::parse(analyze({"--format", "jsonl"}).out);
    EXPECT_EQ(object["turned"]["degrees"], 360 - 90 * GetParam());
    EXPECT_GT(object["turned"]["confidence"], 0.95);
    for (const auto& row : object["rows"]) {  // boxes are of the upright picture
        EXPECT_LE(row["box"][0].get<int>() + row["box"][2].get<int>(), object["width"].get<int>());
        EXPECT_LE(row["box"][1].get<int>() + row["box"][3].get<int>(), object["height"].get<int>());
    }
}

TEST_P(TurnedPage, WhoKnowsSaysSo) {
    const Process::Result run = analyze({"--turn", std::to_string(360 - 90 * GetParam())});
    EXPECT_EQ(run.out, content(std::string(kSample) + ".txt"));
    EXPECT_EQ(run.err, "");
    EXPECT_NE(analyze({"--turn", "0"}).out, run.out);
    EXPECT_EQ(analyze({"--turn", "45"}).err, "analyze: --turn: expected auto, 0, 90, 180 or 270, found '45'\n");
}

INSTANTIATE_TEST_SUITE_P(Quarters, TurnedPage, testing::Values(1, 2, 3));

}  // namespace
}  // namespace chiffre
