// The port to a thread for work that blocks.
#pragma once

#include <functional>

namespace peal::io {

class Worker {
 public:
  virtual ~Worker() = default;

  // Calls `work` on the worker's thread, in the order of the calls, then `done` on the loop's
  // thread; never from within this call. Loop thread only. The caller bounds what waits: nothing is
  // refused here. `done` may be empty.
  virtual void Submit(std::function<void()> work, std::function<void()> done) = 0;
};

}  // namespace peal::io
