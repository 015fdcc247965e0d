// A process's end of the simulated group: what ordering/corosync's CpgGroup is to the real one.
// What the host says waits here until the process reads it; what the process says waits here until
// the host takes it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "ordering/replica/group.h"
#include "tests/sim/network.h"
#include "tests/sim/sim_loop.h"

namespace peal::sim {

class SimGroup : public ordering::Group, public HostSink {
 public:
  struct Options {
    uint32_t node = 0;
    uint32_t pid = 0;
    ordering::Nodelist nodelist;
  };
  // All outlive the group.
  SimGroup(Options options, const Profile& profile, Network* network, SimLoop* loop,
           base::Prng* prng, Stats* stats, const Trace* trace);
  ~SimGroup() override;
  SimGroup(const SimGroup&) = delete;
  SimGroup& operator=(const SimGroup&) = delete;

  void Start(ordering::GroupSink* sink) override;
  void Multicast(std::string message) override;
  // As the process reads it, now and at every later connection.
  void SetNodelist(const ordering::Nodelist& nodelist);
  size_t backlog_bytes() const override { return backlog_bytes_; }
  void Leave(std::function<void()> done) override;

  void OnHostView(ordering::RingId ring, std::vector<ordering::Process> members) override;
  void OnHostMessage(ordering::Process sender, const Bytes& bytes) override;
  void OnHostQuorum(Quorum quorum) override;
  void OnHostLost() override;

  // Sees every message that is sent, for statistics.
  std::function<void(const std::string& bytes)> on_send;

 private:
  struct View {
    ordering::RingId ring;
    std::vector<ordering::Process> members;
  };
  struct Message {
    ordering::Process sender;
    Bytes bytes;
  };
  struct Lost {};
  using Event = std::variant<View, Message, Lost>;
  static constexpr size_t kTakeMax = 16;

  void ConnectLater(int64_t delay_us);
  void Connect();
  void Push(Event event);
  void Take();
  void On(const View& event);
  void On(const Message& event);
  void On(const Lost& event);
  void Flush();

  Options options_;
  const Profile& profile_;
  Network* const network_;
  SimLoop* const loop_;
  base::Prng* const prng_;
  Stats* const stats_;
  const Trace* const trace_;
  ordering::GroupSink* sink_ = nullptr;
  uint64_t attempt_ = 0;  // To connect.
  uint64_t connection_ = 0;
  bool attached_ = false;   // To the host.
  bool connected_ = false;  // As the process knows.
  bool in_view_ = false;
  bool left_ = false;
  std::vector<ordering::Process> members_;
  ordering::RingId ring_;
  bool taking_ = false;
  std::deque<Event> inbox_;  // Bounded by the length of a pause.
  bool retrying_ = false;
  std::deque<Bytes> backlog_;  // Bounded by the process's window.
  size_t backlog_bytes_ = 0;
};

}  // namespace peal::sim
