// laboratory.h -- what all subcommands of `bench` share: options, and where results go.
//
// An area is one file, <area>_bench.cpp, with one function declare_<area>(): it adds its subcommand and returns what to
// do when that was chosen. Each first checks that all contestants give the same answer (Error(bad_data) where not),
// then times them.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "bench/gpu.h"
#include "bench/measure.h"
#include "bench/table.h"
#include "plot/plot.h"

namespace chiffre::bench {

struct Subcommand {
    CLI::App* app;
    std::function<void()> run;  // throws Error
};

Subcommand declare_blocks(CLI::App& bench);
Subcommand declare_engine(CLI::App& bench);
Subcommand declare_layers(CLI::App& bench);
Subcommand declare_matrix(CLI::App& bench);
Subcommand declare_mnist(CLI::App& bench);
Subcommand declare_photo(CLI::App& bench);
Subcommand declare_read(CLI::App& bench);
Subcommand declare_train(CLI::App& bench);

struct LabOptions {
    std::filesystem::path csv, plot;  // empty: none
    int repetitions = 7;
    bool quick = false;
    std::string device = "auto";

    Effort effort() const;
};

// --csv, --plot, --device: for an area that is no repeated measurement.
void add_output_options(CLI::App& command, LabOptions& options);
// The same, --repetitions and --quick.
void add_lab_options(CLI::App& command, LabOptions& options);

// Opened before anything is measured: a measurement whose result cannot be written is lost time.
class Laboratory {
  public:
    // Throws Error: usage (an unknown device), no_device, unwritable (a file that cannot be written, no gnuplot).
    explicit Laboratory(const LabOptions& options);

    const GpuChoice& gpu() const { return gpu_; }
    const Effort& effort() const { return effort_; }

    // "SKIPPED: WHAT: why" on standard error, where there is no GPU.
    void say_skipped_without_gpu(const std::string& what) const;

    // Prints the table, after the facts about the machine; writes the files that were asked for.
    void publish(const Table& table, const Plot& plot) const { publish(table, std::span(&plot, 1)); }
    void publish(const Table& table, std::span<const Plot> panels) const;

  private:
    LabOptions options_;
    GpuChoice gpu_;
    Effort effort_;
};

// To standard output. Throws Error(unwritable).
void print(const std::string& text);

}  // namespace chiffre::bench
