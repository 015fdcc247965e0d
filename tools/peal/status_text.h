// A daemon's status for people and as JSON.
#pragma once

#include <string>

#include "peal/types.h"
#include "tools/peal/json_text.h"

namespace peal::tool {

// Several lines, each with its line feed.
std::string StatusText(const DaemonStatus& status, bool color);
// Positions and epochs are decimal strings as in events.
std::string StatusJson(const DaemonStatus& status);

// One member, as status and `ls nodes` show it.
Json MemberJson(const MemberInfo& member);
std::string MembersText(const std::vector<MemberInfo>& members);

}  // namespace peal::tool
