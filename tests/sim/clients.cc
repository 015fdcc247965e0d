#include "tests/sim/clients.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace peal::sim {
namespace {

// Keeps the draws apart from those of the run.
constexpr uint64_t kOtherSeed = 0x5e551075;
constexpr int64_t kActUs = 100'000;

}  // namespace

Clients::Clients(uint64_t seed, const World& world, std::vector<std::unique_ptr<Node>>* nodes)
    : world_(world), nodes_(nodes), prng_(seed ^ kOtherSeed) {
  constexpr std::array<double, 3> kMoves = {0.02, 0.1, 0.4};
  moves_ = prng_.Pick(kMoves);
  const uint64_t count = 1 + prng_.Below(4);
  for (uint32_t number = 1; number <= count; ++number) {
    clients_.push_back(std::make_unique<Client>());
    clients_.back()->number = number;
    clients_.back()->session.fill(static_cast<char>(number));
  }
}

void Clients::Start() {
  for (const auto& client : clients_) {
    ActLater(client.get());
  }
}

void Clients::ActLater(Client* client) {
  world_.clock->After(prng_.Between(1, kActUs), [this, client] {
    Act(client);
    ActLater(client);
  });
}

void Clients::Act(Client* client) {
  const bool broken = client->node == nullptr || !client->node->running() ||
                      client->node->incarnation() != client->incarnation;
  if (broken || prng_.Chance(healing_ ? 0.02 : moves_)) {
    Connect(client);
  }
  if (!healing_ && client->unanswered.size() < kOutstandingMax && prng_.Chance(0.5)) {
    PublishNew(client);
  }
  if (!healing_ && prng_.Chance(0.02)) {
    GiveOneUp(client);
  }
  SendWhatWaits(client);
}

void Clients::Connect(Client* client) {
  Node* const node = prng_.Pick(*nodes_).get();
  if (!node->running() || node->paused()) {
    return;
  }
  client->node = node;
  client->incarnation = node->incarnation();
  client->connection += 1;
  client->to_send.clear();
  for (const auto& [sequence, id] : client->unanswered) {
    client->to_send.push_back(sequence);
  }
}

void Clients::PublishNew(Client* client) {
  const uint64_t sequence = ++client->last;
  client->unanswered.emplace(
      sequence, prng_.Chance(0.1) ? fmt::format("own.{}.{}", client->number, sequence) : "");
  client->to_send.push_back(sequence);
}

// Its time was up: what becomes of it is unknown, and it is not sent again.
void Clients::GiveOneUp(Client* client) {
  if (!client->unanswered.empty()) {
    world_.stats->Add(Count::kClientsGaveUp);
    const uint64_t sequence = client->unanswered.begin()->first;
    client->unanswered.erase(sequence);
    std::erase(client->to_send, sequence);
  }
}

void Clients::SendWhatWaits(Client* client) {
  if (client->node == nullptr || client->node->incarnation() != client->incarnation) {
    return;
  }
  std::vector<uint64_t> waits;
  for (const uint64_t sequence : std::exchange(client->to_send, {})) {
    const ClientPublish publish{
        .session = client->session,
        .sequence = ClientSequence(sequence),
        .unanswered_from = ClientSequence(client->unanswered.begin()->first)};
    const bool sent = client->node->PublishNumbered(
        publish, fmt::format("client.{}.{}", client->number, sequence),
        client->unanswered.at(sequence),
        [this, client, sequence, connection = client->connection](const server::Outcome& outcome) {
          if (connection == client->connection) {
            OnOutcome(client, sequence, outcome);
          }
        });
    if (!sent) {
      waits.push_back(sequence);
    }
  }
  client->to_send = std::move(waits);
}

void Clients::OnOutcome(Client* client, uint64_t sequence, const server::Outcome& outcome) {
  if (!client->unanswered.contains(sequence)) {
    return;  // It gave it up.
  }
  if (outcome.status.ok()) {
    world_.stats->Add(Count::kRepeatsAnswered, outcome.repeated ? 1 : 0);
    client->unanswered.erase(sequence);
    return;
  }
  if (outcome.repeated) {
    world_.checker->Violate("sessions", fmt::format("client {} waits for its publish {}, and the "
                                                    "order says that it was answered",
                                                    client->number, sequence));
  }
  client->to_send.push_back(sequence);
  std::sort(client->to_send.begin(), client->to_send.end());
}

size_t Clients::unanswered() const {
  size_t count = 0;
  for (const auto& client : clients_) {
    count += client->unanswered.size();
  }
  return count;
}

}  // namespace peal::sim
