#include "tests/sim/sim_group.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace peal::sim {
namespace {

constexpr int64_t kRetryUs = 2'000;
constexpr int64_t kReconnectUs = 50'000;

}  // namespace

SimGroup::SimGroup(Options options, const Profile& profile, Network* network, SimLoop* loop,
                   base::Prng* prng, Stats* stats, const Trace* trace)
    : options_(std::move(options)),
      profile_(profile),
      network_(network),
      loop_(loop),
      prng_(prng),
      stats_(stats),
      trace_(trace) {}

SimGroup::~SimGroup() {
  if (attached_) {
    network_->Leave(options_.node);
  }
}

void SimGroup::Start(ordering::GroupSink* sink) {
  PEAL_CHECK(sink_ == nullptr || left_);
  sink_ = sink;
  left_ = false;
  ConnectLater(0);
}

void SimGroup::ConnectLater(int64_t delay_us) {
  loop_->AfterUs(delay_us, [this, attempt = ++attempt_] {
    if (attempt == attempt_) {
      Connect();
    }
  });
}

void SimGroup::Connect() {
  if (left_) {
    return;
  }
  if (!network_->CanConnect(options_.node, options_.pid)) {
    ConnectLater(kReconnectUs);
    return;
  }
  attached_ = connected_ = true;
  ++connection_;
  sink_->OnConnected({NodeId(options_.node), options_.pid}, options_.nodelist);
  if (const std::optional<Quorum> quorum = network_->quorum(options_.node)) {
    sink_->OnQuorum(quorum->quorate, quorum->ring);
  }
  network_->Join(options_.node, this, options_.pid);
}

void SimGroup::SetNodelist(const ordering::Nodelist& nodelist) {
  loop_->Post([this, nodelist] {
    options_.nodelist = nodelist;
    if (connected_) {
      sink_->OnConnected({NodeId(options_.node), options_.pid}, nodelist);
    }
  });
}

void SimGroup::Multicast(std::string message) {
  if (!in_view_ || left_) {
    return;
  }
  if (on_send) {
    on_send(message);
  }
  if (trace_->on()) {
    trace_->Tell("n{} sends {}", options_.node, Describe(message));
  }
  backlog_bytes_ += message.size();
  backlog_.push_back(std::make_shared<const std::string>(std::move(message)));
  if (!retrying_) {
    Flush();
  }
}

void SimGroup::Flush() {
  retrying_ = false;
  while (!backlog_.empty()) {
    if (!attached_) {
      return;  // Lost is on its way, and drops the backlog in its place.
    }
    if (!network_->Send(options_.node, backlog_.front())) {
      retrying_ = true;
      loop_->AfterUs(kRetryUs, [this] { Flush(); });
      return;
    }
    backlog_bytes_ -= backlog_.front()->size();
    backlog_.pop_front();
  }
}

void SimGroup::Leave(std::function<void()> done) {
  left_ = true;
  connected_ = in_view_ = false;
  members_.clear();
  backlog_.clear();
  backlog_bytes_ = 0;
  if (std::exchange(attached_, false)) {
    network_->Leave(options_.node);
  }
  inbox_.clear();
  loop_->Post(std::move(done));
}

void SimGroup::OnHostView(ordering::RingId ring, std::vector<ordering::Process> members) {
  Push(View{ring, std::move(members)});
}

void SimGroup::OnHostMessage(ordering::Process sender, const Bytes& bytes) {
  Push(Message{sender, bytes});
}

void SimGroup::OnHostQuorum(Quorum quorum) {
  // A connection begins with what is known then; what was on its way to the one before is gone.
  loop_->Post([this, quorum, connection = connection_] {
    if (connected_ && connection == connection_) {
      stats_->Add(quorum.ring == ring_ ? Count::kQuorumAfterView : Count::kQuorumBeforeView);
      trace_->Tell("n{} quorate {} in ring {}", options_.node, quorum.quorate, quorum.ring.seq);
      sink_->OnQuorum(quorum.quorate, quorum.ring);
    }
  });
}

void SimGroup::OnHostLost() {
  attached_ = false;
  if (!inbox_.empty() && prng_->Chance(profile_.events_dropped)) {
    inbox_.resize(prng_->Below(inbox_.size()));
  }
  Push(Lost{});
}

void SimGroup::Push(Event event) {
  inbox_.push_back(std::move(event));
  if (!std::exchange(taking_, true)) {
    loop_->AfterUs(prng_->Between(0, profile_.delivery_us), [this] { Take(); });
  }
}

void SimGroup::Take() {
  for (size_t i = 0; i < kTakeMax && !inbox_.empty(); ++i) {
    const Event event = std::move(inbox_.front());
    inbox_.pop_front();
    std::visit([this](const auto& value) { On(value); }, event);
  }
  taking_ = !inbox_.empty();
  if (taking_) {
    loop_->AfterUs(prng_->Between(0, profile_.delivery_us), [this] { Take(); });
  }
}

void SimGroup::On(const View& event) {
  if (ring_ == event.ring && members_ == event.members && in_view_) {
    return;
  }
  ring_ = event.ring;
  members_ = event.members;
  in_view_ = true;
  std::string nodes;
  for (const ordering::Process& member : members_) {
    nodes += fmt::format(" {}:{}", member.node.value(), member.pid);
  }
  trace_->Tell("n{} view of ring {}:{}", options_.node, ring_.seq, nodes);
  sink_->OnView(event.ring, event.members);
}

void SimGroup::On(const Message& event) {
  // As in ordering/corosync: a message of a process that is not in the view is not of the group.
  if (in_view_ && std::find(members_.begin(), members_.end(), event.sender) != members_.end()) {
    if (trace_->on()) {
      trace_->Tell("n{} is delivered n{} {}", options_.node, event.sender.node.value(),
                   Describe(*event.bytes));
    }
    sink_->OnMessage(event.sender, *event.bytes);
  }
}

void SimGroup::On(const Lost& /*event*/) {
  connected_ = in_view_ = false;
  trace_->Tell("n{} loses its connection", options_.node);
  members_.clear();
  backlog_.clear();
  backlog_bytes_ = 0;
  sink_->OnLost("the connection to corosync is gone");
  ConnectLater(prng_->Between(1'000, kReconnectUs));
}

}  // namespace peal::sim
