// Numbers of different kinds have different types, so that they cannot be mixed up.
#pragma once

#include <compare>
#include <cstdint>

namespace peal {

// A strong integer: comparable with its own kind, explicit from and to the raw number.
template <typename Tag, typename Raw>
class Id {
 public:
  using RawType = Raw;

  constexpr Id() = default;
  constexpr explicit Id(Raw value) : value_(value) {}

  constexpr Raw value() const { return value_; }
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the generated 0 for a pointer.
  constexpr auto operator<=>(const Id&) const = default;

  constexpr Id Next() const { return Id(value_ + 1); }
  constexpr Id Plus(Raw count) const { return Id(value_ + count); }

 private:
  Raw value_ = 0;
};

// A node's id in corosync's nodelist. 1 on a standalone daemon.
using NodeId = Id<struct NodeIdTag, uint32_t>;
// Which start of a node's daemon; grows at every start.
using Incarnation = Id<struct IncarnationTag, uint64_t>;
// The number of a primary view; grows.
using Epoch = Id<struct EpochTag, uint64_t>;
// An entry's place in the log, dense, from 1. 0: before the first.
using Index = Id<struct IndexTag, uint64_t>;
// An event's place in the global order (`globalseq`), dense, from 1. 0: none.
using Sequence = Id<struct SequenceTag, uint64_t>;
// An event's place among its node's events (`sequence`), dense within an incarnation, from 1.
using LocalSequence = Id<struct LocalSequenceTag, uint64_t>;
// A batch's number within its origin's incarnation, dense, from 1.
using BatchNumber = Id<struct BatchNumberTag, uint64_t>;

}  // namespace peal
