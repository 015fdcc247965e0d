// The payload of a Batch entry, proto/group.proto's BatchRecord, written and read in place: every
// node reads every event of the order here, and copying each out of the message costs more than all
// else that is done for it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/client_publish.h"
#include "core/base/ids.h"
#include "ordering/origins.h"

namespace peal::ordering {

// One event of a batch: proto's BatchEvent. Its bytes are the payload's, or the submitter's.
struct BatchEvent {
  std::string_view event;    // Empty: a mark.
  std::string_view key;      // Empty: none.
  std::string_view subject;  // Empty: none.
  std::optional<Sequence> expect_subject;
  ClientPublish client;
  std::string_view cursor;  // Instead of all above: an encoded CursorChange. Empty: none.
};

struct Batch {
  BatchId id;
  std::vector<BatchEvent> events;
  std::shared_ptr<const std::string> unpacked;  // What the events are views of, if not the payload.
};

// What `payload` holds, as views of it or of what it unpacks to. Nullopt: it is no BatchRecord.
std::optional<Batch> ReadBatch(std::string_view payload);

// Adds `payload` as the body of an encoded Envelope that has none: concatenated messages merge.
void AppendBatchBody(std::string_view payload, std::string* envelope);

// Writes a payload event by event.
class BatchWriter {
 public:
  void Add(const BatchEvent& event);
  // Ends the batch: its payload, packed where that is smaller. The writer is empty again.
  std::string Finish(const BatchId& id);

 private:
  std::string payload_;
  ClientSession session_{};  // The last that the batch names; all zeros: none.
};

}  // namespace peal::ordering
