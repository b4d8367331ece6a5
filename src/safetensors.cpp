// safetensors.cpp -- reads and writes the format strictly: every byte of an accepted file is accounted for.
#include "safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "error.h"

namespace chiffre {
namespace {

static_assert(std::endian::native == std::endian::little, "the data of a safetensors file are little-endian");

using nlohmann::json;

constexpr std::size_t kLengthBytes = 8;  // the u64 that opens the file
constexpr char kMetadataKey[] = "__metadata__";

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
    throw Error(ErrorCode::bad_weights, file + ": " + what);
}

// JSON as text for messages, of a length fit for one line.
std::string quote(const json& value) {
    constexpr std::size_t kLongest = 60;
    std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
    return text;
}

std::size_t read_header_length(std::span<const std::byte> bytes, const std::string& file) {
    if (bytes.size() < kLengthBytes)
        refuse(file, "expected a safetensors file, found " + std::to_string(bytes.size()) + " bytes");
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), kLengthBytes);
    if (length > kMaxHeaderBytes)
        refuse(file, "expected a safetensors header of at most " + std::to_string(kMaxHeaderBytes) +
                         " bytes, found a length of " + std::to_string(length));
    if (length > bytes.size() - kLengthBytes)
        refuse(file, "expected a header of " + std::to_string(length) + " bytes, found " +
                         std::to_string(bytes.size() - kLengthBytes) + " (file cut short)");
    return length;
}

// The parser itself would silently keep the last of two equal keys.
json parse_header(std::string_view text, const std::string& file) {
    std::vector<std::set<std::string>> keys;  // of the objects that are open
    const auto watch = [&](int, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::object_start) keys.emplace_back();
        if (event == json::parse_event_t::object_end) keys.pop_back();
        if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
            refuse(file, "expected every name once in the header, found " + quote(parsed) + " twice");
        return true;
    };
    json header;
    try {
        header = json::parse(text, watch);
    } catch (const json::exception& e) {
        refuse(file, std::string("expected a header in JSON, found: ") + e.what());
    }
    if (!header.is_object()) refuse(file, "expected a JSON object as header, found " + quote(header));
    return header;
}

std::map<std::string, std::string> read_metadata(const json& header, const std::string& file) {
    std::map<std::string, std::string> metadata;
    const auto found = header.find(kMetadataKey);
    if (found == header.end()) return metadata;
    if (!found->is_object()) refuse(file, "__metadata__: expected a JSON object, found " + quote(*found));
    for (const auto& [key, value] : found->items()) {
        if (!value.is_string()) refuse(file, "__metadata__: " + key + ": expected a text, found " + quote(value));
        metadata[key] = value.get<std::string>();
    }
    return metadata;
}

bool is_list_of_sizes(const json& value) {
    return value.is_array() &&
           std::all_of(value.begin(), value.end(), [](const json& v) { return v.is_number_unsigned(); });
}

template <typename Element>
constexpr const char* kType = "F32";
template <>
constexpr const char* kType<std::uint8_t> = "U8";

template <typename Element>
struct Entry {
    BasicTensor<Element> tensor;  // values still empty
    std::uint64_t begin = 0, end = 0;
};

template <typename Element>
Entry<Element> read_entry(const std::string& tensor, const json& value, std::size_t data_bytes,
                          const std::string& file) {
    const std::string where = "tensor " + tensor + ": ";
    for (const char* field : {"dtype", "shape", "data_offsets"})
        if (!value.is_object() || !value.contains(field))
            refuse(file, where + "expected an object with dtype, shape and data_offsets, found " + quote(value));
    if (value["dtype"] != kType<Element>)
        refuse(file, where + "expected dtype " + kType<Element> + ", found " + quote(value["dtype"]));

    const json& shape = value["shape"];
    if (!is_list_of_sizes(shape)) refuse(file, where + "expected a shape, found " + quote(shape));
    const json& offsets = value["data_offsets"];
    if (!is_list_of_sizes(offsets) || offsets.size() != 2 || offsets[0] > offsets[1])
        refuse(file, where + "expected data_offsets [begin, end], found " + quote(offsets));

    Entry<Element> entry{{tensor, {}, {}}, offsets[0].get<std::uint64_t>(), offsets[1].get<std::uint64_t>()};
    if (entry.end > data_bytes)
        refuse(file, where + "expected data up to byte " + std::to_string(entry.end) + ", found only " +
                         std::to_string(data_bytes) + " bytes of data (file cut short)");

    // No product of a shape that fits the data overflows: it stays at or below data_bytes.
    std::uint64_t count = 1;
    for (const json& extent : shape) {
        const auto n = extent.get<std::uint64_t>();
        if (n != 0 && count > data_bytes / n)
            refuse(file, where + "expected a shape that fits the file, found " + quote(shape));
        count *= n;
        entry.tensor.shape.push_back(static_cast<std::int64_t>(n));
    }
    if (entry.end - entry.begin != count * sizeof(Element))
        refuse(file, where + "expected " + std::to_string(count * sizeof(Element)) + " bytes for shape " +
                         quote(shape) + ", found " + std::to_string(entry.end - entry.begin));
    return entry;
}

// The entries, by begin, must lie end to end from the first byte of the data to the last.
template <typename Element>
void check_coverage(const std::vector<Entry<Element>>& entries, std::size_t data_bytes, const std::string& file) {
    std::uint64_t end = 0;
    for (const Entry<Element>& entry : entries) {
        if (entry.begin != end)
            refuse(file, "tensor " + entry.tensor.name + ": expected data at byte " + std::to_string(end) +
                             ", found offset " + std::to_string(entry.begin) + " (hole or overlap)");
        end = entry.end;
    }
    if (end != data_bytes)
        refuse(file, "expected " + std::to_string(end) + " bytes of data, found " + std::to_string(data_bytes) +
                         " (trailing bytes)");
}

template <typename Element>
BasicTensorFile<Element> parse(std::span<const std::byte> bytes, const std::string& name) {
    const std::size_t header_bytes = read_header_length(bytes, name);
    const char* text = reinterpret_cast<const char*>(bytes.data()) + kLengthBytes;
    const json header = parse_header({text, header_bytes}, name);
    const std::span<const std::byte> data = bytes.subspan(kLengthBytes + header_bytes);

    BasicTensorFile<Element> file;
    file.metadata = read_metadata(header, name);
    std::vector<Entry<Element>> entries;
    for (const auto& [tensor, value] : header.items())
        if (tensor != kMetadataKey) entries.push_back(read_entry<Element>(tensor, value, data.size(), name));
    std::stable_sort(entries.begin(), entries.end(), [](const Entry<Element>& a, const Entry<Element>& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;  // an empty tensor before its neighbour
    });
    check_coverage(entries, data.size(), name);

    for (Entry<Element>& entry : entries) {
        entry.tensor.values.resize((entry.end - entry.begin) / sizeof(Element));
        if (entry.end > entry.begin)
            std::memcpy(entry.tensor.values.data(), data.data() + entry.begin, entry.end - entry.begin);
        file.tensors.push_back(std::move(entry.tensor));
    }
    return file;
}

template <typename Element>
std::string format(const BasicTensorFile<Element>& file) {
    json header = json::object();  // keys in alphabetical order, so equal input gives equal bytes
    if (!file.metadata.empty()) header[kMetadataKey] = file.metadata;
    std::size_t offset = 0;
    for (const BasicTensor<Element>& tensor : file.tensors) {
        const std::size_t end = offset + tensor.values.size() * sizeof(Element);
        header[tensor.name] = {{"dtype", kType<Element>}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
    text.resize((text.size() + 7) / 8 * 8, ' ');

    const std::uint64_t length = text.size();
    std::string bytes(kLengthBytes, '\0');
    std::memcpy(bytes.data(), &length, kLengthBytes);
    bytes += text;
    for (const BasicTensor<Element>& tensor : file.tensors)
        bytes.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size() * sizeof(Element));
    return bytes;
}

}  // namespace

TensorFile parse_safetensors(std::span<const std::byte> bytes, const std::string& name) {
    return parse<float>(bytes, name);
}

ByteTensorFile parse_byte_safetensors(std::span<const std::byte> bytes, const std::string& name) {
    return parse<std::uint8_t>(bytes, name);
}

std::string format_safetensors(const TensorFile& file) {
    return format(file);
}

std::string format_safetensors(const ByteTensorFile& file) {
    return format(file);
}

}  // namespace chiffre
