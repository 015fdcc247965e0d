// Brings the parts of a daemon together: clients, order, producers.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/io/loop.h"
#include "core/server/server.h"
#include "ordering/replica/replica.h"
#include "producers/host.h"
#include "tools/peald/options.h"

namespace peal::daemon {

// What a daemon is made of. All of it outlives the daemon.
struct DaemonPorts {
  io::Loop* loop = nullptr;
  journal::Journal* journal = nullptr;
  ordering::Group* group = nullptr;
  journal::Upkeep* upkeep = nullptr;  // Of the journal.
  server::LocalLog* local_log = nullptr;
  server::LocalHistory* local_history = nullptr;
};

// Loop thread only.
class Daemon : private ordering::ReplicaSink,
               private server::ProducerDirectory,
               private server::History {
 public:
  // Goes on from what the journal had recovered.
  Daemon(const DaemonPorts& ports, const Options& options, Incarnation incarnation,
         ordering::Recovered recovered);
  ~Daemon() override = default;
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Takes clients and joins the group. The daemon then runs until SIGTERM or SIGINT, which stop the
  // loop once clients are answered and the group is left. Codes of Server::Listen().
  absl::Status Start();

  // Why the loop was stopped, when it was because this node's log was ordered apart from the
  // cluster's: the journal is to be set aside, and the daemon made anew.
  struct Overtaken {
    std::string why;
    std::string journal_id;  // For the new journal; empty: another one.
  };
  const std::optional<Overtaken>& overtaken() const { return overtaken_; }
  // Tells the cluster, in its order, that the log of this node was set aside.
  void AnnounceOrphan(const std::string& folder, const std::string& why);

 private:
  // ReplicaSink: ordering/replica/replica.h.
  void OnNode(const std::string& name) override;
  void OnReleases(std::vector<ordering::Release> releases) override;
  void OnReadiness() override { server_->OnOrderReady(); }
  void OnPrimary(bool primary, const std::string& why) override;
  void OnQuorum(bool quorate) override;
  void OnOvertaken(const std::string& why, bool keeps_vote) override;
  void OnInterest(const std::map<std::string, Interest>& by_node) override;
  void OnInterestKnown() override { server_->OnInterestKnown(); }

  // ProducerDirectory: core/server/producer_directory.h.
  std::vector<proto::ClassInfo> Classes() const override;
  std::vector<proto::ProducerInfo> Producers() const override;

  // History: core/server/history.h.
  Sequence first() const override { return replica_.history_first(); }
  Sequence PlaceBefore(int64_t time_us) const override { return replica_.history_before(time_us); }
  void Read(Sequence from, size_t bytes_max, server::History::Callback done) override;

  void OnDemand(const server::Demand& demand);
  void UpdateProducers();
  void OnSignal(int signal);
  void End();

  io::Loop* const loop_;
  const Options options_;
  const std::string journal_id_;
  ordering::Replica replica_;
  producers::Host producers_;
  std::unique_ptr<server::Server> server_;  // Made last: it asks for the classes.
  std::unique_ptr<io::Registration> signals_;
  producers::Demand demand_;
  std::optional<Overtaken> overtaken_;
  bool stopping_ = false;
};

}  // namespace peal::daemon
