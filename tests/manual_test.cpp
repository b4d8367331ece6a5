// manual_test.cpp -- the man page and the completions as the build wrote them: the shells accept them, and bash
// completes with them what a user would expect.
#include <gtest/gtest.h>

#include "process.h"

namespace chiffre {
namespace {

const std::string kFolder = CHIFFRE_MANUAL_DIR;

Process::Result shell(const std::string& script) {
    return Process({"/bin/sh", "-c", script}, {}).wait();
}

bool is_there(const std::string& program) {
    return shell("command -v " + program).status == 0;
}

class Syntax : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(Syntax, IsAccepted) {
    const auto [program, command] = GetParam();
    if (!is_there(program)) GTEST_SKIP() << program << " is not installed";
    const auto run = shell("cd '" + kFolder + "' && " + command);
    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(run.out + run.err, "");
}

INSTANTIATE_TEST_SUITE_P(Manual, Syntax,
                         testing::Values(std::pair{"bash", "bash -n analyze.bash"}, std::pair{"zsh", "zsh -n _analyze"},
                                         std::pair{"fish", "fish --no-execute analyze.fish"},
                                         std::pair{"mandoc", "mandoc -T lint -W error analyze.1"}),
                         [](const auto& test) { return std::string(test.param.first); });

// What bash offers in kFolder when the user presses tab after `words`, of which the last is begun.
std::string bash_offers(const std::string& words) {
    return shell("cd '" + kFolder + "' && bash -c 'compopt() { :; }; . ./analyze.bash; COMP_WORDS=(" + words +
                 "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _analyze; echo \"${COMPREPLY[@]}\"'")
        .out;
}

TEST(Manual, BashCompletesOptionsAndTheirValues) {
    if (!is_there("bash")) GTEST_SKIP() << "bash is not installed";
    EXPECT_EQ(bash_offers("analyze --fo"), "--format --force\n");
    EXPECT_EQ(bash_offers("analyze --format \"\""), "text jsonl csv\n");
    EXPECT_EQ(bash_offers("analyze --format = j"), "jsonl\n");
    EXPECT_EQ(bash_offers("analyze -f c"), "csv\n");
    EXPECT_EQ(bash_offers("analyze --device c"), "cpu cuda\n");
    EXPECT_EQ(bash_offers("analyze --min-confidence 0"), "\n");
    EXPECT_EQ(bash_offers("analyze analyze.b"), "analyze.bash\n");
    EXPECT_EQ(bash_offers("analyze ev"), "evaluate\n");
    EXPECT_EQ(bash_offers("analyze evaluate --format \"\""), "text json\n");
    EXPECT_EQ(bash_offers("analyze evaluate --pa"), "--page\n");
    EXPECT_EQ(bash_offers("analyze evaluate analyze.b"), "analyze.bash\n");
}

TEST(Manual, EveryOptionOfTheHelpIsEverywhere) {
    const std::string help = Process({CHIFFRE_ANALYZE, "--help"}, {}).wait().out +
                             Process({CHIFFRE_ANALYZE, "evaluate", "--help"}, {}).wait().out;
    const std::string man = bytes_of(kFolder + "/analyze.1"), bash = bytes_of(kFolder + "/analyze.bash"),
                      zsh = bytes_of(kFolder + "/_analyze"), fish = bytes_of(kFolder + "/analyze.fish");
    int options = 0;
    for (std::size_t at = help.find("\n  -"); at != std::string::npos; at = help.find("\n  -", at + 1)) {
        const std::size_t start = help.find("--", at) + 2;
        const std::string name = help.substr(start, help.find_first_of(" \n", start) - start);
        std::string in_man = "--" + name;
        for (std::size_t dash = in_man.find('-'); dash != std::string::npos; dash = in_man.find('-', dash + 2))
            in_man.insert(dash, "\\");
        EXPECT_NE(man.find(in_man), std::string::npos) << in_man;
        EXPECT_NE(bash.find("--" + name), std::string::npos) << name;
        EXPECT_NE(zsh.find("--" + name), std::string::npos) << name;
        EXPECT_NE(fish.find(" -l " + name + " "), std::string::npos) << name;
        ++options;
    }
    EXPECT_GE(options, 28);
}

}  // namespace
}  // namespace chiffre
