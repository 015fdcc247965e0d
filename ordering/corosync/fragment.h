// Messages in pieces: CPG carries at most 1,047,552 bytes a message, and carries many messages that
// fit a totem frame (65,438 bytes) better than a few large ones. Pure; no IO.
//
// A piece is a header of 12 bytes and a part of the message. The numbers are little-endian:
//   0  version  1 byte   1
//   1  zero     1 byte
//   2  index    2 bytes  of this piece, from 0
//   4  count    2 bytes  of the message's pieces, 1..kPieceCountMax
//   6  zero     2 bytes
//   8  number   4 bytes  of the message, counted by its sender; wraps around
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ordering/types.h"

namespace peal::ordering::corosync {

inline constexpr size_t kPieceHeaderBytes = 12;
// With its header and CPG's a piece fits one totem frame.
inline constexpr size_t kPieceBytesMax = 60 << 10;
inline constexpr size_t kPieceCountMax = 80;
// The longest message: more than the 4 MiB that an envelope may have.
inline constexpr size_t kMessageBytesMax = kPieceBytesMax * kPieceCountMax;

// Cuts `message` (1 to kMessageBytesMax bytes) into pieces, each with its header.
std::vector<std::string> CutIntoPieces(std::string_view message, uint32_t number);

// Puts the pieces of many senders, which may come interleaved, together again. Not thread-safe.
//
// A message is whole only when all its pieces came one after the other. Anything else, be it
// garbage, a piece that is missing, or a message begun before a view, is dropped and counted; the
// next message that starts with its first piece is taken. Holds at most kSendersMax begun messages.
class Assembler {
 public:
  static constexpr size_t kSendersMax = 128;  // CPG_MEMBERS_MAX

  // The message that `piece` completes, valid until the next call; nullopt: none.
  std::optional<std::string_view> Add(Process sender, std::string_view piece);

  // Forgets all begun messages: at a view, whose members may not all hold the pieces before it.
  void Clear();

  // Pieces that were dropped, ever.
  uint64_t dropped_count() const { return dropped_count_; }
  // Bytes of the begun messages.
  size_t pending_bytes() const;

 private:
  struct Begun {
    uint32_t number = 0;
    uint16_t count = 0;
    uint16_t next = 0;
    std::string bytes;
  };

  void Drop(Process sender);

  std::map<Process, Begun> begun_;
  std::string whole_;
  uint64_t dropped_count_ = 0;
};

}  // namespace peal::ordering::corosync
