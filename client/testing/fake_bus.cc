#include "peal/testing/fake_bus.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "client/testing/fake_cluster.h"
#include "core/base/check.h"
#include "core/base/event_codec.h"
#include "core/server/local_event.h"
#include "fmt/format.h"

namespace peal::testing {
namespace {

using Whose = FakeCluster::Whose;

constexpr size_t kNodesMax = 31;
// For what a daemon that is there answers at once.
constexpr std::chrono::seconds kPatience{10};

void Require(bool fact, const std::string& otherwise) {
  if (!fact) {
    Refuse(otherwise);
  }
}

std::vector<std::string> Checked(const std::vector<std::string>& names) {
  const std::set<std::string> different(names.begin(), names.end());
  Require(!names.empty() && names.size() <= kNodesMax && different.size() == names.size() &&
              !different.contains(""),
          fmt::format("1 to {} names of nodes, each once", kNodesMax));
  return names;
}

Event EventOf(const journal::Record& record) {
  const absl::StatusOr<server::LocalEvent> local = server::LocalEventOf(record);
  PEAL_CHECK(local.ok());
  Event event;
  PEAL_CHECK(base::DecodeEvent(local->encoded, &event));
  return event;
}

}  // namespace

FakeBus::FakeBus(const std::vector<std::string>& nodes)
    : cluster_(std::make_shared<FakeCluster>(Checked(nodes))) {}

FakeBus::~FakeBus() = default;

std::unique_ptr<Client> FakeBus::Connect(const std::string& node, const ConnectOptions& options) {
  Result<std::unique_ptr<Client>> client = TryConnect(node, options);
  Require(client.ok(), client.status().message());
  return *std::move(client);
}

Result<std::unique_ptr<Client>> FakeBus::TryConnect(const std::string& node,
                                                    const ConnectOptions& options) {
  return cluster_->Connect(node, options, Whose::kProgram);
}

Timestamp FakeBus::now() const {
  return {cluster_->time()->now_us()};
}

void FakeBus::Advance(std::chrono::microseconds time) {
  Require(time.count() >= 0, "time passes in one direction");
  cluster_->time()->RunTo(cluster_->time()->now_us() + time.count(), [] { return false; });
}

void FakeBus::Leave(const std::string& node) {
  FakeCluster::Node* const found = cluster_->Find(node);
  Require(found->up, fmt::format("{} is down already", node));
  found->up = false;
  cluster_->Stop(found);
  cluster_->Rewire();
  cluster_->Agree();
}

void FakeBus::Join(const std::string& node) {
  FakeCluster::Node* const found = cluster_->Find(node);
  Require(!found->up, fmt::format("{} is up already", node));
  found->up = true;
  cluster_->Rewire();
  cluster_->Start(found);
  cluster_->Agree();
}

void FakeBus::Partition(const std::vector<std::vector<std::string>>& parts) {
  std::vector<std::set<NodeId>> by_id;
  std::set<NodeId> all;
  for (const std::vector<std::string>& part : parts) {
    std::set<NodeId>& ids = by_id.emplace_back();
    for (const std::string& name : part) {
      const NodeId id = cluster_->Find(name)->configured.node;
      Require(all.insert(id).second, fmt::format("{} cannot be in two parts", name));
      ids.insert(id);
    }
  }
  Require(all.size() == cluster_->nodes().size(), "each node is to be in one part");
  cluster_->SetParts(std::move(by_id));
  cluster_->Agree();
}

void FakeBus::Heal() {
  std::set<NodeId> all;
  for (const FakeCluster::Node& node : cluster_->nodes()) {
    all.insert(node.configured.node);
  }
  cluster_->SetParts({all});
  cluster_->Agree();
}

void FakeBus::LoseDaemon(const std::string& node) {
  FakeCluster::Node* const found = cluster_->Find(node);
  Require(found->daemon != nullptr, fmt::format("no daemon runs on {}", node));
  cluster_->Stop(found);
  cluster_->Agree();
}

void FakeBus::RestartDaemon(const std::string& node) {
  FakeCluster::Node* const found = cluster_->Find(node);
  Require(found->up, fmt::format("{} is down; Join() brings it up", node));
  cluster_->Stop(found);
  cluster_->Start(found);
  cluster_->Agree();
}

void FakeBus::EndConnections(const std::string& node, const Status& why) {
  Require(!why.ok(), "a connection ends for a reason");
  cluster_->time()->Settle();
  for (const auto& wire : cluster_->Find(node)->wires) {
    wire->Close(why);
  }
  cluster_->time()->Settle();
}

void FakeBus::FailNext(ErrorKind kind, size_t count, Fate fate) {
  Require(kind != ErrorKind::kNone, "a publish fails with an error");
  Require(fate == Fate::kNotPublished || kind == ErrorKind::kTimedOut,
          "only what has no answer can be published all the same");
  for (size_t i = 0; i < count; ++i) {
    cluster_->faults()->push_back({{kind, "the fake bus was told so"}, fate == Fate::kPublished});
  }
}

void FakeBus::Delay(const std::string& node, std::chrono::milliseconds delay) {
  Require(delay.count() >= 0, "time passes in one direction");
  cluster_->Find(node)->delay = delay;
}

void FakeBus::Trim(uint64_t globalseq) {
  Require(globalseq < history().size(),
          fmt::format("there are {} global events, and the last one stays", history().size()));
  cluster_->time()->Settle();
  cluster_->TrimTo(Sequence(globalseq));
}

void FakeBus::DropLocal(const std::string& node, size_t count) {
  MemoryDisk& disk = cluster_->Find(node)->disk.local;
  Require(count <= disk.records.size(),
          fmt::format("{} has {} local events", node, disk.records.size()));
  if (count == 0) {
    return;
  }
  const journal::Record& last = disk.records[count - 1];
  const absl::StatusOr<server::LocalEvent> event = server::LocalEventOf(last);
  PEAL_CHECK(event.ok());
  disk.TrimTo({last.index, event->place.after_global, cluster_->time()->now_us()});
}

PublishResult FakeBus::Publish(const std::string& node, const Event& event,
                               const PublishOptions& options) {
  const Result<std::unique_ptr<Client>> client = cluster_->Connect(node, {}, Whose::kOwn);
  Require(client.ok(), client.status().message());
  std::optional<PublishResult> result;
  const Status queued = (*client)->Publish(
      event, options, [&result](const PublishResult& answer) { result = answer; });
  if (!queued.ok() || options.ack == Ack::kNone) {
    result = PublishResult{.status = queued};
  }
  Status dispatched = (*client)->Dispatch(std::chrono::milliseconds(0));
  while (!result && dispatched.ok()) {
    dispatched = (*client)->Dispatch(options.timeout);
  }
  PEAL_CHECK(result.has_value());
  return *result;
}

const std::vector<Event>& FakeBus::history() const {
  return cluster_->history();
}

std::vector<Event> FakeBus::LocalEvents(const std::string& node) const {
  std::vector<Event> events;
  for (const journal::Record& record : cluster_->Find(node)->disk.local.records) {
    events.push_back(EventOf(record));
  }
  return events;
}

std::vector<SubscriptionInfo> FakeBus::Subscriptions(const std::string& node) {
  const Result<std::unique_ptr<Client>> client = cluster_->Connect(node, {}, Whose::kOwn);
  Require(client.ok(), client.status().message());
  Result<Listing> listing = (*client)->List(ListWhat::kSubscriptions, kPatience);
  Require(listing.ok(), listing.status().message());
  return std::move(listing->subscriptions);
}

}  // namespace peal::testing
