// table.h -- what `bench` prints: columns aligned for people, and the same as CSV for programs. Most tables hold timed
// rows, which all have the same columns behind the parameters of their area.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "bench/measure.h"

namespace chiffre::bench {

// How people see a number: 12345678 as 12345678 (count), 1.235e+07 (number), 12.35 M (rate); 0.000123 as 123.0 us
// (time), 0.718 as 71.8 % (share). CSV has the plain number in every case, times in microseconds.
enum class Kind { text, count, number, time, rate, share };

struct Column {
    std::string name;
    Kind kind;
};

// Nothing, text, a whole number, or a real one (one that is not finite is nothing). Times in seconds.
using Cell = std::variant<std::monostate, std::string, std::int64_t, double>;

class Table {
  public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // Throws std::logic_error where the number of cells is not that of the columns.
    void add(std::vector<Cell> cells);

    // Aligned; numbers to the right. One line per row, the names of the columns first. Columns without any value are
    // left out.
    std::string text() const;
    // RFC 4180 but for the line feed alone that ends lines; the names of the columns first, times as "NAME_us".
    std::string csv() const;

    const std::vector<Column>& columns() const { return columns_; }
    const std::vector<std::vector<Cell>>& rows() const { return rows_; }

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

// What the machine could do at most, in the unit of the row, and how this is called: {"FMA peak, one core", 2.5e11}.
struct Limit {
    std::string name;
    double rate = kNone;
};

// Whom a row is compared with, and its time for the same work.
struct Baseline {
    std::string name;
    double median_s = kNone;
};

struct TimedRow {
    std::vector<Cell> parameters;  // one for each column of the area
    Timing timing;
    double work = kNone;  // done by one run
    std::string unit;     // of the rate work / median: "images/s"
    Baseline baseline = {};
    Limit limit = {};

    // `work` costs `limit_work` of the limit's unit: FLOP per image, say. 1 where both have the same unit.
    double limit_work_per_work = 1;

    std::vector<Cell> extras = {};  // one for each column of the area that stands behind the common ones
};

// The columns of timed rows: those of the area, then
//   clock, median, minimum, p99, repetitions, rate, unit, ratio (baseline's median / median), baseline,
//   limit (in the row's unit), share (rate / limit), limit_name
// then the area's extras.
Table timed_table(std::vector<Column> parameters, const std::vector<Column>& extras = {});
void add(Table& table, const TimedRow& row);

}  // namespace chiffre::bench
