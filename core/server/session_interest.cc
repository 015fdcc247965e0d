// A subscription that asks for events by interest begins when every daemon knows that it asks.
#include <utility>

#include "core/server/session.h"

namespace peal::server {

// What opens is asked for already: Server::UpdateDemand().
void Session::Ask(uint64_t request) {
  const Opening& opening = openings_.at(request);
  if (!context_.dispatch->Concerns(opening.spec)) {
    Find(request);
    return;
  }
  absl::Status waits =
      context_.asking->Wait([host = context_.host, id = id_, request, serial = opening.serial] {
        Session* const session = host->FindSession(id);
        if (session != nullptr && session->IsOpening(request, serial)) {
          session->Find(request);
        }
      });
  if (!waits.ok()) {
    FailOpening(request, waits);
    return;
  }
  context_.host->OnSubscriptionsChanged();
}

std::vector<const SubscriptionSpec*> Session::specs() const {
  std::vector<const SubscriptionSpec*> specs;
  for (const auto& [request, subscription] : subscriptions_) {
    specs.push_back(&subscription.spec());
  }
  for (const auto& [request, opening] : openings_) {
    specs.push_back(&opening.spec);
  }
  return specs;
}

}  // namespace peal::server
