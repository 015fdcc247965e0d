// What stands behind a peal_t, and where every call on it begins and ends.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "client/c/error.h"
#include "peal.h"
#include "peal/client.h"

// As thread-safe as its client: not.
struct peal_handle {
  std::string error_text;
  // So many of the program's callbacks have been called.
  uint64_t called = 0;
  bool in_callback = false;
  bool stop = false;
  // What the last call that waits has waited for, by its number, and what came of it.
  uint64_t waited_for = 0;
  std::optional<peal::PublishResult> published;
  std::optional<peal::Status> answered;
  peal_publish_result_t publish_result{};
  std::unique_ptr<peal::Client> client;
};

namespace peal::c {

void KeepText(peal_t* peal, const char* text) noexcept;

// The body of a call: its status becomes the call's error and the handle's text, and no exception
// leaves it.
template <typename Body>
peal_error_t Guarded(peal_t* peal, const Body& body) noexcept {
  if (peal == nullptr) {
    return PEAL_ERR_INVALID;
  }
  try {
    const Status status = body();
    if (!status.ok()) {
      KeepText(peal, status.message().c_str());
    }
    return ToError(status.kind());
  } catch (const std::exception& error) {
    KeepText(peal, error.what());
  } catch (...) {
    KeepText(peal, "an unknown exception");
  }
  return PEAL_ERR_OTHER;
}

// Calls a callback of the program, which is not null.
template <typename Callback, typename... Arguments>
void Call(peal_t* peal, Callback* callback, Arguments... arguments) {
  ++peal->called;
  const bool nested = std::exchange(peal->in_callback, true);
  callback(peal, arguments...);
  peal->in_callback = nested;
}

// For calls that wait.
Status MayWait(const peal_t* peal);

// A timeout given as an argument; of options, where 0 is the default.
Result<std::chrono::milliseconds> Timeout(int timeout_ms);
Result<std::chrono::milliseconds> TimeoutOfOptions(int timeout_ms);

// Null for null, so that it counts as none.
StatusCallback ToStatusCallback(peal_t* peal, peal_done_callback_t callback, void* user);

}  // namespace peal::c
