// report.h -- a reading in the formats that people and programs take. docs/output.md promises what is written here.
#pragma once

#include <string>

#include "reading.h"

namespace chiffre {

enum class Format { text, jsonl, csv };

// Why an image gave no reading.
struct Failure {
    std::string code;     // error_name(), or "internal"
    std::string message;  // one line
};

// The rows joined by `separator`.
std::string text_of(const Reading& reading, const std::string& separator);

// One image in all: its rows, one line each. Nothing for a photo without digits.
std::string text_rows(const Reading& reading);
// One of several: "PATH: row / row", "PATH:" for a photo without digits. PATH as it is, byte for byte.
std::string text_line(const std::string& path, const Reading& reading);

// One JSON object and a line feed. Bytes of `path` that are not UTF-8 become U+FFFD. times: with those of the stages,
// which differ from run to run.
std::string json_line(const std::string& path, const Reading& reading, bool times = true);
std::string json_line(const std::string& path, const Failure& failure);
// The first of these, indented for people.
std::string json_document(const std::string& path, const Reading& reading);

// Comma-separated values: the header line; a line for each row of digits (one line without a row for a photo without
// digits); a line for a failure. Quoted as RFC 4180 says; bytes of `path` as they are.
std::string csv_header();
std::string csv_lines(const std::string& path, const Reading& reading);
std::string csv_line(const std::string& path, const Failure& failure);

// How the records of a run are written.
struct RecordStyle {
    Format format = Format::text;
    bool several = false;  // text: the image is not the only one, lines begin with the path
    bool times = true;     // JSON Lines: with times
};

// What `format` starts with, and what is said of an image.
std::string header(Format format);
std::string record(const RecordStyle& style, const std::string& path, const Reading& reading);
std::string record(const RecordStyle& style, const std::string& path, const Failure& failure);

}  // namespace chiffre
