// table.cpp -- timed rows, with what follows from their times.
#include "bench/table.h"

namespace chiffre::bench {

Table timed_table(std::vector<Column> parameters, const std::vector<Column>& extras) {
    for (const Column& column : std::initializer_list<Column>{{"clock", Kind::text},
                                                              {"median", Kind::time},
                                                              {"minimum", Kind::time},
                                                              {"p99", Kind::time},
                                                              {"repetitions", Kind::count},
                                                              {"rate", Kind::rate},
                                                              {"unit", Kind::text},
                                                              {"ratio", Kind::number},
                                                              {"baseline", Kind::text},
                                                              {"limit", Kind::rate},
                                                              {"share", Kind::share},
                                                              {"limit_name", Kind::text}})
        parameters.push_back(column);
    parameters.insert(parameters.end(), extras.begin(), extras.end());
    return Table(std::move(parameters));
}

void add(Table& table, const TimedRow& row) {
    const double rate = row.work / row.timing.median_s;
    const double limit = row.limit.rate / row.limit_work_per_work;
    std::vector<Cell> cells = row.parameters;
    for (const Cell& cell : std::initializer_list<Cell>{
             std::string(clock_name(row.timing.clock)), row.timing.median_s, row.timing.minimum_s, row.timing.p99_s,
             std::int64_t{row.timing.repetitions}, rate, row.unit, row.baseline.median_s / row.timing.median_s,
             row.baseline.name, limit, rate / limit, row.limit.name})
        cells.push_back(cell);
    cells.insert(cells.end(), row.extras.begin(), row.extras.end());
    table.add(std::move(cells));
}

}  // namespace chiffre::bench
