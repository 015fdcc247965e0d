// A node's disk, which outlives its processes: the place where its journal is made. Another kind of
// disk under another kind of journal goes here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/prng.h"
#include "core/journal/journal.h"
#include "tests/sim/sim_loop.h"

namespace peal::sim {

class Disk {
 public:
  virtual ~Disk() = default;

  // Opens the journal for a process that has just started; it lives no longer than the process.
  // Null: it does not open; problem() says why.
  virtual std::unique_ptr<journal::Journal> Open(SimLoop* loop, journal::Recovered* recovered) = 0;
  // The process dies, and with it, perhaps, the power: comes before its journal goes.
  virtual void Die(bool power_loss) = 0;
  // Its journal is gone: what was not synced is kept in part. True: some of
  // it was lost.
  virtual bool Crash(bool power_loss) = 0;
  // All is gone. `keep_id`: as if the id were not part of it.
  virtual void Empty(bool keep_id) = 0;
  // An older copy of the disk is kept, and comes back. False: there is none.
  virtual void Save() = 0;
  virtual bool Restore() = 0;
  virtual bool Holds() const = 0;
  // What is written next fails; for good, as far as this process is concerned.
  virtual void Fail() = 0;
  virtual void SetFull(bool full) = 0;
  virtual const std::string& problem() const = 0;
  // It does not open, and will not: what was durable is not there.
  virtual bool damaged() const = 0;
};

}  // namespace peal::sim
