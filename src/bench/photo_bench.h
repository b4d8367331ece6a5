// photo_bench.h -- the 12-megapixel photograph that the photo benchmarks share.
#pragma once

#include <filesystem>

namespace chiffre::bench {

// A photograph of 40 digits on paper, drawn into a temporary folder that goes with the object; or, where the
// environment variable CHIFFRE_BENCH_PHOTO names a file, that file.
class BenchPhoto {
  public:
    BenchPhoto();
    BenchPhoto(const BenchPhoto&) = delete;
    BenchPhoto& operator=(const BenchPhoto&) = delete;
    ~BenchPhoto();

    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
    std::filesystem::path folder_;  // to be removed; empty where the photo is the user's
};

}  // namespace chiffre::bench
