// Connecting, for commands.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "peal/client.h"
#include "tools/peal/context.h"

namespace peal::tool {

// `command` is the name that `peal ls subscriptions` and the daemon's log show, after "peal ".
// `on_connection`: as in ConnectOptions.
inline Result<std::unique_ptr<Client>> Connect(
    const Context& context, const std::string& command,
    std::function<void(ConnectionState, const Status&)> on_connection = nullptr) {
  return Client::Connect({.socket_path = context.socket_path,
                          .name = "peal " + command,
                          .timeout = context.timeout,
                          .on_connection = std::move(on_connection)});
}

}  // namespace peal::tool
