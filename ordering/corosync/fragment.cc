#include "ordering/corosync/fragment.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace peal::ordering::corosync {
namespace {

constexpr uint8_t kVersion = 1;

struct Header {
  uint16_t index = 0;
  uint16_t count = 0;
  uint32_t number = 0;
};

template <typename T>
void AppendLittleEndian(T value, std::string* out) {
  for (size_t i = 0; i < sizeof(T); i++) {
    out->push_back(static_cast<char>((value >> (8 * i)) & 0xff));
  }
}

template <typename T>
T ReadLittleEndian(std::string_view bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); i++) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[at + i])) << (8 * i);
  }
  return static_cast<T>(value);
}

void AppendHeader(const Header& header, std::string* out) {
  out->push_back(static_cast<char>(kVersion));
  out->push_back(0);
  AppendLittleEndian(header.index, out);
  AppendLittleEndian(header.count, out);
  AppendLittleEndian(uint16_t{0}, out);
  AppendLittleEndian(header.number, out);
}

// nullopt: not a piece of ours.
std::optional<Header> ReadHeader(std::string_view piece) {
  if (piece.size() <= kPieceHeaderBytes || piece.size() > kPieceHeaderBytes + kPieceBytesMax) {
    return std::nullopt;
  }
  if (static_cast<uint8_t>(piece[0]) != kVersion || piece[1] != 0 || piece[6] != 0 ||
      piece[7] != 0) {
    return std::nullopt;
  }
  Header header{.index = ReadLittleEndian<uint16_t>(piece, 2),
                .count = ReadLittleEndian<uint16_t>(piece, 4),
                .number = ReadLittleEndian<uint32_t>(piece, 8)};
  if (header.count == 0 || header.count > kPieceCountMax || header.index >= header.count) {
    return std::nullopt;
  }
  return header;
}

}  // namespace

std::vector<std::string> CutIntoPieces(std::string_view message, uint32_t number) {
  PEAL_CHECK(!message.empty());
  PEAL_CHECK(message.size() <= kMessageBytesMax);
  const size_t count = (message.size() + kPieceBytesMax - 1) / kPieceBytesMax;
  std::vector<std::string> pieces;
  pieces.reserve(count);
  for (size_t i = 0; i < count; i++) {
    const std::string_view part = message.substr(i * kPieceBytesMax, kPieceBytesMax);
    std::string& piece = pieces.emplace_back();
    piece.reserve(kPieceHeaderBytes + part.size());
    AppendHeader({.index = static_cast<uint16_t>(i),
                  .count = static_cast<uint16_t>(count),
                  .number = number},
                 &piece);
    piece.append(part);
  }
  return pieces;
}

std::optional<std::string_view> Assembler::Add(Process sender, std::string_view piece) {
  const std::optional<Header> header = ReadHeader(piece);
  if (!header.has_value()) {
    Drop(sender);
    return std::nullopt;
  }
  const std::string_view part = piece.substr(kPieceHeaderBytes);
  auto found = begun_.find(sender);
  if (header->index == 0) {
    if (found != begun_.end()) {
      Drop(sender);
    }
    if (header->count == 1) {
      return part;
    }
    if (begun_.size() >= kSendersMax) {
      dropped_count_++;
      return std::nullopt;
    }
    begun_[sender] = {
        .number = header->number, .count = header->count, .next = 1, .bytes = std::string(part)};
    return std::nullopt;
  }
  if (found == begun_.end() || found->second.number != header->number ||
      found->second.count != header->count || found->second.next != header->index) {
    Drop(sender);
    return std::nullopt;
  }
  Begun& begun = found->second;
  begun.bytes.append(part);
  begun.next++;
  if (begun.next < begun.count) {
    return std::nullopt;
  }
  whole_ = std::move(begun.bytes);
  begun_.erase(found);
  return whole_;
}

void Assembler::Clear() {
  for (const auto& [sender, begun] : begun_) {
    dropped_count_ += begun.next;
  }
  begun_.clear();
}

size_t Assembler::pending_bytes() const {
  size_t bytes = 0;
  for (const auto& [sender, begun] : begun_) {
    bytes += begun.bytes.size();
  }
  return bytes;
}

// The begun message of `sender` can no longer become whole.
void Assembler::Drop(Process sender) {
  dropped_count_++;
  begun_.erase(sender);
}

}  // namespace peal::ordering::corosync
