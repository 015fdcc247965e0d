// A session: its beginning, its end, and what comes between.
#include <algorithm>
#include <cstring>
#include <limits>

#include "client/c/handle.h"
#include "client/c/options.h"
#include "core/base/status_macros.h"

namespace peal::c {
namespace {

using std::chrono::milliseconds;

constexpr size_t kAnyCount = std::numeric_limits<size_t>::max();

int ToState(ConnectionState state) {
  switch (state) {
    case ConnectionState::kConnected:
      return PEAL_CONNECTED;
    case ConnectionState::kAway:
      return PEAL_AWAY;
    case ConnectionState::kEnded:
      break;
  }
  return PEAL_ENDED;
}

Result<std::unique_ptr<peal_handle>> Connect(const peal_connect_options* given) {
  PEAL_ASSIGN_OR_RETURN(const peal_connect_options options, ReadOptions(given));
  PEAL_ASSIGN_OR_RETURN(const milliseconds timeout, TimeoutOfOptions(options.timeout_ms));
  auto handle = std::make_unique<peal_handle>();
  ConnectOptions connect{.socket_path = OrEmpty(options.socket_path),
                         .name = OrEmpty(options.name),
                         .timeout = timeout,
                         .on_connection = nullptr};
  if (options.on_connection != nullptr) {
    connect.on_connection = [peal = handle.get(), callback = options.on_connection,
                             user = options.user](ConnectionState state, const Status& why) {
      Call(peal, callback, ToState(state), ToError(why.kind()), why.message().c_str(), user);
    };
  }
  PEAL_ASSIGN_OR_RETURN(handle->client, Client::Connect(connect));
  return handle;
}

void CopyText(const char* text, char* to, size_t bytes) {
  if (to != nullptr && bytes > 0) {
    const size_t length = std::min(std::strlen(text), bytes - 1);
    std::memcpy(to, text, length);
    to[length] = '\0';
  }
}

peal_error_t ConnectTo(const peal_connect_options* options, peal_t** peal, char* why,
                       size_t why_bytes) noexcept {
  try {
    Result<std::unique_ptr<peal_handle>> handle = Connect(options);
    CopyText(handle.status().message().c_str(), why, why_bytes);
    if (handle.ok()) {
      *peal = (*handle).release();
    }
    return ToError(handle.status().kind());
  } catch (const std::exception& error) {
    CopyText(error.what(), why, why_bytes);
    return PEAL_ERR_OTHER;
  }
}

// Whether a peal_stop() was called, which then has had its effect.
bool Stops(peal_t* peal) {
  return std::exchange(peal->stop, false);
}

Status DispatchOne(peal_t* peal, milliseconds timeout) {
  const uint64_t before = peal->called;
  bool waits = timeout > milliseconds(0);
  do {
    if (Stops(peal)) {
      waits = false;
    }
    PEAL_RETURN_IF_ERROR(peal->client->DispatchAtMost(waits ? timeout : milliseconds(0), 1));
  } while (waits && peal->called == before);
  return {};
}

Status DispatchUntilStopped(peal_t* peal) {
  while (!Stops(peal)) {
    PEAL_RETURN_IF_ERROR(peal->client->DispatchAtMost(milliseconds::max(), kAnyCount));
  }
  return {};
}

Status Dispatch(peal_t* peal, int how) {
  PEAL_RETURN_IF_ERROR(MayWait(peal));
  switch (how) {
    case PEAL_DISPATCH_ONE:
      return DispatchOne(peal, milliseconds::max());
    case PEAL_DISPATCH_ONE_NONBLOCKING:
      return DispatchOne(peal, milliseconds(0));
    case PEAL_DISPATCH_ALL:
      return peal->client->DispatchAtMost(milliseconds(0), kAnyCount);
    case PEAL_DISPATCH_BLOCKING:
      return DispatchUntilStopped(peal);
    default:
      return Invalid(fmt::format("no way to dispatch has the number {}", how));
  }
}

}  // namespace
}  // namespace peal::c

using peal::Status;
using peal::c::Guarded;

peal_error_t peal_connect(const struct peal_connect_options* options, peal_t** peal, char* why,
                          size_t why_bytes) noexcept {
  if (peal == nullptr) {
    peal::c::CopyText("nowhere to put the handle", why, why_bytes);
    return PEAL_ERR_INVALID;
  }
  *peal = nullptr;
  return peal::c::ConnectTo(options, peal, why, why_bytes);
}

peal_error_t peal_disconnect(peal_t* peal) noexcept {
  if (peal == nullptr) {
    return PEAL_OK;
  }
  const peal_error_t error = Guarded(peal, [&] { return peal::c::MayWait(peal); });
  if (error == PEAL_OK) {
    delete peal;
  }
  return error;
}

const char* peal_error_text(const peal_t* peal) noexcept {
  return peal == nullptr ? "" : peal->error_text.c_str();
}

const char* peal_node(const peal_t* peal) noexcept {
  return peal == nullptr ? "" : peal->client->daemon().node.c_str();
}

peal_error_t peal_fd_get(const peal_t* peal, int* fd) noexcept {
  if (peal == nullptr || fd == nullptr) {
    return PEAL_ERR_INVALID;
  }
  *fd = peal->client->fd();
  return PEAL_OK;
}

// NOLINTNEXTLINE(google-runtime-int): poll(2) has it.
peal_error_t peal_poll_events_get(const peal_t* peal, short* events) noexcept {
  if (peal == nullptr || events == nullptr) {
    return PEAL_ERR_INVALID;
  }
  *events = peal->client->poll_events();
  return PEAL_OK;
}

peal_error_t peal_poll_timeout_get(const peal_t* peal, int* timeout_ms) noexcept {
  if (peal == nullptr || timeout_ms == nullptr) {
    return PEAL_ERR_INVALID;
  }
  constexpr auto kMax = std::chrono::milliseconds(std::numeric_limits<int>::max());
  *timeout_ms = static_cast<int>(std::min(peal->client->next_deadline(), kMax).count());
  return PEAL_OK;
}

peal_error_t peal_dispatch(peal_t* peal, int how) noexcept {
  return Guarded(peal, [&] { return peal::c::Dispatch(peal, how); });
}

peal_error_t peal_dispatch_wait(peal_t* peal, int timeout_ms) noexcept {
  return Guarded(peal, [&]() -> Status {
    PEAL_ASSIGN_OR_RETURN(const auto timeout, peal::c::Timeout(timeout_ms));
    PEAL_RETURN_IF_ERROR(peal::c::MayWait(peal));
    const bool stops = peal::c::Stops(peal);
    return peal->client->Dispatch(stops ? std::chrono::milliseconds(0) : timeout);
  });
}

peal_error_t peal_stop(peal_t* peal) noexcept {
  return Guarded(peal, [&] {
    peal->stop = true;
    return Status();
  });
}

peal_error_t peal_flush(peal_t* peal, int timeout_ms) noexcept {
  return Guarded(peal, [&]() -> Status {
    PEAL_ASSIGN_OR_RETURN(const auto timeout, peal::c::Timeout(timeout_ms));
    return peal->client->Flush(timeout);
  });
}
