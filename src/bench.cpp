// bench.cpp -- the program `bench`: a laboratory that shows how fast each part is, beside what the machine could do.
// Parses and dispatches; the areas are in bench/.
#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <vector>

#include "bench/laboratory.h"
#include "error.h"

using namespace chiffre;
using namespace chiffre::bench;

static constexpr const char* kFooter =
    "Before anything is timed, all contestants must agree. In the tables, ratio is how many times as fast as the\n"
    "baseline a row is, limit what the named part of the machine could do at most, measured in the same run, and "
    "share\n"
    "how much of that is reached.";

static int run_bench(int argc, char** argv) {
    CLI::App app{"Measures the parts of Chiffre beside what the machine could do"};
    app.require_subcommand(1);
    app.footer(kFooter);
    const std::vector<Subcommand> subcommands{declare_blocks(app), declare_engine(app), declare_layers(app),
                                              declare_matrix(app), declare_mnist(app),  declare_photo(app),
                                              declare_read(app),   declare_train(app)};
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : exit_status(ErrorCode::usage);
    }
    for (const Subcommand& subcommand : subcommands)
        if (subcommand.app->parsed()) subcommand.run();
    return 0;
}

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write(), which has a message and an exit status
    try {
        return run_bench(argc, argv);
    } catch (const Error& error) {
        std::cerr << "bench: " << error.what() << '\n';
        return exit_status(error.code());
    } catch (const std::exception& error) {
        std::cerr << "bench: expected no fault of this program, found: " << error.what() << '\n';
        return 1;
    }
}
