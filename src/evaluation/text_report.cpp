// text_report.cpp -- tables for people.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <limits>

#include "evaluation/report.h"
#include "table.h"

namespace chiffre::evaluation {
namespace {

template <typename... Values>
std::string printed(const char* format, Values... values) {
    char text[256];
    std::snprintf(text, sizeof text, format, values...);
    return text;
}

// "12.34", or "-" of nothing. The quotient is rounded once, when it is printed.
std::string per_cent(int part, int whole, int width, int decimals) {
    return whole > 0 ? printed("%*.*f", width, decimals, 100.0 * part / whole) : printed("%*s", width, "-");
}

// A table leaves a cell empty that is no number.
double share(double part, int whole) {
    return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

std::int64_t count(int n) {
    return n;
}

std::string lengths_text(const Statistics& statistics) {
    Table table({{"length", CellKind::count},
                 {"rows", CellKind::count},
                 {"right", CellKind::count},
                 {"of rows", CellKind::share},
                 {"digits", CellKind::count},
                 {"right", CellKind::share}});
    for (const auto& [length, tally] : statistics.lengths())
        table.add({count(length), count(tally.rows), count(tally.right), share(tally.right, tally.rows),
                   count(tally.digits), share(tally.digits_right, tally.digits)});
    return "Rows by their length in digits\n" + table.text();
}

std::string confusions_text(const Confusions& confusions) {
    std::string text = "Digits: true ones down, what was read for them across\n         ";
    constexpr const char* kColumns = "0123456789?";
    for (const char* column = kColumns; *column != '\0'; ++column) text += printed("%6c", *column);
    text += "  missed\n";
    for (std::size_t row = 0; row < confusions.counts.size(); ++row) {
        text += row == Confusions::kInvented ? "invented " : printed("%-9d", static_cast<int>(row));
        for (std::size_t column = 0; column < confusions.counts[row].size(); ++column) {
            const int width = column == Confusions::kMissed ? 8 : 6, times = confusions.counts[row][column];
            const bool impossible = row == Confusions::kInvented && column == Confusions::kMissed;
            text += times > 0 ? printed("%*d", width, times) : impossible ? "" : printed("%*s", width, ".");
        }
        text += "\n";
    }
    return text;
}

std::string reliability_text(const std::string& what, const Reliability& reliability) {
    if (reliability.count() == 0) return what + ": none was read\n";
    Table table({{"confidence", CellKind::text},
                 {"read", CellKind::count},
                 {"mean", CellKind::share},
                 {"right", CellKind::share}});
    const auto add = [&](const std::string& range, const Reliability::Bin& bin) {
        if (bin.count > 0)
            table.add({range, count(bin.count), share(bin.confidence, bin.count), share(bin.right, bin.count)});
    };
    for (int i = 0; i < Reliability::kBins; ++i)
        add(printed("%.1f to %.1f", static_cast<double>(i) / Reliability::kBins,
                    static_cast<double>(i + 1) / Reliability::kBins),
            reliability.bins()[i]);
    for (std::size_t i = 0; i < Reliability::kThresholds.size(); ++i)
        add(printed("%.3g or more", Reliability::kThresholds[i]), reliability.accepted()[i]);
    return what + ": expected calibration error " + printed("%.2f", 100 * reliability.calibration_error()) + " %\n" +
           table.text();
}

}  // namespace

std::string groups_text(const Statistics& statistics) {
    const auto groups = statistics.groups();
    std::size_t widest = 14;
    for (const auto& group : groups) widest = std::max(widest, group.first.size());
    const auto named = [&](std::string name) {
        name.resize(widest + 2, ' ');
        return name;
    };
    std::string text = named("group") + " images  exact      %  rows   DER %  false\n";
    for (const auto& [name, tally] : groups)
        text += named(name) + printed("%7d%7d", tally.images, tally.exact) + per_cent(tally.exact, tally.images, 7, 1) +
                printed("%6d", tally.rows) + per_cent(tally.distance, tally.digits, 8, 2) +
                per_cent(tally.false_digits, tally.digits, 7, 2) + "\n";
    return text;
}

std::string evaluation_text(const Subject& subject, const Statistics& statistics) {
    std::string text =
        subject.labels + ": " + std::to_string(subject.pictures) + (subject.pictures == 1 ? " picture" : " pictures");
    if (subject.unsure > 0) text += ", " + std::to_string(subject.unsure) + " more left out as not sure";
    if (subject.unreadable > 0) text += "; " + std::to_string(subject.unreadable) + " could not be read";
    for (std::size_t i = 0; i < subject.without.size(); ++i)
        text += (i == 0 ? "; without " : ", ") + subject.without[i];
    text += "\n\n" + groups_text(statistics) + "\n" + lengths_text(statistics) + "\n" +
            confusions_text(statistics.confusions()) + "\n";
    return text + reliability_text("Confidence of digits", statistics.digits()) + "\n" +
           reliability_text("Confidence of rows", statistics.rows()) + "\n" +
           reliability_text("Confidence of pictures", statistics.pictures());
}

}  // namespace chiffre::evaluation
