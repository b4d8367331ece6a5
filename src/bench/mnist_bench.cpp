// mnist_bench.cpp -- `bench mnist`: the error on the MNIST test set of every engine and precision, and where they
// disagree. Nothing is timed. An image is wrong where the best of the ten scores is not its label's; weights that can
// refuse a mark as no digit are not asked whether they would, which is `train evaluate`'s part.
#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>

#include "bench/contestants.h"
#include "bench/laboratory.h"
#include "error.h"
#include "training/idx.h"

namespace chiffre::bench {
namespace {

struct MnistOptions {
    LabOptions lab;
    std::filesystem::path data, weights;  // weights empty: those built in
};

int top_digit(const Scores& scores) {
    return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

// By how much the best score exceeds the second.
double margin(Scores scores) {
    std::nth_element(scores.begin(), scores.begin() + 1, scores.end(), std::greater<>());
    return static_cast<double>(scores[0]) - scores[1];
}

struct Verdict {
    std::string name;
    std::vector<Scores> scores;
    std::vector<double> differences = {};  // per image, the largest of a score from the first engine's
    std::vector<std::size_t> disagreements = {};
    int wrong = 0;
};

Verdict judge(const Contestant& contestant, const training::LabelledTiles& test, const Verdict* first) {
    Verdict verdict{contestant.name, scores_of(contestant, test.tiles)};
    for (std::size_t i = 0; i < test.tiles.size(); ++i) {
        const Scores& scores = verdict.scores[i];
        if (!std::all_of(scores.begin(), scores.end(), [](float score) { return std::isfinite(score); }))
            throw Error(ErrorCode::bad_data, contestant.name + ": expected finite scores, found others for image " +
                                                 std::to_string(i) + " of the test set");
        verdict.wrong += top_digit(scores) != test.labels[i];
        const Scores& expected = first != nullptr ? first->scores[i] : scores;
        verdict.differences.push_back(largest_difference(expected, scores));
        if (top_digit(expected) != top_digit(scores)) verdict.disagreements.push_back(i);
    }
    return verdict;
}

Table summary(std::span<const Verdict> verdicts, const std::string& weights) {
    Table table({{"weights", Kind::text},
                 {"engine", Kind::text},
                 {"images", Kind::count},
                 {"wrong", Kind::count},
                 {"error", Kind::share},
                 {"other_top_digit", Kind::count},
                 {"largest_difference", Kind::number},
                 {"compared_with", Kind::text}});
    for (const Verdict& verdict : verdicts)
        table.add({weights, verdict.name, static_cast<std::int64_t>(verdict.scores.size()), std::int64_t{verdict.wrong},
                   verdict.wrong / static_cast<double>(verdict.scores.size()),
                   static_cast<std::int64_t>(verdict.disagreements.size()),
                   *std::max_element(verdict.differences.begin(), verdict.differences.end()), verdicts.front().name});
    return table;
}

Table disagreements(std::span<const Verdict> verdicts, const training::LabelledTiles& test) {
    Table table({{"image", Kind::count},
                 {"label", Kind::count},
                 {"engine", Kind::text},
                 {"reads", Kind::count},
                 {"compared_with", Kind::text},
                 {"it_reads", Kind::count},
                 {"its_margin", Kind::number}});
    const Verdict& first = verdicts.front();
    for (const Verdict& verdict : verdicts)
        for (const std::size_t i : verdict.disagreements)
            table.add({static_cast<std::int64_t>(i), std::int64_t{test.labels[i]}, verdict.name,
                       std::int64_t{top_digit(verdict.scores[i])}, first.name, std::int64_t{top_digit(first.scores[i])},
                       margin(first.scores[i])});
    return table;
}

Plot difference_plot(std::span<const Verdict> verdicts) {
    Plot plot{.title = "MNIST test set: how far scores are from those of " + verdicts.front().name,
              .x_label = "images, by falling difference",
              .y_label = "largest difference of a score",
              .log_x = true,
              .log_y = true,
              .series = {}};
    for (const Verdict& verdict : verdicts.subspan(verdicts.size() > 1 ? 1 : 0)) {
        std::vector<double> falling = verdict.differences;
        std::sort(falling.begin(), falling.end(), std::greater<>());
        Series series{verdict.name, {}};
        for (std::size_t i = 0; i < falling.size(); ++i)
            series.points.emplace_back(i + 1, std::max(falling[i], 1e-9));  // equal ones must stand somewhere
        plot.series.push_back(std::move(series));
    }
    return plot;
}

// Where an engine is further from the first than it promises, its figures mean nothing.
void check_tolerances(std::span<const Contestant> contestants, std::span<const Verdict> verdicts) {
    for (std::size_t i = 0; i < contestants.size(); ++i)
        check_scores(contestants[i], verdicts.front().name, verdicts.front().scores, verdicts[i].scores);
}

void run_mnist(const MnistOptions& options) {
    const Laboratory laboratory(options.lab);
    const Weights weights = options.weights.empty() ? default_weights() : load_weights(options.weights);
    const training::LabelledTiles test = training::load_mnist(options.data, training::MnistPart::test);
    std::vector<Contestant> contestants = cpu_contestants(weights);
    if (laboratory.gpu().index != kNoGpu)
        for (Contestant& contestant : cuda_contestants(weights, laboratory.gpu().index))
            contestants.push_back(std::move(contestant));
    laboratory.say_skipped_without_gpu("engines on the GPU");

    std::vector<Verdict> verdicts;
    verdicts.reserve(contestants.size());
    for (const Contestant& contestant : contestants)
        verdicts.push_back(judge(contestant, test, verdicts.empty() ? nullptr : &verdicts.front()));
    check_tolerances(contestants, verdicts);
    laboratory.publish(summary(verdicts, weights_hash(weights)), difference_plot(verdicts));
    const Table differing = disagreements(verdicts, test);
    print(differing.rows().empty() ? "All read the same digits.\n" : "\n" + differing.text());
}

}  // namespace

Subcommand declare_mnist(CLI::App& bench) {
    const auto options = std::make_shared<MnistOptions>();
    CLI::App* command = bench.add_subcommand("mnist", "error on the MNIST test set, and where engines disagree");
    command->add_option("--data", options->data, "folder with MNIST's .gz files")->type_name("DIR")->required();
    command->add_option("--weights", options->weights, "weights file [those built in]")->type_name("FILE");
    add_lab_options(*command, options->lab);
    return {command, [options] { run_mnist(*options); }};
}

}  // namespace chiffre::bench
