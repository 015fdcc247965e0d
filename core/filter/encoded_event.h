// An encoded proto::Event, as an expression sees it.
//
// Every field and stamp is there under its name in the CloudEvents JSON of an event. Whole numbers
// are Integers, or Numbers beyond 32 bits, also those that JSON writes as text; times are RFC 3339
// in UTC with microseconds; bytes are base64.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/filter/attributes.h"

namespace peal::filter {

// One can read many events, one after the other; then it takes no memory for them.
class EncodedEvent : public Attributes {
 public:
  // Finds the event's fields; `encoded` outlives their use. False: `encoded` is no event, and the
  // fields are those that were found before it went wrong.
  bool Read(std::string_view encoded);

  std::optional<Found> Get(const AttributeName& name, Scratch* scratch) const override;
  bool Has(const AttributeName& name) const override;

 private:
  struct Attribute {
    std::string_view name;
    std::string_view value;  // An encoded proto::Value.
  };
  // Field numbers of proto::Event that have a name in expressions are below.
  static constexpr size_t kFieldNumbers = 34;

  bool AddAttribute(std::string_view encoded);
  const Attribute* Find(std::string_view name) const;

  // By field number.
  std::array<std::string_view, kFieldNumbers> texts_;
  std::array<uint64_t, kFieldNumbers> numbers_{};
  std::vector<Attribute> attributes_;
};

}  // namespace peal::filter
