// json_report.cpp -- one object for programs. Keys keep this order; none is ever taken away within a schema version.
#include <cmath>
#include <nlohmann/json.hpp>

#include "evaluation/report.h"

namespace chiffre::evaluation {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;

// Six decimals; null for what is no number.
Json rounded(double value) {
    constexpr double kSteps = 1e6;
    return std::isfinite(value) ? Json(std::round(value * kSteps) / kSteps) : Json();
}

Json json(const std::string& name, const Tally& tally) {
    return {{"name", name},
            {"images", tally.images},
            {"exact", tally.exact},
            {"rows_right", tally.rows},
            {"digits", tally.digits},
            {"distance", tally.distance},
            {"false_digits", tally.false_digits},
            {"exact_share", rounded(tally.exact_share())},
            {"digit_error_rate", rounded(tally.digit_error_rate())},
            {"false_rate", rounded(tally.false_rate())}};
}

Json json(double from, const Reliability::Bin& bin) {
    return {{"from", rounded(from)},
            {"count", bin.count},
            {"right", bin.right},
            {"confidence", bin.count > 0 ? rounded(bin.confidence / bin.count) : Json()}};
}

Json json(const Reliability& reliability) {
    Json bins = Json::array(), accepted = Json::array();
    for (int i = 0; i < Reliability::kBins; ++i)
        bins.push_back(json(static_cast<double>(i) / Reliability::kBins, reliability.bins()[i]));
    for (std::size_t i = 0; i < Reliability::kThresholds.size(); ++i)
        accepted.push_back(json(Reliability::kThresholds[i], reliability.accepted()[i]));
    return {{"count", reliability.count()},
            {"calibration_error", rounded(reliability.calibration_error())},
            {"bins", std::move(bins)},
            {"accepted", std::move(accepted)}};
}

Json json(const Miss& miss) {
    Json object = {{"file", miss.label.file},
                   {"true", miss.label.rows},
                   {"read", miss.got},
                   {"exact", miss.verdict.exact},
                   {"distance", distance(miss.verdict.steps)},
                   {"false_digits", false_digits(miss.verdict.steps)}};
    if (!miss.verdict.picture.empty()) object["confidence"] = rounded(miss.verdict.picture.front().confidence);
    if (miss.failure) object["error"] = {{"code", miss.failure->code}, {"message", miss.failure->message}};
    return object;
}

}  // namespace

std::string evaluation_json(const Subject& subject, const Statistics& statistics, const std::vector<Miss>& misses) {
    Json groups = Json::array(), lengths = Json::array(), failures = Json::array();
    for (const auto& [name, tally] : statistics.groups()) groups.push_back(json(name, tally));
    for (const auto& [length, tally] : statistics.lengths())
        lengths.push_back({{"length", length},
                           {"rows", tally.rows},
                           {"rows_right", tally.right},
                           {"digits", tally.digits},
                           {"digits_right", tally.digits_right}});
    for (const Miss& miss : misses) failures.push_back(json(miss));
    const Json object = {{"schema", kSchema},
                         {"labels", subject.labels},
                         {"pictures", subject.pictures},
                         {"unsure", subject.unsure},
                         {"unreadable", subject.unreadable},
                         {"device", subject.device},
                         {"weights", subject.weights},
                         {"context_weights", subject.context_weights},
                         {"min_confidence", rounded(subject.min_confidence)},
                         {"without", subject.without},
                         {"groups", std::move(groups)},
                         {"row_lengths", std::move(lengths)},
                         {"confusions", statistics.confusions().counts},
                         {"reliability",
                          {{"digits", json(statistics.digits())},
                           {"rows", json(statistics.rows())},
                           {"pictures", json(statistics.pictures())}}},
                         {"failures", std::move(failures)}};
    return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace chiffre::evaluation
