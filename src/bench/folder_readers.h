// folder_readers.h -- those that `bench read` lets go through a folder of photos: a decoder alone, analyze, Tesseract.
// Each takes the photos' paths, in order, and says how long it took by the wall clock.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace chiffre::bench {

using Paths = std::span<const std::string>;

// A folder read once.
struct FolderReading {
    double wall_s = 0;
    std::vector<std::vector<std::string>> rows;             // of each photo: its rows, digits without gaps
    std::vector<std::pair<std::string, double>> stages_ms;  // per photo, in the order of the stages; where it says so
    std::string device;                                     // "cpu", "cuda:0"
};

// Seconds in which `jobs` threads do nothing but decode: libjpeg-turbo, in grey, at the scale at which reading begins.
// Throws what decode() throws.
double decode_all(Paths photos, int jobs);

// The program `analyze` that stands beside this one, as a process. Throws Error(bad_data) where a photo could not be
// read, and what run_program() throws.
FolderReading read_by_analyze(Paths photos, int jobs, const std::string& device);

bool has_tesseract();

// `jobs` processes of one thread each, digits only, photos dealt out evenly. Throws Error(bad_data) where one fails.
FolderReading read_by_tesseract(Paths photos, int jobs);

}  // namespace chiffre::bench
