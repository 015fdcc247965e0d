#include "ordering/replica/standalone.h"

#include <utility>

#include "core/base/check.h"

namespace peal::ordering {
namespace {

constexpr Process kSelf{NodeId(1), 1};
constexpr RingId kRing{NodeId(1), 1};

}  // namespace

StandaloneGroup::StandaloneGroup(io::Loop* loop, std::string node_name)
    : loop_(loop), node_name_(std::move(node_name)) {}

void StandaloneGroup::Start(GroupSink* sink) {
  sink_ = sink;
  left_ = false;
  loop_->Post([this] {
    if (left_) {
      return;
    }
    sink_->OnConnected(kSelf, Nodelist{node_name_, {{kSelf.node, node_name_, 1}}});
    sink_->OnQuorum(true, kRing);
    sink_->OnView(kRing, {kSelf});
  });
}

void StandaloneGroup::Multicast(std::string message) {
  PEAL_CHECK(sink_ != nullptr);
  if (left_) {
    return;
  }
  bytes_ += message.size();
  messages_.push_back(std::move(message));
  if (!delivering_) {
    delivering_ = true;
    loop_->Post([this] { Deliver(); });
  }
}

void StandaloneGroup::Deliver() {
  // What is sent from within a delivery waits for the next turn of the loop.
  std::deque<std::string> batch;
  batch.swap(messages_);
  delivering_ = false;
  bytes_ = 0;
  for (const std::string& message : batch) {
    if (!left_) {
      sink_->OnMessage(kSelf, message);
    }
  }
}

void StandaloneGroup::Leave(std::function<void()> done) {
  left_ = true;
  loop_->Post(std::move(done));
}

}  // namespace peal::ordering
