// table.h -- what `bench` and `train search` print: columns aligned for people, and the same as CSV for programs.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace chiffre {

// How people see a number: 12345678 as 12345678 (count), 1.235e+07 (number), 12.35 M (rate); 0.000123 as 123.0 us
// (time), 0.718 as 71.8 % (share). CSV has the plain number in every case, times in microseconds.
enum class CellKind { text, count, number, time, rate, share };

struct Column {
    std::string name;
    CellKind kind;
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

}  // namespace chiffre
