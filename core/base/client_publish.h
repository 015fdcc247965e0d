// Names a client's publish over all its tries: over other connections, other starts of the daemon,
// other nodes. A value.
#pragma once

#include <array>
#include <compare>

#include "core/base/ids.h"

namespace peal {

// Which publish of its client session, dense, from 1. 0: none.
using ClientSequence = Id<struct ClientSequenceTag, uint64_t>;
// Made at random by a client for all of its connections.
using ClientSession = std::array<char, 16>;

// Publishes of a session from the first unanswered one on that are remembered anywhere. A client
// has no more of them.
inline constexpr uint64_t kClientSpanMax = 4'096;

struct ClientPublish {
  ClientSession session{};
  ClientSequence sequence;  // 0: the client does not number, and all else here says nothing.
  // What is before it was answered, and will not be sent again. From 1 to `sequence`.
  ClientSequence unanswered_from;

  bool numbered() const { return sequence != ClientSequence(0); }
  bool operator==(const ClientPublish&) const = default;
};

}  // namespace peal
