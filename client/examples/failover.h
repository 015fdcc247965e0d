// A program that an example tests: it takes over a node's work when the node leaves.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "peal/client.h"

namespace example {

// On every node runs one. Each hears of a node that left, and publishes a claim to its work; the
// order says whose was first, and that one does it.
class Failover {
 public:
  // `client` outlives it. `take_over` is called with the name of the node whose work is to be done.
  Failover(peal::Client* client, std::function<void(const std::string&)> take_over)
      : client_(client), take_over_(std::move(take_over)) {}

  peal::Status Start() {
    peal::SubscribeOptions options;
    options.types = {"node.left"};
    options.scope = peal::SubscribeScope::kGlobal;
    return client_->Subscribe(options, [this](const peal::Event& left) { Claim(left); }).status();
  }

  // A node of which it does not know whether it should do its work.
  const std::optional<std::string>& unsure() const { return unsure_; }

 private:
  void Claim(const peal::Event& left) {
    peal::Event claim;
    claim.type = "app.claim";
    claim.subject = left.subject;
    // One claim to one leaving, whoever makes it: the first of this source and id counts.
    claim.source = "/failover";
    claim.id = left.id;
    const peal::Status queued =
        client_->Publish(claim, {}, [this, node = left.subject](const peal::PublishResult& result) {
          if (result.status.ok() && !result.duplicate) {
            take_over_(node);
          } else if (!result.status.ok() && result.submitted) {
            unsure_ = node;  // An operator has to look.
          }
        });
    if (!queued.ok()) {
      unsure_ = left.subject;
    }
  }

  peal::Client* const client_;
  const std::function<void(const std::string&)> take_over_;
  std::optional<std::string> unsure_;
};

}  // namespace example
