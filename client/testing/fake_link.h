// A client's link to a daemon of a fake bus.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "client/link.h"
#include "client/testing/fake_cluster.h"

namespace peal::testing {

class FakeLink final : public client::Link {
 public:
  // `node` is one of the cluster's.
  FakeLink(std::shared_ptr<FakeCluster> cluster, FakeCluster::Node* node, FakeCluster::Whose whose)
      : cluster_(std::move(cluster)), node_(node), whose_(whose) {}

  Clock::time_point Now() const override { return cluster_->time()->now(); }
  Result<ClientSession> NewSession() override { return cluster_->NewSession(); }
  Result<client::OwnedFd> Connect(std::chrono::milliseconds /*timeout*/) override {
    return cluster_->Open(node_, whose_);
  }
  // The bus works, and its time passes, until there is something for this client.
  Status Wait(int fd, int16_t events, std::chrono::milliseconds timeout) override;

 private:
  const std::shared_ptr<FakeCluster> cluster_;
  FakeCluster::Node* const node_;
  const FakeCluster::Whose whose_;
};

}  // namespace peal::testing
