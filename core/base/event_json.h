// Events in the CloudEvents 1.0 JSON format, one event a line.
//
// Types, where JSON has fewer than an event:
//   integer    number within 32 bits, else decimal string      bytes      base64 string
//   double     number, always with a '.' or an exponent        timestamp  RFC 3339 string
//   sequence   string, zero-padded to 20 digits                globalseq, epoch, incarnation,
//   knows: decimal strings originuid, originpid: numbers                              a field that
//   is absent in the event is absent
// so strings that are read back stay strings. Data with a JSON content type (`…/json`, `…+json`)
// that is valid JSON is the member `data`, without the white space between its tokens; any other
// data, text included, is `data_base64`: the bytes come back exactly.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "peal/event.h"

namespace peal::base {

// Appends one line without its line feed. Text that is not UTF-8 (no published event has such) gets
// U+FFFD.
void AppendEventJson(const Event& event, std::string* out);
std::string EventToJson(const Event& event);

// Appends `text` as a JSON string, quotes included.
void AppendJsonString(std::string_view text, std::string* out);

enum class Stamps {
  kIgnore,  // What daemon and order set is not read: what a subscription printed can be published
            // again.
  kRead,
};

struct EventJsonOptions {
  Stamps stamps = Stamps::kIgnore;
  Scope default_scope = Scope::kGlobal;  // For an event without `scope`.
};

// Reads one event. Members that are no field of an event are attributes by their JSON type
// (integers within 64 bits, other numbers double, true and false, strings); null is the same as
// absent. `data` with a JSON content type, or with none (which then becomes application/json), is
// any JSON; with another content type it is a string of text. InvalidArgument says what is wrong
// and where: column and line of what is not JSON, or the field. Whether the event may be published
// is ValidateForPublish's to say.
absl::StatusOr<Event> EventFromJson(std::string_view json, const EventJsonOptions& options = {});

// `text` without white space between its tokens; InvalidArgument when it is not one JSON value in
// UTF-8.
absl::StatusOr<std::string> MinifyJson(std::string_view text);

// Whether a content type declares JSON: application/json, text/json; charset=utf-8,
// application/x+json.
bool IsJsonContentType(std::string_view content_type);

}  // namespace peal::base
