// Runs this node's producers while somebody wants what they observe, and publishes it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "producers/producer.h"
#include "proto/event.pb.h"

namespace peal::producers {

// Who wants which classes.
struct Demand {
  // Class -> names of the nodes with subscribers that want it cluster-wide, this node's included.
  std::map<std::string, std::vector<std::string>> global;
  // Classes that subscribers of this node want of this node only.
  std::vector<std::string> local;
};

// A producer as `peal ls producers` shows it.
struct ProducerState {
  std::string name;
  bool active = false;
  std::vector<std::string> wanted_by;  // Node names, sorted; this node's for local demand.
  uint64_t events = 0;                 // Observed since the daemon started.
  std::string error;                   // Why it is wanted and yet not active; empty otherwise.
};

// Loop thread only.
class Host {
 public:
  // Takes one event, complete but for the daemon's stamps; `scope` is set.
  using Publish = std::function<void(proto::Event)>;

  Host(std::string node, Publish publish);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // This node's name has become known, or is another now.
  void SetNode(const std::string& name) { node_ = name; }
  // Registers a producer, stopped. No two of one class.
  void Add(std::unique_ptr<Producer> producer);
  // Registers a class that the bus produces itself, always.
  void AddBusClass(ClassDescription description);

  // Replaces the demand. A producer is started with its first demand and stopped with its last; one
  // that could not be started is tried again at every call. Classes that nobody here produces are
  // ignored.
  void SetDemand(const Demand& demand);

  // By name.
  std::vector<ClassDescription> Classes() const;
  std::vector<ProducerState> Producers() const;

 private:
  struct Entry {
    std::unique_ptr<Producer> producer;
    bool active = false;
    bool wants_global = false;
    bool wants_local = false;
    std::vector<std::string> wanted_by;
    uint64_t events = 0;
    std::string error;
  };

  void Apply(const std::string& name, Entry* entry);
  void OnEvent(Entry* entry, proto::Event event);

  std::string node_;
  const Publish publish_;
  std::map<std::string, Entry>
      entries_;  // By class. Entries stay where they are: callbacks point to them.
  std::map<std::string, ClassDescription> bus_classes_;
};

}  // namespace peal::producers
