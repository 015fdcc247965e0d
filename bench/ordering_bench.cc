#include "bench/ordering_bench.h"

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "bench/machine_limits.h"
#include "bench/random_bytes.h"
#include "core/base/check.h"
#include "ordering/machine.h"
#include "proto/event.pb.h"

namespace peal::bench {
namespace {

using ordering::Machine;
using ordering::Output;

constexpr size_t kEvents = 1024;  // That differ.

// What a daemon makes of a publish.
std::string EncodedEvent(std::string_view data) {
  proto::Event event;
  event.set_id("n1-1-1000000");
  event.set_source("/n1");
  event.set_type("bench.event");
  event.set_time_us(1'700'000'000'000'000);
  event.set_datacontenttype("application/octet-stream");
  event.set_data(std::string(data));
  event.set_sequence(1'000'000);
  event.set_node("n1");
  event.set_incarnation(1);
  event.set_knows(1'000'000);
  event.set_originpid(10'000);
  event.set_originexe("/usr/bin/peal");
  return event.SerializeAsString();
}

// Machines that hear all messages in one order, each with a disk that is never in the way.
class Group {
 public:
  explicit Group(uint32_t nodes) {
    ordering::Nodelist nodelist{.cluster = "bench", .nodes = {}};
    std::vector<ordering::Process> members;
    for (uint32_t id = 1; id <= nodes; ++id) {
      nodelist.nodes.push_back({.node = NodeId(id), .name = fmt::format("n{}", id)});
      members.push_back({.node = NodeId(id), .pid = id});
      nodes_.push_back({.self = members.back(),
                        .machine = std::make_unique<Machine>(ordering::MachineOptions{
                            .incarnation = Incarnation(1),
                            .journal = {.bytes = fmt::format("bench-journal-{:02}", id % 100)},
                            .rules = {}})});
    }
    const ordering::RingId ring{.node = NodeId(1), .seq = 4};
    for (Node& node : nodes_) {
      Step(&node, ordering::Connected{.self = node.self, .nodelist = nodelist});
      Step(&node, ordering::QuorumChanged{.quorate = true, .ring = ring});
      Step(&node, ordering::ViewChanged{.ring = ring, .members = members, .now_us = 1});
    }
    while (!queue_.empty()) {
      Turn();
    }
    for (const Node& node : nodes_) {
      PEAL_CHECK(node.machine->IsPrimary(nullptr));
    }
  }

  void Submit(const std::string& event) {
    Step(&nodes_.front(), ordering::Submitted{.token = ++submitted_, .event = event});
  }
  void Flush() { Step(&nodes_.front(), ordering::Flush{}); }

  // Delivers what was sent before it, everywhere, and lets every disk sync.
  void Turn() {
    std::deque<Message> messages;
    messages.swap(queue_);
    for (Node& node : nodes_) {
      for (const Message& message : messages) {
        Step(&node, ordering::Received{.sender = message.sender, .bytes = *message.bytes});
      }
      if (node.synced < node.ticket) {
        node.synced = node.ticket;
        Step(&node, ordering::Synced{.ticket = node.ticket});
      }
    }
  }

  uint64_t submitted() const { return submitted_; }
  uint64_t answered() const { return answered_; }
  uint64_t entries() const { return nodes_.front().entries; }
  // Of the node that has committed the least.
  uint64_t shown() const {
    uint64_t least = nodes_.front().shown;
    for (const Node& node : nodes_) {
      least = std::min(least, node.shown);
    }
    return least;
  }

 private:
  struct Node {
    ordering::Process self;
    std::unique_ptr<Machine> machine;
    uint64_t ticket = 0;
    uint64_t synced = 0;
    uint64_t shown = 0;
    uint64_t entries = 0;
  };
  struct Message {
    ordering::Process sender;
    std::shared_ptr<const std::string> bytes;
  };

  void Step(Node* node, const ordering::Input& input) {
    std::vector<Output> outputs;
    node->machine->Step(input, &outputs);
    for (Output& output : outputs) {
      std::visit([this, node](auto& value) { Do(node, value); }, output);
    }
  }

  void Do(Node* node, ordering::Multicast& output) {
    queue_.push_back({node->self, std::make_shared<const std::string>(std::move(output.bytes))});
  }
  void Do(Node* node, ordering::AppendEntry& output) {
    node->ticket = output.ticket;
    ++node->entries;
  }
  void Do(Node* node, ordering::StorePromise& output) { node->ticket = output.ticket; }
  void Do(Node* node, ordering::Release& output) {
    for (const ordering::EventResult& result : output.results) {
      node->shown += result.numbered() ? 1 : 0;
    }
    answered_ += output.tokens.size();
  }
  void Do(Node*, ordering::InterestChanged&) {}
  void Do(Node*, ordering::Notice&) {}
  // All nodes begin together with nothing, and nothing goes wrong: none lacks a part of the log.
  template <typename Other>
  void Do(Node*, Other&) {
    PEAL_CHECK(false);
  }

  std::vector<Node> nodes_;
  std::deque<Message> queue_;  // Bounded by what is outstanding.
  uint64_t submitted_ = 0;
  uint64_t answered_ = 0;
};

}  // namespace

OrderingBenchRow RunOrderingBench(const OrderingBenchOptions& options) {
  PEAL_CHECK(options.nodes > 0 && options.outstanding > 0);
  // Encoding is the server's work, not the protocol's.
  std::vector<std::string> samples;
  RandomBytes data(options.data_bytes);
  while (samples.size() < kEvents) {
    samples.push_back(EncodedEvent(data.Next()));
  }
  const double time = std::chrono::duration<double>(options.time).count();
  Group group(options.nodes);
  const uint64_t entries_before = group.entries();
  const double start = ThreadSeconds();
  double seconds = 0;
  while (seconds < time || group.shown() < group.submitted()) {
    const uint64_t before = group.submitted() + group.shown();
    while (seconds < time && group.submitted() - group.answered() < options.outstanding) {
      group.Submit(samples[group.submitted() % kEvents]);
    }
    group.Flush();
    group.Turn();
    // Acknowledgements take a turn more; then all is committed, or something is very wrong.
    group.Turn();
    PEAL_CHECK(group.submitted() + group.shown() > before);
    seconds = ThreadSeconds() - start;
  }
  const double events = static_cast<double>(group.shown());
  return {.events = group.shown(),
          .entries = group.entries() - entries_before,
          .seconds = seconds,
          .events_per_s = events / seconds,
          .bytes_per_s = events * static_cast<double>(options.data_bytes) / seconds,
          .node_per_s = events * options.nodes / seconds};
}

}  // namespace peal::bench
