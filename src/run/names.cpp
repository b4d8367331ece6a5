// names.cpp -- arguments -> names.
#include "run/names.h"

#include "inputs.h"

namespace chiffre {

std::optional<Name> Names::next() {
    while (std::optional<Name> name = next_of_all())
        if (sources_.shard.holds(name->path)) return name;
    return std::nullopt;
}

std::optional<Name> Names::next_of_all() {
    while (true) {
        if (folder_) {
            if (auto found = folder_->next()) return Name{std::move(found->path), std::move(found->failure)};
            folder_.reset();
        }
        std::optional<std::string> source = next_source();
        if (!source) return std::nullopt;
        if (!is_folder(*source)) return Name{std::move(*source), {}};
        folder_ = std::make_unique<FolderWalk>(*source, sources_.folders);
    }
}

std::optional<std::string> Names::next_source() {
    if (path_ < sources_.paths.size()) return sources_.paths[path_++];
    while (names_ || list_ < sources_.lists.size()) {
        if (!names_)
            names_ =
                std::make_unique<NameList>(sources_.lists[list_++], sources_.null_separated, sources_.stop_descriptor);
        if (auto name = names_->next()) return name == kStandardInput ? "./-" : name;  // in a list it is a file
        names_.reset();
    }
    return std::nullopt;
}

}  // namespace chiffre
