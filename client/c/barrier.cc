// The barrier.
#include "client/c/handle.h"
#include "core/base/status_macros.h"

using peal::Result;
using peal::Status;
using peal::c::Guarded;

peal_error_t peal_barrier(peal_t* peal, int timeout_ms, uint64_t* globalseq) noexcept {
  return Guarded(peal, [&]() -> Status {
    PEAL_ASSIGN_OR_RETURN(const auto timeout, peal::c::Timeout(timeout_ms));
    PEAL_ASSIGN_OR_RETURN(const uint64_t applied, peal->client->Barrier(timeout));
    if (globalseq != nullptr) {
      *globalseq = applied;
    }
    return {};
  });
}

peal_error_t peal_barrier_async(peal_t* peal, int timeout_ms, peal_barrier_callback_t callback,
                                void* user) noexcept {
  return Guarded(peal, [&]() -> Status {
    if (callback == nullptr) {
      return peal::c::Invalid("no callback for the barrier");
    }
    PEAL_ASSIGN_OR_RETURN(const auto timeout, peal::c::Timeout(timeout_ms));
    return peal->client->BarrierAsync(
        [peal, callback, user](const Result<uint64_t>& applied) {
          peal::c::Call(peal, callback, peal::c::ToError(applied.status().kind()),
                        applied.status().message().c_str(), applied.ok() ? *applied : 0, user);
        },
        timeout);
  });
}
