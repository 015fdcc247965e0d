// The port to a node's durable log of global events. Entries are opaque here: ordering gives them
// meaning.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "core/base/ids.h"
#include "core/base/sha256.h"

namespace peal::journal {

struct Record {
  Index index;
  Epoch epoch;
  uint8_t kind = 0;
  base::Digest chain{};
  std::shared_ptr<const std::string> payload;
};

// One owner thread. Append, truncate and promise take effect in the order of the calls; none of
// them is durable before a Sync() that was asked for after it has called back with Ok.
class Journal {
 public:
  virtual ~Journal() = default;

  // 16 random bytes, made with the journal: another journal on the same node has another id.
  virtual const std::string& id() const = 0;

  // `record` follows the last one.
  virtual void Append(Record record) = 0;
  // Drops all records after `index`.
  virtual void TruncateAfter(Index index) = 0;
  virtual void StorePromise(Epoch promised) = 0;

  // Makes everything so far durable, then calls `done`, on the owner's thread, never from within
  // the call. After an error this journal takes part in nothing any more.
  virtual void Sync(std::function<void(absl::Status)> done) = 0;

  // Index of the oldest record that is held; 0: none.
  virtual Index first() const = 0;
  virtual Index last() const = 0;
  // The record at `index`; null when it is not held. Lives until the next call of another method.
  virtual const Record* Read(Index index) const = 0;
};

}  // namespace peal::journal
