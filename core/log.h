// The daemon's log: one line an occurrence, to stderr. Never the data of an event.
//
// Under systemd's journal a line starts with its priority (`<6>`, sd-daemon(3)); elsewhere with the
// time and the level. Control characters in a line are replaced, since names may come from outside.
// From any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "fmt/format.h"

namespace peal::log {

enum class Level : uint8_t { kDebug, kInfo, kWarn, kError };

// Debug, info, warn, error; nullopt for another name.
std::optional<Level> LevelFromName(std::string_view name);

// Lines below `level` are not written. Info at first.
void SetLevel(Level level);
bool Enabled(Level level);

void Write(Level level, std::string_view text);

template <typename... Args>
void Debug(fmt::format_string<Args...> format, Args&&... args) {
  if (Enabled(Level::kDebug)) {
    Write(Level::kDebug, fmt::format(format, std::forward<Args>(args)...));
  }
}

template <typename... Args>
void Info(fmt::format_string<Args...> format, Args&&... args) {
  if (Enabled(Level::kInfo)) {
    Write(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
  }
}

template <typename... Args>
void Warn(fmt::format_string<Args...> format, Args&&... args) {
  if (Enabled(Level::kWarn)) {
    Write(Level::kWarn, fmt::format(format, std::forward<Args>(args)...));
  }
}

template <typename... Args>
void Error(fmt::format_string<Args...> format, Args&&... args) {
  if (Enabled(Level::kError)) {
    Write(Level::kError, fmt::format(format, std::forward<Args>(args)...));
  }
}

// Bounds what clients can make the daemon log: kLinesMax lines in kPeriod. One owner thread.
class LineBudget {
 public:
  static constexpr int kLinesMax = 20;
  static constexpr std::chrono::seconds kPeriod{10};

  // Whether a line may be written now. Then `suppressed` tells how many were not since the last
  // one.
  bool Take(std::chrono::steady_clock::time_point now, uint64_t* suppressed);

 private:
  std::chrono::steady_clock::time_point period_start_{};
  int lines_ = 0;
  uint64_t suppressed_ = 0;
};

}  // namespace peal::log
