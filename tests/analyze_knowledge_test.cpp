// analyze_knowledge_test.cpp -- what the user knows, said to the real program: --digits, --expect, --roi.
#include <nlohmann/json.hpp>

#include "analyze_fixture.h"

namespace chiffre {
namespace {

using Knowledge = Analyze;
using Json = nlohmann::json;

TEST_F(Knowledge, RowThatCannotMatchSaysSo) {
    const auto run = analyze({"--turn", "0", "--digits", "5", "--format", "jsonl", page_});
    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(run.err,
              "analyze: " + page_.string() + ": row 2: expected digits as --digits and --expect say, found '7777'\n");
    const Json rows = Json::parse(run.out)["rows"];
    EXPECT_EQ(rows[0]["text"], "777 77");
    EXPECT_EQ(rows[0]["satisfied"], true);
    EXPECT_EQ(rows[1]["text"], "7777");
    EXPECT_EQ(rows[1]["satisfied"], false);
}

TEST_F(Knowledge, NothingKnownNothingSaid) {
    const Json rows = Json::parse(analyze({"--turn", "0", "--format", "jsonl", page_}).out)["rows"];
    EXPECT_FALSE(rows[0].contains("satisfied"));
}

TEST_F(Knowledge, GapsDoNotCount) {
    const auto run = analyze({"--turn", "0", "--digits", "4-5", "--expect", "7{4,5}", page_});
    EXPECT_EQ(run.out, kPageRows);
    EXPECT_EQ(run.err, "");
}

TEST_F(Knowledge, ClassAloneIsNoPath) {
    EXPECT_EQ(analyze({"--turn", "0", "--expect", "[7]", "--roi", "0,0,90,200", page_}).out, "7\n");
}

TEST_F(Knowledge, RegionIsReadAlone) {
    const auto run = analyze({"--turn", "0", "--roi", "380,20,200,140", "--format", "jsonl", page_});
    const Json found = Json::parse(run.out);
    ASSERT_EQ(found["text"], "77");
    EXPECT_EQ(found["width"], 640);
    EXPECT_EQ(found["height"], 400);
    const Json whole = Json::parse(analyze({"--turn", "0", "--format", "jsonl", page_}).out);
    for (int i = 0; i < 2; ++i)
        for (int side = 0; side < 4; ++side)
            EXPECT_NEAR(found["rows"][0]["digits"][i]["box"][side].get<int>(),
                        whole["rows"][0]["digits"][3 + i]["box"][side].get<int>(), 3);
}

TEST_F(Knowledge, RegionOfATurnedPageIsThatOfTheFile) {
    const auto run = analyze({"--turn", "180", "--roi", "380,20,2000,140", "--format", "jsonl", page_});
    const Json found = Json::parse(run.out);
    ASSERT_EQ(found["text"], "77");
    const Json box = found["rows"][0]["box"];
    EXPECT_LT(box[0].get<int>() + box[2].get<int>(), 640 - 380);
    EXPECT_GT(box[1].get<int>(), 400 - 160);
}

TEST_F(Knowledge, RegionOffThePictureIsAnErrorOfThatPicture) {
    const auto run = analyze({"--roi", "640,0,10,10", "--format", "jsonl", page_});
    EXPECT_EQ(run.status, 1);
    EXPECT_EQ(Json::parse(run.out)["error"]["code"], "outside");
    EXPECT_EQ(run.err, "analyze: " + page_.string() +
                           ": expected --roi within 640x400 pixels, found one that begins at 640,0\n");
}

TEST_F(Knowledge, WrongValuesAreUsage) {
    const std::pair<std::vector<std::string>, std::string> cases[] = {
        {{"--digits", "0"}, "--digits: expected N or A-B from 1 to 200, found '0'"},
        {{"--digits", "5-3"}, "--digits: expected N or A-B from 1 to 200, found '5-3'"},
        {{"--digits", "4,5"}, "--digits: expected N or A-B from 1 to 200, found '4,5'"},
        {{"--expect", "(1"}, "--expect: expected ')' at place 3 of '(1', found the end"},
        {{"--digits", "3", "--expect", "12"},
         "--digits, --expect: expected what some row can match, found nothing that both do"},
        {{"--roi", "1,2,3"}, "--roi: expected X,Y,W,H in pixels, found '1,2,3'"},
        {{"--roi", "1,2,3,0"}, "--roi: expected X,Y,W,H in pixels, found '1,2,3,0'"},
        {{"--roi", "-1,2,3,4"}, "--roi: expected X,Y,W,H in pixels, found '-1,2,3,4'"},
        {{"--roi", "1,2,3,4x"}, "--roi: expected X,Y,W,H in pixels, found '1,2,3,4x'"},
    };
    for (auto [arguments, message] : cases) {
        arguments.push_back(page_);
        const auto run = analyze(arguments);
        EXPECT_EQ(run.err, "analyze: " + message + "\n");
        EXPECT_EQ(run.out, "");
        EXPECT_EQ(run.status, 2);
    }
}

}  // namespace
}  // namespace chiffre
