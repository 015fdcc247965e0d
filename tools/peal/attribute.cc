#include "tools/peal/attribute.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>
#include <type_traits>
#include <variant>

#include "core/base/base64.h"
#include "core/base/event_codec.h"
#include "core/base/status_macros.h"
#include "core/base/time_format.h"
#include "fmt/format.h"

namespace peal::tool {
namespace {

size_t DigitCount(std::string_view text) {
  const size_t end = text.find_first_not_of("0123456789");
  return end == std::string_view::npos ? text.size() : end;
}

enum class Form { kText, kInteger, kDecimal };

// JSON's grammar of numbers; one with an exponent but no point (12e4: a commit, say) is text.
Form FormOf(std::string_view text) {
  if (text.starts_with('-')) {
    text.remove_prefix(1);
  }
  const size_t whole = DigitCount(text);
  if (whole == 0 || (whole > 1 && text[0] == '0')) {
    return Form::kText;
  }
  text.remove_prefix(whole);
  if (text.empty()) {
    return Form::kInteger;
  }
  if (text[0] != '.' || DigitCount(text.substr(1)) == 0) {
    return Form::kText;
  }
  text.remove_prefix(1 + DigitCount(text.substr(1)));
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    text.remove_prefix(text.starts_with('+') || text.starts_with('-') ? 1 : 0);
    return !text.empty() && DigitCount(text) == text.size() ? Form::kDecimal : Form::kText;
  }
  return text.empty() ? Form::kDecimal : Form::kText;
}

bool IsQuoted(std::string_view text) {
  return text.size() >= 2 && text.front() == '\'' && text.back() == '\'';
}

template <typename Number>
std::optional<AttributeValue> ParseNumber(std::string_view text) {
  Number number{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) {
    return std::nullopt;
  }
  return AttributeValue(std::in_place_type<Number>, number);
}

absl::StatusOr<AttributeValue> ParseValue(std::string_view text) {
  if (text == "true" || text == "false") {
    return AttributeValue(text == "true");
  }
  if (IsQuoted(text)) {
    return AttributeValue(std::string(text.substr(1, text.size() - 2)));
  }
  const Form form = FormOf(text);
  if (form == Form::kText) {
    return AttributeValue(std::string(text));
  }
  const auto number =
      form == Form::kInteger ? ParseNumber<int64_t>(text) : ParseNumber<double>(text);
  if (!number) {
    return absl::InvalidArgumentError(fmt::format(
        "{} does not fit 64 bits; write '{}' with the quotes for a string", text, text));
  }
  return *number;
}

bool NeedsQuotes(std::string_view text) {
  const absl::StatusOr<AttributeValue> read = ParseValue(text);
  const bool stays_text = read.ok() && std::holds_alternative<std::string>(*read) &&
                          std::get<std::string>(*read) == text;
  return text.empty() || !stays_text || text.find(' ') != std::string_view::npos;
}

}  // namespace

absl::StatusOr<std::pair<std::string, AttributeValue>> ParseAttribute(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return absl::FailedPreconditionError(
        fmt::format("'{}' is not an attribute: NAME=VALUE is expected", text));
  }
  const std::string_view name = text.substr(0, equals);
  PEAL_RETURN_IF_ERROR(base::ValidateAttributeName(name));
  absl::StatusOr<AttributeValue> value = ParseValue(text.substr(equals + 1));
  if (!value.ok()) {
    return absl::InvalidArgumentError(
        fmt::format("attribute '{}': {}", name, std::string(value.status().message())));
  }
  return std::pair(std::string(name), *std::move(value));
}

std::string FormatAttributeValue(const AttributeValue& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, bool> || std::is_same_v<Held, int64_t>) {
          return fmt::format("{}", held);
        } else if constexpr (std::is_same_v<Held, double>) {
          const std::string digits = fmt::format("{}", held);
          return digits.find_first_of(".en") == std::string::npos ? digits + ".0" : digits;
        } else if constexpr (std::is_same_v<Held, std::string>) {
          return NeedsQuotes(held) ? "'" + held + "'" : held;
        } else if constexpr (std::is_same_v<Held, Bytes>) {
          return base::Base64Encode(std::string(held.begin(), held.end()));
        } else {
          static_assert(std::is_same_v<Held, Timestamp>);
          return base::FormatTimestamp(held);
        }
      },
      value);
}

}  // namespace peal::tool
