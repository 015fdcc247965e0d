// Puts the answers to one session's publishes into the order of the publishes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>

#include "core/base/ids.h"
#include "proto/session.pb.h"

namespace peal::server {

// A publish of a session, counted from 0.
using AnswerSlot = Id<struct AnswerSlotTag, uint64_t>;

// Bounded by the session's publish window. Loop thread only.
class AnswerQueue {
 public:
  // Opens the next slot. `silent`: it takes its place in the window, but is not answered.
  AnswerSlot Open(bool silent);

  // Fills an open slot, once, and calls `send` for each answer whose turn it now is; it may take
  // it.
  void Fill(AnswerSlot slot, proto::PublishResult result,
            const std::function<void(proto::PublishResult*)>& send);

  // Slots opened and not yet done with.
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    bool silent = false;
    bool filled = false;
    proto::PublishResult result;
  };

  std::deque<Entry> entries_;
  AnswerSlot first_;
};

}  // namespace peal::server
