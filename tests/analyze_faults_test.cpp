// analyze_faults_test.cpp -- what goes wrong in a long run, caused here: no photo is lost, none comes twice, each that
// failed has a record that says why.
#include <dlfcn.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "analyze_fixture.h"

namespace chiffre {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

class Faults : public Analyze {
  protected:
    void make_photos(int count) const {
        for (int i = 0; i < count; ++i) fs::copy(page_, photo(i));
    }
    fs::path photo(int i) const { return folder_ / (std::to_string(10'000 + i) + ".png"); }

    // As CHIFFRE_ANALYZE, with a decoder that throws (faulty_decode.cpp).
    Process::Result with_faulty_decoder(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {CHIFFRE_FAULTY_ANALYZE, "--device=cpu", "--weights", weights_});
        return Process(arguments, {}).wait();
    }

    static std::vector<Json> records(const std::string& out) {
        std::vector<Json> all;
        std::istringstream lines(out);
        for (std::string line; std::getline(lines, line);) all.push_back(Json::parse(line));
        return all;
    }

    // Path -> "" or the code of its error. A path that comes twice is a failure of the test.
    static std::map<std::string, std::string> codes(const std::string& out) {
        std::map<std::string, std::string> all;
        for (const Json& record : records(out)) {
            const std::string code = record.contains("error") ? record["error"]["code"] : "";
            EXPECT_TRUE(all.emplace(record["path"], code).second) << record["path"] << " twice";
        }
        return all;
    }
};

TEST_F(Faults, BadPhotosAmongGoodOnesAreRecordsOfTheirOwn) {
    make_photos(30);
    const std::string png = bytes_of(page_);
    for (int i = 0; i < 30; i += 3) {
        std::string bytes = png;
        if (i % 2 == 0)
            bytes.resize(png.size() * static_cast<std::size_t>(i) / 30);  // truncated, at first to nothing
        else
            for (std::size_t at = 60; at < bytes.size(); at += 7) bytes[at] = static_cast<char>(i);
        write_atomically(photo(i), bytes);
    }
    const auto run = analyze({"--jobs=4", "--format=jsonl", folder_});
    EXPECT_EQ(run.status, 1);
    const auto all = codes(run.out);
    EXPECT_EQ(all.size(), 31u);
    for (int i = 0; i < 30; ++i)
        EXPECT_EQ(all.at(photo(i)), i % 3 > 0 ? "" : i == 0 ? "empty_file" : "not_an_image") << i;
    EXPECT_NE(run.err.find("31 photos: 21 read, 0 empty, 10 failed; "), std::string::npos) << run.err;
}

TEST_F(Faults, ADecoderThatThrowsIsARecord) {
    const std::map<std::string, std::string> code_of{
        {"exception", "internal"}, {"opencv", "internal"}, {"memory", "too_large"}, {"number", "internal"}};
    write_atomically(folder_ / "good.pgm", "P5 16 16 255\n" + std::string(256, '\xc0'));
    for (const auto& [what, code] : code_of) write_atomically(folder_ / (what + ".png"), "BOOM:" + what);
    fs::remove(page_);
    for (const char* jobs : {"--jobs=1", "--jobs=3"}) {
        const auto run = with_faulty_decoder({jobs, "--format=jsonl", folder_});
        EXPECT_EQ(run.status, 1);
        auto all = codes(run.out);
        EXPECT_EQ(all.size(), 5u);
        EXPECT_EQ(all.at(folder_ / "good.pgm"), "");
        for (const auto& [what, code] : code_of) {
            EXPECT_EQ(all.at(folder_ / (what + ".png")), code);
            EXPECT_NE(run.err.find("analyze: " + (folder_ / (what + ".png")).string() + ": expected "),
                      std::string::npos);
        }
    }
}

// Results of quick photos wait for the slow one, and no longer.
TEST_F(Faults, ASlowPhotoHoldsUpNoOther) {
    make_photos(0);
    fs::remove(page_);
    write_atomically(folder_ / "0.png", "BOOM:slow");
    for (int i = 1; i < 20; ++i)
        write_atomically(folder_ / (std::to_string(10 + i) + ".pgm"), "P5 16 16 255\n" + std::string(256, '\xc0'));
    const auto run = with_faulty_decoder({"--jobs=2", "-v", "--format=jsonl", folder_});
    const auto all = records(run.out);
    ASSERT_EQ(all.size(), 20u);
    EXPECT_EQ(all[0]["path"], (folder_ / "0.png").string());
    EXPECT_TRUE(all[0].contains("error"));
}

TEST_F(Faults, PermissionDenied) {
    make_photos(4);
    fs::permissions(photo(1), fs::perms::none);
    fs::create_directory(folder_ / "locked");
    fs::permissions(folder_ / "locked", fs::perms::none);
    // The path to the scratch folder and to the program must be open to anybody.
    fs::permissions(scratch_.path(), fs::perms::others_exec | fs::perms::others_read, fs::perm_options::add);
    const auto run = analyze({"-r", "--format=jsonl", folder_}, {.in_child = [] {
                                 constexpr uid_t kNobody = 65534;
                                 if (geteuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) _exit(98);
                                 if (access(CHIFFRE_ANALYZE, X_OK) != 0) _exit(98);
                             }});
    fs::permissions(folder_ / "locked", fs::perms::owner_all);
    if (run.status == 98) GTEST_SKIP() << "root may read every file, and cannot become another user here";
    EXPECT_EQ(run.status, 1);
    const auto all = codes(run.out);
    EXPECT_EQ(all.size(), 6u);
    EXPECT_EQ(all.at(photo(0)), "");
    EXPECT_EQ(all.at(photo(1)), "unreadable");
    EXPECT_EQ(all.at(folder_ / "locked"), "unreadable");
    EXPECT_NE(run.err.find("Permission denied"), std::string::npos) << run.err;
}

// ---- output ---------------------------------------------------------------------------------------------------------

TEST_F(Faults, AFileThatMayNotGrowKeepsWholeRecordsAndIsGoneOnWith) {
    make_photos(20);
    const std::string output = scratch_.path() / "out.jsonl";
    const std::vector<std::string> arguments{"-q", "--jobs=2", "--no-times", "--format=jsonl", "-o", output, folder_};
    const std::string whole = analyze({"-q", "--no-times", "--format=jsonl", folder_}).out;
    const auto run = analyze(arguments, {.in_child = [&] {
                                 const rlimit limit{whole.size() / 2, whole.size() / 2};
                                 setrlimit(RLIMIT_FSIZE, &limit);
                             }});
    EXPECT_EQ(run.status, 5);
    EXPECT_EQ(run.err, "analyze: what was finished is in " + output + ".partial\nanalyze: " + output +
                           ": expected to be able to write here, found: File too large\n");
    const std::string partial = bytes_of(output + ".partial");
    EXPECT_GT(partial.size(), whole.size() / 3);
    EXPECT_TRUE(whole.starts_with(partial) && partial.ends_with('\n'));
    auto again = arguments;
    again.push_back("--resume");
    EXPECT_EQ(analyze(again).status, 0);
    EXPECT_EQ(bytes_of(output), whole);
}

// A file system of 64 KiB, mounted for the program alone.
TEST_F(Faults, AFullDiskKeepsWholeRecordsAndIsGoneOnWith) {
    make_photos(60);
    const std::string disk = scratch_.path() / "disk";
    fs::create_directory(disk);
    const std::string analyze_line = std::string(CHIFFRE_ANALYZE) + " -q --device=cpu --weights " + weights_.string() +
                                     " --no-times --format=jsonl -o " + disk + "/out " + folder_.string();
    const std::string script = analyze_line + "; echo \"status $?\"; tail -c 1 " + disk +
                               "/out.partial | od -An -c; rm " + disk + "/ballast; " + analyze_line +
                               " --resume; echo \"status $?\"; cat " + disk + "/out";
    const auto run = Process({"/bin/sh", "-c", script},
                             {.in_child =
                                  [&] {
                                      if (unshare(CLONE_NEWNS) != 0 ||
                                          mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                                          mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=256k") != 0)
                                          _exit(98);
                                      write_atomically(disk + "/ballast", std::string(196'608, 'x'));
                                  }})
                         .wait();
    if (run.status == 98) GTEST_SKIP() << "file systems cannot be mounted here";
    EXPECT_NE(
        run.err.find("analyze: " + disk + "/out: expected to be able to write here, found: No space left on device"),
        std::string::npos)
        << run.err;
    const std::string whole = analyze({"-q", "--no-times", "--format=jsonl", folder_}).out;
    EXPECT_GT(whole.size(), 65'536u);
    EXPECT_EQ(run.out, "status 5\n  \\n\nstatus 0\n" + whole);
}

TEST_F(Faults, AClosedPipeEndsTheRun) {
    make_photos(50);
    const auto run = Process({"/bin/sh", "-c",
                              "{ " CHIFFRE_ANALYZE " -q --jobs=2 --device=cpu " + folder_.string() +
                                  "; echo \"status $?\" >&2; } | head -n 1"},
                             {})
                         .wait();
    EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 1);
    EXPECT_EQ(run.err, "analyze: standard output: expected to be able to write here, found: Broken pipe\nstatus 5\n");
}

// ---- what changes under the run -------------------------------------------------------------------------------------

TEST_F(Faults, AFolderRemovedMeanwhileLeavesARecordOfEachPhoto) {
    make_photos(200);
    const fs::path moved = scratch_.path() / "moved";
    Process process(
        {CHIFFRE_ANALYZE, "-v", "--jobs=2", "--device=cpu", "--weights", weights_, "--format=jsonl", folder_}, {});
    while (process.err_so_far().find(" rows, ") == std::string::npos)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    fs::rename(folder_, moved);
    const auto run = process.wait();
    const auto all = codes(run.out);
    EXPECT_EQ(all.size(), 201u);
    const auto missing =
        std::count_if(all.begin(), all.end(), [](const auto& each) { return each.second == "not_found"; });
    EXPECT_GT(missing, 0);
    EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const auto& each) { return each.second.empty(); }),
              201 - missing);
    EXPECT_EQ(run.status, 1);
}

TEST_F(Faults, AFileReplacedMeanwhileIsReadAsOneOrTheOther) {
    write_atomically(scratch_.path() / "other", "no image");
    make_photos(1);
    std::atomic<bool> done = false;
    std::thread replacing([&] {
        for (int i = 0; !done; ++i) {
            fs::copy(i % 2 ? page_ : scratch_.path() / "other", scratch_.path() / "next",
                     fs::copy_options::overwrite_existing);
            fs::rename(scratch_.path() / "next", photo(0));
        }
    });
    std::string list;
    for (int i = 0; i < 100; ++i) list += photo(0).string() + "\n";
    const auto run = analyze({"-q", "--jobs=2", "--format=jsonl", "--files-from=-"}, {.input = list});
    done = true;
    replacing.join();
    const auto all = records(run.out);
    EXPECT_EQ(all.size(), 100u);
    for (const Json& record : all) {
        if (record.contains("error"))
            EXPECT_EQ(record["error"]["code"], "not_an_image") << record;
        else
            EXPECT_EQ(record["text"], "777 77\n7777");
    }
}

TEST_F(Faults, AFileThatDoesNotStopChangingSaysSo) {
    // Large enough to be read for a while, and no picture.
    const fs::path growing = folder_ / "growing.png";
    write_atomically(growing, "");
    fs::resize_file(growing, 200 << 20);
    std::atomic<bool> done = false;
    std::thread writer([&] {
        std::ofstream file(growing, std::ios::app);
        while (!done) {
            file << 'x' << std::flush;
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
    });
    const auto run = analyze({"-q", "--format=jsonl", growing});
    done = true;
    writer.join();
    EXPECT_EQ(Json::parse(run.out)["error"]["code"], "unreadable");
    EXPECT_TRUE(
        run.err.ends_with("expected a file that stays as it is while it is read, found one that changed each of "
                          "3 times\n"))
        << run.err;
}

TEST_F(Faults, TheTimeOfDayPlaysNoPart) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "AddressSanitizer has to be loaded first";
#endif
    make_photos(5);
    const auto run = analyze({"--progress=json", "--timing", folder_},
                             {.in_child = [] { setenv("LD_PRELOAD", CHIFFRE_CLOCK_THAT_GOES_BACK, 1); }});
    EXPECT_EQ(run.status, 0);
    EXPECT_EQ(run.err.find("cannot be preloaded"), std::string::npos) << run.err;
    double seconds = 0;
    std::istringstream lines(run.err);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("{\"progress\"")) continue;
        const Json progress = Json::parse(line);
        EXPECT_GE(progress["seconds"], seconds);
        EXPECT_GT(progress["photos_per_s"], 0);
        EXPECT_LT(progress["seconds"], 60);
        seconds = progress["seconds"];
    }
    EXPECT_GT(seconds, 0);
}

// ---- memory ---------------------------------------------------------------------------------------------------------

TEST_F(Faults, OneGiantPhotoAmongOthersCostsNoOther) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "AddressSanitizer needs the address space that this test takes away";
#endif
    make_photos(20);
    write_atomically(folder_ / "10009-giant.pgm", "P5 18000 10000 255\n");
    fs::resize_file(folder_ / "10009-giant.pgm", 19 + 180'000'000);  // takes no room on the disk
    const auto run = analyze({"--jobs=2", "--format=jsonl", folder_}, {.in_child = [] {
                                 const rlimit limit{450 << 20, 450 << 20};
                                 setrlimit(RLIMIT_AS, &limit);
                             }});
    EXPECT_EQ(run.status, 1);
    const auto all = codes(run.out);
    EXPECT_EQ(all.size(), 22u);
    EXPECT_EQ(all.at(folder_ / "10009-giant.pgm"), "too_large");
    EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const auto& each) { return each.second.empty(); }), 21);
}

}  // namespace
}  // namespace chiffre
