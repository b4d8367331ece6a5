// gallery.h -- the page of a run for people: --html. DIR/index.html opens from the disk, with neither a server nor a
// network. The page is the same for every run; what it shows lies beside it and grows as the run goes on, so that
// memory holds no photo that is finished, and a run that ended early has a page of all that it finished.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "gallery/entry.h"
#include "pipeline.h"

namespace chiffre {

class Gallery {
  public:
    struct Plan {
        std::string folder = {};            // empty: no page is wanted, and nothing below does anything
        std::string debug_folder = {};      // of --debug: its stage pictures are linked to
        std::uint32_t part = 1, parts = 1;  // of a run on several machines, which may share the folder
        bool force = false;                 // write into a folder that holds other files, too
    };

    // Changes nothing yet. Throws Error(unwritable) where the folder holds anything but an earlier page, and is not
    // forced.
    explicit Gallery(Plan plan);
    Gallery(const Gallery&) = delete;
    Gallery& operator=(const Gallery&) = delete;
    ~Gallery();

    bool wanted() const { return !plan_.folder.empty(); }

    // For a run that is gone on with, before begin(): whether the page of the earlier run has the next photo, and that
    // is `path`. Once it has not, it has none of the later ones.
    bool has_next(const std::string& path);

    // Makes the folder. Of an earlier page only what has_next() has found stays, and parts of the same division.
    // Throws Error(unwritable), also where another run writes the same part.
    void begin();

    // Writes the files of a photo, the number-th of the run (from 0), and returns what add() takes. debug_name: the
    // folder of its stage pictures in that of --debug. Several threads may at a time. Throws Error(unwritable).
    std::string write(std::int64_t number, const std::string& path, const Reading& reading, const Trace& trace,
                      const ScoreMeaning& meaning, const std::string& debug_name) const;
    std::string entry(std::int64_t number, const std::string& path, const Failure& failure) const;

    // In the order of the run. Throw Error(unwritable).
    void add(const std::string& entry);
    // state: "complete", "interrupted", "failed".
    void finish(const std::string& state);

  private:
    std::filesystem::path list_file(std::int64_t list) const;
    void prepare();
    void clear_part() const;
    void write_page() const;
    void write_state(const std::string& state) const;
    void open_list();

    Plan plan_;
    std::filesystem::path folder_, part_;  // DIR, and the folder of this part in it
    std::filesystem::path real_folder_;    // without symbolic links, for links from it
    std::string debug_link_;               // from the page
    std::int64_t count_ = 0;               // photos on the page
    std::int64_t list_bytes_ = 0;          // of the last list
    std::ifstream earlier_;                // the list that has_next() reads
    bool earlier_ended_ = false;
    int lock_ = -1, list_ = -1;             // descriptors
    mutable std::atomic<int> stages_left_;  // photos that may still be given stage pictures
};

}  // namespace chiffre
