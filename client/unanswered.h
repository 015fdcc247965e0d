// The publishes of a client session that have no answer yet, numbered and kept as they were made:
// to be sent again over another connection. A value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/base/client_publish.h"

namespace peal::client {

// Bounded by kBytesMax and kClientSpanMax; who adds asks HasRoom() before. Not thread-safe.
class Unanswered {
 public:
  static constexpr size_t kBytesMax = size_t{64} << 20;

  struct Kept {
    ClientSequence sequence;
    std::string publish;  // An encoded ClientFrame, without what is different in each try.
    uint32_t tries = 0;   // How often it was sent.
  };

  // Whether a publish of so many bytes can be kept. One alone always can.
  bool HasRoom(size_t bytes) const;
  // The number of the next publish.
  ClientSequence next() const { return next_; }
  // Everything before this one is answered, or given up.
  ClientSequence from() const;

  // Keeps `publish` as the one with the number next(). Requests grow.
  void Add(uint64_t request, std::string publish);
  // Null: it is answered or given up.
  Kept* Find(uint64_t request);
  // Answered or given up.
  std::optional<Kept> Take(uint64_t request);

  // In the order of their numbers.
  const std::map<uint64_t, Kept>& by_request() const { return by_request_; }
  size_t size() const { return by_request_.size(); }

 private:
  std::map<uint64_t, Kept> by_request_;
  ClientSequence next_{1};
  size_t bytes_ = 0;
};

}  // namespace peal::client
