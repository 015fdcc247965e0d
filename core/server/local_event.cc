#include "core/server/local_event.h"

#include "core/base/status_macros.h"
#include "core/journal/byte_codec.h"
#include "fmt/format.h"

namespace peal::server {
namespace {

using journal::ByteReader;
using journal::Put;

// Numbers are dense but for what was not kept, so they are never below the index.
absl::Status CheckNumber(LocalNumber number, Index index) {
  return number.value() >= index.value()
             ? absl::OkStatus()
             : absl::DataLossError(fmt::format("local event {} stands at the index {}",
                                               number.value(), index.value()));
}

}  // namespace

std::string ToPayload(const LocalEvent& event) {
  std::string payload;
  payload.reserve(2 * sizeof(uint64_t) + event.encoded.size());
  Put(&payload, event.place.number.value());
  Put(&payload, event.place.after_global.value());
  payload += event.encoded;
  return payload;
}

absl::StatusOr<LocalEvent> LocalEventOf(const journal::Record& record) {
  ByteReader reader(*record.payload);
  LocalEvent event;
  event.place.number = LocalNumber(reader.Get<uint64_t>());
  event.place.after_global = Sequence(reader.Get<uint64_t>());
  if (!reader.ok()) {
    return absl::DataLossError(
        fmt::format("record {} is too short for a local event", record.index.value()));
  }
  PEAL_RETURN_IF_ERROR(CheckNumber(event.place.number, record.index));
  event.encoded = std::string(reader.rest());
  return event;
}

std::string ToSummary(const LocalPlace& place) {
  std::string summary;
  Put(&summary, place.number.value());
  return summary;
}

absl::StatusOr<LocalPlace> LastPlaceOf(const journal::Recovered& recovered) {
  if (!recovered.records.empty()) {
    PEAL_ASSIGN_OR_RETURN(const LocalEvent last, LocalEventOf(recovered.records.back()));
    return last.place;
  }
  const journal::Checkpoint& checkpoint = recovered.checkpoint;
  if (checkpoint.index == Index(0)) {
    return LocalPlace();
  }
  ByteReader reader(checkpoint.summary);
  const LocalNumber number(reader.Get<uint64_t>());
  if (!reader.ok()) {
    return absl::DataLossError("a checkpoint's summary is too short for one of local events");
  }
  PEAL_RETURN_IF_ERROR(CheckNumber(number, checkpoint.index));
  return LocalPlace{number, checkpoint.sequence};
}

}  // namespace peal::server
