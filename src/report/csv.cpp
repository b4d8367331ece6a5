// csv.cpp -- comma-separated values for spreadsheets and cut(1): one line per row of digits.
#include <cstdio>

#include "report/report.h"

namespace chiffre {

// RFC 4180, section 2: a field with a comma, a quote or a line break stands in quotes, and its quotes are doubled.
static std::string quoted(const std::string& field) {
    if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
    std::string out = "\"";
    for (const char c : field) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

static std::string row_fields(int index, const Row& row) {
    char confidence[16];
    std::snprintf(confidence, sizeof confidence, "%.4f", static_cast<double>(row.confidence));
    std::string fields = std::to_string(index) + "," + quoted(row.text) + "," + confidence;
    for (const int value : {row.box.x, row.box.y, row.box.w, row.box.h}) fields += "," + std::to_string(value);
    return fields;
}

std::string csv_header() {
    return "path,row,text,confidence,x,y,w,h,error\n";
}

std::string csv_lines(const std::string& path, const Reading& reading) {
    if (reading.rows.empty()) return quoted(path) + ",,,,,,,,\n";
    std::string lines;
    for (std::size_t i = 0; i < reading.rows.size(); ++i)
        lines += quoted(path) + "," + row_fields(static_cast<int>(i), reading.rows[i]) + ",\n";
    return lines;
}

std::string csv_line(const std::string& path, const Failure& failure) {
    return quoted(path) + ",,,,,,,," + quoted(failure.code) + "\n";
}

}  // namespace chiffre
