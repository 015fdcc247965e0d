#include "core/server/retention.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/event_codec.h"
#include "fmt/format.h"

namespace peal::server {

Retention::Retention(io::Loop* loop, const Order* order, journal::Upkeep* upkeep,
                     std::function<void(proto::Event)> publish)
    : order_(order),
      upkeep_(upkeep),
      publish_(std::move(publish)),
      beat_(loop->Every(kBeat, [this] { Look(); })) {
  Look();
}

void Retention::Look() {
  const std::vector<DurablePlace> durables = order_->Durables();
  std::optional<Sequence> read;
  for (const DurablePlace& durable : durables) {
    const Sequence confirmed(durable.place.global());
    read = std::min(read.value_or(confirmed), confirmed);
  }
  upkeep_->KeepAfter(read);
  const std::optional<Sequence> endangered = upkeep_->endangered();
  if (!endangered) {
    warned_.clear();
    return;
  }
  for (const DurablePlace& durable : durables) {
    if (Sequence(durable.place.global()) < *endangered) {
      Warn(durable);
    }
  }
}

void Retention::Warn(const DurablePlace& durable) {
  const uint64_t confirmed = durable.place.global();
  if (const auto [at, fresh] = warned_.try_emplace(durable.name, confirmed);
      !fresh && std::exchange(at->second, confirmed) == confirmed) {
    return;
  }
  proto::Event event;
  event.set_type("peal.lagging");
  event.set_source("/peal/subscriptions");
  event.set_id(fmt::format("{}-{}", durable.name, confirmed));
  event.set_subject(durable.name);
  event.set_scope(proto::SCOPE_GLOBAL);
  base::AddAttribute("confirmed", &event)->set_integer(static_cast<int64_t>(confirmed));
  base::AddAttribute("name", &event)->set_text(durable.name);
  base::AddAttribute("unread", &event)
      ->set_integer(static_cast<int64_t>(order_->applied().value() - confirmed));
  publish_(std::move(event));
}

}  // namespace peal::server
