// A cluster in the process of a test: for unit tests of programs that are written against
// peal/client.h, without a daemon, corosync, threads or the time of day.
//
//   peal::testing::FakeBus bus({"n1", "n2", "n3"});
//   std::unique_ptr<peal::Client> client = bus.Connect("n1");
//   Program program(client.get());              // What is to be tested.
//   bus.Leave("n3");
//   while (program.busy()) { client->Dispatch(std::chrono::seconds(1)); }
//
// docs/testing_your_program.md tells more, with an example.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "peal/client.h"
#include "peal/event.h"
#include "peal/status.h"
#include "peal/types.h"

namespace peal::testing {

class FakeCluster;

// Whether what was answered with an error was published all the same.
enum class Fate { kNotPublished, kPublished };

// Not thread-safe, nor are its clients: one thread uses all of them. The same calls give the same
// events, in the same order, with the same numbers and times.
//
// Every node has a daemon, which keeps what it knows in memory. In a cluster of one node that is
// standalone. The daemons work within the calls of this class and of Dispatch(); callbacks come
// from Dispatch() only, so that a callback may call everything here too.
//
// The bus has a clock of its own, which begins at 2026-01-01T00:00:00Z and stands still but for:
// Advance(); a Dispatch() that finds nothing to do, for as long as it is allowed to wait; calls
// that wait; and the time that the daemons need to agree on a change of membership, below 10 s.
//
// A call with a name that no node has, or for which its node is in the wrong state, ends the
// program with a line that says so.
class FakeBus {
 public:
  // 1 to 31 names of nodes, each once. All are up, and in the primary component.
  explicit FakeBus(const std::vector<std::string>& nodes = {"n1"});
  // Clients may outlive it: to them the bus goes on.
  ~FakeBus();
  FakeBus(const FakeBus&) = delete;
  FakeBus& operator=(const FakeBus&) = delete;

  // A client of this node's daemon, as Client::Connect() makes it; `socket_path` is not looked at.
  // The daemon is there.
  std::unique_ptr<Client> Connect(const std::string& node, const ConnectOptions& options = {});
  // The same where the daemon may be lost: kUnreachable.
  Result<std::unique_ptr<Client>> TryConnect(const std::string& node,
                                             const ConnectOptions& options = {});

  Timestamp now() const;
  // Lets time pass. 0 or more.
  void Advance(std::chrono::microseconds time);

  // The node goes down, or comes up again with what it knew. Its clients are away meanwhile.
  void Leave(const std::string& node);
  void Join(const std::string& node);
  // From now on only the nodes of one part reach one another. Each node that is up is in one part.
  // A part with a majority of all nodes goes on; in the others nothing global is published or
  // shown.
  void Partition(const std::vector<std::vector<std::string>>& parts);
  // All nodes that are up reach one another again.
  void Heal();

  // The daemon ends as if it was killed, or starts again. Its node stays where it is.
  void LoseDaemon(const std::string& node);
  void RestartDaemon(const std::string& node);
  // Ends all connections to this node's daemon with this reason. With kUnreachable, kNoPrimary the
  // clients come back; any other is for good.
  void EndConnections(const std::string& node, const Status& why);

  // The next `count` publishes of any client, those with Ack::kNone aside, end with `kind`. With
  // kTimedOut there is no answer: the client's own time passes, and the outcome is unknown to it.
  // Only that may be kPublished. After others the event will never appear.
  void FailNext(ErrorKind kind, size_t count = 1, Fate fate = Fate::kNotPublished);
  // From now on all that this node's daemon says reaches its clients so much later.
  void Delay(const std::string& node, std::chrono::milliseconds delay);

  // Global events up to this globalseq cannot be read any more, on any node: who still wants them
  // gets a `peal.gap`. The last one stays.
  void Trim(uint64_t globalseq);
  // The same of the first `count` local events that the node still has.
  void DropLocal(const std::string& node, size_t count);

  // Publishes as another program of this node would, and waits for the answer.
  PublishResult Publish(const std::string& node, const Event& event,
                        const PublishOptions& options = {});

  // Every global event, complete, from the first on: what subscribers are shown, Trim() or not.
  const std::vector<Event>& history() const;
  // The local events that the node still has.
  std::vector<Event> LocalEvents(const std::string& node) const;
  // What is subscribed at this node, and every durable subscription with its confirmed place.
  std::vector<SubscriptionInfo> Subscriptions(const std::string& node);

 private:
  const std::shared_ptr<FakeCluster> cluster_;
};

}  // namespace peal::testing
