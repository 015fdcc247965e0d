#include "tests/support/fake_cluster.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace peal::testing {

using ordering::EntryKind;

FakeCluster::FakeCluster(uint32_t nodes, uint32_t later) {
  std::set<uint32_t> all;
  for (uint32_t id = 1; id <= std::max(nodes, later); ++id) {
    auto node = std::make_unique<Node>();
    node->id = id;
    nodes_.emplace(id, std::move(node));
    if (id <= nodes) {
      nodelist_.push_back({NodeId(id), fmt::format("n{}", id), 1});
      all.insert(id);
    }
  }
  for (const uint32_t id : all) {
    Start(nodes_.at(id).get());
  }
  Partition({all});
}

void FakeCluster::SetNodelist(const std::vector<ordering::ConfiguredNode>& nodelist) {
  nodelist_ = nodelist;
  for (const auto& [id, node] : nodes_) {
    if (node->connected) {
      SetNodelist(id, nodelist);
    }
  }
}

void FakeCluster::SetNodelist(uint32_t only,
                              const std::vector<ordering::ConfiguredNode>& nodelist) {
  Node* node = nodes_.at(only).get();
  Step(node, ordering::Connected{{NodeId(node->id), node->pid}, {"test", nodelist}});
}

void FakeCluster::SetWish(uint32_t node, const std::optional<ordering::VoterWish>& wish) {
  Step(nodes_.at(node).get(), ordering::WishSet{wish});
}

void FakeCluster::SetInterest(uint32_t node, const Interest& interest) {
  Step(nodes_.at(node).get(), ordering::InterestSet{interest});
}

void FakeCluster::Start(Node* node) {
  node->pid = ++last_pid_;
  node->incarnation += 1;
  node->up = true;
  node->connected = true;
  node->journal.clear();
  node->forgotten = 0;
  node->inbox.clear();
  node->history.clear();
  node->answers.clear();
  node->interests.clear();
  node->ticket = node->synced = 0;
  ordering::MachineOptions options;
  options.incarnation = Incarnation(node->incarnation);
  options.journal = ordering::JournalId{fmt::format("journal-{:04}-{:03}", node->id, node->pid)};
  node->machine = std::make_unique<ordering::Machine>(options);
  Step(node, ordering::Connected{{NodeId(node->id), node->pid}, {"test", nodelist_}});
}

std::set<uint32_t>& FakeCluster::PartOf(uint32_t node) {
  for (std::set<uint32_t>& part : parts_) {
    if (part.contains(node)) {
      return part;
    }
  }
  parts_.push_back({});
  return parts_.back();
}

void FakeCluster::Partition(const std::vector<std::set<uint32_t>>& parts) {
  parts_ = parts;
  for (std::set<uint32_t>& part : parts_) {
    std::erase_if(part, [this](uint32_t id) { return !nodes_.at(id)->connected; });
  }
  for (const std::set<uint32_t>& part : parts_) {
    SendView(part);
  }
}

void FakeCluster::Heal() {
  std::set<uint32_t> all;
  for (const auto& [id, node] : nodes_) {
    all.insert(id);
  }
  Partition({all});
}

void FakeCluster::SendView(const std::set<uint32_t>& part) {
  if (part.empty()) {
    return;
  }
  const ordering::RingId ring{NodeId(*part.begin()), ++ring_seq_};
  std::vector<ordering::Process> members;
  members.reserve(part.size());
  for (const uint32_t id : part) {
    members.push_back({NodeId(id), nodes_.at(id)->pid});
  }
  const bool quorate = part.size() * 2 > nodelist_.size();
  for (const uint32_t id : part) {
    Node* node = nodes_.at(id).get();
    node->inbox.push_back({[this, node, ring, members] {
      Step(node, ordering::ViewChanged{ring, members, 1'700'000'000'000'000});
    }});
    node->inbox.push_back({[this, node, ring, quorate] {
      Step(node, ordering::QuorumChanged{quorate, ring});
    }});
  }
}

void FakeCluster::Crash(uint32_t id) {
  Node* node = nodes_.at(id).get();
  node->up = node->connected = false;
  node->machine.reset();
  node->inbox.clear();
  std::set<uint32_t>& part = PartOf(id);
  part.erase(id);
  SendView(part);
}

void FakeCluster::Restart(uint32_t id) {
  Start(nodes_.at(id).get());
  Heal();
}

void FakeCluster::RestartAsOlderCopy(uint32_t id) {
  nodes_.at(id)->incarnation -= 1;
  Restart(id);
}

void FakeCluster::LoseGroup(uint32_t id) {
  Node* node = nodes_.at(id).get();
  node->connected = false;
  node->inbox.clear();
  Step(node, ordering::Lost{"corosync is gone"});
  std::set<uint32_t>& part = PartOf(id);
  part.erase(id);
  SendView(part);
  node->connected = true;  // It may join again with the next Heal().
}

void FakeCluster::ForgetHistory(uint32_t node) {
  Node& forgetful = *nodes_.at(node);
  forgetful.forgotten = forgetful.machine->log().anchor().position.index.value();
}

void FakeCluster::WantHistory(uint32_t node, uint32_t donor, const ordering::Position& after,
                              uint64_t upto) {
  Step(nodes_.at(node).get(), ordering::HistoryWanted{NodeId(donor), after, Index(upto)});
}

void FakeCluster::Pause(uint32_t id) {
  nodes_.at(id)->paused = true;
}
void FakeCluster::Resume(uint32_t id) {
  nodes_.at(id)->paused = false;
}

uint64_t FakeCluster::Publish(uint32_t id, const std::string& text, const std::string& key) {
  Node* node = nodes_.at(id).get();
  const uint64_t token = ++node->last_token;
  Step(node, ordering::Submitted{token, text, key});
  Step(node, ordering::Flush{});
  return token;
}

void FakeCluster::Enqueue(Node* receiver, const Node& sender, const std::string& bytes) {
  const ordering::Process process{NodeId(sender.id), sender.pid};
  receiver->inbox.push_back({[this, receiver, process, bytes] {
                               Step(receiver, ordering::Received{process, bytes});
                             },
                             true});
}

void FakeCluster::DeliverLate(uint32_t sender, const proto::Envelope& message) {
  for (const uint32_t id : PartOf(sender)) {
    Enqueue(nodes_.at(id).get(), *nodes_.at(sender), message.SerializeAsString());
  }
}

bool FakeCluster::DeliverOne(Node* node) {
  if (!node->up || node->paused || node->inbox.empty()) {
    return false;
  }
  const Event event = std::move(node->inbox.front());
  node->inbox.pop_front();
  event.deliver();
  return true;
}

void FakeCluster::Settle() {
  // Far more than any scenario needs: a storm of rounds must not hang the test.
  constexpr int kStepsMax = 200'000;
  bool busy = true;
  for (int step = 0; busy; ++step) {
    PEAL_CHECK(step < kStepsMax);
    busy = false;
    for (auto& [id, node] : nodes_) {
      busy = DeliverOne(node.get()) || busy;
      if (node->up && !node->paused && node->synced < node->ticket) {
        node->synced = node->ticket;
        Step(node.get(), ordering::Synced{node->ticket});
        busy = true;
      }
    }
  }
}

void FakeCluster::DeliverSome(uint32_t id, size_t messages) {
  const std::set<uint32_t> part = PartOf(id);
  for (size_t i = 0; i < messages; ++i) {
    for (const uint32_t member : part) {
      DeliverOne(nodes_.at(member).get());
    }
  }
}

void FakeCluster::Tick(uint32_t ticks) {
  for (uint32_t i = 0; i < ticks; ++i) {
    for (auto& [id, node] : nodes_) {
      if (node->up && !node->paused) {
        Step(node.get(), ordering::Tick{});
      }
    }
    Settle();
  }
}

std::vector<std::string> FakeCluster::events(uint32_t id) const {
  std::vector<std::string> events;
  for (const std::string& line : history(id)) {
    if (line.find(":view ") == std::string::npos) {
      events.push_back(line.substr(line.find(':') + 1));
    }
  }
  return events;
}

uint64_t FakeCluster::answer(uint32_t id, uint64_t token) const {
  const auto& answers = nodes_.at(id)->answers;
  const auto found = answers.find(token);
  return found == answers.end() ? 0 : found->second;
}

std::string FakeCluster::why(uint32_t id) const {
  std::string why;
  nodes_.at(id)->machine->IsPrimary(&why);
  return why;
}

void FakeCluster::Step(Node* node, const ordering::Input& input) {
  std::vector<ordering::Output> outputs;
  node->machine->Step(input, &outputs);
  Execute(node, &outputs);
}

void FakeCluster::Execute(Node* node, std::vector<ordering::Output>* outputs) {
  for (ordering::Output& output : *outputs) {
    std::visit([this, node](auto& value) { Do(node, value); }, output);
  }
}

void FakeCluster::Do(Node* node, ordering::Multicast& output) {
  if (!node->connected) {
    return;
  }
  proto::Envelope envelope;
  PEAL_CHECK(envelope.ParseFromString(output.bytes));
  for (const uint32_t id : PartOf(node->id)) {
    Node* receiver = nodes_.at(id).get();
    if (drop && drop(id, envelope)) {
      continue;
    }
    Enqueue(receiver, *node, output.bytes);
  }
}

void FakeCluster::Do(Node* node, ordering::AppendEntry& output) {
  PEAL_CHECK(output.entry.index.value() == node->journal.size() + 1);
  node->journal.push_back(std::move(output.entry));
  node->ticket = output.ticket;
}

void FakeCluster::Do(Node* node, ordering::TruncateLog& output) {
  PEAL_CHECK(output.after.value() <= node->journal.size());
  node->journal.resize(output.after.value());
  node->ticket = output.ticket;
}

void FakeCluster::Do(Node* node, ordering::StorePromise& output) {
  node->ticket = output.ticket;
}

void FakeCluster::Do(Node* node, ordering::ReadLog& output) {
  // Small pieces, so that a transfer takes several turns.
  constexpr size_t kPiece = 3;
  ordering::LogRead read{output.joiner, {}, Index(0), output.epoch, output.history, {}};
  if (output.after.index.value() < node->forgotten) {
    read.first_available = Index(node->forgotten + 1);
    node->inbox.push_back({[this, node, read] { Step(node, read); }});
    return;
  }
  for (uint64_t i = output.after.index.value();
       i < std::min<uint64_t>(output.upto.value(), node->journal.size()) &&
       read.entries.size() < kPiece;
       ++i) {
    read.entries.push_back(node->journal[i]);
    if (output.history) {
      read.notes.push_back(fmt::format("note {}", i + 1));
    }
  }
  node->inbox.push_back({[this, node, read] { Step(node, read); }});
}

void FakeCluster::Do(Node* node, ordering::HistoryCame& output) {
  node->came.push_back(std::move(output));
}

void FakeCluster::Do(Node* node, ordering::ReadSnapshot& output) {
  // Small pieces here too. The state may be a newer one for each.
  constexpr size_t kPiece = 100;
  const ordering::Position position = node->machine->log().anchor().position;
  const std::string bytes = node->machine->Snapshot().SerializeAsString();
  const uint64_t offset = output.position == position ? output.offset : 0;
  ordering::SnapshotRead read;
  read.piece.set_joiner(output.joiner.value());
  *read.piece.mutable_position() = ordering::ToProto(position);
  read.piece.set_offset(offset);
  read.piece.set_total_bytes(bytes.size());
  read.piece.set_bytes(bytes.substr(offset, kPiece));
  node->inbox.push_back({[this, node, read] { Step(node, read); }});
}

void FakeCluster::Do(Node* node, ordering::InstallSnapshot& output) {
  node->forgotten = output.snapshot->position().index();
  PEAL_CHECK(node->forgotten > node->journal.size());
  node->journal.resize(node->forgotten);
  node->ticket = output.ticket;
  node->history.push_back(fmt::format("{}:state", output.snapshot->sequence()));
}

void FakeCluster::Do(Node* node, ordering::OutcomeUnknown& output) {
  node->unknown.insert(output.tokens.begin(), output.tokens.end());
}

void FakeCluster::Do(Node* node, ordering::Release& output) {
  if (output.entry.kind == EntryKind::kEpoch) {
    const auto names = [](const auto& members) {
      std::vector<std::string> out;
      out.reserve(static_cast<size_t>(members.size()));
      for (const proto::ViewMember& member : members) {
        out.push_back(member.name());
      }
      return fmt::format("{}", fmt::join(out, ","));
    };
    node->history.push_back(fmt::format("{}:view {} after {} ({} events)", output.sequence.value(),
                                        names(output.entry.opened->members()), names(output.before),
                                        output.count));
    return;
  }
  for (size_t i = 0; i < output.results.size(); ++i) {
    const ordering::EventResult& result = output.results[i];
    const std::string_view text = output.entry.batch->events[i].event;
    if (!text.empty() && result.numbered()) {
      node->history.push_back(fmt::format("{}:{}", result.sequence.value(), text));
    }
    if (!output.tokens.empty()) {
      node->answers[output.tokens[i]] = result.sequence.value();
    }
  }
}

void FakeCluster::Do(Node* node, ordering::InterestChanged& output) {
  node->interests = std::move(output.by_node);
}
void FakeCluster::Do(Node* node, ordering::Notice& output) {
  node->notices.push_back(output.text);
}
void FakeCluster::Do(Node* node, ordering::Halt& output) {
  node->notices.push_back("halt: " + output.reason);
}

}  // namespace peal::testing
