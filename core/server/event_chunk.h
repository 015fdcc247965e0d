// Global events of this node's order, as subscribers get them, in one piece of memory: an
// allocation for each event would cost more than all else that is done for it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.h"

namespace peal::server {

// A queue. A value.
class EventChunk {
 public:
  struct Event {
    Sequence globalseq;
    std::string_view type;     // Of `encoded`.
    std::string_view encoded;  // proto::Event, complete.
  };

  // `encoded` is a proto::Event, complete but for `globalseq` and `epoch`. Numbers grow. False: it
  // is none, and is left out.
  [[nodiscard]] bool Add(Sequence globalseq, Epoch epoch, std::string_view encoded);

  size_t size() const { return places_.size() - passed_; }
  bool empty() const { return size() == 0; }
  // Lives until the chunk changes, but for Pop().
  Event front() const { return At(0); }
  Event At(size_t number) const;
  void Pop() { ++passed_; }

 private:
  struct Place {
    Sequence globalseq;
    size_t begin = 0;
    size_t end = 0;
    size_t type_begin = 0;
    size_t type_size = 0;
  };

  std::string bytes_;
  std::vector<Place> places_;
  size_t passed_ = 0;
};

}  // namespace peal::server
