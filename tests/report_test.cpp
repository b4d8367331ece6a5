// report_test.cpp -- every format from hand-made readings, compared with what docs/output.md promises, byte for byte.
#include "report/report.h"

#include <gtest/gtest.h>

#include "report/timing.h"

namespace chiffre {
namespace {

Digit digit(char value, float confidence, Box box) {
    return {value, confidence, box, false, {{value == '?' ? '3' : value, confidence}, {'9', 0.00004f}}};
}

Reading two_rows() {
    Reading reading;
    reading.width = 640;
    reading.height = 480;
    reading.rows = {
        {"4 ?", 0.5f, {10, 20, 70, 40}, {digit('4', 0.98768f, {10, 20, 30, 40}), digit('?', 0.5f, {50, 20, 30, 40})}},
        {"15", 0.25f, {1, 2, 3, 4}, {digit('1', 1.0f, {1, 2, 3, 4}), digit('5', 0.25f, {5, 6, 7, 8})}}};
    reading.device = "cpu";
    reading.times = {{"decode", 12.34567}, {"binarize", 3}};
    return reading;
}

const Failure kFailure{"not_an_image", "a.jpg: expected an image, found \"text\""};

TEST(Text, OneImagePrintsItsRows) {
    EXPECT_EQ(text_rows(two_rows()), "4 ?\n15\n");
    EXPECT_EQ(text_rows(Reading{}), "");
}

TEST(Text, OneOfSeveralPrintsItsPathAndRows) {
    EXPECT_EQ(text_line("dir/a b.jpg", two_rows()), "dir/a b.jpg: 4 ? / 15\n");
    EXPECT_EQ(text_line("blank.png", Reading{}), "blank.png:\n");
    EXPECT_EQ(text_line("odd\xff\n.png", Reading{}), "odd\xff\n.png:\n");
}

TEST(JsonLines, HoldsEverythingInTheDocumentedOrder) {
    EXPECT_EQ(json_line("a.jpg", two_rows()),
              R"({"schema":1,"path":"a.jpg","width":640,"height":480,"text":"4 ?\n15","rows":[)"
              R"({"text":"4 ?","confidence":0.5,"box":[10,20,70,40],"digits":[)"
              R"({"digit":"4","confidence":0.9877,"box":[10,20,30,40],"alternatives":[["4",0.9877],["9",0.0]]},)"
              R"({"digit":"?","confidence":0.5,"box":[50,20,30,40],"alternatives":[["3",0.5],["9",0.0]]}]},)"
              R"({"text":"15","confidence":0.25,"box":[1,2,3,4],"digits":[)"
              R"({"digit":"1","confidence":1.0,"box":[1,2,3,4],"alternatives":[["1",1.0],["9",0.0]]},)"
              R"({"digit":"5","confidence":0.25,"box":[5,6,7,8],"alternatives":[["5",0.25],["9",0.0]]}]}],)"
              R"("confidence":0.0,"device":"cpu","ms":{"decode":12.346,"binarize":3.0}})"
              "\n");
}

TEST(JsonLines, NamesWarningsOnlyWhereThereAreAny) {
    Reading reading;
    reading.device = "cuda:0";
    reading.warnings = {"truncated"};
    EXPECT_EQ(
        json_line("-", reading),
        R"({"schema":1,"path":"-","width":0,"height":0,"text":"","rows":[],"confidence":0.0,"device":"cuda:0","ms":{},)"
        R"("warnings":["truncated"]})"
        "\n");
}

TEST(JsonLines, ErrorRecord) {
    EXPECT_EQ(json_line("a.jpg", kFailure), R"({"schema":1,"path":"a.jpg","error":{"code":"not_an_image",)"
                                            R"("message":"a.jpg: expected an image, found \"text\""}})"
                                            "\n");
}

TEST(JsonLines, PathsAreEscapedAndStayUtf8) {
    const auto path_of = [](const std::string& path) {
        const std::string line = json_line(path, Failure{"x", ""});
        return line.substr(19, line.find(",\"error\"") - 19);
    };
    EXPECT_EQ(path_of("a \"b\"\n\\.jpg"), R"("a \"b\"\n\\.jpg")");
    EXPECT_EQ(path_of("ziffern-\xc3\xa4.jpg"), "\"ziffern-\xc3\xa4.jpg\"");
    EXPECT_EQ(path_of("\xff.jpg"), "\"\xef\xbf\xbd.jpg\"");  // U+FFFD for a byte that is no UTF-8
    EXPECT_EQ(path_of("\xc3"), "\"\xef\xbf\xbd\"");          // and for a character cut short
    EXPECT_EQ(path_of(std::string("\x01\x1b[31m")), R"("\u0001\u001b[31m")");
}

TEST(JsonLines, IsOneLine) {
    Reading reading = two_rows();
    reading.warnings = {"one\ntwo"};
    const std::string line = json_line("a\nb", reading);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(Csv, OneLinePerRow) {
    EXPECT_EQ(csv_header(), "path,row,text,confidence,x,y,w,h,error\n");
    EXPECT_EQ(csv_lines("a.jpg", two_rows()), "a.jpg,0,4 ?,0.5000,10,20,70,40,\na.jpg,1,15,0.2500,1,2,3,4,\n");
    EXPECT_EQ(csv_lines("blank.png", Reading{}), "blank.png,,,,,,,,\n");
    EXPECT_EQ(csv_line("a.jpg", kFailure), "a.jpg,,,,,,,,not_an_image\n");
}

TEST(Csv, QuotesAsRfc4180Says) {
    EXPECT_EQ(csv_lines("a,b.jpg", Reading{}), "\"a,b.jpg\",,,,,,,,\n");
    EXPECT_EQ(csv_lines("a \"b\".jpg", Reading{}), "\"a \"\"b\"\".jpg\",,,,,,,,\n");
    EXPECT_EQ(csv_lines("a\nb.jpg", Reading{}), "\"a\nb.jpg\",,,,,,,,\n");
    EXPECT_EQ(csv_lines("\xff b.jpg", Reading{}), "\xff b.jpg,,,,,,,,\n");
}

TEST(Format, TextLeavesFailuresToStandardError) {
    EXPECT_EQ(record({.format = Format::text}, "a", kFailure), "");
    EXPECT_EQ(record({.format = Format::jsonl}, "a", kFailure), json_line("a", kFailure));
    EXPECT_EQ(record({.format = Format::csv}, "a", kFailure), csv_line("a", kFailure));
    EXPECT_EQ(header(Format::text) + header(Format::jsonl), "");
    EXPECT_EQ(header(Format::csv), csv_header());
}

TEST(Timing, SumsOverImages) {
    Timing timing;
    timing.add(std::vector<StageTime>{{"decode", 10}, {"binarize", 1}});
    timing.add(std::vector<StageTime>{{"decode", 20}, {"binarize", 2}});
    timing.add_report(7);
    EXPECT_EQ(timing.table(),
              "stage            ms   ms/image   share\n"
              "decode        30.00     15.000  75.0 %\n"
              "binarize       3.00      1.500   7.5 %\n"
              "report         7.00      3.500  17.5 %\n"
              "all           40.00     20.000 100.0 %\n");
}

TEST(Timing, SaysHowTheEngineCame) {
    const auto line = [](const OpeningTimes& opening) {
        Timing timing;
        timing.set_opening(opening);
        return timing.table().substr(timing.table().find("engine"));
    };
    EXPECT_EQ(line({.ms = 200.125, .waited_ms = 190}),
              "engine       200.12 ms to open in the background; classify waited 190.00 of them\n");
    EXPECT_EQ(line({.ms = 200.125, .batches_meanwhile = 13, .from_ms = 7.5, .to_ms = 198.25}),
              "engine       200.12 ms to open in the background; classify waited 0.00 of them; meanwhile the CPU "
              "classified 13 batches, from 7.50 to 198.25 ms\n");
    EXPECT_EQ(line({.batches_meanwhile = 1, .from_ms = 7.5, .to_ms = 8}),
              "engine    still being opened in the background when all was done; meanwhile the CPU classified 1 batch, "
              "from 7.50 to 8.00 ms\n");
    EXPECT_EQ(line({}), "engine    still being opened in the background when all was done\n");

    Timing timing;
    timing.set_engine("cpu; in a few words");
    EXPECT_TRUE(timing.table().ends_with("engine    cpu; in a few words\n")) << timing.table();
}

}  // namespace
}  // namespace chiffre
