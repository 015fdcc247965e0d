// What of this node's log is durable, told by the journal's tickets. A value; pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

#include "core/base/check.h"
#include "core/base/ids.h"

namespace peal::ordering {

class Durability {
 public:
  Durability() = default;
  // What was read back is durable.
  Durability(Index index, Epoch log_epoch, Epoch promised)
      : index_(index), log_epoch_(log_epoch), promised_(promised) {}

  Index index() const { return index_; }
  Epoch log_epoch() const { return log_epoch_; }
  Epoch promised() const { return promised_; }
  // What log_epoch() will be once all that was given is durable.
  Epoch log_epoch_given() const {
    Epoch epoch = log_epoch_;
    for (const Step& step : steps_) {
      epoch = std::max(epoch, step.log_epoch);
    }
    return epoch;
  }

  // Each gives the ticket of the journal's order.
  uint64_t Append(Index index) { return Push({.index = index}); }
  // The Epoch entry of `epoch`: with it the log becomes the log of that epoch.
  uint64_t AppendEpoch(Index index, Epoch epoch) {
    return Push({.index = index, .log_epoch = epoch, .promised = epoch});
  }
  uint64_t Promise(Epoch epoch) { return Push({.promised = epoch}); }
  uint64_t Truncate(Index after) {
    index_ = std::min(index_, after);
    for (Step& step : steps_) {
      step.index = std::min(step.index, after);
    }
    return Push({});
  }

  // All that was is dropped for a state that stands for the log up to `index`.
  uint64_t Replace(Index index) {
    Truncate(Index(0));
    return Push({.index = index});
  }

  void Synced(uint64_t ticket) {
    PEAL_CHECK(ticket <= last_ticket_);
    while (!steps_.empty() && steps_.front().ticket <= ticket) {
      const Step& step = steps_.front();
      index_ = std::max(index_, step.index);
      log_epoch_ = std::max(log_epoch_, step.log_epoch);
      promised_ = std::max(promised_, step.promised);
      steps_.pop_front();
    }
  }

 private:
  struct Step {
    uint64_t ticket = 0;
    Index index;
    Epoch log_epoch;
    Epoch promised;
  };

  uint64_t Push(Step step) {
    step.ticket = ++last_ticket_;
    steps_.push_back(step);
    return step.ticket;
  }

  uint64_t last_ticket_ = 0;
  std::deque<Step> steps_;  // Bounded by the window of what is not committed.
  Index index_;
  Epoch log_epoch_;
  Epoch promised_;
};

}  // namespace peal::ordering
