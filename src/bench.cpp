// bench.cpp -- the program `bench`: how fast each part is, beside what the machine could do. Options are those of
// Google Benchmark (--benchmark_filter=engine, --benchmark_out=FILE, ...). Contestants are checked to agree before any
// is timed.
#include <benchmark/benchmark.h>

#include <cstdio>

#include "bench/bench.h"
#include "error.h"

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return exit_status(chiffre::ErrorCode::usage);
    try {
        chiffre::bench::register_engine();
        chiffre::bench::register_photo();
    } catch (const chiffre::Error& e) {
        std::fprintf(stderr, "bench: %s\n", e.what());
        return exit_status(e.code());
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
