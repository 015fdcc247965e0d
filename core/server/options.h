// What a server is told at its start.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "core/base/ids.h"

namespace peal::server {

struct ServerOptions {
  std::string node;  // This node's name.
  Incarnation incarnation;
  std::string version;

  // The limits that core/config.h explains.
  size_t data_bytes_max = size_t{1} << 20;
  size_t sessions_max = 1024;
  size_t publish_window = 1024;
  size_t session_output_bytes_max = size_t{1} << 20;
  size_t history_bytes = size_t{32} << 20;
  std::chrono::milliseconds publish_timeout_default{30'000};

  // A connection that has not greeted after this is closed.
  std::chrono::milliseconds hello_timeout{10'000};
  // How long Shutdown() waits for publishes under way.
  std::chrono::milliseconds shutdown_timeout{3'000};
};

// What is in a frame beside `data`: fields, attributes and stamps, within the limits of
// event_codec.h.
inline constexpr size_t kFrameOverheadBytes = size_t{256} * 1024;

}  // namespace peal::server
