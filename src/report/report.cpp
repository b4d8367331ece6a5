// report.cpp -- chooses the format; each format has its own file.
#include "report/report.h"

namespace chiffre {

std::string header(Format format) {
    return format == Format::csv ? csv_header() : "";
}

std::string record(Format format, const std::string& path, const Reading& reading, bool several) {
    switch (format) {
        case Format::text:
            return several ? text_line(path, reading) : text_rows(reading);
        case Format::jsonl:
            return json_line(path, reading);
        case Format::csv:
            return csv_lines(path, reading);
    }
    return "";
}

std::string record(Format format, const std::string& path, const Failure& failure) {
    switch (format) {
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
