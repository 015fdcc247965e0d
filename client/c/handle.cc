#include "client/c/handle.h"

#include "fmt/format.h"

namespace peal::c {

using std::chrono::milliseconds;

void KeepText(peal_t* peal, const char* text) noexcept {
  try {
    peal->error_text = text;
  } catch (const std::exception&) {
    peal->error_text.clear();  // No memory for it.
  }
}

Status MayWait(const peal_t* peal) {
  return peal->in_callback ? Status(ErrorKind::kCondition, "a callback must not call what waits")
                           : Status();
}

Result<milliseconds> Timeout(int timeout_ms) {
  if (timeout_ms < 0) {
    return Invalid(fmt::format("a timeout of {} ms: 0 and more are possible", timeout_ms));
  }
  return milliseconds(timeout_ms);
}

Result<milliseconds> TimeoutOfOptions(int timeout_ms) {
  constexpr int kDefaultMs = 10'000;
  return Timeout(timeout_ms == 0 ? kDefaultMs : timeout_ms);
}

StatusCallback ToStatusCallback(peal_t* peal, peal_done_callback_t callback, void* user) {
  if (callback == nullptr) {
    return nullptr;
  }
  return [peal, callback, user](const Status& status) {
    Call(peal, callback, ToError(status.kind()), status.message().c_str(), user);
  };
}

}  // namespace peal::c
