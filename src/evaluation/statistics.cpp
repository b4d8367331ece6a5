// statistics.cpp -- counting. Every share is taken at the end, from whole numbers.
#include "evaluation/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace chiffre::evaluation {
namespace {

double share(double part, int whole) {
    return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

std::string digits_of(const Row& row) {
    std::string digits;
    for (const Digit& digit : row.digits) digits += digit.digit;
    return digits;
}

bool has_rejected(const std::string& digits) {
    return digits.find('?') != std::string::npos;
}

// Which of the digits read were right, in the order of reading.
std::vector<bool> digits_read_right(const std::vector<Step>& steps) {
    std::vector<bool> right;
    for (const Step& step : steps)
        if (step.got != kNone) right.push_back(step.right());
    return right;
}

}  // namespace

std::vector<std::string> rows_of(const Reading& reading) {
    std::vector<std::string> rows;
    for (const Row& row : reading.rows)
        if (!row.digits.empty()) rows.push_back(digits_of(row));
    return rows;
}

Verdict judge(const Label& label, const Reading& reading) {
    const std::vector<std::string> got = rows_of(reading);
    const std::string all = joined(got, "");
    Verdict verdict;
    verdict.exact = all == label.digits();
    verdict.rows_right = got == label.rows;
    verdict.steps = align(label.digits(), all);
    verdict.row_right.resize(label.rows.size());
    std::vector<bool> read_row_right(got.size());
    for (const auto& [want_row, got_row] : rows_read_right(label.rows, got))
        verdict.row_right[want_row] = read_row_right[got_row] = true;

    const std::vector<bool> digit_right = digits_read_right(verdict.steps);
    std::size_t row_index = 0, digit_index = 0;
    for (const Row& row : reading.rows) {
        if (row.digits.empty()) continue;
        for (const Digit& digit : row.digits) {
            const bool right = digit_right[digit_index++];
            if (digit.digit != '?') verdict.digits.push_back({static_cast<double>(digit.confidence), right});
        }
        if (!has_rejected(got[row_index]))
            verdict.rows.push_back({static_cast<double>(row.confidence), read_row_right[row_index]});
        ++row_index;
    }
    if (!all.empty() && !has_rejected(all))
        verdict.picture.push_back({static_cast<double>(reading.confidence), verdict.exact});
    return verdict;
}

void Tally::add(const Label& label, const Verdict& verdict) {
    ++images;
    exact += verdict.exact;
    rows += verdict.rows_right;
    digits += static_cast<int>(label.digits().size());
    distance += evaluation::distance(verdict.steps);
    false_digits += evaluation::false_digits(verdict.steps);
}

double Tally::exact_share() const {
    return share(exact, images);
}

double Tally::digit_error_rate() const {
    return share(distance, digits);
}

double Tally::false_rate() const {
    return share(false_digits, digits);
}

void Confusions::add(Step step) {
    const int row = step.want == kNone ? kInvented : step.want - '0';
    const int column = step.got == kNone ? kMissed : step.got == '?' ? kRejected : step.got - '0';
    ++counts[row][column];
}

void Reliability::add(const Judged& judged) {
    const auto count_in = [&](Bin& bin) {
        ++bin.count;
        bin.right += judged.right;
        bin.confidence += judged.confidence;
    };
    count_in(bins_[std::clamp(static_cast<int>(judged.confidence * kBins), 0, kBins - 1)]);
    for (std::size_t i = 0; i < kThresholds.size(); ++i)
        if (judged.confidence >= kThresholds[i]) count_in(accepted_[i]);
}

int Reliability::count() const {
    int count = 0;
    for (const Bin& bin : bins_) count += bin.count;
    return count;
}

double Reliability::calibration_error() const {
    double sum = 0;
    for (const Bin& bin : bins_) sum += std::abs(bin.confidence - bin.right);
    return share(sum, count());
}

void Statistics::add(const Label& label, const Verdict& verdict) {
    for (const std::string& group : groups_of(label)) groups_[group].add(label, verdict);
    for (std::size_t r = 0; r < label.rows.size(); ++r) {
        LengthTally& length = lengths_[static_cast<int>(label.rows[r].size())];
        ++length.rows;
        length.right += verdict.row_right[r];
    }
    std::size_t row = 0, in_row = 0;  // the true digit that comes next
    for (const Step& step : verdict.steps) {
        confusions_.add(step);
        if (step.want == kNone) continue;
        LengthTally& length = lengths_[static_cast<int>(label.rows[row].size())];
        ++length.digits;
        length.digits_right += step.right();
        if (++in_row == label.rows[row].size()) ++row, in_row = 0;
    }
    for (const Judged& digit : verdict.digits) digits_.add(digit);
    for (const Judged& read_row : verdict.rows) rows_.add(read_row);
    for (const Judged& picture : verdict.picture) pictures_.add(picture);
}

std::vector<std::pair<std::string, Tally>> Statistics::groups() const {
    static const std::vector<std::string> kFirst{"all",  "digits only", "easy",    "medium",
                                                 "hard", "handwritten", "printed", "seven-segment"};
    std::vector<std::pair<std::string, Tally>> sorted;
    for (const auto& group : groups_)
        if (group.first != "digits only" || group.second.images < all().images) sorted.push_back(group);
    const auto rank = [](const std::string& name) {
        return std::tuple(std::find(kFirst.begin(), kFirst.end(), name), name);
    };
    std::sort(sorted.begin(), sorted.end(),
              [&](const auto& a, const auto& b) { return rank(a.first) < rank(b.first); });
    return sorted;
}

}  // namespace chiffre::evaluation
