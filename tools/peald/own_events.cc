#include "tools/peald/own_events.h"

#include "core/base/event_codec.h"

namespace peal::daemon {

proto::Event IsolatedEvent(bool isolated, const std::string& why) {
  proto::Event event;
  event.set_type("peal.isolated");
  event.set_scope(proto::SCOPE_LOCAL);
  base::AddAttribute("isolated", &event)->set_boolean(isolated);
  base::AddAttribute("reason", &event)->set_text(why);
  return event;
}

proto::Event QuorumEvent(bool quorate) {
  proto::Event event;
  event.set_type("peal.quorum");
  event.set_scope(proto::SCOPE_LOCAL);
  base::AddAttribute("quorate", &event)->set_boolean(quorate);
  return event;
}

}  // namespace peal::daemon
