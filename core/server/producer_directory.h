// What the server needs to know of the producers. peald's main sets it.
#pragma once

#include <vector>

#include "proto/session.pb.h"

namespace peal::server {

// Loop thread only. Outlives the server.
class ProducerDirectory {
 public:
  virtual ~ProducerDirectory() = default;

  // The classes that can be watched; `types` are the exact types of their events. Does not change.
  virtual std::vector<proto::ClassInfo> Classes() const = 0;
  // The producers of this node, and for whom they run.
  virtual std::vector<proto::ProducerInfo> Producers() const = 0;
};

}  // namespace peal::server
