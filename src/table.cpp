// table.cpp -- numbers to text, for people and for programs.
#include "table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace chiffre {
namespace {

struct Unit {
    double size;
    const char* name;
};

std::string printed(const char* format, double value) {
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

// In the largest unit that leaves at least 1 before the point, four digits in all.
template <std::size_t kCount>
std::string scaled(double value, const std::array<Unit, kCount>& units) {
    const Unit* unit = &units.back();
    for (const Unit& u : units)
        if (std::abs(value) >= u.size) {
            unit = &u;
            break;
        }
    const double shown = value / unit->size;
    const int decimals = std::abs(shown) >= 1000 ? 0 : std::abs(shown) >= 100 ? 1 : std::abs(shown) >= 10 ? 2 : 3;
    char text[64];
    std::snprintf(text, sizeof text, "%.*f%s", decimals, shown, unit->name);
    return text;
}

std::string for_people(double value, CellKind kind) {
    static constexpr std::array<Unit, 4> kTimes{{{1, " s"}, {1e-3, " ms"}, {1e-6, " us"}, {1e-9, " ns"}}};
    static constexpr std::array<Unit, 5> kRates{{{1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}, {1, ""}}};
    switch (kind) {
        case CellKind::time:
            return scaled(value, kTimes);
        case CellKind::rate:
            return scaled(value, kRates);
        case CellKind::share:
            return printed(value < 0.1 ? "%.2f %%" : "%.1f %%", 100 * value);
        default:
            return printed("%.4g", value);
    }
}

std::string for_people(const Cell& cell, CellKind kind) {
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    if (const auto* count = std::get_if<std::int64_t>(&cell)) return std::to_string(*count);
    if (const auto* number = std::get_if<double>(&cell)) return std::isfinite(*number) ? for_people(*number, kind) : "";
    return "";
}

std::string quoted(const std::string& text) {
    if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
    std::string result = "\"";
    for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
    return result + "\"";
}

std::string for_programs(const Cell& cell, CellKind kind) {
    if (const auto* text = std::get_if<std::string>(&cell)) return quoted(*text);
    if (const auto* count = std::get_if<std::int64_t>(&cell)) return std::to_string(*count);
    const auto* number = std::get_if<double>(&cell);
    if (number == nullptr || !std::isfinite(*number)) return "";
    return printed("%.7g", kind == CellKind::time ? 1e6 * *number : *number);
}

}  // namespace

void Table::add(std::vector<Cell> cells) {
    if (cells.size() != columns_.size())
        throw std::logic_error("Table: a row has another number of cells than columns");
    rows_.push_back(std::move(cells));
}

std::string Table::text() const {
    std::vector<std::vector<std::string>> lines(1);
    for (const Column& column : columns_) lines.front().push_back(column.name);
    for (const std::vector<Cell>& row : rows_) {
        std::vector<std::string>& line = lines.emplace_back();
        for (std::size_t i = 0; i < row.size(); ++i) line.push_back(for_people(row[i], columns_[i].kind));
    }
    std::vector<std::size_t> widths(columns_.size());  // 0: a column without any value
    for (std::size_t i = 0; i < widths.size(); ++i) {
        for (std::size_t row = 1; row < lines.size(); ++row) widths[i] = std::max(widths[i], lines[row][i].size());
        if (widths[i] > 0) widths[i] = std::max(widths[i], lines.front()[i].size());
    }
    std::string text;
    for (const auto& line : lines) {
        std::string joined;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            if (widths[i] == 0) continue;
            const std::string padding(widths[i] - line[i].size(), ' ');
            joined += (joined.empty() ? "" : "  ") +
                      (columns_[i].kind == CellKind::text ? line[i] + padding : padding + line[i]);
        }
        joined.erase(joined.find_last_not_of(' ') + 1);
        text += joined + "\n";
    }
    return text;
}

std::string Table::csv() const {
    std::string text;
    for (std::size_t i = 0; i < columns_.size(); ++i)
        text += (i > 0 ? "," : "") + quoted(columns_[i].name + (columns_[i].kind == CellKind::time ? "_us" : ""));
    text += "\n";
    for (const std::vector<Cell>& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i)
            text += (i > 0 ? "," : "") + for_programs(row[i], columns_[i].kind);
        text += "\n";
    }
    return text;
}

}  // namespace chiffre
