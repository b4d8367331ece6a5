// failed_list.cpp -- what failed_list.h promises.
#include "run/failed_list.h"

namespace chiffre {

FailedList::FailedList(const std::string& file, bool null_separated, ResultFile::Earlier earlier)
    : separator_(null_separated ? '\0' : '\n') {
    if (!file.empty()) file_.emplace(file, "", earlier);
}

void FailedList::add(const std::string& path) {
    if (!file_) return;
    if (separator_ == '\n' && path.find('\n') != std::string::npos) {
        file_->exchange('\n', '\0');
        separator_ = '\0';
    }
    file_->write(path + separator_);
}

void FailedList::finish() {
    if (file_) file_->finish();
}

}  // namespace chiffre
