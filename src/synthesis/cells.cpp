// cells.cpp -- writing that is ordered in two directions: tables, grids, forms, and numbers scattered over a page.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "synthesis/layout.h"
#include "synthesis/texts.h"

namespace chiffre::synthesis {

namespace {

constexpr float kThinLow = 0.008f, kThinHigh = 0.025f;  // digit heights: half the breadth of a printed line

std::vector<std::string> cells_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> cells;
    for (std::string cell; stream >> cell;) cells.push_back(cell);
    return cells;
}

// Adds what stands in one cell to the row of the layout. Digits of another cell are another group.
void add_cell(Layout& layout, WrittenRow& row, LaidRow cell, cv::Point2f at) {
    move(cell, at);
    if (!row.empty() && !cell.digits.empty()) cell.digits.front().starts_group = true;
    layout.box |= box_of(cell);
    row.insert(row.end(), cell.digits.begin(), cell.digits.end());
    layout.marks.insert(layout.marks.end(), cell.marks.begin(), cell.marks.end());
}

void add_line(Layout& layout, cv::Point2f a, cv::Point2f b, float radius) {
    layout.lines.push_back(line_stroke(a, b, radius));
    layout.box |= cv::Rect2f(a - cv::Point2f(radius, radius), b + cv::Point2f(radius, radius));
}

}  // namespace

Layout draw_table(const std::vector<std::string>& texts, bool lines, const Script& script, Random& random) {
    std::vector<std::vector<LaidRow>> cells;
    std::vector<float> widths;
    for (const std::string& text : texts) {
        auto& row = cells.emplace_back();
        for (const std::string& cell : cells_of(text)) {
            row.push_back(cell == "_" ? LaidRow{} : draw_row(cell, 0, script, Joining::none, random, random));
            widths.resize(std::max(widths.size(), row.size()), 0.5f);
            widths[row.size() - 1] = std::max(widths[row.size() - 1], row.back().width);
        }
    }
    Layout layout;
    const float gap = random.uniform(1.3f, 2.6f), pitch = random.uniform(1.5f, 2.3f);
    const float align = 0.5f * static_cast<float>(random.below(3));  // left, centred or right
    const float stagger = random.uniform(0.02f, 0.12f);
    float bottom = 0;
    for (std::size_t r = 0; r < cells.size(); ++r) {
        WrittenRow row;
        float x = 0;
        const float y = static_cast<float>(r) * pitch;
        for (std::size_t c = 0; c < cells[r].size(); ++c) {
            const float room = widths[c] - cells[r][c].width;
            add_cell(layout, row, cells[r][c],
                     {x + align * room + random.symmetric(stagger), y + random.symmetric(stagger)});
            x += widths[c] + gap;
        }
        layout.baselines.push_back(y + 1);
        layout.rows.push_back(std::move(row));
        bottom = y + 1;
    }
    if (!lines) return layout;
    const float radius = random.uniform(kThinLow, kThinHigh), frame = radius * random.uniform(1.0f, 2.2f);
    const float above = -0.5f * (pitch - 1), left = -0.5f * gap;
    float right = left;
    for (const float width : widths) right += width + gap;
    bottom -= above;
    for (std::size_t r = 0; r <= texts.size(); ++r) {
        const float y = above + static_cast<float>(r) * pitch;
        add_line(layout, {left, y}, {right, y}, r == 0 || r == texts.size() ? frame : radius);
    }
    float x = left;
    for (std::size_t c = 0; c <= widths.size(); ++c) {
        add_line(layout, {x, above}, {x, bottom}, c == 0 || c == widths.size() ? frame : radius);
        if (c < widths.size()) x += widths[c] + gap;
    }
    return layout;
}

Layout draw_sudoku(const std::vector<std::string>& texts, const Script& script, Random& random) {
    Layout layout;
    const float side = random.uniform(1.45f, 2.1f), stagger = random.uniform(0.02f, 0.13f);
    const float thin = random.uniform(kThinLow, kThinHigh), bold = thin * random.uniform(1.6f, 3.0f);
    std::size_t columns = 0;
    for (std::size_t r = 0; r < texts.size(); ++r) {
        WrittenRow row;
        const std::vector<std::string> cells = cells_of(texts[r]);
        columns = std::max(columns, cells.size());
        for (std::size_t c = 0; c < cells.size(); ++c) {
            if (cells[c] == "_") continue;
            const LaidRow digit = draw_row(cells[c], 0, script, Joining::none, random, random);
            add_cell(layout, row, digit,
                     {(static_cast<float>(c) + 0.5f) * side - digit.width / 2 + random.symmetric(stagger),
                      (static_cast<float>(r) + 0.5f) * side - 0.5f + random.symmetric(stagger)});
        }
        layout.baselines.push_back((static_cast<float>(r) + 0.5f) * side + 0.5f);
        layout.rows.push_back(std::move(row));
    }
    const auto line = [&](std::size_t i, std::size_t last) { return i % 3 == 0 || i == last ? bold : thin; };
    const float right = static_cast<float>(columns) * side, bottom = static_cast<float>(texts.size()) * side;
    for (std::size_t i = 0; i <= texts.size(); ++i) {
        const float y = static_cast<float>(i) * side;
        add_line(layout, {0, y}, {right, y}, line(i, texts.size()));
    }
    for (std::size_t i = 0; i <= columns; ++i) {
        const float x = static_cast<float>(i) * side;
        add_line(layout, {x, 0}, {x, bottom}, line(i, columns));
    }
    return layout;
}

Layout draw_comb(const std::vector<std::string>& texts, const Script& script, Random& random) {
    Layout layout;
    const float side = random.uniform(0.92f, 1.15f), stagger = random.uniform(0.02f, 0.09f);
    const float radius = random.uniform(kThinLow, kThinHigh);
    const float above = random.uniform(0.12f, 0.35f), below = random.uniform(0.06f, 0.25f);
    const bool boxes = random.chance(0.5f);
    const float teeth = boxes ? -above : 1 + below - random.uniform(0.3f, 0.7f);  // their upper end
    const float pitch = 1 + above + below + random.uniform(0.4f, 1.0f);
    for (std::size_t r = 0; r < texts.size(); ++r) {
        WrittenRow row;
        float x = 0;
        const float y = static_cast<float>(r) * pitch;
        for (const std::string& group : cells_of(texts[r])) {
            const float start = x;
            for (std::size_t i = 0; i < group.size(); ++i, x += side) {
                LaidRow digit = draw_row(group.substr(i, 1), 0, script, Joining::none, random, random);
                const float width = digit.width;
                move(digit, {x + 0.5f * (side - width) + random.symmetric(stagger), y + random.symmetric(stagger)});
                digit.digits.front().starts_group = i == 0 && !row.empty();
                layout.box |= box_of(digit);
                row.push_back(digit.digits.front());
            }
            const int spare = random.chance(0.3f) ? 1 + random.below(2) : 0;  // boxes left empty
            x += static_cast<float>(spare) * side;
            const int places = static_cast<int>(std::lround((x - start) / side));
            add_line(layout, {start, y + 1 + below}, {x, y + 1 + below}, radius);
            if (boxes) add_line(layout, {start, y - above}, {x, y - above}, radius);
            for (int i = 0; i <= places; ++i) {
                const float at = start + static_cast<float>(i) * side;
                add_line(layout, {at, y + teeth}, {at, y + 1 + below}, radius);
            }
            x += random.uniform(0.9f, 1.5f);
        }
        layout.baselines.push_back(y + 1);
        layout.rows.push_back(std::move(row));
    }
    return layout;
}

Layout draw_scattered(const std::vector<std::string>& texts, bool slanted, const Script& script, Random& random) {
    constexpr float kSlope = 0.14f, kLift = 0.18f, kLeastGap = 1.4f;
    std::vector<std::vector<LaidRow>> rows;
    float width = 6;
    for (const std::string& text : texts) {
        auto& row = rows.emplace_back();
        float all = 0;
        for (const std::string& group : cells_of(text)) {
            row.push_back(
                draw_row(group, slanted ? random.symmetric(kSlope) : 0, script, Joining::none, random, random));
            all += row.back().width + kLeastGap;
        }
        width = std::max(width, all);
    }
    width *= random.uniform(1.0f, 1.35f);
    Layout layout;
    float bottom = 0;
    for (std::vector<LaidRow>& groups : rows) {
        float free = width;
        for (const LaidRow& group : groups) free -= group.width + kLeastGap;
        float top = 0;
        for (const LaidRow& group : groups) top = std::min(top, box_of(group).y);
        const float y = layout.rows.empty() ? 0 : bottom + random.uniform(0.4f, 1.1f) + kLift - top;
        WrittenRow row;
        float x = 0;
        for (LaidRow& group : groups) {
            const float jump = random.uniform(0.0f, 1.0f) * free;
            x += jump, free -= jump;
            const float at = y + random.symmetric(kLift);
            bottom = std::max(bottom, at + box_of(group).br().y);
            const float step = group.width + kLeastGap;
            add_cell(layout, row, std::move(group), {x, at});
            x += step;
        }
        layout.baselines.push_back(y + 1);
        layout.rows.push_back(std::move(row));
    }
    return layout;
}

}  // namespace chiffre::synthesis
