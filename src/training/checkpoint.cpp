// checkpoint.cpp -- a fixed header, four arrays of floats, a CRC-32. Read only by the machine that wrote it, so the
// bytes are in its own order.
#include "checkpoint.h"

#include <zlib.h>

#include <array>
#include <cstring>
#include <fstream>
#include <iterator>

#include "error.h"

namespace chiffre::training {
namespace {

constexpr std::array<char, 16> kMagic{'c', 'h', 'i', 'f', 'f', 'r', 'e', ' ', 't', 'r', 'a', 'i', 'n', ' ', '1', '\n'};

// One walk over the fields serves writing and reading.
template <typename State, typename Visit>
void each_field(State& checkpoint, const Visit& visit) {
    visit(&checkpoint.seed, sizeof checkpoint.seed);
    visit(&checkpoint.recipe_crc32, sizeof checkpoint.recipe_crc32);
    visit(&checkpoint.data_crc32, sizeof checkpoint.data_crc32);
    visit(&checkpoint.loss, sizeof checkpoint.loss);
    visit(&checkpoint.wrong, sizeof checkpoint.wrong);
    visit(&checkpoint.best_epoch, sizeof checkpoint.best_epoch);
    visit(&checkpoint.best_error, sizeof checkpoint.best_error);
    visit(&checkpoint.optimizer.step, sizeof checkpoint.optimizer.step);
    for (auto* values : {&checkpoint.optimizer.parameters, &checkpoint.optimizer.mean, &checkpoint.optimizer.square,
                         &checkpoint.optimizer.average})
        visit(values->data(), values->size() * sizeof(float));
}

std::uint32_t crc_of(const std::string& bytes, std::size_t count) {
    return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), count));
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
    std::string bytes(kMagic.begin(), kMagic.end());
    each_field(checkpoint,
               [&](const void* field, std::size_t size) { bytes.append(static_cast<const char*>(field), size); });
    const std::uint32_t crc = crc_of(bytes, bytes.size());
    bytes.append(reinterpret_cast<const char*>(&crc), sizeof crc);

    const std::filesystem::path temporary = path.string() + ".partial";
    std::ofstream file(temporary, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    std::error_code error;
    if (file) std::filesystem::rename(temporary, path, error);
    if (!file || error) throw Error(ErrorCode::unwritable, path.string() + ": the checkpoint cannot be written");
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) throw Error(ErrorCode::not_found, path.string() + ": no such checkpoint");
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (!std::filesystem::is_regular_file(path) || !file)
        throw Error(ErrorCode::unreadable, path.string() + ": expected a checkpoint, cannot be read");

    Checkpoint checkpoint;
    std::size_t expected = kMagic.size() + sizeof(std::uint32_t);
    each_field(checkpoint, [&](const void*, std::size_t size) { expected += size; });
    if (!bytes.starts_with(std::string_view(kMagic.data(), kMagic.size())))
        throw Error(ErrorCode::bad_data,
                    path.string() + ": expected a checkpoint of `train fit`, found something else");
    if (bytes.size() != expected)
        throw Error(ErrorCode::bad_data, path.string() + ": expected a checkpoint of " + std::to_string(expected) +
                                             " bytes, found " + std::to_string(bytes.size()));
    std::uint32_t crc = 0;
    std::memcpy(&crc, bytes.data() + bytes.size() - sizeof crc, sizeof crc);
    if (crc != crc_of(bytes, bytes.size() - sizeof crc))
        throw Error(ErrorCode::bad_data, path.string() + ": expected the checksum to match, found damage");

    std::size_t offset = kMagic.size();
    each_field(checkpoint, [&](void* field, std::size_t size) {
        std::memcpy(field, bytes.data() + offset, size);
        offset += size;
    });
    return checkpoint;
}

}  // namespace chiffre::training
