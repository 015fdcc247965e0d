// One table of a file: which keys it may have, and what is said of others.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/config/toml.h"
#include "core/config/values.h"
#include "fmt/format.h"

namespace peal::config {

// What can be set in a Config or a rule.
template <typename Target>
struct Key {
  std::string_view section;
  std::string_view name;
  absl::Status (*set)(const toml::node& node, Target* target);
};

struct Section {
  std::string_view name;
  std::string title;      // As a file has it: "[log]".
  std::string_view file;  // That has it.
};

// FILE:LINE
inline std::string At(std::string_view file, const toml::source_position& place) {
  return fmt::format("{}:{}", file, place.line);
}

template <typename Target>
std::string KeysOf(std::span<const Key<Target>> keys, std::string_view section) {
  std::vector<std::string_view> names;
  for (const Key<Target>& key : keys) {
    if (key.section == section) {
      names.push_back(key.name);
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// Sets what `table` sets.
template <typename Target>
absl::Status ApplySection(std::span<const Key<Target>> keys, const Section& section,
                          const toml::table& table, Target* target) {
  for (const auto& [name, node] : table) {
    const std::string_view key_name = name.str();
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const Key<Target>& each) {
      return each.section == section.name && each.name == key_name;
    });
    if (key == keys.end()) {
      return Bad(fmt::format("{}: unknown key '{}' in {}; it knows {}",
                             At(section.file, name.source().begin), key_name, section.title,
                             KeysOf(keys, section.name)));
    }
    if (const absl::Status status = key->set(node, target); !status.ok()) {
      return Bad(fmt::format("{}: '{}' in {} {}", At(section.file, node.source().begin), key_name,
                             section.title, std::string(status.message())));
    }
  }
  return absl::OkStatus();
}

}  // namespace peal::config
