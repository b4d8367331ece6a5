// layout.h -- rows of digits on paper, before their size and place in a picture are known.
#pragma once

#include "synthesis/scene.h"
#include "synthesis/script.h"

namespace chiffre::synthesis {

// In digit heights. No digit touches another unless that is asked for; rows follow each other downwards.
struct Layout {
    std::vector<WrittenRow> rows;
    std::vector<Shape> marks;      // in the same ink: letters, signs
    std::vector<Stroke> lines;     // printed: of tables and forms
    std::vector<Shape> unlit;      // segments of a display
    std::vector<float> baselines;  // of each row at its left end
    cv::Rect2f box;                // of all of these
};

// Which neighbours touch.
enum class Joining { none, pairs, triples };

struct LayoutRules {
    float line_pitch = 0;  // above 0: every baseline stands a whole number of these below the first
    Joining joining = Joining::none;
    bool slanted = false;  // rows climb or fall, each a little otherwise
};

// What stands in one row, the first baseline point at (0, 1).
struct LaidRow {
    WrittenRow digits;
    std::vector<Shape> marks, unlit;
    float width = 0;  // right end of the ink, or of the script's last advance
};

// `joins` is what only the joining draws from.
LaidRow draw_row(const std::string& text, float slope, const Script& script, Joining joining, Random& random,
                 Random& joins);
cv::Rect2f box_of(const LaidRow& row);
void move(LaidRow& row, cv::Point2f by);

// How texts (texts.h) are written below each other. `own`: of what plain rows do not have.
Layout draw_layout(const std::vector<std::string>& texts, const LayoutRules& rules, const Script& script,
                   Random& random, Random& own);

// Texts of draw_columns() below each other; `lines` draws a table around them.
Layout draw_table(const std::vector<std::string>& texts, bool lines, const Script& script, Random& random);

// Texts of draw_grid(); every third line is bolder.
Layout draw_sudoku(const std::vector<std::string>& texts, const Script& script, Random& random);

// Each digit in a box of its own, or between the teeth of a comb.
Layout draw_comb(const std::vector<std::string>& texts, const Script& script, Random& random);

// The groups of each text anywhere along a band of their own.
Layout draw_scattered(const std::vector<std::string>& texts, bool slanted, const Script& script, Random& random);

}  // namespace chiffre::synthesis
