// script.cpp -- characters as each script makes them, and how a trace comes to pieces.
#include "synthesis/script.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "synthesis/letters.h"

namespace chiffre::synthesis {

namespace {

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

// Points at most this far apart, so that a gap may begin anywhere.
Stroke refined(const Stroke& stroke) {
    constexpr float kStep = 0.01f;  // digit heights
    Stroke fine;
    for (std::size_t i = 0; i + 1 < stroke.size(); ++i) {
        const PenPoint &a = stroke[i], &b = stroke[i + 1];
        const int steps = 1 + static_cast<int>(std::hypot(b.x - a.x, b.y - a.y) / kStep);
        for (int step = 0; step < steps; ++step) {
            const float t = static_cast<float>(step) / static_cast<float>(steps);
            fine.push_back({a.x + t * (b.x - a.x), a.y + t * (b.y - a.y), a.radius + t * (b.radius - a.radius)});
        }
    }
    if (!stroke.empty()) fine.push_back(stroke.back());
    return fine;
}

// What is left where `gone` says of each point whether the pen wrote there.
template <typename Gone>
std::vector<Stroke> without(const std::vector<Stroke>& strokes, Gone gone) {
    std::vector<Stroke> left;
    for (std::size_t s = 0; s < strokes.size(); ++s) {
        left.emplace_back();
        for (std::size_t i = 0; i < strokes[s].size(); ++i) {
            if (!gone(s, i))
                left.back().push_back(strokes[s][i]);
            else if (!left.back().empty())
                left.emplace_back();
        }
    }
    std::erase_if(left, [](const Stroke& stroke) { return stroke.size() < 2; });
    return left;
}

// Connected pieces that are larger than a speck.
int pieces(const std::vector<Stroke>& strokes) {
    constexpr float kHeight_px = 64;
    constexpr int kLeastArea = 24;  // pixels there
    cv::Mat ink = cv::Mat::zeros(112, 128, CV_8UC1), labels, statistics, centres;
    render(placed(strokes, kHeight_px, {16, 20}), ink);
    cv::threshold(ink, ink, 20, 255, cv::THRESH_BINARY);
    const int count = cv::connectedComponentsWithStats(ink, labels, statistics, centres);
    int large = 0;
    for (int i = 1; i < count; ++i) large += statistics.at<int>(i, cv::CC_STAT_AREA) >= kLeastArea;
    return large;
}

// Gaps where the pen did not write: `count` of them, somewhere along the strokes.
std::vector<Stroke> skipped(const std::vector<Stroke>& strokes, int count, float gap, Random& random) {
    std::vector<std::pair<std::size_t, std::size_t>> middles;
    for (int i = 0; i < count; ++i) {
        const auto s = static_cast<std::size_t>(random.below(static_cast<int>(strokes.size())));
        const float along = random.uniform(0.15f, 0.85f);
        middles.emplace_back(s, static_cast<std::size_t>(along * static_cast<float>(strokes[s].size())));
    }
    return without(strokes, [&](std::size_t s, std::size_t i) {
        return std::any_of(middles.begin(), middles.end(), [&](const auto& middle) {
            if (middle.first != s) return false;
            const PenPoint &p = strokes[s][i], &q = strokes[s][std::min(middle.second, strokes[s].size() - 1)];
            return std::hypot(p.x - q.x, p.y - q.y) < gap / 2;
        });
    });
}

// A pale band through the digit, nearly level: a crease, a worn stamp, a copier's drum.
std::vector<Stroke> banded(const std::vector<Stroke>& strokes, float gap, Random& random) {
    const float height = random.uniform(0.25f, 0.8f), slope = random.symmetric(0.25f);
    return without(strokes, [&](std::size_t s, std::size_t i) {
        const PenPoint& p = strokes[s][i];
        return std::abs(p.y - height - slope * (p.x - 0.25f)) < gap / 2;
    });
}

// How one kind of digit of an uneven hand differs: size of all of it, and times its lower and its upper half are
// longer.
struct UnevenForm {
    float size = 1, tail = 1, stem = 1;
};

// The baseline stays; a longer tail goes below it.
Shape stretched(Shape shape, const UnevenForm& form) {
    constexpr float kMiddle = 0.5f;
    const auto bend = [&](auto& point) {
        const float below = point.y - kMiddle;
        point.y = kMiddle + below * (below > 0 ? form.tail : form.stem);
    };
    for (Stroke& stroke : shape.strokes)
        for (PenPoint& point : stroke) bend(point);
    for (Outline& outline : shape.outlines)
        for (cv::Point2f& point : outline) bend(point);
    return placed(shape, form.size, {0, 1 - form.size});
}

// In more pieces than before, each large enough to be seen; unchanged where no try makes it so.
std::vector<Stroke> broken(const std::vector<Stroke>& strokes, float pen_width, Random& random) {
    constexpr int kTries = 12;
    std::vector<Stroke> fine;
    for (const Stroke& stroke : strokes) fine.push_back(refined(stroke));
    const int before = pieces(fine);
    const bool band = random.chance(0.3f);
    for (int i = 0; i < kTries; ++i) {
        // The ends of the trace are round: white begins beyond the pen's width.
        const float gap = 1.15f * pen_width + random.uniform(0.04f, 0.13f);
        std::vector<Stroke> left = band ? banded(fine, gap, random) : skipped(fine, 1 + i / 3, gap, random);
        if (pieces(left) > std::max(before, 1)) return left;
    }
    return strokes;
}

}  // namespace

Script hand_script(const Hand& hand) {
    constexpr std::uint32_t kFirstLetter = 256;  // habits of letters are not those of digits
    return {[hand](char character, Random& random) -> Sign {
                if (is_digit(character)) return {{draw_digit(character - '0', hand, random), {}}};
                const auto form = letter_form(character);
                if (form.empty()) return {};
                return {{draw_form(form, kFirstLetter + static_cast<unsigned char>(character), hand, random), {}}};
            },
            hand.spacing};
}

Script print_script(const FontFigures& figures) {
    return {[&figures](char character, Random&) -> Sign {
        const auto found = figures.signs.find(character);
        if (found == figures.signs.end()) return {};
        return {{{}, found->second.outlines}, found->second.advance};
    }};
}

Script display_script(const DisplayStyle& style) {
    return {[style](char character, Random&) -> Sign {
        return {display_figure(character, style), display_advance(character, style),
                is_digit(character) ? unlit_segments(character - '0', style) : Shape{}};
    }};
}

Script uneven_script(Script script, Random habits) {
    std::array<UnevenForm, 10> forms;
    for (UnevenForm& form : forms) form.size = std::exp(0.5f * habits.symmetric(0.3f));
    const auto longer = [&](int digit, float chance, float least, float most) {
        return habits.chance(chance) ? std::pair{digit, habits.uniform(least, most)} : std::pair{digit, 1.0f};
    };
    for (const auto& [digit, length] : {longer(4, 0.35f, 1.1f, 1.6f), longer(7, 0.5f, 1.1f, 1.8f),
                                        longer(9, 0.5f, 1.1f, 1.8f), longer(1, 0.2f, 1.1f, 1.5f)})
        forms[static_cast<std::size_t>(digit)].tail = length;
    forms[6].stem = longer(6, 0.35f, 1.1f, 1.5f).second;
    if (habits.chance(0.35f)) forms[0].size *= habits.uniform(0.6f, 0.9f);
    const float wobble = habits.uniform(0.02f, 0.09f), spacing = script.spacing;
    return {[script = std::move(script), forms, wobble, habits](char character, Random& random) mutable {
                Sign sign = script.draw(character, random);
                if (!is_digit(character)) return sign;
                UnevenForm form = forms[static_cast<std::size_t>(character - '0')];
                form.size *= std::exp(habits.symmetric(wobble) + habits.symmetric(wobble));
                sign.shape = stretched(std::move(sign.shape), form);
                return sign;
            },
            spacing};
}

Script broken_script(Script script, float pen_width, Random breaks) {
    constexpr float kChance = 0.7f;
    const float spacing = script.spacing;
    return {[script = std::move(script), pen_width, breaks](char character, Random& random) mutable {
                Sign sign = script.draw(character, random);
                if (is_digit(character) && breaks.chance(kChance))
                    sign.shape.strokes = broken(sign.shape.strokes, pen_width, breaks);
                return sign;
            },
            spacing};
}

}  // namespace chiffre::synthesis
