// The port to what a journal holds of long ago: damage to it is found, and mended with records that
// came from elsewhere; what somebody has not read yet is kept for longer. Its owner's thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/base/ids.h"
#include "core/base/sha256.h"
#include "core/journal/journal.h"

namespace peal::journal {

// A stretch of the log that is damaged here. None of it is served until it is mended.
struct Damage {
  std::string what;  // File, place and reason.
  // What is wanted next: records after this one, which is known with its chain ...
  Index after;
  base::Digest after_chain{};
  // ... up to this one. The same as `after`: none, and Mend() without records mends it.
  Index upto;
  base::Digest upto_chain{};
  // It is in the file that is being written, and can be mended when the next one has begun.
  bool must_wait = false;
};

class Upkeep {
 public:
  virtual ~Upkeep() = default;

  // Reads a bounded piece of what is held, and checks it; called now and then it comes round to
  // all of it, and then rests for a while.
  virtual void Scrub() = 0;

  // The oldest damage that is known.
  virtual std::optional<Damage> damage() const = 0;

  // Takes the next records that damage() wants, with their notes. The caller has checked that they
  // continue the chain; none of them is beyond `upto`. Calls `done` later, never from within; at
  // most one is under way. DataLoss: the last one's chain is not the one it should be. Otherwise as
  // FileOps. After an error damage() wants all of them again.
  virtual void Mend(std::vector<Record> records, std::function<void(absl::Status)> done) = 0;

  // Somebody has read events up to this one only: what follows it is kept within a bound of its
  // own. Nullopt: nobody waits for anything.
  virtual void KeepAfter(std::optional<Sequence> sequence) = 0;
  // What is kept so is near its bound: events up to this one go next. Nullopt: it is not.
  virtual std::optional<Sequence> endangered() const = 0;
};

}  // namespace peal::journal
