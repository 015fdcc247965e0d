// The lists of rules of a file: [[acl]] and [[dispatch]].
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "core/config.h"
#include "core/config/toml.h"

namespace peal::config {

inline constexpr std::string_view kAcl = "acl";
inline constexpr std::string_view kDispatch = "dispatch";

// Adds the rules of `node`, which `file` has under that name. InvalidArgument names place and key.
absl::Status ApplyAcl(const toml::node& node, std::string_view file, Config* config);
absl::Status ApplyDispatch(const toml::node& node, std::string_view file, Config* config);

}  // namespace peal::config
