// result_file.h -- where the records of a run go: to standard output, or to FILE.partial, which becomes FILE when the
// run is complete. What was finished is on its way to the disk before the next photo is: nothing is held back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace chiffre {

class ResultFile {
  public:
    // What the file may find from an earlier run.
    enum class Earlier {
        refuse,    // neither FILE nor FILE.partial may be there
        replace,   // both may, and are
        continue_  // FILE.partial is gone on with; where there is none but FILE, the run was complete already
    };

    // output: a file, or empty for standard output. A symbolic link is written through. What is no regular file (a
    // device, a pipe) cannot be renamed onto and is written to directly. The header comes before the first record, so
    // that a run that cannot begin writes nothing. Two runs cannot write to the same FILE.partial at a time.
    // Throws Error(usage) for what `earlier` does not allow, Error(unwritable).
    ResultFile(const std::string& output, std::string header, Earlier earlier);
    ResultFile(const ResultFile&) = delete;
    ResultFile& operator=(const ResultFile&) = delete;
    // Removes a FILE.partial that holds nothing.
    ~ResultFile();

    // The file with the records of an earlier run, to be gone on with; nothing where there are none.
    std::optional<std::string> earlier_records() const;
    // That is FILE itself: there should be nothing left to write.
    bool was_complete() const { return was_complete_; }
    // Of those records, the first `bytes` are kept and the others cut off.
    void keep(std::int64_t bytes);

    // Where a record cannot be written as a whole, FILE.partial holds nothing of it. Throw Error(unwritable).
    void write(const std::string& record);
    void finish();
    // In what FILE.partial holds, one byte is put in place of another throughout.
    void exchange(char from, char to);

    // FILE.partial, where it holds something.
    std::optional<std::string> partial() const;

  private:
    void open_partial(Earlier earlier);

    std::string name_;  // in messages
    std::string header_;
    std::filesystem::path target_, partial_;  // partial_ is empty where the target is written to directly
    int descriptor_ = -1;
    std::int64_t size_ = 0;  // of partial_
    bool was_complete_ = false;
};

}  // namespace chiffre
