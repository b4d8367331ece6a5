// components.cpp -- a mask is runs of ink, far fewer than pixels: labelling and measuring go by them, in one pass.
// Source: two-pass labelling of runs with union and find, He, Chao and Suzuki 2008, "A run-based two-scan labeling
// algorithm".
#include "components.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

namespace chiffre {
namespace {

struct Run {
    int y, first, end;  // columns [first, end)
    int length() const { return end - first; }
};

// Calls add(first, end) for each run of ink in the row. Most of a page is paper: eight pixels of it are one comparison.
template <typename Add>
void for_each_run(const std::uint8_t* row, int width, Add&& add) {
    for (int x = 0; x < width;) {
        std::uint64_t eight = 0;
        if (x + 8 <= width) std::memcpy(&eight, row + x, 8);
        if (x + 8 <= width && eight == 0) {
            x += 8;
            continue;
        }
        if (!row[x]) {
            ++x;
            continue;
        }
        const int first = x;
        while (x < width && row[x]) ++x;
        add(first, x);
    }
}

void add_run(Form& form, const Run& run) {
    const std::int64_t n = run.length(), first = run.first, last = run.end - 1, y = run.y;
    const auto squares = [](std::int64_t to) { return to * (to + 1) * (2 * to + 1) / 6; };  // 0 + 1 + 4 + ...
    const std::int64_t x = (first + last) * n / 2;
    form.outline += 2 + 2 * n;
    form.x += x;
    form.y += n * y;
    form.xx += squares(last) - squares(first - 1);
    form.xy += x * y;
    form.yy += n * y * y;
}

void add_form(Form& form, const Form& other) {
    form.outline += other.outline;
    form.x += other.x;
    form.y += other.y;
    form.xx += other.xx;
    form.xy += other.xy;
    form.yy += other.yy;
}

// Sides that the run and one above it share: neither's outline.
int shared_sides(const Run& run, const Run& above) {
    return 2 * std::max(0, std::min(run.end, above.end) - std::max(run.first, above.first));
}

// Sets of runs that touch; the first run of a set stands for it.
class Sets {
  public:
    void add() { parent_.push_back(static_cast<int>(parent_.size())); }
    int find(int i) {
        while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
        return i;
    }
    void unite(int a, int b) {
        a = find(a);
        b = find(b);
        parent_[std::max(a, b)] = std::min(a, b);
    }

  private:
    std::vector<int> parent_;
};

struct Runs {
    std::vector<Run> runs;
    std::vector<Form> forms;  // of each run, less the sides shared with the runs above
    Sets sets;
};

Runs runs_of(const cv::Mat& mask) {
    Runs found;
    std::size_t above_begin = 0, above_end = 0;
    for (int y = 0; y < mask.rows; ++y) {
        const std::size_t begin = found.runs.size();
        std::size_t above = above_begin;
        for_each_run(mask.ptr(y), mask.cols, [&](int first, int end) {
            const Run run{y, first, end};
            const auto own = static_cast<int>(found.runs.size());
            found.runs.push_back(run);
            found.sets.add();
            Form form;
            add_run(form, run);
            while (above < above_end && found.runs[above].end < first) ++above;
            // Corners that meet join, too.
            for (std::size_t i = above; i < above_end && found.runs[i].first <= end; ++i) {
                found.sets.unite(static_cast<int>(i), own);
                form.outline -= shared_sides(run, found.runs[i]);
            }
            found.forms.push_back(form);
        });
        above_begin = begin;
        above_end = found.runs.size();
    }
    return found;
}

struct Found {
    Component component;
    std::int64_t block = std::numeric_limits<std::int64_t>::max();  // the first one that it meets
};

void add_run(Found& found, const Run& run, const Form& form, int blocks_per_row) {
    Component& c = found.component;
    const cv::Rect box(run.first, run.y, run.length(), 1);
    c.box = c.area == 0 ? box : c.box | box;
    c.area += run.length();
    add_form(c.form, form);
    found.block = std::min(found.block, std::int64_t{run.y / 2} * blocks_per_row + run.first / 2);
}

}  // namespace

std::vector<Component> components(const cv::Mat& mask, cv::Mat& labels) {
    Runs runs = runs_of(mask);
    std::vector<int> place(runs.runs.size());  // of the run's component
    std::vector<Found> found;
    for (std::size_t i = 0; i < runs.runs.size(); ++i) {
        const auto first = static_cast<std::size_t>(runs.sets.find(static_cast<int>(i)));
        if (first == i) {
            place[i] = static_cast<int>(found.size());
            found.emplace_back();
        } else {
            place[i] = place[first];
        }
        add_run(found[place[i]], runs.runs[i], runs.forms[i], mask.cols / 2 + 1);
    }

    std::vector<int> order(found.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](int a, int b) { return found[a].block < found[b].block; });
    std::vector<Component> all;
    all.reserve(found.size());
    for (const int i : order) {
        found[i].component.label = static_cast<int>(all.size()) + 1;
        all.push_back(found[i].component);
    }

    labels.create(mask.size(), CV_32SC1);
    labels.setTo(0);
    for (std::size_t i = 0; i < runs.runs.size(); ++i) {
        int* row = labels.ptr<int>(runs.runs[i].y);
        std::fill(row + runs.runs[i].first, row + runs.runs[i].end, found[place[i]].component.label);
    }
    return all;
}

Form form_of(const Component& c, const cv::Mat& labels) {
    if (c.form.outline > 0) return c.form;
    Form form;
    std::vector<Run> above, row;
    for (int y = c.box.y; y < c.box.br().y; ++y) {
        const int* label = labels.ptr<int>(y);
        row.clear();
        for (int x = c.box.x; x < c.box.br().x; ++x) {
            if (label[x] != c.label) continue;
            const int first = x;
            while (x < c.box.br().x && label[x] == c.label) ++x;
            row.push_back({y, first, x});
            add_run(form, row.back());
        }
        auto first = above.begin();
        for (const Run& run : row) {
            while (first != above.end() && first->end <= run.first) ++first;
            for (auto i = first; i != above.end() && i->first < run.end; ++i) form.outline -= shared_sides(run, *i);
        }
        std::swap(above, row);
    }
    return form;
}

double stroke_px(const Component& c, const cv::Mat& labels) {
    return 2.0 * c.area / static_cast<double>(std::max<std::int64_t>(1, form_of(c, labels).outline));
}

double fill(const Component& c) {
    return static_cast<double>(c.area) / c.box.area();
}

bool touches_border(const cv::Rect& box, cv::Size size) {
    return box.x <= 0 || box.y <= 0 || box.br().x >= size.width || box.br().y >= size.height;
}

}  // namespace chiffre
