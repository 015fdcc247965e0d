#include "tests/sim/network.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/check.h"
#include "proto/group.pb.h"

namespace peal::sim {
namespace {

bool IsBatch(const std::string& bytes) {
  proto::Envelope envelope;
  return envelope.ParseFromString(bytes) && envelope.has_batch();
}

}  // namespace

Network::Network(const Profile& profile, Clock* clock, base::Prng* prng, Stats* stats,
                 const Trace* trace)
    : profile_(profile), clock_(clock), prng_(prng), stats_(stats), trace_(trace) {
  for (uint32_t node = 1; node <= profile_.nodes; ++node) {
    hosts_[node].node = node;
  }
}

bool Network::Reachable(const Host& a, const Host& b) const {
  return a.up && b.up && a.part == b.part;
}

bool Network::InRing(const Host& host, const std::shared_ptr<Ring>& ring) const {
  return host.up && host.ring == ring;
}

bool Network::CanConnect(uint32_t node, uint32_t pid) const {
  const Host& host = hosts_.at(node);
  if (!host.up || host.paused || host.ring == nullptr || host.process != nullptr) {
    return false;
  }
  return host.leaving_pid != pid;
}

void Network::Join(uint32_t node, HostSink* sink, uint32_t pid) {
  Host& host = hosts_.at(node);
  PEAL_CHECK(host.process == nullptr);
  host.process = sink;
  host.pid = pid;
  host.joined_pid = 0;
  QueueFirst(&host, {Kind::kJoin, node, pid, nullptr, host.ring->number});
  Wake(host.ring);
}

void Network::Leave(uint32_t node) {
  Host& host = hosts_.at(node);
  if (host.process == nullptr) {
    return;
  }
  host.process = nullptr;
  host.dead_pid = host.pid;
  if (!host.up || host.ring == nullptr) {
    return;
  }
  host.leaving_pid = host.pid;
  QueueFirst(&host, {Kind::kLeave, node, host.pid, nullptr, host.ring->number});
  Wake(host.ring);
}

void Network::QueueFirst(Host* host, Packet packet) {
  auto place = host->queue.end();
  if (!host->ring->flowing) {
    // In a sync what the group says of itself overtakes the messages that are queued (2.7).
    while (place != host->queue.begin() && std::prev(place)->kind == Kind::kMessage) {
      --place;
    }
  }
  host->queue.insert(place, std::move(packet));
}

bool Network::Send(uint32_t node, const Bytes& bytes) {
  Host& host = hosts_.at(node);
  if (!host.up || host.ring == nullptr || host.queue.size() >= kQueueMax ||
      clock_->now_us() < host.busy_until_us || (!host.ring->flowing && !host.paused)) {
    return false;
  }
  if (!calm_ && prng_->Chance(profile_.dropped)) {
    stats_->Add(Count::kDroppedAtSender);
    return true;
  }
  host.queue.push_back({Kind::kMessage, node, host.pid, bytes, host.ring->number});
  Wake(host.ring);
  return true;
}

bool Network::HasWork(const Ring& ring) const {
  return std::any_of(ring.nodes.begin(), ring.nodes.end(), [&](uint32_t node) {
    const Host& host = hosts_.at(node);
    return host.ring.get() == &ring && host.up &&
           (!host.queue.empty() || host.next < ring.order.size());
  });
}

void Network::Wake(const std::shared_ptr<Ring>& ring) {
  if (manual_ || !ring->flowing || ring->visiting || !HasWork(*ring)) {
    return;
  }
  ring->visiting = true;
  clock_->After(prng_->Between(profile_.visit_us / 4, profile_.visit_us),
                [this, ring] { Visit(ring); });
}

void Network::Visit(const std::shared_ptr<Ring>& ring) {
  ring->visiting = false;
  Host& host = hosts_.at(ring->nodes[ring->token_at]);
  if (!InRing(host, ring) || host.paused) {
    return;  // The token is lost, or waits there; a change of ring follows, or a wake-up.
  }
  VisitHost(&host);
  PassToken(ring, host);
}

void Network::PassToken(const std::shared_ptr<Ring>& ring, const Host& from) {
  const size_t next = (ring->token_at + 1) % ring->nodes.size();
  const Host& to = hosts_.at(ring->nodes[next]);
  if (!InRing(to, ring) || !Reachable(from, to)) {
    return;
  }
  ring->token_at = next;
  Wake(ring);
}

void Network::VisitHost(Host* host) {
  Retransmit(host);
  Originate(host, kVisitMax);
}

void Network::Retransmit(Host* host) {
  const size_t size = host->ring->order.size();
  host->have.resize(size);
  for (size_t i = host->next; i < size; ++i) {
    if (host->have[i] != 0 || host->deaf_to == host->ring->order[i].node ||
        !(calm_ || prng_->Chance(profile_.retransmitted))) {
      continue;
    }
    for (const uint32_t node : host->ring->nodes) {
      const Host& other = hosts_.at(node);
      if (other.ring == host->ring && Reachable(other, *host) && !other.paused && !other.mute &&
          other.have.size() > i && other.have[i] != 0) {
        host->have[i] = 1;
        break;
      }
    }
  }
  Deliver(host);
}

void Network::Originate(Host* host, size_t max) {
  for (size_t i = 0; i < max && !host->queue.empty(); ++i) {
    Packet packet = std::move(host->queue.front());
    host->queue.pop_front();
    if (packet.kind == Kind::kMessage && packet.queued_in != host->ring->number) {
      stats_->Add(Count::kSentInLaterView);
    }
    Place(host, std::move(packet), nullptr);
  }
  Deliver(host);
}

void Network::Place(Host* host, Packet packet, const std::set<uint32_t>* receivers) {
  const std::shared_ptr<Ring> ring = host->ring;
  const size_t place = ring->order.size();
  ring->order.push_back(std::move(packet));
  bool heard = ring->nodes.size() == 1;
  for (const uint32_t node : ring->nodes) {
    Host& other = hosts_.at(node);
    if (other.ring != ring) {
      continue;
    }
    other.have.resize(place + 1);
    const bool gets = receivers != nullptr
                          ? receivers->contains(node)
                          : Reachable(*host, other) && !host->mute && other.deaf_to != host->node &&
                                (calm_ || prng_->Chance(profile_.received));
    if (&other == host || gets) {
      other.have[place] = 1;
      heard = heard || &other != host;
    }
    if (gets && &other != host) {
      Deliver(&other);
    }
  }
  if (!heard) {
    stats_->Add(Count::kSelfDeliveredOnly);
  }
}

void Network::Deliver(Host* host) {
  if (host->paused || !host->active) {
    return;
  }
  const std::shared_ptr<Ring> ring = host->ring;
  while (host->next < ring->order.size() && host->next < host->have.size() &&
         host->have[host->next] != 0) {
    const size_t place = host->next++;
    HandOver(host, ring->order[place]);
  }
}

void Network::HandOver(Host* host, const Packet& packet) {
  if (packet.kind != Kind::kMessage) {
    trace_->Tell("host {} delivers that {}:{} {} in ring {}", host->node, packet.node, packet.pid,
                 packet.kind == Kind::kJoin ? "joins" : "leaves", host->ring->id.seq);
  }
  switch (packet.kind) {
    case Kind::kJoin:
      host->members[packet.node] = packet.pid;
      if (packet.node == host->node && packet.pid == host->pid) {
        host->joined_pid = packet.pid;
      }
      stats_->Add(Count::kProcessViews);
      TellView(host);
      return;
    case Kind::kLeave: {
      if (packet.node == host->node && packet.pid == host->leaving_pid) {
        host->leaving_pid = 0;
      }
      const auto member = host->members.find(packet.node);
      if (member != host->members.end() && member->second == packet.pid) {
        host->members.erase(member);
        stats_->Add(Count::kProcessViews);
        TellView(host);
      }
      return;
    }
    case Kind::kMessage:
      break;
  }
  const auto torn = host->torn.find(packet.node);
  if (torn != host->torn.end() && torn->second > 0) {
    --torn->second;
    stats_->Add(Count::kTornStreams);
    return;
  }
  if (profile_.torn_batches > 0 && !calm_ && packet.node != host->node && IsBatch(*packet.bytes) &&
      prng_->Chance(profile_.torn_batches)) {
    stats_->Add(Count::kTornStreams);
    return;
  }
  if (host->process != nullptr && host->members.contains(packet.node)) {
    host->process->OnHostMessage({NodeId(packet.node), packet.pid}, packet.bytes);
  }
}

void Network::TellView(Host* host) {
  const auto self = host->members.find(host->node);
  if (host->process == nullptr || self == host->members.end() || self->second != host->pid) {
    return;
  }
  std::vector<ordering::Process> members;
  members.reserve(host->members.size());
  for (const auto& [node, pid] : host->members) {
    members.push_back({NodeId(node), pid});
  }
  host->process->OnHostView(host->ring->id, std::move(members));
}

void Network::VisitNow(uint32_t node, const std::set<uint32_t>& receivers) {
  Host& host = hosts_.at(node);
  while (!host.queue.empty()) {
    Packet packet = std::move(host.queue.front());
    host.queue.pop_front();
    Place(&host, std::move(packet), &receivers);
    Deliver(&host);
  }
}

}  // namespace peal::sim
