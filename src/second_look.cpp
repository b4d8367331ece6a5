// second_look.cpp -- whether a faint joint holds, a blot parts or noise is ink turns on single pixels, and falls out
// otherwise at another scale. Of two readings the surer one more often is right, as confidence is calibrated.
#include "second_look.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace chiffre {
namespace {

// A reading is sure where, for every ten digits, it is right as likely as the one: of long pages few are right in all.
// Where it is less likely than the other, what is read is no page of digits, or none that a look more would mend.
constexpr float kSure = 0.7f, kHopeless = 0.15f, kDigits = 10;
// The other scale: smaller where the picture is large, since that costs less; larger where it is small.
constexpr double kSmaller = 0.7, kLarger = 1.4;
constexpr double kLarge_px = 5e5;
// The other reading is to be surer by a factor. A longer one has more to be unsure of: for each digit, this exponent.
constexpr float kSurer = 1.2f, kLonger = 0.05f;
constexpr float kLeastOfNothing = 0.5f;  // confidence of a reading where there was none

float digits_of(const Look& look) {
    float digits = 0;
    for (const Row& row : look.page.assembly.rows) digits += static_cast<float>(row.digits.size());
    return digits;
}

bool is_worth_another(const Look& look) {
    if (look.page.assembly.rows.empty()) return !look.page.marks.marks.empty();
    const float likely = std::pow(look.confidence, kDigits / std::max(digits_of(look), kDigits));
    return likely < kSure && likely >= kHopeless;
}

Photo at_other_scale(const Photo& photo) {
    const double scale = static_cast<double>(photo.grey.total()) > kLarge_px ? kSmaller : kLarger;
    Photo other = photo;
    cv::resize(photo.grey, other.grey, {}, scale, scale, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
    other.reduction /= scale;
    return other;
}

bool is_satisfied(const Look& look) {
    const auto& rows = look.page.assembly.rows;
    return std::none_of(rows.begin(), rows.end(), [](const Row& row) { return row.satisfied == false; });
}

bool is_surer(const Look& look, const Look& other) {
    if (look.page.assembly.rows.empty()) return other.confidence >= kLeastOfNothing;
    if (is_satisfied(look) != is_satisfied(other)) return is_satisfied(other) && !other.page.assembly.rows.empty();
    return other.confidence * std::exp(kLonger * (digits_of(other) - digits_of(look))) > kSurer * look.confidence;
}

}  // namespace

void look_again(Look& look, const Networks& networks, const ReadOptions& options, std::vector<StageTime>& times) {
    if (!is_worth_another(look)) return;
    Photo photo = at_other_scale(look.photo);
    Found found = find_marks(photo.grey, options.parts.stages, times);
    Look other = look_at(std::move(photo), std::move(found), networks, options, times);
    if (is_surer(look, other)) look = std::move(other);
}

}  // namespace chiffre
