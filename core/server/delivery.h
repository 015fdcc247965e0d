// Events on their way to one subscriber, written as the frame of one Deliver (proto/session.proto).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "proto/place.pb.h"

namespace peal::server {

// Appends to the output that it is given, to which nobody else appends until it is finished: each
// event is copied once. Not thread-safe.
class Delivery {
 public:
  // `request` is the subscription's number.
  Delivery(uint64_t request, std::string* output);
  ~Delivery() = default;
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  // `encoded` is a proto::Event.
  void Add(std::string_view encoded);
  size_t events() const { return events_; }

  // The frame ends with where the subscription is after these. Without events there is no frame.
  void Finish(const proto::Place& place);

 private:
  std::string* const output_;
  const size_t begin_;  // Of the frame, in the output.
  size_t events_ = 0;
};

}  // namespace peal::server
