#include "producers/event_builder.h"

#include <string>

#include "core/base/check.h"
#include "core/base/event_codec.h"

namespace peal::producers {

EventBuilder::EventBuilder(std::string_view type, std::string_view subject) {
  event_.set_type(std::string(type));
  event_.set_subject(std::string(subject));
}

EventBuilder& EventBuilder::Text(std::string_view name, std::string_view value) {
  Add(name)->set_text(std::string(value));
  return *this;
}

EventBuilder& EventBuilder::Integer(std::string_view name, int64_t value) {
  Add(name)->set_integer(value);
  return *this;
}

EventBuilder& EventBuilder::Observed(Timestamp from, Timestamp to) {
  event_.set_observedfrom_us(from.us);
  event_.set_observedto_us(to.us);
  return *this;
}

proto::Value* EventBuilder::Add(std::string_view name) {
  const int count = event_.attributes_size();
  PEAL_CHECK(count == 0 || event_.attributes(count - 1).name() < name);
  return base::AddAttribute(name, &event_);
}

}  // namespace peal::producers
