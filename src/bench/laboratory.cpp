// laboratory.cpp -- what laboratory.h promises.
#include "bench/laboratory.h"

#include <unistd.h>

#include <iostream>

#include "atomic_file.h"
#include "bench/machine.h"

namespace chiffre::bench {

Effort LabOptions::effort() const {
    Effort effort{.repetitions = repetitions};
    if (quick) effort.least_s = 1e-4, effort.most_s = 0.05;
    return effort;
}

void add_output_options(CLI::App& command, LabOptions& options) {
    command.add_option("--csv", options.csv, "Write the table to FILE, with the machine in comment lines")
        ->type_name("FILE");
    command.add_option("--plot", options.plot, "Draw the table to FILE.png; needs gnuplot")->type_name("FILE");
    command.add_option("--device", options.device, "auto, cpu, cuda or cuda:N; auto takes a GPU where one can be used")
        ->capture_default_str();
}

void add_lab_options(CLI::App& command, LabOptions& options) {
    add_output_options(command, options);
    command.add_option("--repetitions", options.repetitions, "Measure each this many times")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command.add_flag("--quick", options.quick, "Measure for a moment only: to see that all works, not for figures");
}

Laboratory::Laboratory(const LabOptions& options)
    : options_(options), gpu_(choose_gpu(parse_device(options.device))), effort_(options.effort()) {
    if (!options_.plot.empty()) require_gnuplot();
    for (const std::filesystem::path& path : {options_.csv, options_.plot})
        if (!path.empty()) const AtomicFile can_be_written(path);
}

void Laboratory::say_skipped_without_gpu(const std::string& what) const {
    if (gpu_.index == kNoGpu) std::cerr << "bench: SKIPPED: " << what << ": " << gpu_.why_not << '\n';
}

void Laboratory::publish(const Table& table, std::span<const Plot> panels) const {
    const std::string facts = comment_lines(machine_facts(gpu_.index));
    print(facts + table.text());
    if (!options_.csv.empty()) write_atomically(options_.csv, facts + table.csv());
    if (!options_.plot.empty()) draw(panels, options_.plot);
}

void print(const std::string& text) {
    write_all(STDOUT_FILENO, text, "standard output");
}

}  // namespace chiffre::bench
