#include "core/filter/cast.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "absl/strings/match.h"
#include "fmt/format.h"

namespace peal::filter {
namespace {

// Without the '+' that std::from_chars does not take.
std::string_view WithoutPlus(std::string_view text) {
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-';
  return plus ? text.substr(1) : text;
}

// The whole of `text`.
template <class T>
std::optional<T> ReadNumber(std::string_view text) {
  const std::string_view digits = WithoutPlus(text);
  T number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return number;
}

std::optional<std::string_view> Copy(std::string_view text, Scratch* scratch) {
  char* const to = scratch->Take(text.size());
  if (to == nullptr) {
    return std::nullopt;
  }
  std::memcpy(to, text.data(), text.size());
  return std::string_view(to, text.size());
}

template <class T>
std::optional<std::string_view> Digits(T number, Scratch* scratch) {
  std::array<char, 40> digits;
  const auto end = fmt::format_to_n(digits.data(), digits.size(), "{}", number).out;
  return Copy(std::string_view(digits.data(), static_cast<size_t>(end - digits.data())), scratch);
}

template <class T>
std::optional<Value> AsValue(std::optional<T> cast) {
  return cast ? std::optional<Value>(*cast) : std::nullopt;
}

}  // namespace

std::optional<bool> ToBoolean(const Value& value) {
  switch (TypeOf(value)) {
    case Type::kBoolean:
      return std::get<bool>(value);
    case Type::kInteger:
      return std::get<int32_t>(value) != 0;
    case Type::kNumber:
      return std::get<double>(value) != 0;
    case Type::kString:
      break;
  }
  const std::string_view text = std::get<std::string_view>(value);
  if (absl::EqualsIgnoreCase({text.data(), text.size()}, "true")) {
    return true;
  }
  return absl::EqualsIgnoreCase({text.data(), text.size()}, "false") ? std::optional(false)
                                                                     : std::nullopt;
}

std::optional<int32_t> ToInteger(const Value& value) {
  switch (TypeOf(value)) {
    case Type::kBoolean:
      return std::get<bool>(value) ? 1 : 0;
    case Type::kInteger:
      return std::get<int32_t>(value);
    case Type::kString:
      return ReadNumber<int32_t>(std::get<std::string_view>(value));
    case Type::kNumber:
      break;
  }
  const double whole = std::trunc(std::get<double>(value));
  const bool fits =
      whole >= std::numeric_limits<int32_t>::min() && whole <= std::numeric_limits<int32_t>::max();
  return fits ? std::optional(static_cast<int32_t>(whole)) : std::nullopt;
}

std::optional<double> ToNumber(const Value& value) {
  switch (TypeOf(value)) {
    case Type::kBoolean:
      return std::get<bool>(value) ? 1 : 0;
    case Type::kInteger:
      return std::get<int32_t>(value);
    case Type::kNumber:
      return std::get<double>(value);
    case Type::kString:
      break;
  }
  // std::from_chars takes "inf" and "nan" too.
  const std::optional<double> number = ReadNumber<double>(std::get<std::string_view>(value));
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<std::string_view> ToText(const Value& value, Scratch* scratch) {
  switch (TypeOf(value)) {
    case Type::kBoolean:
      return std::get<bool>(value) ? "true" : "false";
    case Type::kInteger:
      return Digits(std::get<int32_t>(value), scratch);
    case Type::kNumber:
      return Digits(std::get<double>(value), scratch);
    case Type::kString:
      return std::get<std::string_view>(value);
  }
  return std::nullopt;
}

std::optional<Value> CastTo(Type type, const Value& value, Scratch* scratch) {
  switch (type) {
    case Type::kBoolean:
      return AsValue(ToBoolean(value));
    case Type::kInteger:
      return AsValue(ToInteger(value));
    case Type::kNumber:
      return AsValue(ToNumber(value));
    case Type::kString:
      return AsValue(ToText(value, scratch));
  }
  return std::nullopt;
}

}  // namespace peal::filter
