// epoch_log.h -- `train fit --log`: a JSON Lines file with one object per epoch.
#pragma once

#include <filesystem>
#include <fstream>

#include "fit.h"

namespace chiffre::training {

class EpochLog {
  public:
    // Leaves what is in the file as it is. Throws Error(unwritable), as the others do.
    explicit EpochLog(const std::filesystem::path& path);

    // Keeps the lines of the first `epochs` epochs, which a resumed run has behind it: a crash may have left lines of
    // epochs that come again. A file that is none (a pipe, a terminal) is appended to.
    void begin(std::size_t epochs);

    void write(const EpochReport& report, const TrainingData& data, double images_per_s);

  private:
    void open(std::ios::openmode mode);
    void check() const;

    std::filesystem::path path_;
    std::ofstream file_;
};

}  // namespace chiffre::training
