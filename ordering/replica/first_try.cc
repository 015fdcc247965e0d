#include "ordering/replica/first_try.h"

#include <optional>

#include "ordering/batch.h"
#include "ordering/entry.h"

namespace peal::ordering {

std::string FirstTryOf(const ClientPublish& publish, const std::vector<journal::Record>& records) {
  if (records.empty() || static_cast<EntryKind>(records.front().kind) != EntryKind::kBatch) {
    return {};
  }
  const std::optional<Batch> batch = ReadBatch(*records.front().payload);
  if (!batch) {
    return {};
  }
  // Its first place in the entry: it can be there twice.
  for (const BatchEvent& event : batch->events) {
    if (event.client.sequence == publish.sequence && event.client.session == publish.session) {
      return std::string(event.event);
    }
  }
  return {};
}

}  // namespace peal::ordering
