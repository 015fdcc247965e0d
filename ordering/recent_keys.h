// The keys that were used last, each with the globalseq it was used at last. A part of the applied
// state, whose size is what a daemon's memory and its checkpoints mostly consist of. A value; pure.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "core/base/ids.h"
#include "proto/group.pb.h"

namespace peal::ordering {

class RecentKeys {
 public:
  // A key is so many bytes of a hash. Of a longer one these count; a shorter one is filled up.
  static constexpr size_t kKeyBytes = 16;

  // Beyond `count_max` the key that was not used for longest is forgotten.
  explicit RecentKeys(size_t count_max) : count_max_(count_max) {}

  std::optional<Sequence> Find(std::string_view key) const;
  // `sequence` is above all before it.
  void Use(std::string_view key, Sequence sequence);

  // Oldest first.
  void Save(proto::KnownKeys* out) const;
  // What is ill-formed is left out.
  void Restore(const proto::KnownKeys& known);

 private:
  using Key = std::array<char, kKeyBytes>;
  struct Used {
    Sequence sequence;
    Key key{};
  };

  static Key KeyOf(std::string_view key);
  // Whether that was the last use of its key.
  bool IsLast(const Used& used) const;
  void ForgetOldest();

  size_t count_max_;
  absl::flat_hash_map<Key, Sequence> keys_;
  // By age; a use that was not its key's last counts no more, and goes with the next clearing.
  std::deque<Used> uses_;
};

}  // namespace peal::ordering
