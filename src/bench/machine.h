// machine.h -- what a figure must be read with: the machine, the versions, the day.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace chiffre::bench {

// name -> value, in the order in which they are printed: program, date (UTC), cpu, cores, gpu, driver, cuda.
using Facts = std::vector<std::pair<std::string, std::string>>;

// `gpu_index`: of the GPU that is measured, -1 for none.
Facts machine_facts(int gpu_index);

// "# cpu: AMD EPYC", one line for each fact: a comment for gnuplot, pandas and people.
std::string comment_lines(const Facts& facts);

}  // namespace chiffre::bench
