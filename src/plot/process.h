// process.h -- starts other programs, without a shell: names of files are never read as commands.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace chiffre {

using Command = std::vector<std::string>;

struct ProcessorTime {
    double user_s = 0, system_s = 0;
    double total_s() const { return user_s + system_s; }
};

struct ProcessOptions {
    std::filesystem::path output = "/dev/null";  // what it writes on standard output
    std::filesystem::path errors = {};           // what it writes on standard error; empty: goes where ours goes
    std::filesystem::path folder = {};           // to run in; empty: this one
};

// The program is looked for on PATH where its name has no '/'. Throws Error(not_found) where it cannot be started,
// Error(bad_data) where its exit status is not 0.
ProcessorTime run_program(const Command& command, const ProcessOptions& options = {});

// A folder of its own, gone with the object. Throws Error(unwritable).
class TemporaryFolder {
  public:
    TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace chiffre
