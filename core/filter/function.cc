#include "core/filter/function.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "absl/strings/match.h"
#include "core/filter/cast.h"
#include "core/filter/unicode.h"
#include "fmt/format.h"

namespace peal::filter {
namespace {

using Arguments = std::span<const Value>;

std::string_view Text(const Value& value) {
  return std::get<std::string_view>(value);
}

int64_t Integer(const Value& value) {
  return std::get<int32_t>(value);
}

ErrorKind Set(std::string_view text, Value* result) {
  *result = text;
  return ErrorKind::kNone;
}

// No text: there was no room for it.
ErrorKind SetMade(std::optional<std::string_view> text, Value* result) {
  *result = text.value_or(std::string_view());
  return text ? ErrorKind::kNone : ErrorKind::kFunctionEvaluation;
}

ErrorKind Abs(Arguments arguments, Scratch* /*scratch*/, Value* result) {
  if (TypeOf(arguments[0]) == Type::kNumber) {
    *result = std::fabs(std::get<double>(arguments[0]));
    return ErrorKind::kNone;
  }
  const int64_t absolute = std::abs(Integer(arguments[0]));
  const int64_t most = std::numeric_limits<int32_t>::max();
  *result = static_cast<int32_t>(std::min(absolute, most));
  return absolute > most ? ErrorKind::kMath : ErrorKind::kNone;
}

template <Type kType>
ErrorKind Cast(Arguments arguments, Scratch* scratch, Value* result) {
  const std::optional<Value> cast = CastTo(kType, arguments[0], scratch);
  *result = cast.value_or(ZeroOf(kType));
  return cast ? ErrorKind::kNone : ErrorKind::kCast;
}

ErrorKind Join(std::string_view delimiter, Arguments texts, Scratch* scratch, Value* result) {
  size_t bytes = texts.empty() ? 0 : delimiter.size() * (texts.size() - 1);
  for (const Value& text : texts) {
    bytes += Text(text).size();
  }
  char* const joined = scratch->Take(bytes);
  if (joined == nullptr) {
    return SetMade(std::nullopt, result);
  }
  char* end = joined;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) {
      end = std::copy(delimiter.begin(), delimiter.end(), end);
    }
    const std::string_view text = Text(texts[i]);
    end = std::copy(text.begin(), text.end(), end);
  }
  return Set({joined, bytes}, result);
}

ErrorKind Concat(Arguments arguments, Scratch* scratch, Value* result) {
  return Join("", arguments, scratch, result);
}

ErrorKind ConcatWs(Arguments arguments, Scratch* scratch, Value* result) {
  return Join(Text(arguments[0]), arguments.subspan(1), scratch, result);
}

ErrorKind Left(Arguments arguments, Scratch* /*scratch*/, Value* result) {
  const std::string_view text = Text(arguments[0]);
  const int64_t count = Integer(arguments[1]);
  if (count < 0) {
    Set(text, result);
    return ErrorKind::kFunctionEvaluation;
  }
  return Set(text.substr(0, CharacterOffset(text, static_cast<size_t>(count))), result);
}

ErrorKind Right(Arguments arguments, Scratch* /*scratch*/, Value* result) {
  const std::string_view text = Text(arguments[0]);
  const int64_t count = Integer(arguments[1]);
  if (count < 0) {
    Set(text, result);
    return ErrorKind::kFunctionEvaluation;
  }
  const size_t characters = CountCharacters(text);
  const size_t left_out = characters - std::min(characters, static_cast<size_t>(count));
  return Set(text.substr(CharacterOffset(text, left_out)), result);
}

ErrorKind Length(Arguments arguments, Scratch* /*scratch*/, Value* result) {
  *result = static_cast<int32_t>(CountCharacters(Text(arguments[0])));
  return ErrorKind::kNone;
}

ErrorKind Lower(Arguments arguments, Scratch* scratch, Value* result) {
  return SetMade(ToLower(Text(arguments[0]), scratch), result);
}

ErrorKind Upper(Arguments arguments, Scratch* scratch, Value* result) {
  return SetMade(ToUpper(Text(arguments[0]), scratch), result);
}

ErrorKind Substring(Arguments arguments, Scratch* /*scratch*/, Value* result) {
  const std::string_view text = Text(arguments[0]);
  const auto characters = static_cast<int64_t>(CountCharacters(text));
  const int64_t position = Integer(arguments[1]);
  const int64_t length = arguments.size() > 2 ? Integer(arguments[2]) : characters;
  Set("", result);
  if (position > characters || position < -characters || length < 0) {
    return ErrorKind::kFunctionEvaluation;
  }
  if (position == 0) {
    return ErrorKind::kNone;
  }
  const int64_t first = position > 0 ? position - 1 : characters + position;
  const std::string_view rest = text.substr(CharacterOffset(text, static_cast<size_t>(first)));
  return Set(rest.substr(0, CharacterOffset(rest, static_cast<size_t>(length))), result);
}

ErrorKind Trim(Arguments arguments, Scratch* /*scratch*/, Value* result) {
  return Set(TrimWhiteSpace(Text(arguments[0])), result);
}

constexpr auto kAny = Function::Parameter::kAny;
constexpr auto kText = Function::Parameter::kText;
constexpr auto kInteger = Function::Parameter::kInteger;
constexpr auto kNumeric = Function::Parameter::kNumeric;

constexpr Function kFunctions[] = {
    {"ABS", 1, 1, {kNumeric}, Type::kInteger, Abs},
    {"BOOL", 1, 1, {kAny}, Type::kBoolean, Cast<Type::kBoolean>},
    {"CONCAT", 0, Function::kVariadic, {kText}, Type::kString, Concat},
    {"CONCAT_WS", 1, Function::kVariadic, {kText}, Type::kString, ConcatWs},
    {"INT", 1, 1, {kAny}, Type::kInteger, Cast<Type::kInteger>},
    {"LEFT", 2, 2, {kText, kInteger}, Type::kString, Left},
    {"LENGTH", 1, 1, {kText}, Type::kInteger, Length},
    {"LOWER", 1, 1, {kText}, Type::kString, Lower},
    {"RIGHT", 2, 2, {kText, kInteger}, Type::kString, Right},
    {"STRING", 1, 1, {kAny}, Type::kString, Cast<Type::kString>},
    {"SUBSTRING", 2, 3, {kText, kInteger, kInteger}, Type::kString, Substring},
    {"TRIM", 1, 1, {kText}, Type::kString, Trim},
    {"UPPER", 1, 1, {kText}, Type::kString, Upper},
};

const Function* FindByName(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kFunctions), std::end(kFunctions), [name](const Function& function) {
        return absl::EqualsIgnoreCase({function.name.data(), function.name.size()},
                                      {name.data(), name.size()});
      });
  return found == std::end(kFunctions) ? nullptr : found;
}

std::string Counts(const Function& function) {
  if (function.arguments_max == Function::kVariadic) {
    return fmt::format("{} or more arguments", function.arguments_min);
  }
  if (function.arguments_min != function.arguments_max) {
    return fmt::format("{} or {} arguments", function.arguments_min, function.arguments_max);
  }
  return function.arguments_min == 1 ? "1 argument"
                                     : fmt::format("{} arguments", function.arguments_min);
}

}  // namespace

Function::Parameter Function::parameter(size_t index) const {
  return arguments_max == kVariadic ? parameters[0] : parameters[index];
}

const Function* FindFunction(std::string_view name, size_t argument_count) {
  const Function* const function = FindByName(name);
  const bool takes =
      function != nullptr && argument_count >= function->arguments_min &&
      (argument_count <= function->arguments_max || function->arguments_max == Function::kVariadic);
  return takes ? function : nullptr;
}

std::string WhyNoFunction(std::string_view name, size_t argument_count) {
  if (const Function* const function = FindByName(name)) {
    return fmt::format("{} takes {}, not {}", function->name, Counts(*function), argument_count);
  }
  std::string names;
  for (const Function& function : kFunctions) {
    names.append(fmt::format("{}{}", names.empty() ? "" : ", ", function.name));
  }
  return fmt::format("there is no function '{}'; there are {}", name, names);
}

}  // namespace peal::filter
