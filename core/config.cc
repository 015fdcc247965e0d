#include "core/config.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <vector>

#include "core/base/status_macros.h"
#include "core/base/time_format.h"
#include "fmt/format.h"

// toml++ 3.3 asserts, or without assertions lets clang assume, that a table's name begins as a name
// may. In "[&" it does not (issue 294 of toml++). The error that its code gives right after that is
// all we want.
#undef NDEBUG
#define TOML_ASSERT(expr) static_assert(true)
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace peal {
namespace {

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;
constexpr size_t kGiB = 1024 * kMiB;

absl::Status Bad(const std::string& text) {
  return absl::InvalidArgumentError(text);
}

absl::Status SetText(const toml::node& node, std::string* out) {
  *out = node.value_exact<std::string>().value_or("");
  return out->empty() ? Bad("is not a text in quotes") : absl::OkStatus();
}

absl::Status SetPath(const toml::node& node, std::string* out) {
  PEAL_RETURN_IF_ERROR(SetText(node, out));
  if (!out->starts_with('/')) {
    return Bad(fmt::format("is '{}', which is not an absolute path", *out));
  }
  return absl::OkStatus();
}

absl::Status SetCount(const toml::node& node, size_t min, size_t max, size_t* out) {
  const std::optional<int64_t> count = node.value_exact<int64_t>();
  if (!count || *count < 0 || static_cast<size_t>(*count) < min ||
      static_cast<size_t>(*count) > max) {
    return Bad(fmt::format("is not a whole number from {} to {}", min, max));
  }
  *out = static_cast<size_t>(*count);
  return absl::OkStatus();
}

std::string SizeText(size_t bytes) {
  if (bytes % kGiB == 0) {
    return fmt::format("{}GiB", bytes / kGiB);
  }
  return bytes % kMiB == 0 ? fmt::format("{}MiB", bytes / kMiB)
                           : fmt::format("{}KiB", bytes / kKiB);
}

// A bare number is bytes.
absl::Status SetSize(const toml::node& node, size_t min, size_t max, size_t* out) {
  std::optional<std::string> text = node.value_exact<std::string>();
  if (const std::optional<int64_t> number = node.value_exact<int64_t>()) {
    text = std::to_string(*number);
  }
  const absl::StatusOr<uint64_t> bytes =
      text ? base::ParseSize(*text) : absl::StatusOr<uint64_t>(Bad("no size"));
  if (!bytes.ok() || *bytes < min || *bytes > max) {
    return Bad(fmt::format("is not a size from \"{}\" to \"{}\"", SizeText(min), SizeText(max)));
  }
  *out = *bytes;
  return absl::OkStatus();
}

// From `min` to `max`, which are durations.
template <typename Duration>
absl::Status SetDuration(const toml::node& node, std::string_view min, std::string_view max,
                         Duration* out) {
  const absl::StatusOr<std::chrono::microseconds> time =
      base::ParseDuration(node.value_exact<std::string>().value_or(""));
  if (!time.ok() || *time < *base::ParseDuration(min) || *time > *base::ParseDuration(max)) {
    return Bad(fmt::format("is not a duration from \"{}\" to \"{}\"", min, max));
  }
  *out = std::chrono::duration_cast<Duration>(*time);
  return absl::OkStatus();
}

absl::Status SetLevel(const toml::node& node, std::string* out) {
  constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warn", "error"};
  const std::string name = node.value_exact<std::string>().value_or("");
  if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) {
    return Bad("is not one of \"debug\", \"info\", \"warn\", \"error\"");
  }
  *out = name;
  return absl::OkStatus();
}

absl::Status SetQuorum(const toml::node& node, bool* corosync_decides) {
  const std::string rule = node.value_exact<std::string>().value_or("");
  if (rule != "majority" && rule != "corosync") {
    return Bad("is not one of \"majority\", \"corosync\"");
  }
  *corosync_decides = rule == "corosync";
  return absl::OkStatus();
}

struct Key {
  std::string_view section;
  std::string_view name;
  absl::Status (*set)(const toml::node& node, Config* config);
};

constexpr std::array<Key, 17> kKeys = {{
    {"daemon", "node", [](const toml::node& n, Config* c) { return SetText(n, &c->node); }},
    {"daemon", "data_dir", [](const toml::node& n, Config* c) { return SetPath(n, &c->data_dir); }},
    {"daemon", "socket", [](const toml::node& n, Config* c) { return SetPath(n, &c->socket); }},
    {"log", "level", [](const toml::node& n, Config* c) { return SetLevel(n, &c->log_level); }},
    {"limits", "data_bytes_max",
     [](const toml::node& n, Config* c) { return SetSize(n, kKiB, 3 * kMiB, &c->data_bytes_max); }},
    {"limits", "sessions_max",
     [](const toml::node& n, Config* c) { return SetCount(n, 1, 65536, &c->sessions_max); }},
    {"limits", "publish_window",
     [](const toml::node& n, Config* c) { return SetCount(n, 1, 65536, &c->publish_window); }},
    {"limits", "session_output_bytes_max",
     [](const toml::node& n, Config* c) {
       return SetSize(n, 64 * kKiB, 64 * kMiB, &c->session_output_bytes_max);
     }},
    {"memory", "history_bytes",
     [](const toml::node& n, Config* c) { return SetSize(n, kMiB, 64 * kGiB, &c->history_bytes); }},
    {"ordering", "quorum",
     [](const toml::node& n, Config* c) { return SetQuorum(n, &c->corosync_decides); }},
    {"journal", "segment_bytes",
     [](const toml::node& n, Config* c) {
       return SetSize(n, kMiB, kGiB, &c->journal_segment_bytes);
     }},
    {"journal", "cache_bytes",
     [](const toml::node& n, Config* c) {
       return SetSize(n, 64 * kKiB, 64 * kGiB, &c->journal_cache_bytes);
     }},
    {"journal", "retain_bytes",
     [](const toml::node& n, Config* c) {
       return SetSize(n, kMiB, kGiB * kMiB, &c->journal_retain_bytes);
     }},
    {"journal", "local_retain_bytes",
     [](const toml::node& n, Config* c) {
       return SetSize(n, kMiB, kGiB * kMiB, &c->journal_local_retain_bytes);
     }},
    {"journal", "retain_age",
     [](const toml::node& n, Config* c) {
       return SetDuration(n, "1m", "87600h", &c->journal_retain_age);
     }},
    {"journal", "scrub_interval",
     [](const toml::node& n, Config* c) {
       return SetDuration(n, "1s", "8760h", &c->journal_scrub_interval);
     }},
    {"publish", "timeout_default",
     [](const toml::node& n, Config* c) {
       return SetDuration(n, "10ms", "1h", &c->publish_timeout_default);
     }},
}};

std::string At(std::string_view file, const toml::source_position& place) {
  return fmt::format("{}:{}", file, place.line);
}

// What toml++ must not be given: at letters beyond ASCII where a key or a value may end, also of a
// broken one, it runs into undefined behaviour (3.3.0, impl/unicode_autogenerated.h,
// is_non_ascii_horizontal_whitespace). No setting takes a text of several lines, and without those
// each line tells by itself whether it is a comment.
absl::Status CheckText(std::string_view text, std::string_view file) {
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const size_t begin = line.find_first_not_of(" \t");
    if (begin == line.npos || line[begin] == '#') {
      continue;
    }
    const bool ascii =
        std::all_of(line.begin(), line.end(), [](char c) { return (c & '\x80') == 0; });
    if (!ascii) {
      return Bad(fmt::format(
          "{}:{}: a letter beyond ASCII; in a text write \"\\u00e9\", a comment may have a line of "
          "its own",
          file, number));
    }
    if (line.find("\"\"\"") != line.npos || line.find("'''") != line.npos) {
      return Bad(fmt::format("{}:{}: no setting is a text of several lines: write one quote", file,
                             number));
    }
  }
  return absl::OkStatus();
}

bool IsSection(std::string_view name) {
  return std::any_of(kKeys.begin(), kKeys.end(),
                     [name](const Key& key) { return key.section == name; });
}

std::string Sections() {
  std::vector<std::string> names;
  for (const Key& key : kKeys) {
    const std::string name = fmt::format("[{}]", key.section);
    if (names.empty() || names.back() != name) {
      names.push_back(name);
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string KeysOf(std::string_view section) {
  std::vector<std::string_view> names;
  for (const Key& key : kKeys) {
    if (key.section == section) {
      names.push_back(key.name);
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

absl::Status ApplySection(std::string_view section, const toml::table& table, std::string_view file,
                          Config* config) {
  for (const auto& [name, node] : table) {
    const std::string_view key_name = name.str();
    const auto* const key = std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& each) {
      return each.section == section && each.name == key_name;
    });
    if (key == kKeys.end()) {
      return Bad(fmt::format("{}: unknown key '{}' in [{}]; it knows {}",
                             At(file, name.source().begin), key_name, section, KeysOf(section)));
    }
    if (const absl::Status status = key->set(node, config); !status.ok()) {
      return Bad(fmt::format("{}: '{}' in [{}] {}", At(file, node.source().begin), key_name,
                             section, std::string(status.message())));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFile(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream.is_open() || stream.bad()) {
    return absl::UnavailableError(fmt::format("cannot read {}", file));
  }
  return text;
}

absl::StatusOr<std::vector<std::string>> ListDropIns(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    if (entry->path().extension() == ".toml") {
      files.push_back(entry->path().string());
    }
    entry.increment(error);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return absl::UnavailableError(
        fmt::format("cannot list {}: {}", folder.string(), error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

absl::Status ApplyToml(std::string_view text, std::string_view file, Config* config) {
  PEAL_RETURN_IF_ERROR(CheckText(text, file));
  const toml::parse_result parsed = toml::parse(text, file);
  if (!parsed) {
    return Bad(fmt::format("{}: {}", At(file, parsed.error().source().begin),
                           parsed.error().description()));
  }
  for (const auto& [name, node] : parsed.table()) {
    const std::string_view section = name.str();
    if (!IsSection(section)) {
      return Bad(fmt::format("{}: unknown key '{}'; there are the sections {}",
                             At(file, name.source().begin), section, Sections()));
    }
    const toml::table* const table = node.as_table();
    if (table == nullptr) {
      return Bad(fmt::format("{}: '{}' is a section; write [{}] and its keys below it",
                             At(file, node.source().begin), section, section));
    }
    PEAL_RETURN_IF_ERROR(ApplySection(section, *table, file, config));
  }
  return absl::OkStatus();
}

absl::StatusOr<Config> LoadConfig(const std::string& file, bool must_exist) {
  std::error_code error;
  const bool exists = std::filesystem::exists(file, error);
  if (!exists && must_exist) {
    return absl::NotFoundError(fmt::format("there is no configuration file {}", file));
  }
  PEAL_ASSIGN_OR_RETURN(std::vector<std::string> files,
                        ListDropIns(std::filesystem::path(file).parent_path() / "conf.d"));
  if (exists) {
    files.insert(files.begin(), file);
  }
  Config config;
  for (const std::string& each : files) {
    PEAL_ASSIGN_OR_RETURN(const std::string text, ReadFile(each));
    PEAL_RETURN_IF_ERROR(ApplyToml(text, each, &config));
  }
  return config;
}

}  // namespace peal
