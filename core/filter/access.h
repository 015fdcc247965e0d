// What an event must have to pass a filter: one simple test of one attribute, or several of which
// one must hold. An index looks for events by it; whether they pass is then the filter's to say.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/filter/attributes.h"
#include "core/filter/glob.h"
#include "core/filter/program.h"

namespace peal::filter {

// One test. From the one that lets most events through to the one that lets fewest.
struct AccessTest {
  enum class Kind : uint8_t {
    kExists,
    kRange,   // The attribute as a Number is from `low` to `high`.
    kPrefix,  // Its text begins with `text`.
    kText,    // It is `text`.
    kNumber,  // As a Number it is `low`.
  };
  Kind kind = Kind::kExists;
  std::string name;
  std::string text;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  // Of a kRange: it has one bound.
  bool bounded_below() const { return low > -std::numeric_limits<double>::infinity(); }
};

// Of the tests one holds for each event that passes. Never empty.
using Access = std::vector<AccessTest>;

// Tests of one filter at most; what would need more has none.
inline constexpr size_t kAccessTestsMax = 64;

// The best there is for events that pass `where`, if that is given, and one of `types`, if there
// are any. nullopt: nothing is known of such events.
std::optional<Access> FindAccess(const std::vector<TypeGlob>& types, const Program* where);

}  // namespace peal::filter
