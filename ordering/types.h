// The nouns of the ordering protocol. Values. docs/glossary.md has the words.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/sha256.h"

namespace peal::ordering {

// A totem ring: unique along one node's life, never a durable epoch (a ring id's file is written
// without a sync, corosync exec/main.c).
struct RingId {
  NodeId node;  // The ring's representative.
  uint64_t seq = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the generated 0 for a pointer.
  auto operator<=>(const RingId&) const = default;
};

// A member of the closed process group.
struct Process {
  NodeId node;
  uint32_t pid = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the generated 0 for a pointer.
  auto operator<=>(const Process&) const = default;
};

// A node of the cluster's configuration, whether it is up or not.
struct ConfiguredNode {
  NodeId node;
  std::string name;
  uint32_t votes = 1;
  bool operator==(const ConfiguredNode&) const = default;
};

// What corosync is configured with, sorted by node id.
struct Nodelist {
  std::string cluster;
  std::vector<ConfiguredNode> nodes;
  bool operator==(const Nodelist&) const = default;
};

// What an operator wants of the voters.
struct VoterWish {
  enum class Kind : uint8_t {
    kBootstrap,  // The first log begins with the nodes that are here.
    kAdmit,      // `node` may vote again.
    kForget,     // `node` has no vote, until it is admitted.
  };
  Kind kind = Kind::kBootstrap;
  NodeId node;
  bool operator==(const VoterWish&) const = default;
};

// Made at random with a journal: tells a node's journal from the one it had before it was lost.
struct JournalId {
  std::string bytes;  // 16
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the generated 0 for a pointer.
  auto operator<=>(const JournalId&) const = default;
};

// The chain at an index identifies the whole log up to it.
using Chain = base::Digest;

// "The log up to here."
struct Position {
  Index index;
  Chain chain{};
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the generated 0 for a pointer.
  auto operator<=>(const Position&) const = default;
};

}  // namespace peal::ordering
