// Many subscribers of one daemon, on a thread of their own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "peal/client.h"
#include "tools/peal/context.h"
#include "tools/peal/latencies.h"

namespace peal::tool {

struct CrowdOptions {
  uint64_t subscribers = 1;
  // Further ones, that subscribe and read nothing.
  uint64_t stopped = 0;
  SubscribeOptions subscription;
  // How long each event took, from PacedPublisher.
  bool measures = false;
};

// Every subscriber has a connection. Owned and asked by one thread, which is not theirs.
class Crowd {
 public:
  static Result<std::unique_ptr<Crowd>> Gather(const Context& context, const CrowdOptions& options);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  // From here on they read, until each has what Finish() says, one has ended, or nothing has come
  // for `patience`.
  void Start(std::chrono::milliseconds patience);
  // Waits for that. Not ok: why one has ended; TimedOut: not all of so many `events` have come to
  // each.
  Status Finish(uint64_t events);

  Client* first() { return clients_.front().get(); }
  // After Finish().
  const Latencies& latencies() const { return latencies_; }

 private:
  explicit Crowd(const CrowdOptions& options) : options_(options) {}
  Status Add(const Context& context, bool stopped);
  void Read(std::chrono::milliseconds patience);
  Status Dispatch();

  const CrowdOptions options_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::unique_ptr<Client>> stopped_;
  std::thread thread_;
  // Of all together; it reads until then.
  std::atomic<uint64_t> expected_{UINT64_MAX};
  // The thread's, until it is joined.
  uint64_t delivered_ = 0;
  Status failure_;
  Latencies latencies_;
};

}  // namespace peal::tool
