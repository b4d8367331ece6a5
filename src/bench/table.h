// table.h -- tables of `bench`. Most hold timed rows, which all have the same columns behind the parameters of their
// area.
#pragma once

#include <string>
#include <vector>

#include "../table.h"
#include "bench/measure.h"

namespace chiffre::bench {

using chiffre::Cell;
using chiffre::Column;
using chiffre::Table;
using Kind = chiffre::CellKind;

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
