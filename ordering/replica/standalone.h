// A group of one: for a daemon that is a bus by itself. Delivery is immediate and always regular.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "core/io/loop.h"
#include "ordering/replica/group.h"

namespace peal::ordering {

class StandaloneGroup : public Group {
 public:
  // `loop` outlives the group.
  StandaloneGroup(io::Loop* loop, std::string node_name);

  void Start(GroupSink* sink) override;
  void Multicast(std::string message) override;
  size_t backlog_bytes() const override { return bytes_; }
  void Leave(std::function<void()> done) override;

 private:
  void Deliver();

  io::Loop* const loop_;
  const std::string node_name_;
  GroupSink* sink_ = nullptr;
  std::deque<std::string> messages_;  // Bounded by the sender's own window.
  size_t bytes_ = 0;
  bool delivering_ = false;
  bool left_ = false;
};

}  // namespace peal::ordering
