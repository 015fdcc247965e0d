// The network's rings: how they form and end, and what the nemesis does to them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "tests/sim/network.h"

namespace peal::sim {

void Network::SetParts(const std::map<uint32_t, int>& part_of) {
  for (const auto& [node, part] : part_of) {
    hosts_.at(node).part = part;
  }
  ReformAll();
}

void Network::ReformAll() {
  std::set<int> parts;
  for (const auto& [node, host] : hosts_) {
    parts.insert(host.part);
  }
  for (const int part : parts) {
    ReformLater(part, prng_->Between(profile_.token_timeout_us / 4, profile_.token_timeout_us));
  }
}

void Network::ReformLater(int part, int64_t delay_us) {
  if (!manual_) {
    clock_->After(delay_us, [this, part] { Reform(part); });
  }
}

void Network::Reform(int part) {
  std::set<uint32_t> nodes;
  for (const auto& [node, host] : hosts_) {
    if (host.up && !host.paused && host.part == part) {
      nodes.insert(node);
    }
  }
  if (nodes.empty()) {
    return;
  }
  const std::shared_ptr<Ring>& ring = hosts_.at(*nodes.begin()).ring;
  const bool same = ring != nullptr && !ring->aborted && ring->nodes.size() == nodes.size() &&
                    std::all_of(nodes.begin(), nodes.end(),
                                [&](uint32_t node) { return ring == hosts_.at(node).ring; });
  if (same) {
    Wake(ring);
    return;
  }
  if (!calm_ && nodes.size() > 1 && prng_->Chance(profile_.partly_formed)) {
    std::set<uint32_t> some;
    for (const uint32_t node : nodes) {
      if (prng_->Chance(0.5)) {
        some.insert(node);
      }
    }
    if (!some.empty() && some.size() < nodes.size()) {
      ReformLater(part, prng_->Between(profile_.sync_us / 2, 4 * profile_.sync_us));
      nodes = std::move(some);
    }
  }
  const bool aborted = !calm_ && prng_->Chance(profile_.sync_aborted);
  Form(nodes, aborted);
  if (aborted) {
    ReformLater(part, prng_->Between(profile_.sync_us / 2, 4 * profile_.sync_us));
  }
}

void Network::Form(const std::set<uint32_t>& nodes, bool aborted) {
  std::map<uint64_t, std::vector<Host*>> groups;
  std::map<uint32_t, uint64_t> old_rings;
  for (const uint32_t node : nodes) {
    Host& host = hosts_.at(node);
    old_rings[node] = host.ring == nullptr ? 0 : host.ring->number;
    if (host.ring != nullptr) {
      groups[host.ring->number].push_back(&host);
    }
  }
  for (const auto& [number, group] : groups) {
    Recover(group);
  }
  const std::shared_ptr<Ring> ring = NewRing(nodes);
  trace_->Tell("ring {} forms of {}{}", ring->id.seq, fmt::join(nodes, ","),
               aborted ? ", and is given up" : "");
  ring->aborted = aborted;
  ring->quorate = !aborted && IsQuorate(ring->nodes);
  stats_->Add(aborted ? Count::kRingsAborted : Count::kRings);
  int64_t last = 0;
  for (const uint32_t node : nodes) {
    Host& host = hosts_.at(node);
    host.ring = ring;
    host.active = false;
    host.have.clear();
    host.next = 0;
    host.torn.clear();
    if (!aborted) {
      Tear(&host, old_rings);
      const int64_t delay = prng_->Between(profile_.sync_us / 4, profile_.sync_us);
      last = std::max(last, delay);
      clock_->After(manual_ ? 0 : delay, [this, node, ring] { Activate(node, ring); });
    }
  }
  if (!aborted) {
    clock_->After(manual_ ? 0 : last + 1, [this, ring] { StartFlowing(ring); });
  }
}

std::shared_ptr<Network::Ring> Network::NewRing(const std::set<uint32_t>& nodes) {
  auto ring = std::make_shared<Ring>();
  ring_seq_ += 4;
  ring->id = {NodeId(*nodes.begin()), ring_seq_};
  ring->number = ++ring_number_;
  ring->nodes.assign(nodes.begin(), nodes.end());
  for (const uint32_t node : nodes) {
    Host& host = hosts_.at(node);
    if (host.process != nullptr && host.joined_pid == host.pid) {
      ring->joinlist[node] = host.pid;
    } else if (!calm_ && host.process == nullptr && host.dead_pid != 0 &&
               prng_->Chance(profile_.ghost)) {
      ring->joinlist[node] = host.dead_pid;
      stats_->Add(Count::kGhosts);
    }
  }
  return ring;
}

void Network::Tear(Host* joiner, const std::map<uint32_t, uint64_t>& old_rings) {
  for (const auto& [node, old_ring] : old_rings) {
    Host& sender = hosts_.at(node);
    if (old_ring != old_rings.at(joiner->node) && !sender.queue.empty() && !calm_ &&
        prng_->Chance(profile_.torn)) {
      joiner->torn[node] = 1 + static_cast<uint32_t>(prng_->Below(sender.queue.size() + 3));
    }
  }
}

void Network::Recover(const std::vector<Host*>& group) {
  const std::shared_ptr<Ring> ring = group.front()->ring;
  std::vector<uint8_t> all(ring->order.size());
  std::set<uint32_t> survivors;
  for (const Host* host : group) {
    survivors.insert(host->node);
    for (size_t i = 0; i < host->have.size(); ++i) {
      all[i] = all[i] | host->have[i];
    }
  }
  for (Host* host : group) {
    // A ring that the group was never told of has carried nothing.
    if (host->active) {
      host->have = all;
      Deliver(host);
      DeliverTail(host, survivors, all);
    }
  }
}

void Network::DeliverTail(Host* host, const std::set<uint32_t>& survivors,
                          const std::vector<uint8_t>& all) {
  const Ring& ring = *host->ring;
  bool gap = false;
  for (size_t i = host->next; i < ring.order.size(); ++i) {
    if (all[i] == 0 || !survivors.contains(ring.order[i].node)) {
      gap = true;
      continue;
    }
    stats_->Add(Count::kTransitionalTails);
    if (gap) {
      stats_->Add(Count::kTransitionalWithGap);
    }
    trace_->Tell("n{} gets place {} of ring {} in the transition", host->node, i, ring.id.seq);
    HandOver(host, ring.order[i]);
  }
  host->next = ring.order.size();
}

void Network::Activate(uint32_t node, const std::shared_ptr<Ring>& ring) {
  Host& host = hosts_.at(node);
  if (!InRing(host, ring) || host.paused || host.active) {
    return;
  }
  if (host.told_nodes == ring->nodes) {
    stats_->Add(Count::kUnmarkedReturns);
  }
  host.told_nodes = ring->nodes;
  host.active = true;
  host.members = ring->joinlist;
  TellView(&host);
  SendQuorum(&host);
}

bool Network::IsQuorate(const std::vector<uint32_t>& nodes) {
  if (!profile_.corosync_decides) {
    return nodes.size() * 2 > profile_.nodes;
  }
  const auto is_in = [](const std::vector<uint32_t>& ring, uint32_t node) {
    return std::find(ring.begin(), ring.end(), node) != ring.end();
  };
  if (!went_on_.empty() && std::none_of(nodes.begin(), nodes.end(),
                                        [&](uint32_t node) { return is_in(went_on_, node); })) {
    return false;
  }
  for (const uint32_t node : std::exchange(went_on_, nodes)) {
    if (!is_in(nodes, node) && on_fence) {
      clock_->After(0, [this, node] { on_fence(node); });
    }
  }
  return true;
}

void Network::SendQuorum(Host* host) {
  if (!calm_ && prng_->Chance(profile_.quorum_missing)) {
    // The round is cut short between CPG's part and votequorum's (4.3): another ring follows.
    stats_->Add(Count::kQuorumMissing);
    clock_->After(profile_.sync_us, [this, node = host->node] { Flap(node); });
    return;
  }
  bool quorate = host->ring->quorate;
  if (!quorate && !profile_.corosync_decides && !calm_ && prng_->Chance(profile_.quorum_lies)) {
    quorate = true;
    stats_->Add(Count::kQuorumLies);
  }
  const int64_t longest = calm_ ? 1'000 : profile_.quorum_delay_us;
  // One socket: notices keep their order.
  host->quorum_at_us =
      std::max(host->quorum_at_us, clock_->now_us() + (manual_ ? 0 : prng_->Between(0, longest)));
  const Quorum quorum{quorate, host->ring->id};
  clock_->After(host->quorum_at_us - clock_->now_us(),
                [this, node = host->node, life = host->life, quorum] {
                  Host& at = hosts_.at(node);
                  if (!at.up || at.life != life) {
                    return;
                  }
                  at.quorum = quorum;
                  if (at.process != nullptr) {
                    at.process->OnHostQuorum(quorum);
                  }
                });
}

void Network::StartFlowing(const std::shared_ptr<Ring>& ring) {
  const bool whole = std::all_of(ring->nodes.begin(), ring->nodes.end(), [&](uint32_t node) {
    const Host& host = hosts_.at(node);
    return InRing(host, ring) && host.active;
  });
  // Who is missing keeps the others at the barrier; another ring follows.
  if (whole) {
    ring->flowing = true;
    Wake(ring);
  }
}

void Network::CrashHost(uint32_t node) {
  Host& host = hosts_.at(node);
  if (!host.up) {
    return;
  }
  const int part = host.part;
  if (host.process != nullptr) {
    HostSink* process = std::exchange(host.process, nullptr);
    process->OnHostLost();
  }
  Host fresh;
  fresh.node = node;
  fresh.part = part;
  fresh.life = host.life + 1;
  fresh.up = false;
  host = std::move(fresh);
  ReformAll();
}

void Network::StartHost(uint32_t node) {
  hosts_.at(node).up = true;
  if (!manual_) {
    Form({node}, false);
  }
  ReformAll();
}

void Network::PauseHost(uint32_t node) {
  hosts_.at(node).paused = true;
  ReformAll();
}

void Network::ResumeHost(uint32_t node) {
  Host& host = hosts_.at(node);
  if (!host.paused) {
    return;
  }
  host.paused = false;
  if (!host.up || host.ring == nullptr) {
    return;
  }
  if (!host.active && !host.ring->aborted) {
    Activate(node, host.ring);
    StartFlowing(host.ring);
  }
  // What lay in its sockets comes first, in the ring it still believes in (1.3 C).
  Deliver(&host);
  if (host.ring->flowing && !host.queue.empty() && prng_->Chance(profile_.old_token)) {
    stats_->Add(Count::kStaleSelfDelivery);
    Originate(&host, prng_->Below(kVisitMax) + 1);
  }
  Wake(host.ring);
  ReformAll();
}

void Network::LoseConnection(uint32_t node) {
  Host& host = hosts_.at(node);
  if (host.process != nullptr) {
    HostSink* process = host.process;
    Leave(node);
    process->OnHostLost();
  }
}

void Network::Flap(uint32_t node) {
  const Host& host = hosts_.at(node);
  if (!host.up || host.paused || host.ring == nullptr) {
    return;
  }
  host.ring->aborted = true;  // Whoever is in it forms another.
  ReformLater(host.part, prng_->Between(0, profile_.token_timeout_us / 2));
}

void Network::Calm() {
  calm_ = true;
  for (auto& [node, host] : hosts_) {
    host.mute = false;
    host.deaf_to = 0;
    host.busy_until_us = 0;
    host.torn.clear();
  }
}

void Network::FormNow(const std::set<uint32_t>& nodes) {
  Form(nodes, false);
}

}  // namespace peal::sim
