// Clients that number their publishes, and send what is unanswered again over other connections, to
// the same node or another. What they draw is theirs: a run without them is the same with this
// code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/client_publish.h"
#include "core/base/prng.h"
#include "tests/sim/node.h"

namespace peal::sim {

class Clients {
 public:
  static constexpr size_t kOutstandingMax = 6;

  // `nodes` outlive the clients, as does what `world` names.
  Clients(uint64_t seed, const World& world, std::vector<std::unique_ptr<Node>>* nodes);

  // From now on they publish.
  void Start();
  // They publish nothing new, and give nothing up.
  void Heal() { healing_ = true; }
  // Publishes that wait for their answer.
  size_t unanswered() const;

 private:
  struct Client {
    uint32_t number = 0;
    ClientSession session{};
    uint64_t last = 0;                           // Highest client sequence it has used.
    std::map<uint64_t, std::string> unanswered;  // By client sequence: the id, if it has one.
    Node* node = nullptr;                        // Where it is connected.
    uint64_t incarnation = 0;                    // Of that node's daemon.
    uint64_t connection = 0;                     // Grows; answers over an old one are not heard.
    std::vector<uint64_t> to_send;               // Over this connection, in order.
  };

  void ActLater(Client* client);
  void Act(Client* client);
  void Connect(Client* client);
  void PublishNew(Client* client);
  void GiveOneUp(Client* client);
  void SendWhatWaits(Client* client);
  void OnOutcome(Client* client, uint64_t sequence, const server::Outcome& outcome);

  const World world_;
  std::vector<std::unique_ptr<Node>>* const nodes_;
  base::Prng prng_;
  std::vector<std::unique_ptr<Client>> clients_;
  double moves_ = 0;  // How likely a client is to move at a time.
  bool healing_ = false;
};

}  // namespace peal::sim
