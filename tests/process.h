// process.h -- starts a program as a shell would and collects what it writes.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "atomic_file.h"
#include "scratch_folder.h"

namespace chiffre {

class Process {
  public:
    struct Options {
        std::string input = {};               // on standard input
        std::filesystem::path folder = {};    // to run in; empty: this one
        std::function<void()> in_child = {};  // run just before the program starts
    };
    struct Result {
        int status = -1;  // exit status; -1: ended by a signal
        std::string out, err;
    };

    Process(const std::vector<std::string>& command, const Options& options) {
        write_atomically(scratch_.path() / "in", options.input);
        std::vector<char*> arguments;
        arguments.reserve(command.size() + 1);
        for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
        arguments.push_back(nullptr);
        id_ = fork();
        if (id_ != 0) return;
        redirect("in", O_RDONLY, STDIN_FILENO);
        redirect("out", O_WRONLY | O_CREAT, STDOUT_FILENO);
        redirect("err", O_WRONLY | O_CREAT, STDERR_FILENO);
        if (!options.folder.empty() && chdir(options.folder.c_str()) != 0) _exit(99);
        if (options.in_child) options.in_child();
        execv(arguments[0], arguments.data());
        _exit(99);
    }

    pid_t id() const { return id_; }
    std::string err_so_far() const { return bytes_of(scratch_.path() / "err"); }

    Result wait() {
        int status = 0;
        waitpid(id_, &status, 0);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, bytes_of(scratch_.path() / "out"), err_so_far()};
    }

  private:
    void redirect(const char* name, int flags, int stream) const {
        const int descriptor = open((scratch_.path() / name).c_str(), flags | O_CLOEXEC, 0600);
        if (dup2(descriptor, stream) < 0) _exit(99);
    }

    ScratchFolder scratch_;
    pid_t id_ = -1;
};

}  // namespace chiffre
