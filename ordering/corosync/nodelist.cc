#include "ordering/corosync/nodelist.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace peal::ordering::corosync {
namespace {

constexpr std::string_view kNodePrefix = "nodelist.node.";
constexpr std::string_view kClusterKey = "totem.cluster_name";

using Fields = std::map<std::string, std::string, std::less<>>;

std::optional<uint32_t> ParseNumber(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::optional<uint32_t> NumberOf(const Fields& fields, std::string_view name) {
  auto found = fields.find(name);
  return found == fields.end() ? std::nullopt : ParseNumber(found->second);
}

std::string NameOf(const Fields& fields, uint32_t id) {
  for (std::string_view name : {"name", "ring0_addr"}) {
    auto found = fields.find(name);
    if (found != fields.end() && !found->second.empty()) {
      return found->second;
    }
  }
  return std::to_string(id);
}

// By position in the list, "nodelist.node.POSITION.FIELD".
std::map<uint32_t, Fields> GroupByPosition(const std::map<std::string, std::string>& keys) {
  std::map<uint32_t, Fields> nodes;
  for (const auto& [key, value] : keys) {
    if (!std::string_view(key).starts_with(kNodePrefix)) {
      continue;
    }
    const std::string_view rest = std::string_view(key).substr(kNodePrefix.size());
    const size_t dot = rest.find('.');
    if (dot == std::string_view::npos) {
      continue;
    }
    const std::optional<uint32_t> position = ParseNumber(rest.substr(0, dot));
    if (position.has_value()) {
      nodes[*position].emplace(rest.substr(dot + 1), value);
    }
  }
  return nodes;
}

}  // namespace

Nodelist NodelistFromKeys(const std::map<std::string, std::string>& keys) {
  Nodelist list;
  auto cluster = keys.find(std::string(kClusterKey));
  if (cluster != keys.end()) {
    list.cluster = cluster->second;
  }
  std::map<NodeId, ConfiguredNode> nodes;
  for (const auto& [position, fields] : GroupByPosition(keys)) {
    const std::optional<uint32_t> id = NumberOf(fields, "nodeid");
    if (!id.has_value() || *id == 0) {
      continue;
    }
    nodes.try_emplace(NodeId(*id),
                      ConfiguredNode{.node = NodeId(*id),
                                     .name = NameOf(fields, *id),
                                     .votes = NumberOf(fields, "quorum_votes").value_or(1)});
  }
  for (auto& [id, node] : nodes) {
    list.nodes.push_back(std::move(node));
  }
  return list;
}

}  // namespace peal::ordering::corosync
