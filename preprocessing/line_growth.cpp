// line_growth.cpp -- lines are longer, and more, than the stretches that show themselves unbroken: writing interrupts
// them, and faint ink. Pieces are judged by the lines that are sure: on the course of one of them, or at the distance
// at which they follow each other.
// Source: the model of parallel lines of Zheng, Li and Doermann 2005, "A parallel-line detection algorithm based on
// HMM decoding", here without the Markov model: the lines that were traced tell position and period.
#include "line_paths.h"

#include <algorithm>
#include <cmath>

namespace chiffre {
namespace {

constexpr int kCourse = 256;           // columns at a line's end that tell its course
constexpr double kLongestGap = 1.5;    // of the least length: the widest gap a course is trusted over
constexpr double kOffCourse_px = 1.5;  // from the course: the pixel grid, and the wear of an end
constexpr double kDrift = 0.02;        // off the course, per pixel of the gap
constexpr std::size_t kFamily = 4;     // so many lines tell a period
constexpr double kUneven = 0.15;       // of the period: distances between lines differ by no more
constexpr double kOffPeriod = 0.1;     // of the period, and of each line skipped
constexpr int kSkipped = 3;            // periods beyond the nearest line that are trusted
constexpr int kRounds = 3;             // a line gained may tell of its neighbour
constexpr double kAsThick = 1.3;       // of the line's: a piece that is thicker may be a stroke that stands on the line

double middle(const LinePath& path) {
    return 0.5 * (path.steps.front().column + path.steps.back().column);
}

bool is_as_thick(const LinePath& piece, const LinePath& line) {
    const auto mean = [](const LinePath& path) { return path.ink / static_cast<double>(path.steps.size()); };
    return mean(piece) <= kAsThick * mean(line);
}

// Where the line runs, or would run, at column x.
double row_at(const LinePath& line, double x) {
    const Step &first = line.steps.front(), &last = line.steps.back();
    if (x <= first.column) return first.run.centre() + line.slope_at_front(kCourse) * (x - first.column);
    if (x >= last.column) return last.run.centre() + line.slope_at_back(kCourse) * (x - last.column);
    const auto next = std::lower_bound(line.steps.begin(), line.steps.end(), x,
                                       [](const Step& s, double column) { return s.column < column; });
    return next->run.centre();
}

bool continues(const LinePath& line, const LinePath& piece, double longest_gap) {
    const int before = line.steps.front().column - piece.steps.back().column;
    const int after = piece.steps.front().column - line.steps.back().column;
    const int gap = std::max(before, after);
    if (gap <= 0 || gap > longest_gap || !is_as_thick(piece, line)) return false;
    const double allowed = kOffCourse_px + kDrift * gap;
    for (const Step* end : {&piece.steps.front(), &piece.steps.back()}) {
        const double beyond = kDrift * piece.span();  // the piece's far end is farther away
        if (std::abs(row_at(line, end->column) - end->run.centre()) > allowed + beyond) return false;
    }
    return true;
}

void join(LinePath& line, const LinePath& piece) {
    const bool before = piece.steps.back().column < line.steps.front().column;
    line.steps.insert(before ? line.steps.begin() : line.steps.end(), piece.steps.begin(), piece.steps.end());
    line.ink += piece.ink;
}

// Joins to each line the pieces on its course, nearest first. Returns whether there was any.
bool join_pieces(LinePaths& paths, double longest_gap) {
    bool any = false;
    for (LinePath& line : paths.lines)
        for (bool grown = true; grown;) {
            grown = false;
            for (std::size_t i = 0; i < paths.pieces.size();) {
                if (continues(line, paths.pieces[i], longest_gap)) {
                    join(line, paths.pieces[i]);
                    std::swap(paths.pieces[i], paths.pieces.back());
                    paths.pieces.pop_back();
                    grown = any = true;
                } else {
                    ++i;
                }
            }
        }
    return any;
}

// Whether the piece lies where the next lines of an even family would. Perspective changes distances slowly, so the
// nearest lines tell.
bool is_in_step(const LinePath& piece, const std::vector<LinePath>& lines) {
    struct Neighbour {
        double distance;
        const LinePath* line;
    };
    const double x = middle(piece), y = row_at(piece, x);
    std::vector<Neighbour> near;
    for (const LinePath& line : lines) near.push_back({row_at(line, x) - y, &line});
    if (near.size() < kFamily) return false;
    std::nth_element(near.begin(), near.begin() + kFamily - 1, near.end(), [](const Neighbour& a, const Neighbour& b) {
        return std::abs(a.distance) < std::abs(b.distance);
    });
    near.resize(kFamily);
    std::sort(near.begin(), near.end(), [](const Neighbour& a, const Neighbour& b) { return a.distance < b.distance; });
    // The piece's own place may be empty: then one of the distances is a multiple of the least.
    double period = 0;
    for (std::size_t i = 1; i < near.size(); ++i) {
        const double apart = near[i].distance - near[i - 1].distance;
        period = period == 0 ? apart : std::min(period, apart);
    }
    if (period < 4 * kOffCourse_px) return false;
    const auto is_even = [&](double distance, double share) {
        const double steps = std::round(distance / period);
        return std::abs(distance - steps * period) <= share * period && steps >= 1 && steps <= kSkipped;
    };
    for (std::size_t i = 1; i < near.size(); ++i)
        if (!is_even(near[i].distance - near[i - 1].distance, kUneven)) return false;
    const auto nearest = std::min_element(near.begin(), near.end(), [](const Neighbour& a, const Neighbour& b) {
        return std::abs(a.distance) < std::abs(b.distance);
    });
    return is_even(std::abs(nearest->distance), kOffPeriod) && is_as_thick(piece, *nearest->line);
}

}  // namespace

void grow_lines(LinePaths& paths, int least_length_px) {
    const double longest_gap = kLongestGap * least_length_px;
    for (int round = 0; round < kRounds; ++round) {
        join_pieces(paths, longest_gap);
        std::vector<LinePath> in_step;
        std::erase_if(paths.pieces, [&](LinePath& piece) {
            if (!is_in_step(piece, paths.lines)) return false;
            in_step.push_back(piece);
            return true;
        });
        if (in_step.empty()) return;
        std::move(in_step.begin(), in_step.end(), std::back_inserter(paths.lines));
    }
}

}  // namespace chiffre
