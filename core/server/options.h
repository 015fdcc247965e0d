// What a server is told at its start.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/wall_clock.h"
#include "core/filter/glob.h"
#include "core/server/access.h"

namespace peal::server {

struct ServerOptions {
  std::string node;  // This node's name.
  Incarnation incarnation;
  std::string version;
  Access access;
  // The time of day, UTC: of events whose publisher gives none.
  std::function<int64_t()> now_us = base::UnixTimeUs;

  // The limits that core/config.h explains.
  size_t data_bytes_max = size_t{1} << 20;
  size_t sessions_max = 1024;
  size_t sessions_per_uid = 512;
  size_t publish_rate_per_uid = 0;
  size_t publish_bytes_per_uid = 0;
  size_t publish_window = 1024;
  size_t session_output_bytes_max = size_t{256} << 10;
  size_t history_bytes = size_t{32} << 20;
  std::chrono::milliseconds publish_timeout_default{30'000};
  std::vector<filter::TypeGlob> interest_types;
  std::vector<filter::TypeGlob> broadcast_types;

  // A connection that has not greeted after this is closed.
  std::chrono::milliseconds hello_timeout{10'000};
  // How long Shutdown() waits for publishes under way.
  std::chrono::milliseconds shutdown_timeout{3'000};
};

// What is in a frame beside `data`: fields, attributes and stamps, within the limits of
// event_codec.h.
inline constexpr size_t kFrameOverheadBytes = size_t{256} * 1024;

}  // namespace peal::server
