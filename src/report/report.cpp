// report.cpp -- chooses the format; each format has its own file.
#include "report/report.h"

namespace chiffre {

std::string header(Format format) {
    return format == Format::csv ? csv_header() : "";
}

std::string record(const RecordStyle& style, const std::string& path, const Reading& reading) {
    switch (style.format) {
        case Format::text:
            return style.several ? text_line(path, reading) : text_rows(reading);
        case Format::jsonl:
            return json_line(path, reading, style.times);
        case Format::csv:
            return csv_lines(path, reading);
    }
    return "";
}

std::string record(const RecordStyle& style, const std::string& path, const Failure& failure) {
    switch (style.format) {
        case Format::text:
            return "";  // the message on standard error says it
        case Format::jsonl:
            return json_line(path, failure);
        case Format::csv:
            return csv_line(path, failure);
    }
    return "";
}

}  // namespace chiffre
