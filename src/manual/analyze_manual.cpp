// analyze_manual.cpp -- run by the build: writes the man page and the completions of analyze into a folder.
#include <iostream>

#include "analyze_options.h"
#include "atomic_file.h"
#include "error.h"
#include "manual/manual.h"

int main(int argc, char** argv) {
    using namespace chiffre;
    if (argc != 3) {
        std::cerr << "usage: analyze_manual FOLDER VERSION\n";
        return 2;
    }
    try {
        AnalyzeOptions options;
        CLI::App app;
        declare_options(app, options);
        const std::filesystem::path folder = argv[1];
        std::filesystem::create_directories(folder);
        write_atomically(folder / "analyze.1", man_page(app, argv[2]));
        write_atomically(folder / "analyze.bash", bash_completion(app));
        write_atomically(folder / "_analyze", zsh_completion(app));
        write_atomically(folder / "analyze.fish", fish_completion(app));
    } catch (const std::exception& e) {
        std::cerr << "analyze_manual: " << e.what() << "\n";
        return 1;
    }
    return 0;
}
