// evaluation_test.cpp -- alignment against trying everything, figures of readings made by hand, and what is said of
// labels that are not what they should be.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "alignment_reference.h"
#include "atomic_file.h"
#include "error.h"
#include "evaluation/page_html.h"
#include "evaluation/report.h"
#include "evaluation/statistics.h"
#include "scratch_folder.h"

namespace chiffre::evaluation {
namespace {

// "12|3?" as the program would have read it, each digit with the same confidence.
Reading reading_of(const std::string& rows, float confidence = 0.9f) {
    Reading reading;
    if (rows.empty()) return reading;
    reading.confidence = 1;
    Row row;
    const auto take_row = [&] {
        row.confidence = std::pow(confidence, static_cast<float>(row.digits.size()));
        reading.confidence *= row.confidence;
        reading.rows.push_back(std::move(row));
        row = {};
    };
    for (const char c : rows) {
        if (c == '|') {
            take_row();
            continue;
        }
        Digit digit;
        digit.digit = c;
        digit.confidence = confidence;
        row.digits.push_back(digit);
        row.text += c;
    }
    take_row();
    return reading;
}

Label label_of(const std::vector<std::string>& rows) {
    Label label;
    label.file = "a.png";
    label.rows = rows;
    return label;
}

std::string shown(const std::vector<Step>& steps) {
    std::string text;
    for (const Step& step : steps) text += std::string(text.empty() ? "" : " ") + step.want + step.got;
    return text;
}

TEST(Alignment, IsTheBestOfAll) {
    std::mt19937 random(1);
    for (int i = 0; i < 3000; ++i) {
        // Few different digits, so that many alignments compete.
        const auto draw = [&](const char* letters, std::uint32_t kinds) {
            std::string text(random() % 6, ' ');
            for (char& c : text) c = letters[random() % kinds];
            return text;
        };
        const std::string want = draw("123", 3), got = draw("123?", 4);
        const std::vector<Step> steps = align(want, got);
        EXPECT_EQ(std::pair(distance(steps), false_digits(steps)), least_cost(want, got)) << want << " " << got;
        std::string true_digits, read_digits;
        for (const Step& step : steps) {
            if (step.want != kNone) true_digits += step.want;
            if (step.got != kNone) read_digits += step.got;
        }
        EXPECT_EQ(true_digits, want);
        EXPECT_EQ(read_digits, got);
    }
}

TEST(Alignment, OfSomeReadings) {
    EXPECT_EQ(shown(align("", "")), "");
    EXPECT_EQ(shown(align("4711", "4711")), "44 77 11 11");
    EXPECT_EQ(shown(align("4711", "471")), "44 77 1- 11");
    EXPECT_EQ(shown(align("123", "1723")), "11 -7 22 33");
    EXPECT_EQ(shown(align("123", "1?3")), "11 2? 33");
    EXPECT_EQ(shown(align("49", "94")), "-9 44 9-");  // as short as two digits read wrong, and one false digit less
    EXPECT_EQ(shown(align("12", "3")), "1- 23");
    EXPECT_EQ(shown(align("5", "")), "5-");
    EXPECT_EQ(shown(align("", "5?")), "-5 -?");
}

TEST(Alignment, OfLongTextsIsQuick) {
    const std::string want(2000, '1'), got(2100, '1');
    const std::vector<Step> steps = align(want, got);
    EXPECT_EQ(distance(steps), 100);
    EXPECT_EQ(false_digits(steps), 100);
}

TEST(Rows, OfTheTruthThatAreFound) {
    using Pairs = std::vector<std::pair<int, int>>;
    EXPECT_EQ(rows_read_right({"1", "22", "3"}, {"1", "22", "3"}), (Pairs{{0, 0}, {1, 1}, {2, 2}}));
    EXPECT_EQ(rows_read_right({"1", "22", "3"}, {"9", "22", "3"}), (Pairs{{1, 1}, {2, 2}}));
    EXPECT_EQ(rows_read_right({"1", "22", "3"}, {"22", "7", "3"}), (Pairs{{1, 0}, {2, 2}}));
    EXPECT_EQ(rows_read_right({"5", "5"}, {"5"}), (Pairs{{0, 0}}));
    EXPECT_TRUE(rows_read_right({"12"}, {"1", "2"}).empty());
    EXPECT_TRUE(rows_read_right({}, {"1"}).empty());
}

TEST(Verdict, OnReadings) {
    const Label label = label_of({"12", "345"});
    const Verdict right = judge(label, reading_of("12|345"));
    EXPECT_TRUE(right.exact);
    EXPECT_TRUE(right.rows_right);
    ASSERT_EQ(right.picture.size(), 1u);
    EXPECT_NEAR(right.picture[0].confidence, std::pow(0.9, 5), 1e-6);
    EXPECT_TRUE(right.picture[0].right);

    const Verdict joined_rows = judge(label, reading_of("12345"));
    EXPECT_TRUE(joined_rows.exact);
    EXPECT_FALSE(joined_rows.rows_right);
    EXPECT_EQ(joined_rows.row_right, (std::vector<bool>{false, false}));
    EXPECT_FALSE(joined_rows.rows[0].right);

    const Verdict rejected = judge(label, reading_of("12|3?5"));
    EXPECT_FALSE(rejected.exact);
    EXPECT_EQ(distance(rejected.steps), 1);
    EXPECT_EQ(false_digits(rejected.steps), 0);
    EXPECT_EQ(rejected.row_right, (std::vector<bool>{true, false}));
    EXPECT_EQ(rejected.digits.size(), 4u);  // '?' claims nothing,
    EXPECT_EQ(rejected.rows.size(), 1u);    // nor does a row
    EXPECT_TRUE(rejected.picture.empty());  // or a picture with one

    const Verdict nothing = judge(label, Reading{});
    EXPECT_FALSE(nothing.exact);
    EXPECT_EQ(distance(nothing.steps), 5);
    EXPECT_TRUE(nothing.picture.empty());

    const Verdict blank = judge(label_of({}), Reading{});
    EXPECT_TRUE(blank.exact && blank.rows_right);
}

TEST(Statistics, OfThreeReadings) {
    Statistics statistics;
    const auto add = [&](Label label, const std::string& difficulty, const std::vector<std::string>& traits,
                         const std::string& read) {
        label.difficulty = difficulty;
        label.traits = traits;
        statistics.add(label, judge(label, reading_of(read)));
    };
    add(label_of({"12", "34"}), "easy", {}, "12|34");
    add(label_of({"12", "567"}), "hard", {"mixed", "hard"}, "17|5?67");
    add(label_of({"89"}), "hard", {"dim"}, "9");

    std::map<std::string, Tally> groups;
    std::vector<std::string> names;
    for (const auto& [name, tally] : statistics.groups()) {
        groups[name] = tally;
        names.push_back(name);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"all", "digits only", "easy", "hard", "dim", "mixed"}));
    EXPECT_EQ(groups["all"].images, 3);
    EXPECT_EQ(groups["all"].exact, 1);
    EXPECT_EQ(groups["all"].rows, 1);
    EXPECT_EQ(groups["all"].digits, 11);
    EXPECT_EQ(groups["all"].distance, 3);  // 2 as 7, a '?', an 8 missed
    EXPECT_EQ(groups["all"].false_digits, 1);
    EXPECT_NEAR(groups["all"].digit_error_rate(), 3.0 / 11, 1e-12);
    EXPECT_EQ(groups["hard"].images, 2);  // once, though it is a trait as well
    EXPECT_EQ(groups["digits only"].images, 2);
    EXPECT_EQ(groups["digits only"].distance, 1);

    const auto& lengths = statistics.lengths();
    ASSERT_EQ(lengths.size(), 2u);
    EXPECT_EQ(lengths.at(2).rows, 4);
    EXPECT_EQ(lengths.at(2).right, 2);
    EXPECT_EQ(lengths.at(2).digits, 8);
    EXPECT_EQ(lengths.at(2).digits_right, 6);
    EXPECT_EQ(lengths.at(3).rows, 1);
    EXPECT_EQ(lengths.at(3).right, 0);
    EXPECT_EQ(lengths.at(3).digits_right, 3);

    const auto& counts = statistics.confusions().counts;
    EXPECT_EQ(counts[1][1], 2);
    EXPECT_EQ(counts[2][7], 1);
    EXPECT_EQ(counts[8][Confusions::kMissed], 1);
    EXPECT_EQ(counts[Confusions::kInvented][Confusions::kRejected], 1);
    int sum = 0;
    for (const auto& row : counts)
        for (const int count : row) sum += count;
    EXPECT_EQ(sum, 12);  // eleven digits, and the '?' beside them
}

TEST(Reliability, BinsThresholdsAndError) {
    Reliability reliability;
    EXPECT_TRUE(std::isnan(reliability.calibration_error()));
    for (const Judged& judged : {Judged{1, true}, Judged{0.9, true}, Judged{0.95, false}, Judged{0.0, false},
                                 Judged{0.42, true}, Judged{0.48, false}})
        reliability.add(judged);
    EXPECT_EQ(reliability.count(), 6);
    EXPECT_EQ(reliability.bins()[9].count, 3);
    EXPECT_EQ(reliability.bins()[9].right, 2);
    EXPECT_EQ(reliability.bins()[4].count, 2);
    EXPECT_EQ(reliability.bins()[0].count, 1);
    // |2.85 - 2| + |0.9 - 1| + 0 over six
    EXPECT_NEAR(reliability.calibration_error(), 0.95 / 6, 1e-12);
    EXPECT_EQ(reliability.accepted()[2].count, 3);  // 0.9
    EXPECT_EQ(reliability.accepted()[3].count, 2);  // 0.95
    EXPECT_EQ(reliability.accepted()[5].right, 1);  // 0.999
}

TEST(Report, OfNothingReadHasNoNumbersMadeUp) {
    Statistics statistics;
    statistics.add(label_of({}), judge(label_of({}), Reading{}));
    const std::string text = evaluation_text({}, statistics), json = evaluation_json({}, statistics, {});
    EXPECT_NE(text.find("Confidence of digits: none was read"), std::string::npos) << text;
    EXPECT_EQ(text.find("nan"), std::string::npos) << text;
    EXPECT_NE(json.find("\"digit_error_rate\":null"), std::string::npos) << json;
}

// ---- labels ---------------------------------------------------------------------------------------------------------

Labels parse(const std::string& text) {
    return parse_labels(text, "labels", "folder");
}

TEST(LabelsFile, TableByTheNamesOfItsColumns) {
    const Labels labels = parse(
        "\xEF\xBB\xBFtraits\trows\tsure\tfile\tn_digits\tdifficulty\r\n"
        "shadow, dim,\t12|345\tyes\ta b.jpg\t5\thard\r\n"
        "\r\n"
        "\t7\tno\tc.jpg\t1\teasy\r\n"
        "\t\tyes\tblank.jpg\t0\t\r\n");
    ASSERT_EQ(labels.pictures.size(), 2u);
    EXPECT_EQ(labels.unsure, 1);
    const Label& first = labels.pictures[0];
    EXPECT_EQ(first.file, "a b.jpg");
    EXPECT_EQ(first.path, std::filesystem::path("folder/a b.jpg"));
    EXPECT_EQ(first.rows, (std::vector<std::string>{"12", "345"}));
    EXPECT_EQ(groups_of(first), (std::vector<std::string>{"all", "hard", "shadow", "dim", "digits only"}));
    EXPECT_TRUE(labels.pictures[1].rows.empty());
    EXPECT_EQ(groups_of(labels.pictures[1]), (std::vector<std::string>{"all", "digits only"}));
}

TEST(LabelsFile, JsonLines) {
    const Labels labels =
        parse(R"({"file":"a.jpg","rows":[{"text":"12 3","digits":[]},{"text":"4"}],"settings":{"style":"hard"}})"
              "\n"
              R"({"file":"b.jpg","rows":[],"kind":"printed","traits":"mixed"})"
              "\n");
    ASSERT_EQ(labels.pictures.size(), 2u);
    EXPECT_EQ(labels.pictures[0].rows, (std::vector<std::string>{"123", "4"}));
    EXPECT_EQ(labels.pictures[0].difficulty, "hard");
    EXPECT_EQ(groups_of(labels.pictures[1]), (std::vector<std::string>{"all", "printed", "mixed"}));
}

TEST(LabelsFile, FaultsAreNamedWithTheirLine) {
    const std::string header = "file\trows\tsure\tn_digits\n";
    const std::vector<std::pair<std::string, std::string>> faults = {
        {"", "labels: expected at least one labelled picture"},
        {header, "labels: expected at least one labelled picture"},
        {header + "a\t1\tno\t1\n", "found only such that are not sure"},
        {"file\ttext\na\t1\n", "labels:1: expected columns between tabs, one of them rows"},
        {"rows\n1\n", "one of them file"},
        {header + "a\t1\tyes\n", "labels:2: expected 4 fields, as the header has, found 3"},
        {header + "a\t1\tyes\t1\tmore\n", "found 5"},
        {header + "a\t1\tyes\t1\nb\t1x\tyes\t2\n", "labels:3: expected rows of digits, found '1x'"},
        {header + "a\t1||2\tyes\t2\n", "expected rows of digits, found ''"},
        {header + "a\t1?\tyes\t2\n", "found '1?'"},
        {header + "a\t1\tmaybe\t1\n", "expected yes or no under sure, found 'maybe'"},
        {header + "a\t12\tyes\t3\n", "as many digits as n_digits says (3), found 2"},
        {header + "\t12\tyes\t2\n", "expected the name of a picture under file, found nothing"},
        {header + "a\t1\tyes\t1\na\t2\tyes\t1\n", "labels:3: expected each picture once, found a again"},
        {"{\"file\":\"a\"}\n", "labels:1: expected a JSON object with file and rows[].text"},
        {"{\"file\":\"a\",\"rows\":[{\"text\":5}]}\n", "labels:1: expected a JSON object"},
        {"{\"file\":\"a\",\"rows\":[]}\n{\"file\":\n", "labels:2: expected a JSON object"},
        {"{\"file\":\"a\",\"rows\":[{\"text\":\"4x\"}]}\n", "found '4x'"},
    };
    for (const auto& [text, part] : faults) {
        try {
            parse(text);
            ADD_FAILURE() << "taken: " << text;
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), ErrorCode::bad_data);
            const std::string message = e.what();
            EXPECT_NE(message.find(part), std::string::npos) << message;
            EXPECT_EQ(message.find('\n'), std::string::npos) << message;
        }
    }
}

TEST(LabelsFile, AFolderStandsForTheOneInIt) {
    const ScratchFolder scratch;
    EXPECT_THROW(read_labels(scratch.path()), Error);
    EXPECT_THROW(read_labels(scratch.path() / "none.tsv"), Error);
    write_atomically(scratch.path() / "truth.jsonl", R"({"file":"a.jpg","rows":[{"text":"1"}]})");
    EXPECT_EQ(read_labels(scratch.path()).pictures.front().digits(), "1");
    write_atomically(scratch.path() / "labels.tsv", "file\trows\nb.jpg\t2");
    EXPECT_EQ(read_labels(scratch.path()).pictures.front().digits(), "2");
    EXPECT_EQ(read_labels(scratch.path()).pictures.front().path, scratch.path() / "b.jpg");
}

// ---- the page -------------------------------------------------------------------------------------------------------

std::string difference_of(const std::vector<std::string>& want, const std::vector<std::string>& got) {
    return difference_html(label_of(want), got, align(joined(want, ""), joined(got, "")));
}

std::string in_pre(const std::string& lines) {
    return "<pre class=diff>" + lines + "</pre>\n";
}

TEST(Page, MarksDifferences) {
    EXPECT_EQ(difference_of({"12"}, {"12"}), in_pre("<span>both 12</span>"));
    EXPECT_EQ(difference_of({"12"}, {"17"}), in_pre("<span>true 1<b class=s>2</b>\nread 1<b class=s>7</b></span>"));
    EXPECT_EQ(difference_of({"12"}, {"1?"}), in_pre("<span>true 1<b class=s>2</b>\nread 1<b class=r>?</b></span>"));
    EXPECT_EQ(difference_of({"12"}, {"2"}), in_pre("<span>true <b class=m>1</b>2\nread  2</span>"));
    EXPECT_EQ(difference_of({"12"}, {"12", "8"}),
              in_pre("<span>both 12</span><span>true  \nread <b class=i>8</b></span>"));
    EXPECT_EQ(difference_of({"12"}, {"1", "2"}), in_pre("<span>true 1 2\nread 1|2</span>"));
    EXPECT_EQ(difference_of({"1", "2"}, {"12"}), in_pre("<span>true 1\nread 1+</span><span>both 2</span>"));
    EXPECT_EQ(difference_of({"1", "2"}, {"1", "2"}), in_pre("<span>both 1</span><span>both 2</span>"));
    EXPECT_EQ(difference_of({"1", "23"}, {"1", "3"}),
              in_pre("<span>both 1</span><span>true <b class=m>2</b>3\nread  3</span>"));
    EXPECT_EQ(difference_of({}, {"4"}), in_pre("<span>true  \nread <b class=i>4</b></span>"));
}

TEST(Page, NamesFaultsByFrequency) {
    EXPECT_EQ(faults_text(align("1234", "1734")), "2>7");
    EXPECT_EQ(faults_text(align("5511", "55")), "missed 1 (2 times)");
    EXPECT_EQ(faults_text(align("12", "12888?")), "invented 8 (3 times), invented ?");
}

TEST(Page, EscapesWhatFilesAreCalled) {
    EXPECT_EQ(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    EXPECT_EQ(escaped("\xFF.jpg"), "\xEF\xBF\xBD.jpg");
    Miss miss{label_of({"1"}), {}, Failure{"not_found", "<b>: expected"}, {}};
    miss.label.file = "<script>";
    const std::string entry = entry_html(0, miss, nullptr, {});
    EXPECT_EQ(entry.find("<script>"), std::string::npos);
    EXPECT_EQ(entry.find("<img"), std::string::npos);
    EXPECT_NE(entry.find("&lt;b&gt;: expected"), std::string::npos);
}

}  // namespace
}  // namespace chiffre::evaluation
