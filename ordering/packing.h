// A batch as one LZ4 block. What its events say alike (their source, their origin, the beginning of
// their ids) is then sent, hashed and kept once, and so is what is alike in their data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace peal::ordering {

// Larger records are not packed: an event of that size is alone in its batch.
inline constexpr size_t kUnpackedBytesMax = size_t{1} << 20;

// `record`, an encoded proto::BatchRecord, or one that has it packed, where that is smaller.
std::string PackBatch(std::string record);

// What the field `packed` holds, `size` being `unpacked_bytes`. Null: it is not that.
std::shared_ptr<const std::string> UnpackBatch(std::string_view packed, uint64_t size);

}  // namespace peal::ordering
