// text.cpp -- the reading as plain text, for people and pipes.
#include "report/report.h"

namespace chiffre {

std::string text_of(const Reading& reading, const std::string& separator) {
    std::string text;
    for (const Row& row : reading.rows) {
        if (&row != &reading.rows.front()) text += separator;
        text += row.text;
    }
    return text;
}

std::string text_rows(const Reading& reading) {
    return reading.rows.empty() ? "" : text_of(reading, "\n") + "\n";
}

std::string text_line(const std::string& path, const Reading& reading) {
    return path + (reading.rows.empty() ? ":" : ": ") + text_of(reading, " / ") + "\n";
}

}  // namespace chiffre
