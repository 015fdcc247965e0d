#include "client/testing/fake_cluster.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "client/connection.h"
#include "client/testing/fake_link.h"
#include "core/base/check.h"
#include "core/base/event_codec.h"
#include "core/log.h"
#include "fmt/format.h"

namespace peal::testing {
namespace {

// Long enough for any change that comes about at all.
constexpr std::chrono::seconds kAgreementMax{10};

ordering::Nodelist NodelistOf(const std::vector<std::string>& names) {
  ordering::Nodelist nodelist{.cluster = "fake", .nodes = {}};
  for (const std::string& name : names) {
    const auto id = static_cast<uint32_t>(nodelist.nodes.size() + 1);
    nodelist.nodes.push_back({.node = NodeId(id), .name = name});
  }
  return nodelist;
}

// 16 bytes.
std::string JournalIdOf(std::string_view kind, NodeId node) {
  return fmt::format("{:>6}{:010}", kind, node.value());
}

std::array<int, 2> StreamPair() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    Refuse("the process has no descriptors left for another client");
  }
  return ends;
}

}  // namespace

void Refuse(const std::string& why) {
  std::fprintf(stderr, "peal::testing::FakeBus: %s\n", why.c_str());
  std::abort();
}

FakeCluster::FakeCluster(const std::vector<std::string>& names)
    : network_(&time_, NodelistOf(names)) {
  log::SetLevel(log::Level::kError);  // A test's output is its own.
  std::set<NodeId> all;
  for (const ordering::ConfiguredNode& configured : network_.nodelist().nodes) {
    Node& node = nodes_.emplace_back();
    node.configured = configured;
    node.disk.order.id = JournalIdOf("order", configured.node);
    node.disk.local.id = JournalIdOf("local", configured.node);
    all.insert(configured.node);
  }
  SetParts({all});
  for (Node& node : nodes_) {
    Start(&node);
  }
  Agree();
}

FakeCluster::~FakeCluster() = default;

FakeCluster::Node* FakeCluster::Find(const std::string& name) {
  for (Node& node : nodes_) {
    if (node.configured.name == name) {
      return &node;
    }
  }
  Refuse(fmt::format("there is no node \"{}\"", name));
}

Result<std::unique_ptr<Client>> FakeCluster::Connect(const std::string& name,
                                                     const ConnectOptions& options, Whose whose) {
  return client::Connection::Open(std::make_unique<FakeLink>(shared_from_this(), Find(name), whose),
                                  options);
}

ClientSession FakeCluster::NewSession() {
  ++last_session_;
  ClientSession session{};
  std::memcpy(session.data(), &last_session_, sizeof last_session_);
  return session;
}

Result<client::OwnedFd> FakeCluster::Open(Node* node, Whose whose) {
  if (node->daemon == nullptr) {
    return Status(ErrorKind::kUnreachable,
                  fmt::format("no daemon runs on {}", node->configured.name));
  }
  std::erase_if(node->wires, [](const auto& wire) { return wire->ended(); });
  const auto [client, near] = StreamPair();
  const auto [far, daemon] = StreamPair();
  const bool own = whose == Whose::kOwn;
  node->wires.push_back(std::make_unique<FakeWire>(&outside_, io::UniqueFd(near), io::UniqueFd(far),
                                                   own ? &no_faults_ : &faults_,
                                                   own ? &no_delay_ : &node->delay));
  node->daemon->Serve(io::UniqueFd(daemon));
  return client::OwnedFd(client);
}

void FakeCluster::Start(Node* node) {
  node->daemon = std::make_unique<FakeDaemon>(
      FakeDaemonPorts{&time_, &network_, &node->disk,
                      [this](const auto& applied) { OnApplied(applied); }},
      node->configured);
}

void FakeCluster::Stop(Node* node) {
  node->daemon.reset();
}

void FakeCluster::SetParts(std::vector<std::set<NodeId>> parts) {
  parts_ = std::move(parts);
  Rewire();
}

void FakeCluster::Rewire() {
  std::vector<std::set<NodeId>> up = parts_;
  for (std::set<NodeId>& part : up) {
    for (const Node& node : nodes_) {
      if (!node.up) {
        part.erase(node.configured.node);
      }
    }
  }
  std::erase_if(up, [](const std::set<NodeId>& part) { return part.empty(); });
  network_.SetParts(up);
}

void FakeCluster::Agree() {
  const int64_t at_last = time_.now_us() + std::chrono::microseconds(kAgreementMax).count();
  time_.RunTo(at_last, [this] { return Agreed(); });
}

bool FakeCluster::Agreed() const {
  for (const std::set<NodeId>& part : parts_) {
    std::vector<const FakeDaemon*> running;
    for (const Node& node : nodes_) {
      if (node.daemon != nullptr && part.contains(node.configured.node)) {
        running.push_back(node.daemon.get());
      }
    }
    const bool majority = 2 * running.size() > nodes_.size();
    for (const FakeDaemon* const daemon : running) {
      const bool there = majority ? daemon->ready() && daemon->applied().value() == history_.size()
                                  : !daemon->primary();
      if (!there) {
        return false;
      }
    }
  }
  return true;
}

void FakeCluster::OnApplied(const server::EventChunk& events) {
  for (size_t i = 0; i < events.size(); ++i) {
    const server::EventChunk::Event applied = events.At(i);
    if (applied.globalseq.value() != history_.size() + 1) {
      continue;  // Another node had it before.
    }
    PEAL_CHECK(base::DecodeEvent(applied.encoded, &history_.emplace_back()));
  }
}

void FakeCluster::TrimTo(Sequence globalseq) {
  for (Node& node : nodes_) {
    node.disk.trimmed = std::max(node.disk.trimmed, globalseq);
  }
}

}  // namespace peal::testing
