// safetensors.h -- the file format of the weights: named float tensors and a map of texts, without any code in it.
// Format: https://huggingface.co/docs/safetensors, "Format": u64 little-endian length of the header, header in JSON
// ("__metadata__": texts; for each tensor its dtype, shape and data_offsets), then the raw data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace chiffre {

template <typename Element>
struct BasicTensor {
    std::string name;
    std::vector<std::int64_t> shape;  // outermost first; empty for a scalar
    std::vector<Element> values;      // row-major; as many as the product of the shape
};

template <typename Element>
struct BasicTensorFile {
    std::vector<BasicTensor<Element>> tensors;    // in the order of their data
    std::map<std::string, std::string> metadata;  // "__metadata__"
};

using Tensor = BasicTensor<float>;  // F32
using TensorFile = BasicTensorFile<float>;
using ByteTensor = BasicTensor<std::uint8_t>;  // U8
using ByteTensorFile = BasicTensorFile<std::uint8_t>;

// A longer header than this is damage: that of LeNet-5 has about 1 KiB, and metadata are a few lines of text.
inline constexpr std::size_t kMaxHeaderBytes = std::size_t{1} << 20;

// Tensors of one type only: F32, or U8 of byte tensors. `name` stands for the file in messages. Throws
// Error(bad_weights) that names the file, the tensor, what was expected and what was found, for every way in which the
// bytes can be wrong: cut short or too long, a header that is no JSON or not of this form, names twice, other types,
// offsets that overlap, leave holes or do not fit the shape.
TensorFile parse_safetensors(std::span<const std::byte> bytes, const std::string& name);
ByteTensorFile parse_byte_safetensors(std::span<const std::byte> bytes, const std::string& name);

// The bytes of such a file: equal input gives equal bytes. The header is padded so that the data begin at a multiple of
// 8 bytes. Metadata that are not UTF-8 are written with replacement characters.
std::string format_safetensors(const TensorFile& file);
std::string format_safetensors(const ByteTensorFile& file);

}  // namespace chiffre
