#include "ordering/packing.h"

#include <lz4.h>

#include "core/base/check.h"
#include "proto/group.pb.h"

namespace peal::ordering {
namespace {

// What packing must save: a few bytes are not worth the unpacking on every node.
constexpr size_t kSavingMin = 32;

}  // namespace

std::string PackBatch(std::string record) {
  if (record.size() > kUnpackedBytesMax) {
    return record;
  }
  const int size = static_cast<int>(record.size());
  proto::BatchRecord packing;
  std::string& block = *packing.mutable_packed();
  block.resize(static_cast<size_t>(LZ4_compressBound(size)));
  const int packed =
      LZ4_compress_default(record.data(), block.data(), size, static_cast<int>(block.size()));
  PEAL_CHECK(packed > 0);
  block.resize(static_cast<size_t>(packed));
  if (block.size() + kSavingMin > record.size()) {
    return record;
  }
  packing.set_unpacked_bytes(static_cast<uint32_t>(size));
  return packing.SerializeAsString();
}

std::shared_ptr<const std::string> UnpackBatch(std::string_view packed, uint64_t size) {
  if (size > kUnpackedBytesMax || packed.size() > kUnpackedBytesMax) {
    return nullptr;
  }
  auto record = std::make_shared<std::string>(size, '\0');
  const int unpacked = LZ4_decompress_safe(packed.data(), record->data(),
                                           static_cast<int>(packed.size()), static_cast<int>(size));
  return unpacked >= 0 && static_cast<uint64_t>(unpacked) == size ? record : nullptr;
}

}  // namespace peal::ordering
