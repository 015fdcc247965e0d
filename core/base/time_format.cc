#include "core/base/time_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>

#include "core/base/status_macros.h"
#include "fmt/format.h"

namespace peal::base {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr microseconds kDurationMax = std::chrono::hours(24 * 3653);
constexpr size_t kFractionDigits = 6;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Takes text from its front, piece by piece. After the first piece that does not fit, all fail.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  // Exactly `digit_count` digits, of a value within min..max.
  int Number(size_t digit_count, int min, int max) {
    int value = 0;
    for (size_t i = 0; i < digit_count; ++i) {
      if (i >= rest_.size() || !IsDigit(rest_[i])) {
        failed_ = true;
        return min;
      }
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digit_count);
    failed_ = failed_ || value < min || value > max;
    return std::clamp(value, min, max);
  }

  // One character out of `any_of`.
  char Character(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_[0]) == std::string_view::npos) {
      failed_ = true;
      return '\0';
    }
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }

  // An optional fraction (.25), in millionths.
  int64_t Millionths() {
    if (rest_.empty() || rest_[0] != '.') {
      return 0;
    }
    rest_.remove_prefix(1);
    int64_t value = 0;
    size_t digits = 0;
    for (; !rest_.empty() && IsDigit(rest_[0]); ++digits) {
      value = digits < kFractionDigits ? value * 10 + (rest_[0] - '0') : value;
      rest_.remove_prefix(1);
    }
    failed_ = failed_ || digits == 0;
    for (size_t i = digits; i < kFractionDigits; ++i) {
      value *= 10;
    }
    return value;
  }

  bool failed() const { return failed_; }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

absl::Status BadTimestamp(std::string_view text) {
  return absl::InvalidArgumentError(
      fmt::format("'{}' is not an RFC 3339 time such as 2026-01-31T23:59:59.5Z", text));
}

// The part after the time of day: Z, or what to add to reach UTC.
microseconds ParseOffset(Cursor* cursor) {
  const char sign = cursor->Character("Zz+-");
  if (sign != '+' && sign != '-') {
    return microseconds(0);
  }
  const std::chrono::hours hours(cursor->Number(2, 0, 23));
  cursor->Character(":");
  const std::chrono::minutes minutes(cursor->Number(2, 0, 59));
  const microseconds offset = hours + minutes;
  return sign == '+' ? -offset : offset;
}

struct Unit {
  std::string_view name;
  int64_t factor;
};

// A decimal number and a unit out of `units`; nullopt when it is not that or over `max`.
std::optional<int64_t> ParseWithUnit(std::string_view text, std::span<const Unit> units,
                                     int64_t max) {
  int64_t whole = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, whole);
  if (error != std::errc() || whole < 0 || text.starts_with('-')) {
    return std::nullopt;
  }
  std::string_view tail(rest, static_cast<size_t>(end - rest));
  const size_t unit_at = std::min(tail.find_first_not_of(".0123456789"), tail.size());
  Cursor fraction_cursor(tail.substr(0, unit_at));
  const int64_t millionths = fraction_cursor.Millionths();
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& candidate) {
    return candidate.name == tail.substr(unit_at);
  });
  if (fraction_cursor.failed() || !fraction_cursor.done() || unit == units.end()) {
    return std::nullopt;
  }
  if (whole > max / unit->factor) {
    return std::nullopt;
  }
  // Below 2^20 * 2^30 for sizes and 10^6 * 3.6 * 10^9 for durations: no overflow.
  const int64_t part = millionths * unit->factor / 1'000'000;
  const int64_t product = whole * unit->factor;
  return product > max - part ? std::nullopt : std::optional(product + part);
}

}  // namespace

std::string FormatTimestamp(Timestamp time) {
  const microseconds since(std::clamp(time.us, kTimestampMin.us, kTimestampMax.us));
  const sys_days day(std::chrono::floor<days>(since));
  const year_month_day date(day);
  const std::chrono::hh_mm_ss<microseconds> clock(since - day.time_since_epoch());
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

absl::StatusOr<Timestamp> ParseTimestamp(std::string_view text) {
  Cursor cursor(text);
  const std::chrono::year year(cursor.Number(4, 1, 9999));
  cursor.Character("-");
  const std::chrono::month month(static_cast<unsigned>(cursor.Number(2, 1, 12)));
  cursor.Character("-");
  const std::chrono::day day(static_cast<unsigned>(cursor.Number(2, 1, 31)));
  cursor.Character("Tt ");
  const std::chrono::hours hours(cursor.Number(2, 0, 23));
  cursor.Character(":");
  const std::chrono::minutes minutes(cursor.Number(2, 0, 59));
  cursor.Character(":");
  // 60 is a leap second (RFC 3339, 5.7); it falls on the next second here, as with POSIX time.
  const std::chrono::seconds seconds(cursor.Number(2, 0, 60));
  const microseconds fraction(cursor.Millionths());
  const microseconds offset = ParseOffset(&cursor);
  const year_month_day date(year, month, day);
  if (cursor.failed() || !cursor.done() || !date.ok()) {
    return BadTimestamp(text);
  }
  const microseconds since =
      sys_days(date).time_since_epoch() + hours + minutes + seconds + fraction + offset;
  if (since.count() < kTimestampMin.us || since.count() > kTimestampMax.us) {
    return BadTimestamp(text);
  }
  return Timestamp{since.count()};
}

absl::StatusOr<microseconds> ParseDuration(std::string_view text) {
  static constexpr std::array<Unit, 5> kUnits{
      {{"us", 1}, {"ms", 1'000}, {"s", 1'000'000}, {"m", 60'000'000}, {"h", 3'600'000'000}}};
  const std::optional<int64_t> us = ParseWithUnit(text, kUnits, kDurationMax.count());
  if (!us) {
    return absl::InvalidArgumentError(fmt::format(
        "'{}' is not a duration: a number and a unit are expected, as in 250ms 5s 2m 1h", text));
  }
  return microseconds(*us);
}

absl::StatusOr<uint64_t> ParseSize(std::string_view text) {
  static constexpr std::array<Unit, 5> kUnits{
      {{"", 1}, {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}};
  const std::optional<int64_t> bytes =
      ParseWithUnit(text, kUnits, std::numeric_limits<int64_t>::max());
  // A fraction of a byte is a mistake: "1.5" was meant to have a unit.
  const bool fraction_of_byte = text.find('.') != std::string_view::npos && !text.ends_with('B');
  if (!bytes || fraction_of_byte) {
    return absl::InvalidArgumentError(fmt::format(
        "'{}' is not a size: bytes, or a number and a unit are expected, as in 500KiB 64MiB 1GiB",
        text));
  }
  return static_cast<uint64_t>(*bytes);
}

}  // namespace peal::base
