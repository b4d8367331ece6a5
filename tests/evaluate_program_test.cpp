// evaluate_program_test.cpp -- `analyze evaluate` as a user meets it, on pictures that `synthesize` draws here. Its
// figures are worked out once more from what `analyze` prints and what `synthesize` wrote.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "alignment_reference.h"
#include "process.h"
#include "scratch_folder.h"
#include "weights.h"

namespace chiffre {
namespace {

using Json = nlohmann::json;

class Evaluate : public testing::Test {
  protected:
    Evaluate() {
        // Short rows: the reference tries every alignment.
        const auto drawn = Process({CHIFFRE_SYNTHESIZE, "--output", folder_, "--count", "6", "--seed", "11", "--width",
                                    "240", "--height", "160", "--rows", "1-2", "--digits", "1-3", "--format", "png"},
                                   {})
                               .wait();
        EXPECT_EQ(drawn.status, 0) << drawn.err;
        Weights sevens;
        sevens.values[bias_offset(kOutput) + 7] = 20;
        save_weights(scratch_.path() / "sevens.safetensors", sevens);
    }

    static Process::Result analyze(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {CHIFFRE_ANALYZE, "--device", "cpu"});
        return Process(arguments, {}).wait();
    }

    // Reads everything as a 7.
    Process::Result evaluate_sevens(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"evaluate", "--weights", scratch_.path() / "sevens.safetensors"});
        return analyze(arguments);
    }

    static std::vector<Json> lines(const std::string& text) {
        std::vector<Json> objects;
        std::istringstream stream(text);
        for (std::string line; std::getline(stream, line);) objects.push_back(Json::parse(line));
        return objects;
    }

    static std::vector<std::string> rows_in(const Json& object) {
        std::vector<std::string> rows;
        for (const Json& row : object.at("rows")) {
            std::string text = row.at("text");
            std::erase(text, ' ');
            rows.push_back(text);
        }
        return rows;
    }

    ScratchFolder scratch_;
    const std::string folder_ = scratch_.path() / "drawn";
};

std::string joined(const std::vector<std::string>& rows) {
    std::string all;
    for (const std::string& row : rows) all += row;
    return all;
}

TEST_F(Evaluate, FiguresAreThoseOfTheReadings) {
    const auto read = analyze({"-f", "jsonl", "--min-confidence", "0.9", folder_});
    const std::vector<Json> readings = lines(read.out), truth = lines(bytes_of(folder_ + "/truth.jsonl"));
    ASSERT_EQ(readings.size(), 6u) << read.err;
    ASSERT_EQ(truth.size(), 6u);
    int exact = 0, rows_right = 0, distance = 0, false_digits = 0, digits = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        ASSERT_TRUE(readings[i].at("path").get<std::string>().ends_with(truth[i].at("file").get<std::string>()));
        const auto want = rows_in(truth[i]), got = rows_in(readings[i]);
        exact += joined(want) == joined(got);
        rows_right += want == got;
        digits += static_cast<int>(joined(want).size());
        const auto cost = least_cost(joined(want), joined(got));
        distance += cost.first;
        false_digits += cost.second;
    }
    for (const char* labels : {"", "/labels.tsv", "/truth.jsonl"}) {
        const auto run = analyze({"evaluate", folder_ + labels, "--min-confidence", "0.9", "--format", "json"});
        ASSERT_EQ(run.status, 0) << run.err;
        EXPECT_EQ(run.err, "");
        const Json result = Json::parse(run.out), &all = result.at("groups").at(0);
        EXPECT_EQ(result.at("pictures"), 6);
        EXPECT_EQ(result.at("device"), "cpu");
        EXPECT_EQ(all.at("name"), "all");
        EXPECT_EQ(all.at("images"), 6);
        EXPECT_EQ(all.at("exact"), exact);
        EXPECT_EQ(all.at("rows_right"), rows_right);
        EXPECT_EQ(all.at("digits"), digits);
        EXPECT_EQ(all.at("distance"), distance);
        EXPECT_EQ(all.at("false_digits"), false_digits);
        EXPECT_EQ(result.at("failures").size(), 6u - static_cast<std::size_t>(rows_right));
        int in_matrix = 0;
        for (int digit = 0; digit < 10; ++digit)
            for (const int count : result.at("confusions").at(digit)) in_matrix += count;
        EXPECT_EQ(in_matrix, digits);
    }
}

TEST_F(Evaluate, TextHasEveryTable) {
    const auto run = analyze({"evaluate", folder_});
    EXPECT_EQ(run.status, 0) << run.err;
    for (const char* part : {": 6 pictures\n", "\nall ", "DER %", "Rows by their length", "true ones down", "invented",
                             "Confidence of digits", "Confidence of rows", "Confidence of pictures"})
        EXPECT_NE(run.out.find(part), std::string::npos) << part << "\n" << run.out;
}

// Of every part: it is left out where its name says so, and what was left out is told.
TEST_F(Evaluate, PartsOfTheReadingAreLeftOut) {
    const auto readings = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"evaluate", "--format", "json"});
        const auto run = analyze(arguments);
        EXPECT_EQ(run.status, 0) << run.err;
        return Json::parse(run.out);
    };
    const auto drawn = [&](const std::string& name, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {CHIFFRE_SYNTHESIZE, "--output", scratch_.path() / name});
        EXPECT_EQ(Process(arguments, {}).wait().status, 0);
        return std::string(scratch_.path() / name);
    };
    const Json all = readings({folder_});
    EXPECT_EQ(all.at("without"), Json::array());
    const Json some = readings({folder_, "--without", "variants,words", "--without", "company"});
    EXPECT_EQ(some.at("without"), Json::array({"variants", "words", "company"}));
    EXPECT_EQ(some.at("pictures"), 6);

    const std::string size = "--width=640", height = "--height=480", seed = "--seed=3", count = "--count=3";
    const auto wrong = [](const Json& result) { return result.at("groups").at(0).at("distance").get<int>(); };
    const std::string board = drawn("board", {"--style", "board", size, height, seed, count});
    EXPECT_LT(wrong(readings({board})), wrong(readings({board, "--without", "polarity"})));
    const std::string turned = drawn("turned", {"--style", "turned", size, height, seed, count});
    EXPECT_LT(wrong(readings({turned})), wrong(readings({turned, "--without", "turning"})));
    const std::string squared = drawn("squared", {"--style", "squared", size, height, seed, count});
    // At another scale such a page is read well even with its lines.
    EXPECT_LT(wrong(readings({squared, "--without", "second-look"})),
              wrong(readings({squared, "--without", "lines,second-look"})));
    EXPECT_NE(analyze({"evaluate", board, "--without", "cuts,joins"}).out.find("; without cuts, joins\n"),
              std::string::npos);
}

TEST_F(Evaluate, PageShowsEveryFailure) {
    const std::string page = scratch_.path() / "page";
    ASSERT_EQ(evaluate_sevens({folder_, "--page", page}).status, 0);
    const auto result = Json::parse(evaluate_sevens({folder_, "-f", "json"}).out);
    const std::size_t failures = result.at("failures").size();
    ASSERT_GT(failures, 3u);

    const std::string html = bytes_of(page + "/index.html");
    std::set<std::string> files = files_in(page), linked{"index.html"};
    for (std::size_t at = html.find("src=\""); at != std::string::npos; at = html.find("src=\"", at + 5))
        linked.insert(html.substr(at + 5, html.find('"', at + 5) - at - 5));
    EXPECT_EQ(files, linked);
    EXPECT_EQ(files.size(), 1 + 8 * failures);
    for (const Json& failure : result.at("failures"))
        EXPECT_NE(html.find(failure.at("file").get<std::string>()), std::string::npos);
    EXPECT_EQ(html.find("http"), std::string::npos);  // nothing from elsewhere

    // Another run replaces it, and leaves no picture of the one before.
    write_atomically(page + "/pictures/0/old.png", "");
    ASSERT_EQ(evaluate_sevens({folder_, "--page", page}).status, 0);
    EXPECT_EQ(files_in(page), files);
}

TEST_F(Evaluate, AMissingPictureCountsAsNotRead) {
    std::filesystem::remove(folder_ + "/000002.png");
    const std::string page = scratch_.path() / "page";
    const auto run = analyze({"evaluate", folder_, "--format", "json", "--page", page});
    EXPECT_EQ(run.status, 1);
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_NE(run.err.find("000002.png: expected"), std::string::npos) << run.err;
    const Json result = Json::parse(run.out);
    EXPECT_EQ(result.at("unreadable"), 1);
    EXPECT_EQ(result.at("groups").at(0).at("images"), 6);
    bool listed = false;
    for (const Json& failure : result.at("failures"))
        listed |=
            failure.contains("error") && failure.at("error").at("code") == "not_found" && failure.at("read").empty();
    EXPECT_TRUE(listed);
    EXPECT_NE(bytes_of(page + "/index.html").find("000002.png: expected"), std::string::npos);
}

TEST_F(Evaluate, InterruptedItPrintsNoFiguresOfAPart) {
    const std::string pipe = folder_ + "/000003.png", page = scratch_.path() / "page";
    std::filesystem::remove(pipe);
    mkfifo(pipe.c_str(), 0600);  // nobody writes to it
    Process process({CHIFFRE_ANALYZE, "--device", "cpu", "evaluate", folder_, "-v", "--page", page}, {});
    while (process.err_so_far().find("000002.png: ") == std::string::npos)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // until it waits for the pipe
    kill(process.id(), SIGINT);
    const auto run = process.wait();
    EXPECT_EQ(run.status, 130);
    EXPECT_EQ(run.out, "");
    EXPECT_TRUE(run.err.ends_with("analyze: interrupted; no figures of a part are printed\n")) << run.err;
    EXPECT_NE(bytes_of(page + "/index.html").find("did not end"), std::string::npos);
    // The next run knows the folder.
    std::filesystem::remove(pipe);
    EXPECT_EQ(analyze({"evaluate", folder_, "-q", "--page", page}).status, 1);
}

TEST_F(Evaluate, RefusalsAreOneLineEach) {
    const std::string foreign = scratch_.path() / "foreign", bad = scratch_.path() / "bad.tsv";
    std::filesystem::create_directory(foreign);
    write_atomically(foreign + "/mine.txt", "");
    write_atomically(bad, "file\trows\n000000.png\n");
    struct Refusal {
        std::vector<std::string> arguments;
        int status;
        std::string part;
    };
    const std::vector<Refusal> refusals = {
        {{"evaluate"}, 2, "expected LABELS"},
        {{"evaluate", folder_, "more"}, 2, "expected one LABELS, found also 'more'"},
        {{"evaluate", folder_, "--debug", "x"}, 2, "--debug"},
        {{"evaluate", folder_, "--format", "csv"}, 2, "expected text or json"},
        {{"evaluate", folder_, "--without", "lines,ink"}, 2, "--without: expected some of polarity, sheets, "},
        {{"evaluate", folder_, "--without", "lines,ink"}, 2, "second-look, found 'ink'"},
        {{"evaluate", folder_, "--without", ""}, 2, "--without"},
        {{"--without", "lines", folder_}, 2, "--without: expected an option that 'analyze --help' lists"},
        {{"photo.jpg", "evaluate", folder_}, 2, "found 'photo.jpg'"},
        {{"--format", "csv", "evaluate", folder_}, 2, "--format: expected none before evaluate"},
        {{"evaluate", foreign}, 1, "expected labels.tsv or truth.jsonl in it"},
        {{"evaluate", foreign + "/none"}, 1, "No such file"},
        {{"evaluate", bad}, 1, "bad.tsv:2: expected 2 fields"},
        {{"evaluate", folder_, "--weights", bad}, 3, "bad.tsv"},
        {{"evaluate", folder_, "--page", foreign}, 5, "expected an empty folder or an earlier page"},
        {{"evaluate", folder_, "--output", bad}, 2, "--force"},
        {{"evaluate", folder_, "--output", "/dev/full"}, 5, "/dev/full"},
    };
    for (const Refusal& refusal : refusals) {
        const auto run = analyze(refusal.arguments);
        EXPECT_EQ(run.status, refusal.status) << run.err;
        EXPECT_EQ(run.out, "");
        EXPECT_NE(run.err.find(refusal.part), std::string::npos) << run.err;
        EXPECT_EQ(run.err.find("analyze: "), 0u) << run.err;
        EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    }
    EXPECT_EQ(files_in(foreign), std::set<std::string>{"mine.txt"});
    // Told to, it writes beside what is there and removes nothing.
    EXPECT_EQ(analyze({"evaluate", folder_, "--page", foreign, "--force"}).status, 0);
    EXPECT_TRUE(files_in(foreign).contains("mine.txt"));
}

}  // namespace
}  // namespace chiffre
