// An event in the CloudEvents JSON format, as an expression sees it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "core/filter/attributes.h"

namespace peal::tool {

// Numbers that `peal` writes as strings of digits are numbers again, so that a printed event is to
// an expression what it is in the daemon; everything else is what the JSON says. `data` is nothing
// that an expression can ask for.
class JsonAttributes : public filter::Attributes {
 public:
  // `event` is an object and outlives it.
  explicit JsonAttributes(const nlohmann::json* event) : event_(event) {}

  std::optional<Found> Get(const filter::AttributeName& name,
                           filter::Scratch* scratch) const override;
  bool Has(const filter::AttributeName& name) const override;

 private:
  // nullptr: it has no such member, or one that is no attribute.
  const nlohmann::json* Find(const filter::AttributeName& name) const;

  const nlohmann::json* const event_;
};

}  // namespace peal::tool
