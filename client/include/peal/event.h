// An event as programs see it: a CloudEvents 1.0 event with Peal's stamps. A value; nothing here
// does IO.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace peal {

// Microseconds since 1970-01-01T00:00:00Z.
struct Timestamp {
  int64_t us = 0;
  auto operator<=>(const Timestamp&) const = default;
};

using Bytes = std::vector<uint8_t>;

// The types an attribute can have.
using AttributeValue = std::variant<bool, int64_t, double, std::string, Bytes, Timestamp>;

enum class Scope { kGlobal, kLocal };

struct Event {
  // Set by the publisher; the daemon gives `id`, `source` and `time` when they are empty.
  std::string id;
  std::string source;
  std::string type;
  std::string subject;
  std::optional<Timestamp> time;
  std::map<std::string, AttributeValue> attributes;
  std::string datacontenttype;
  std::optional<std::string> data;  // Opaque bytes.
  Scope scope = Scope::kGlobal;
  std::optional<Timestamp> observedfrom;
  std::optional<Timestamp> observedto;

  // Set by the origin's daemon.
  uint64_t sequence = 0;
  std::string node;
  uint64_t incarnation = 0;
  uint64_t knows = 0;
  uint32_t originuid = 0;
  uint32_t originpid = 0;
  std::string originexe;

  // Set by the order; 0 on local events.
  uint64_t globalseq = 0;
  uint64_t epoch = 0;

  bool operator==(const Event&) const = default;
};

}  // namespace peal
