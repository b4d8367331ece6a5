// jsonl.cpp -- one JSON object per image. Keys keep this order and none is ever taken away within a schema version.
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/report.h"

namespace chiffre {

using Json = nlohmann::ordered_json;

static constexpr int kSchema = 1;

// More digits than this are noise: of a probability, and of a time in milliseconds.
static constexpr double kConfidenceSteps = 1e4, kMillisecondSteps = 1e3;

static double rounded(double value, double steps) {
    return std::round(value * steps) / steps;
}

static Json json(const Box& box) {
    return Json::array({box.x, box.y, box.w, box.h});
}

static Json json(const Digit& digit) {
    Json alternatives = Json::array();
    for (const auto& [value, confidence] : digit.alternatives)
        alternatives.push_back(Json::array({std::string(1, value), rounded(confidence, kConfidenceSteps)}));
    return {{"digit", std::string(1, digit.digit)},
            {"confidence", rounded(digit.confidence, kConfidenceSteps)},
            {"box", json(digit.box)},
            {"alternatives", alternatives}};
}

static Json json(const Row& row) {
    Json digits = Json::array();
    for (const Digit& digit : row.digits) digits.push_back(json(digit));
    Json object = {{"text", row.text},
                   {"confidence", rounded(row.confidence, kConfidenceSteps)},
                   {"box", json(row.box)},
                   {"digits", digits}};
    if (row.satisfied) object["satisfied"] = *row.satisfied;
    return object;
}

static Json json(const std::string& path, const Reading& reading, bool times) {
    Json rows = Json::array();
    for (const Row& row : reading.rows) rows.push_back(json(row));
    Json object = {{"schema", kSchema},
                   {"path", path},
                   {"width", reading.width},
                   {"height", reading.height},
                   {"text", text_of(reading, "\n")},
                   {"rows", rows},
                   {"confidence", rounded(reading.confidence, kConfidenceSteps)},
                   {"device", reading.device}};
    if (times) {
        Json ms = Json::object();
        for (const StageTime& time : reading.times) ms[time.stage] = rounded(time.ms, kMillisecondSteps);
        object["ms"] = ms;
    }
    if (reading.turned)
        object["turned"] = {{"degrees", 90 * reading.turned->quarters},
                            {"confidence", rounded(reading.turned->confidence, kConfidenceSteps)}};
    if (!reading.warnings.empty()) object["warnings"] = reading.warnings;
    return object;
}

static std::string dump(const Json& object, int indent) {
    return object.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string json_line(const std::string& path, const Reading& reading, bool times) {
    return dump(json(path, reading, times), -1);
}

std::string json_document(const std::string& path, const Reading& reading) {
    return dump(json(path, reading, true), 2);
}

std::string json_line(const std::string& path, const Failure& failure) {
    const Json object = {
        {"schema", kSchema}, {"path", path}, {"error", {{"code", failure.code}, {"message", failure.message}}}};
    return dump(object, -1);
}

}  // namespace chiffre
