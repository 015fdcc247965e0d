// The functions that expressions can call (CESQL 1.0, 3.5 and 3.7).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/filter/scratch.h"
#include "core/filter/value.h"

namespace peal::filter {

struct Function {
  // What an argument is cast to.
  enum class Parameter : uint8_t {
    kAny,  // Nothing.
    kText,
    kInteger,
    kNumeric,  // A Number stays one, all else becomes an Integer.
  };
  static constexpr size_t kParametersMax = 3;
  static constexpr size_t kVariadic = 255;

  std::string_view name;  // In capitals.
  size_t arguments_min;
  size_t arguments_max;  // kVariadic: any number of the last parameter.
  Parameter parameters[kParametersMax];
  Type returns;
  // `arguments` are cast. Sets `result` also with an error.
  ErrorKind (*call)(std::span<const Value> arguments, Scratch* scratch, Value* result);

  Parameter parameter(size_t index) const;
};

// nullptr: there is none of that name, in any case, that takes so many arguments.
const Function* FindFunction(std::string_view name, size_t argument_count);

// "there is no function FOO; there are ABS, BOOL, ..." or "SUBSTRING takes 2 to 3 arguments".
std::string WhyNoFunction(std::string_view name, size_t argument_count);

}  // namespace peal::filter
