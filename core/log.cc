#include "core/log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "spdlog/pattern_formatter.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace peal::log {
namespace {

struct LevelRow {
  Level level;
  std::string_view name;
  std::string_view padded;
  std::string_view priority;  // sd-daemon(3)
  spdlog::level::level_enum spdlog_level;
};

constexpr std::array<LevelRow, 4> kLevels = {{
    {Level::kDebug, "debug", "debug ", "<7>", spdlog::level::debug},
    {Level::kInfo, "info", "info  ", "<6>", spdlog::level::info},
    {Level::kWarn, "warn", "warn  ", "<4>", spdlog::level::warn},
    {Level::kError, "error", "error ", "<3>", spdlog::level::err},
}};

const LevelRow& Row(Level level) {
  return kLevels[static_cast<size_t>(level)];
}

// systemd names the journal's stream by device and inode (systemd.exec(5), $JOURNAL_STREAM); a
// daemon whose stderr was redirected afterwards still has the variable.
bool StderrIsJournal() {
  const char* const stream =
      std::getenv("JOURNAL_STREAM");  // NOLINT(concurrency-mt-unsafe): first use.
  struct stat file {};
  return stream != nullptr && ::fstat(STDERR_FILENO, &file) == 0 &&
         stream == fmt::format("{}:{}", file.st_dev, file.st_ino);
}

struct Output {
  const bool journal = StderrIsJournal();
  spdlog::logger logger{"peal", std::make_shared<spdlog::sinks::stderr_sink_mt>()};

  Output() {
    logger.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        journal ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc));
    logger.set_level(spdlog::level::info);
  }
};

// spdlog's logger is the one object of the process that everything may write to.
Output& TheOutput() {
  static Output output;
  return output;
}

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

std::optional<Level> LevelFromName(std::string_view name) {
  const auto* const row = std::find_if(kLevels.begin(), kLevels.end(),
                                       [name](const LevelRow& each) { return each.name == name; });
  return row == kLevels.end() ? std::nullopt : std::optional(row->level);
}

void SetLevel(Level level) {
  TheOutput().logger.set_level(Row(level).spdlog_level);
}

bool Enabled(Level level) {
  return TheOutput().logger.should_log(Row(level).spdlog_level);
}

void Write(Level level, std::string_view text) {
  Output& output = TheOutput();
  std::string line(output.journal ? Row(level).priority : Row(level).padded);
  line += text;
  std::replace_if(line.begin(), line.end(), IsControl, '?');
  output.logger.log(Row(level).spdlog_level, "{}", line);
}

bool LineBudget::Take(std::chrono::steady_clock::time_point now, uint64_t* suppressed) {
  if (now - period_start_ >= kPeriod) {
    period_start_ = now;
    lines_ = 0;
  }
  if (lines_ >= kLinesMax) {
    ++suppressed_;
    return false;
  }
  ++lines_;
  *suppressed = std::exchange(suppressed_, 0);
  return true;
}

}  // namespace peal::log
