#include "core/config/rules.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/config/section.h"
#include "core/config/values.h"
#include "core/io/account.h"
#include "fmt/format.h"

namespace peal::config {
namespace {

absl::Status SetVerbs(const toml::node& node, std::set<server::Verb>* out) {
  constexpr auto& kNames = server::kVerbNames;
  const std::vector<std::string> texts = Texts(node);
  bool good = !texts.empty();
  for (const std::string& text : texts) {
    const auto* const name = std::find(kNames.begin(), kNames.end(), text);
    if (text == "*") {
      out->merge(server::AllVerbs());
    } else if (name != kNames.end()) {
      out->insert(static_cast<server::Verb>(name - kNames.begin()));
    } else {
      good = false;
    }
  }
  return good ? absl::OkStatus()
              : Bad(fmt::format("is not a list of \"{}\", or \"*\" for all",
                                fmt::join(kNames, "\", \"")));
}

absl::Status SetTypes(const toml::node& node, size_t most, std::vector<filter::TypeGlob>* out) {
  const std::vector<std::string> texts = Texts(node);
  if (texts.empty() || texts.size() > most) {
    return Bad(fmt::format("is not a list of 1 to {} globs such as \"app.*\"", most));
  }
  for (const std::string& text : texts) {
    absl::StatusOr<filter::TypeGlob> glob = filter::TypeGlob::Parse(text);
    if (!glob.ok()) {
      return Bad(fmt::format("is wrong: {}", std::string(glob.status().message())));
    }
    out->push_back(*std::move(glob));
  }
  return absl::OkStatus();
}

// One table of [[dispatch]].
struct DispatchRule {
  std::vector<filter::TypeGlob> types;
  std::string mode;
};

absl::Status SetDispatchTypes(const toml::node& node, std::vector<filter::TypeGlob>* out) {
  PEAL_RETURN_IF_ERROR(SetTypes(node, Config::kDispatchTypesMax, out));
  for (const filter::TypeGlob& glob : *out) {
    if (glob.text().starts_with("peal.")) {
      return Bad(
          fmt::format("has '{}'; the bus's own events, peal.*, are always broadcast", glob.text()));
    }
  }
  return absl::OkStatus();
}

absl::Status SetMode(const toml::node& node, std::string* out) {
  *out = node.value_exact<std::string>().value_or("");
  return *out == "interest" || *out == "broadcast"
             ? absl::OkStatus()
             : Bad("is not one of \"broadcast\", \"interest\"");
}

constexpr std::array<Key<server::AccessRule>, 4> kAclKeys = {{
    {kAcl, "uid",
     [](const toml::node& n, server::AccessRule* r) {
       return SetAccount(n, io::FindUser, &r->uid);
     }},
    {kAcl, "gid",
     [](const toml::node& n, server::AccessRule* r) {
       return SetAccount(n, io::FindGroup, &r->gid);
     }},
    {kAcl, "verbs",
     [](const toml::node& n, server::AccessRule* r) { return SetVerbs(n, &r->verbs); }},
    {kAcl, "types",
     [](const toml::node& n, server::AccessRule* r) {
       return SetTypes(n, Config::kAclTypesMax, &r->types);
     }},
}};

constexpr std::array<Key<DispatchRule>, 2> kDispatchKeys = {{
    {kDispatch, "types",
     [](const toml::node& n, DispatchRule* r) { return SetDispatchTypes(n, &r->types); }},
    {kDispatch, "mode", [](const toml::node& n, DispatchRule* r) { return SetMode(n, &r->mode); }},
}};

// What no key by itself can tell.
absl::Status CheckRule(const server::AccessRule& rule) {
  if (!rule.uid && !rule.gid) {
    return Bad("is for nobody; give it 'uid' or 'gid'");
  }
  if (rule.verbs.empty()) {
    return Bad("allows nothing; give it 'verbs', such as [\"publish\", \"subscribe\"]");
  }
  // "*" is whatever can be of types.
  if (!rule.types.empty() && rule.verbs.contains(server::Verb::kAdmin) &&
      rule.verbs != server::AllVerbs()) {
    return Bad("has 'types', and \"admin\", which is not of types; make two rules of it");
  }
  return absl::OkStatus();
}

absl::Status ApplyDispatchRule(const toml::table& table, std::string_view file, Config* config) {
  DispatchRule rule;
  PEAL_RETURN_IF_ERROR(ApplySection(std::span<const Key<DispatchRule>>(kDispatchKeys),
                                    {kDispatch, "[[dispatch]]", file}, table, &rule));
  if (rule.types.empty() || rule.mode.empty()) {
    return Bad(
        fmt::format("{}: [[dispatch]] needs both types and mode", At(file, table.source().begin)));
  }
  std::vector<filter::TypeGlob>& types =
      rule.mode == "interest" ? config->interest_types : config->broadcast_types;
  if (types.size() + rule.types.size() > Config::kDispatchTypesMax) {
    return Bad(fmt::format("{}: more than {} types with mode \"{}\" in [[dispatch]]",
                           At(file, table.source().begin), Config::kDispatchTypesMax, rule.mode));
  }
  types.insert(types.end(), rule.types.begin(), rule.types.end());
  return absl::OkStatus();
}

}  // namespace

absl::Status ApplyAcl(const toml::node& node, std::string_view file, Config* config) {
  if (!node.is_array_of_tables()) {
    return Bad(fmt::format("{}: 'acl' is a list of rules; write [[acl]] and its keys below it",
                           At(file, node.source().begin)));
  }
  for (const toml::node& each : *node.as_array()) {
    const std::string place = At(file, each.source().begin);
    if (config->acl.size() >= Config::kAclRulesMax) {
      return Bad(fmt::format("{}: more than {} [[acl]] rules; let groups stand for their members",
                             place, Config::kAclRulesMax));
    }
    server::AccessRule& rule = config->acl.emplace_back();
    PEAL_RETURN_IF_ERROR(ApplySection(std::span<const Key<server::AccessRule>>(kAclKeys),
                                      {kAcl, "[[acl]]", file}, *each.as_table(), &rule));
    if (const absl::Status status = CheckRule(rule); !status.ok()) {
      return Bad(fmt::format("{}: [[acl]] {}", place, std::string(status.message())));
    }
  }
  return absl::OkStatus();
}

absl::Status ApplyDispatch(const toml::node& node, std::string_view file, Config* config) {
  const toml::array* const rules = node.as_array();
  if (rules == nullptr || !rules->is_homogeneous<toml::table>()) {
    return Bad(fmt::format(
        "{}: 'dispatch' is a list of rules; write [[dispatch]] and its types and mode below it",
        At(file, node.source().begin)));
  }
  for (const toml::node& rule : *rules) {
    PEAL_RETURN_IF_ERROR(ApplyDispatchRule(*rule.as_table(), file, config));
  }
  return absl::OkStatus();
}

}  // namespace peal::config
