// epoch_log.cpp -- opened before data is read, begun when training begins: a run that is refused leaves the old log.
#include "epoch_log.h"

#include <nlohmann/json.hpp>
#include <string>

#include "atomic_file.h"
#include "error.h"

namespace chiffre::training {
namespace {

// The lines of the first `epochs` epochs. A line that was cut off is none.
std::string first_lines(const std::filesystem::path& path, std::size_t epochs) {
    std::ifstream file(path);
    std::string kept;
    for (std::string line; std::getline(file, line);) {
        const auto object = nlohmann::json::parse(line, nullptr, false);
        if (!object.is_object() || !object.contains("epoch") || !object["epoch"].is_number_unsigned()) continue;
        if (object["epoch"].get<std::size_t>() <= epochs) kept += line + '\n';
    }
    return kept;
}

}  // namespace

EpochLog::EpochLog(const std::filesystem::path& path) : path_(path) {
    open(std::ios::app);
}

void EpochLog::begin(std::size_t epochs) {
    if (!std::filesystem::is_regular_file(path_)) return;
    file_.close();
    if (epochs > 0) write_atomically(path_, first_lines(path_, epochs));
    open(epochs > 0 ? std::ios::app : std::ios::trunc);
}

void EpochLog::write(const EpochReport& report, const TrainingData& data, double images_per_s) {
    nlohmann::ordered_json line{{"epoch", report.epoch},
                                {"step", report.step},
                                {"seconds", report.seconds},
                                {"learning_rate", report.learning_rate},
                                {"loss", report.loss},
                                {"train_error", report.train_error},
                                {"validation_loss", report.validation_loss},
                                {"validation_error", report.validation_error}};
    for (std::size_t i = 0; i < data.validation.size(); ++i)
        line["validation"][data.validation[i].name] = report.validation_errors[i];
    line["images_per_s"] = images_per_s;
    line["device"] = report.device;
    file_ << line.dump() << std::endl;
    check();
}

void EpochLog::open(std::ios::openmode mode) {
    file_.open(path_, mode);
    check();
}

void EpochLog::check() const {
    if (!file_) throw Error(ErrorCode::unwritable, path_.string() + ": the log cannot be written");
}

}  // namespace chiffre::training
