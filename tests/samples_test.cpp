// samples_test.cpp -- every picture in samples/ is read by the program as a user starts it, with the weights built into
// it, and what it prints is compared with the text beside the picture. One test case per picture.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "process.h"

namespace chiffre {
namespace {
namespace fs = std::filesystem;

std::vector<std::string> names_of(const std::set<std::string>& endings) {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(CHIFFRE_SAMPLES_DIR))
        if (endings.count(entry.path().extension().string())) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> pictures() {
    return names_of({".jpg", ".png"});
}

TEST(Samples, EachPictureHasItsTextAndEachTextItsPicture) {
    std::vector<std::string> stems;
    for (const std::string& name : pictures()) stems.push_back(fs::path(name).stem().string() + ".txt");
    EXPECT_FALSE(stems.empty());
    EXPECT_EQ(names_of({".txt"}), stems);
}

class Sample : public testing::TestWithParam<std::string> {};

TEST_P(Sample, IsReadAsItsTextSays) {
    const fs::path picture = fs::path(CHIFFRE_SAMPLES_DIR) / GetParam();
    const char* device = std::getenv("CHIFFRE_DEVICE");
    const auto run = Process({CHIFFRE_ANALYZE, "--device", device ? device : "cpu", picture.string()}, {}).wait();
    EXPECT_EQ(run.out, bytes_of(fs::path(picture).replace_extension(".txt")));
    EXPECT_EQ(run.err, "");
    EXPECT_EQ(run.status, 0);
}

std::string case_name(const testing::TestParamInfo<std::string>& info) {
    std::string name = fs::path(info.param).stem().string();
    for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    return name;
}
INSTANTIATE_TEST_SUITE_P(Pictures, Sample, testing::ValuesIn(pictures()), case_name);

}  // namespace
}  // namespace chiffre
