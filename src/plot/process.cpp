// process.cpp -- posix_spawn and wait4, which tells the processor time of the one child.
#include "plot/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "error.h"

namespace chiffre {

static double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

ProcessorTime run_program(const Command& command, const ProcessOptions& options) {
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, options.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    if (!options.errors.empty())
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, options.errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                         0600);
    if (!options.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, options.folder.c_str());
    pid_t process = 0;
    const int failure = posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) throw Error(ErrorCode::not_found, command[0] + ": " + std::strerror(failure));

    int status = 0;
    rusage usage{};
    if (wait4(process, &status, 0, &usage) != process)
        throw Error(ErrorCode::unreadable, command[0] + ": " + std::strerror(errno));
    if (!WIFEXITED(status)) throw Error(ErrorCode::bad_data, command[0] + ": ended by a signal for " + command.back());
    if (WEXITSTATUS(status) != 0)
        throw Error(ErrorCode::bad_data, command[0] + ": expected exit status 0, found " +
                                             std::to_string(WEXITSTATUS(status)) + " for " + command.back());
    return {seconds(usage.ru_utime), seconds(usage.ru_stime)};
}

TemporaryFolder::TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "chiffre-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
        throw Error(ErrorCode::unwritable, pattern + ": expected to make a folder, found " + std::strerror(errno));
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace chiffre
