// What a producer is: it observes one class of things and tells what happens to them. It knows no
// thresholds and no subscribers, and it observes only between Start() and Stop().
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "proto/event.pb.h"

namespace peal::producers {

struct AttributeDescription {
  std::string name;
  std::string type;  // bool, int, double, string, bytes, timestamp
  std::string unit;  // Empty: none.
  std::string meaning;
};

// What a class offers to those who might subscribe to it.
struct ClassDescription {
  std::string name;
  std::string description;
  std::string mode;                // "pushed" by the kernel or the bus, or "sampled"
  std::vector<std::string> types;  // Of its events.
  std::vector<AttributeDescription> attributes;
  std::string cost;  // What watching it costs a node.
};

// Takes one observation: type, subject, attributes (sorted by name), observedfrom and observedto.
// All else is the daemon's to stamp.
using Emit = std::function<void(proto::Event)>;

// Loop thread only, and every call returns soon.
class Producer {
 public:
  virtual ~Producer() = default;

  virtual const ClassDescription& description() const = 0;

  // Begins to observe; `emit` is called, on the loop's thread and never from within Start(), for
  // what happens from now on, until Stop(). What is there already is no event. An error leaves it
  // stopped.
  virtual absl::Status Start(Emit emit) = 0;
  // Ends it, and gives back every descriptor. Not from within `emit`.
  virtual void Stop() = 0;
};

}  // namespace peal::producers
