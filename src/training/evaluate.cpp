// evaluate.cpp -- counts and prints; percentages of whole sets, never of a sample of them.
#include "evaluate.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <numeric>
#include <ostream>
#include <span>

#include "calibrate.h"
#include "loss.h"

namespace chiffre::training {
namespace {

constexpr double kKept = 0.99;  // of the digits, where rejection is measured

std::string format(const char* pattern, ...) {
    std::array<char, 256> text{};
    va_list arguments;
    va_start(arguments, pattern);
    std::vsnprintf(text.data(), text.size(), pattern, arguments);
    va_end(arguments);
    return text.data();
}

double percent(double part, double whole) {
    return 100 * part / std::max(whole, 1.0);
}

std::string class_name(int label) {
    return label == kNoDigit ? "-" : std::to_string(label);
}

float probability_of(const Scores& p, int label) {
    return label == kNoDigit ? 1 - std::accumulate(p.begin(), p.end(), 0.0f) : p[label];
}

void print_confusion(std::ostream& out, const LabelledTiles& samples, const Judgement& judgement, bool refuses) {
    const int classes = refuses ? kClasses + 1 : kClasses;
    std::array<std::array<int, kClasses + 1>, kClasses + 1> counts{};
    for (int i = 0; i < samples.size(); ++i) ++counts[samples.labels[i]][most_probable(judgement.logits[i], refuses)];
    out << "true\\answer";
    for (int answer = 0; answer < classes; ++answer) out << format("%6s", class_name(answer).c_str());
    out << "   error\n";
    for (int label = 0; label < classes; ++label) {
        const int total = std::accumulate(counts[label].begin(), counts[label].end(), 0);
        if (total == 0) continue;
        out << format("%11s", class_name(label).c_str());
        for (int answer = 0; answer < classes; ++answer) out << format("%6d", counts[label][answer]);
        out << format("  %5.2f %%\n", percent(total - counts[label][label], total));
    }
}

void print_reliability(std::ostream& out, std::span<const Scores> logits, std::span<const std::uint8_t> labels,
                       const ScoreMeaning& meaning) {
    const auto bins = reliability(logits, labels, meaning);
    out << "confidence   samples     mean    right\n";
    for (const ReliabilityBin& bin : bins)
        if (bin.samples > 0)
            out << format("%4.1f - %3.1f %10d %8.4f %8.4f\n", bin.low, bin.high, bin.samples, bin.confidence,
                          bin.right);
    out << format("expected calibration error %.4f at temperature %.3f\n", calibration_error(bins),
                  meaning.temperature);
}

struct JudgedSet {
    std::string name;
    std::vector<Scores> logits;
    std::vector<std::uint8_t> labels;
    void add(const Scores& its_logits, std::uint8_t label) {
        logits.push_back(its_logits);
        labels.push_back(label);
    }
};

void print_row(std::ostream& out, const JudgedSet& set, const ScoreMeaning& meaning, float threshold) {
    int wrong = 0, digits = 0, misread = 0;
    for (std::size_t i = 0; i < set.labels.size(); ++i) {
        wrong += is_wrong(set.logits[i], set.labels[i], meaning.refuses);
        if (set.labels[i] == kNoDigit) continue;
        ++digits;
        misread += most_probable(set.logits[i], false) != set.labels[i];
    }
    const auto samples = static_cast<double>(set.labels.size());
    const std::string misread_text = digits > 0 ? format("%6.2f %%", percent(misread, digits)) : "-  ";
    out << format("%-15s %8zu  %6.2f %%  %8s  %6.2f %%\n", set.name.c_str(), set.labels.size(), percent(wrong, samples),
                  misread_text.c_str(), 100 * rejected_share(set.logits, meaning, threshold));
}

}  // namespace

Judgement judge(Engine& engine, const LabelledTiles& samples, bool refuses) {
    Judgement judgement;
    judgement.logits.resize(samples.tiles.size());
    engine.classify(samples.tiles, judgement.logits);
    judgement.wrong = measure_loss(judgement.logits, samples.labels, refuses).wrong;
    return judgement;
}

void print_judgement(std::ostream& out, const std::string& name, const LabelledTiles& samples,
                     const Judgement& judgement, const ScoreMeaning& meaning) {
    out << format("%s: error %.2f %%, %d of %d wrong\n\n", name.c_str(), percent(judgement.wrong, samples.size()),
                  judgement.wrong, samples.size());
    print_confusion(out, samples, judgement, meaning.refuses);
    out << '\n';
    print_reliability(out, judgement.logits, samples.labels, meaning);
}

void print_sets(std::ostream& out, Engine& engine, const TrainingData& data, const ScoreMeaning& meaning) {
    std::vector<JudgedSet> sets;
    JudgedSet digits{"all digits", {}, {}}, none{"all no digit", {}, {}}, all{"all", {}, {}};
    for (const NamedSet& set : data.validation) {
        sets.push_back({set.name, judge(engine, set.samples, meaning.refuses).logits, set.samples.labels});
        for (int i = 0; i < set.samples.size(); ++i)
            for (JudgedSet* total : {set.samples.labels[i] == kNoDigit ? &none : &digits, &all})
                total->add(sets.back().logits[i], set.samples.labels[i]);
    }
    const float threshold = keep_threshold(digits.logits, digits.labels, meaning, kKept);
    for (JudgedSet* total : {&digits, &none})
        if (!total->labels.empty()) sets.push_back(std::move(*total));
    for (const NamedSet& set : data.exhibits)
        sets.push_back({set.name, judge(engine, set.samples, meaning.refuses).logits, set.samples.labels});
    out << format("threshold that keeps %.0f %% of the digits: %.3f\n", 100 * kKept, threshold);
    out << "set              samples     error   misread  rejected\n";
    for (const JudgedSet& set : sets) print_row(out, set, meaning, threshold);
    out << "\nall validation sets, digits and marks\n";
    print_reliability(out, all.logits, all.labels, meaning);
}

void print_harvest(std::ostream& out, Engine& engine, const Harvest& harvest, const ScoreMeaning& meaning) {
    LabelledTiles held_back;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < harvest.held_back.size(); ++i) {
        if (harvest.held_back[i] == 0) continue;
        held_back.tiles.push_back(harvest.tiles.tiles[i]);
        held_back.labels.push_back(harvest.tiles.labels[i]);
        places.push_back(i);
    }
    const Judgement judgement = judge(engine, held_back, meaning.refuses);
    constexpr float kUnsure = 0.5f;
    struct Counts {
        int digits = 0, misread = 0, refused = 0, none = 0, taken = 0;
        void add(int label, int digit, bool is_refused) {
            const bool is_none = label == kNoDigit;
            none += is_none;
            digits += !is_none;
            taken += is_none && !is_refused;
            refused += !is_none && is_refused;
            misread += !is_none && !is_refused && digit != label;
        }
    };
    std::vector<Counts> styles(harvest.style_names.size()), kinds(kHarvestKinds.size());
    Counts all;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const Scores& logits = judgement.logits[i];
        const int digit = most_probable(logits, false);
        const bool refused = meaning.refuses ? most_probable(logits, true) == kNoDigit
                                             : probability_of(probabilities(logits, meaning), digit) < kUnsure;
        for (Counts* counts : {&styles[harvest.styles[places[i]]], &kinds[harvest.kinds[places[i]]], &all})
            counts->add(held_back.labels[i], digit, refused);
    }
    const auto print = [&](std::string_view name, const Counts& c) {
        if (c.digits + c.none == 0) return;
        const auto share = [](int part, int whole) {
            return whole > 0 ? format("%6.2f %%", percent(part, whole)) : std::string("-  ");
        };
        out << format("%-17s %8d  %8s %8s  %8d  %8s\n", std::string(name).c_str(), c.digits,
                      share(c.misread, c.digits).c_str(), share(c.refused, c.digits).c_str(), c.none,
                      share(c.taken, c.none).c_str());
    };
    out << "harvest, held back  digits   misread  refused  no digit     taken\n";
    for (std::size_t i = 0; i < styles.size(); ++i) print(harvest.style_names[i], styles[i]);
    for (std::size_t i = 0; i < kinds.size(); ++i) print(kHarvestKinds[i], kinds[i]);
    print("all", all);
}

std::vector<Caption> worst(const LabelledTiles& samples, const Judgement& judgement, const ScoreMeaning& meaning,
                           int count) {
    std::vector<float> of_label(samples.tiles.size());
    for (int i = 0; i < samples.size(); ++i)
        of_label[i] = probability_of(probabilities(judgement.logits[i], meaning), samples.labels[i]);
    std::vector<int> order(samples.tiles.size());
    std::iota(order.begin(), order.end(), 0);
    count = std::min(count, samples.size());
    std::partial_sort(order.begin(), order.begin() + count, order.end(),
                      [&](int a, int b) { return of_label[a] != of_label[b] ? of_label[a] < of_label[b] : a < b; });

    std::vector<Caption> captions;
    for (int k = 0; k < count; ++k) {
        const int i = order[k], answer = most_probable(judgement.logits[i], meaning.refuses);
        const float confidence = probability_of(probabilities(judgement.logits[i], meaning), answer);
        captions.push_back({samples.tiles[i], class_name(samples.labels[i]) + " as " + class_name(answer) +
                                                  format(" %.0f%%", 100 * confidence)});
    }
    return captions;
}

}  // namespace chiffre::training
