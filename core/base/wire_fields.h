// The fields of an encoded message of Protocol Buffers, one after the other, without decoding it:
// https://protobuf.dev/programming-guides/encoding/. Groups, which proto3 does not have, are taken
// for damage.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace peal::base {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// What a field starts with.
constexpr uint32_t Tag(int number, WireType type) {
  return static_cast<uint32_t>(number) << 3 | static_cast<uint32_t>(type);
}

// A value; `encoded` outlives it.
class WireFields {
 public:
  explicit WireFields(std::string_view encoded)
      : at_(encoded.data()), end_(encoded.data() + encoded.size()) {}

  // Goes to the next field. False: there is none, or what is there is none; then whole() tells.
  bool Next() {
    if (at_ == end_) {
      return false;
    }
    uint64_t tag = 0;
    if (!ReadVarint(&tag) || tag > UINT32_MAX || tag >> 3 == 0) {
      return Break();
    }
    tag_ = static_cast<uint32_t>(tag);
    return ReadValue() || Break();
  }
  // After Next() was false: everything was fields.
  bool whole() const { return !broken_; }

  // Of the field:
  uint32_t tag() const { return tag_; }
  uint32_t number() const { return tag_ >> 3; }
  WireType type() const { return static_cast<WireType>(tag_ & 7); }
  uint64_t value() const { return value_; }  // Of kVarint, kFixed64 and kFixed32.
  int64_t zigzag() const {                   // Of kVarint, of a sint64.
    return static_cast<int64_t>(value_ >> 1) ^ -static_cast<int64_t>(value_ & 1);
  }
  std::string_view bytes() const { return bytes_; }  // Of kBytes.

 private:
  bool Break() {
    broken_ = true;
    at_ = end_;
    return false;
  }

  bool ReadVarint(uint64_t* out) {
    constexpr int kBitsMax = 63;
    uint64_t value = 0;
    for (int bits = 0; at_ != end_ && bits <= kBitsMax; bits += 7) {
      const auto byte = static_cast<uint8_t>(*at_++);
      value |= static_cast<uint64_t>(byte & 0x7f) << bits;
      if (byte < 0x80) {
        *out = value;
        return true;
      }
    }
    return false;
  }

  template <typename Number>
  bool ReadFixed() {
    Number number = 0;
    if (static_cast<size_t>(end_ - at_) < sizeof number) {
      return false;
    }
    std::memcpy(&number, at_, sizeof number);
    at_ += sizeof number;
    value_ = number;
    return true;
  }

  bool ReadValue() {
    uint64_t size = 0;
    switch (type()) {
      case WireType::kVarint:
        return ReadVarint(&value_);
      case WireType::kFixed64:
        return ReadFixed<uint64_t>();
      case WireType::kFixed32:
        return ReadFixed<uint32_t>();
      case WireType::kBytes:
        if (!ReadVarint(&size) || size > static_cast<uint64_t>(end_ - at_)) {
          return false;
        }
        bytes_ = {at_, static_cast<size_t>(size)};
        at_ += size;
        return true;
    }
    return false;
  }

  const char* at_;
  const char* const end_;
  bool broken_ = false;
  uint32_t tag_ = 0;
  uint64_t value_ = 0;
  std::string_view bytes_;
};

}  // namespace peal::base
