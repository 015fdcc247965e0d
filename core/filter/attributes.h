// What an expression can ask of an event.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/filter/scratch.h"
#include "core/filter/value.h"

namespace peal::filter {

// The fields of every event, which are found without comparing names; everything else is kOther.
enum class Field : uint8_t {
  kOther,
  kSpecversion,
  kId,
  kSource,
  kType,
  kSubject,
  kTime,
  kDatacontenttype,
  kScope,
  kSequence,
  kGlobalseq,
  kEpoch,
  kNode,
  kIncarnation,
  kKnows,
  kObservedfrom,
  kObservedto,
  kOriginuid,
  kOriginpid,
  kOriginexe,
};

// An identifier of an expression, in lower case. A value.
struct AttributeName {
  explicit AttributeName(std::string name);

  std::string text;
  Field field;
};

class Attributes {
 public:
  virtual ~Attributes() = default;

  // nullopt: the event has none of that name. Text lives as long as the event, or is made in
  // `scratch`; an error is what is too long for that.
  struct Found {
    Value value;
    ErrorKind error = ErrorKind::kNone;
  };
  virtual std::optional<Found> Get(const AttributeName& name, Scratch* scratch) const = 0;
  virtual bool Has(const AttributeName& name) const = 0;
};

}  // namespace peal::filter
