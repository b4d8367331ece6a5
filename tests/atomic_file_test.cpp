// atomic_file_test.cpp -- a file is there whole or not at all.
#include "atomic_file.h"

#include <gtest/gtest.h>

#include "error.h"
#include "scratch_folder.h"

namespace chiffre {
namespace {
namespace fs = std::filesystem;

class AtomicFiles : public testing::Test {
  protected:
    ScratchFolder scratch_;
    const fs::path folder_ = scratch_.path();
};

TEST_F(AtomicFiles, AppearOnlyWhenCommitted) {
    write_atomically(folder_ / "a", "old");
    {
        AtomicFile file(folder_ / "a");
        file.write("new");
        EXPECT_EQ(bytes_of(folder_ / "a"), "old");
    }
    EXPECT_EQ(files_in(folder_), std::set<std::string>{"a"}) << "nothing is left of what was not committed";
    AtomicFile file(folder_ / "a");
    file.write("new");
    file.commit();
    EXPECT_EQ(bytes_of(folder_ / "a"), "new");
}

TEST_F(AtomicFiles, WriteThroughLinks) {
    write_atomically(folder_ / "a", "old");
    fs::create_symlink("a", folder_ / "link");
    write_atomically(folder_ / "link", "new");
    EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
    EXPECT_EQ(bytes_of(folder_ / "a"), "new");
}

TEST_F(AtomicFiles, NameWhatCannotBeWritten) {
    const auto message_for = [](const fs::path& target) -> std::string {
        try {
            write_atomically(target, "x");
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), ErrorCode::unwritable);
            return e.what();
        }
        return "nothing thrown";
    };
    EXPECT_EQ(message_for(folder_), folder_.string() + ": expected the name of a file to write, found a folder");
    EXPECT_NE(message_for(folder_ / "no/b").find("No such file or directory"), std::string::npos);
    EXPECT_NE(message_for("/dev/full").find("No space left on device"), std::string::npos);
}

}  // namespace
}  // namespace chiffre
