// JSON that is not an event: one document a line.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace peal::tool {

// Members in the order in which they were set.
using Json = nlohmann::ordered_json;

// Without a line feed; text that is not UTF-8 gets U+FFFD.
inline std::string JsonLine(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace peal::tool
