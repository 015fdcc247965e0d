// Values under tickets that are dense and grow, taken out in about the order they were put in.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "core/base/check.h"

namespace peal::base {

// `Ticket` is an Id. Adding and taking cost no search and no node of memory. What is held spans
// from the oldest value to the newest ticket: one that stays while many pass costs their room. Not
// thread-safe.
template <typename Ticket, typename Value>
class TicketTable {
 public:
  // The ticket that the next Add() gives.
  Ticket next() const { return first_.Plus(slots_.size()); }

  Ticket Add(Value value) {
    const Ticket ticket = next();
    slots_.emplace_back(std::move(value));
    ++size_;
    return ticket;
  }

  // Nullopt when the ticket's value was taken before. The ticket was given by this table.
  std::optional<Value> Take(Ticket ticket) {
    PEAL_CHECK(ticket < next());
    if (ticket < first_) {
      return std::nullopt;
    }
    std::optional<Value>& slot = slots_[ticket.value() - first_.value()];
    if (!slot) {
      return std::nullopt;
    }
    std::optional<Value> value = std::exchange(slot, std::nullopt);
    --size_;
    while (!slots_.empty() && !slots_.front()) {
      slots_.pop_front();
      first_ = first_.Next();
    }
    return value;
  }

  // Calls `visit(ticket, value)` for all that are held, oldest first. It must not add or take.
  template <typename Visit>
  void ForEach(const Visit& visit) const {
    Ticket ticket = first_;
    for (const std::optional<Value>& slot : slots_) {
      if (slot) {
        visit(ticket, *slot);
      }
      ticket = ticket.Next();
    }
  }

  // Values held.
  size_t size() const { return size_; }

 private:
  std::deque<std::optional<Value>> slots_;
  Ticket first_{1};
  size_t size_ = 0;
};

}  // namespace peal::base
