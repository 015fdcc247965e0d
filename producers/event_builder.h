// Puts an observation's event together.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "peal/event.h"
#include "proto/event.pb.h"

namespace peal::producers {

// Attributes are added in the order of their names, as the wire format wants them.
class EventBuilder {
 public:
  EventBuilder(std::string_view type, std::string_view subject);

  EventBuilder& Text(std::string_view name, std::string_view value);
  EventBuilder& Integer(std::string_view name, int64_t value);
  // The interval in which the thing truly happened.
  EventBuilder& Observed(Timestamp from, Timestamp to);

  proto::Event Build() { return std::move(event_); }

 private:
  proto::Value* Add(std::string_view name);

  proto::Event event_;
};

}  // namespace peal::producers
