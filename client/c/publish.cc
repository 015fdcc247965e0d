// Publishing.
#include <algorithm>

#include "client/c/event.h"
#include "client/c/handle.h"
#include "client/c/options.h"
#include "core/base/status_macros.h"

namespace peal::c {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

Result<Ack> ToAck(int ack) {
  switch (ack) {
    case PEAL_ACK_COMMITTED:
      return Ack::kCommitted;
    case PEAL_ACK_ACCEPTED:
      return Ack::kAccepted;
    case PEAL_ACK_NONE:
      return Ack::kNone;
    default:
      return Invalid(fmt::format("no PEAL_ACK_* has the number {}", ack));
  }
}

Result<PublishOptions> ToOptions(const peal_event_t* event, const peal_publish_options* given) {
  if (event == nullptr) {
    return Invalid("no event to publish");
  }
  PEAL_ASSIGN_OR_RETURN(const peal_publish_options read, ReadOptions(given));
  PublishOptions options;
  PEAL_ASSIGN_OR_RETURN(options.ack, ToAck(read.ack));
  PEAL_ASSIGN_OR_RETURN(options.timeout, TimeoutOfOptions(read.timeout_ms));
  if (read.expects != 0) {
    options.expect_subject_seq = read.expect_subject_seq;
  }
  return options;
}

// As long as `result`, whose texts it shares.
peal_publish_result_t ToResult(const PublishResult& result) {
  return {.error = ToError(result.status.kind()),
          .message = result.status.message().c_str(),
          .submitted = result.submitted ? 1 : 0,
          .globalseq = result.globalseq,
          .sequence = result.sequence,
          .epoch = result.epoch,
          .node = result.node.c_str(),
          .id = result.id.c_str(),
          .duplicate = result.duplicate ? 1 : 0};
}

PublishCallback ToPublishCallback(peal_t* peal, peal_publish_callback_t callback, void* user) {
  if (callback == nullptr) {
    return nullptr;
  }
  return [peal, callback, user](const PublishResult& result) {
    const peal_publish_result_t c_result = ToResult(result);
    Call(peal, callback, &c_result, user);
  };
}

milliseconds Left(Clock::time_point deadline) {
  return std::max(std::chrono::ceil<milliseconds>(deadline - Clock::now()), milliseconds(0));
}

// Publishes when there is room, which is waited for too.
Status PublishInTime(peal_t* peal, const Event& event, PublishOptions options,
                     Clock::time_point deadline) {
  const uint64_t number = ++peal->waited_for;
  const auto keep = [peal, number](const PublishResult& result) {
    if (number == peal->waited_for) {
      peal->published = result;
    }
  };
  for (;;) {
    options.timeout = Left(deadline);
    Status status = peal->client->Publish(event, options, keep);
    if (status.kind() != ErrorKind::kBusy || options.timeout == milliseconds(0)) {
      return status;
    }
    PEAL_RETURN_IF_ERROR(peal->client->Dispatch(options.timeout));
  }
}

Status PublishAndWait(peal_t* peal, const peal_event_t* event, const peal_publish_options* given) {
  peal->published.reset();
  PEAL_RETURN_IF_ERROR(MayWait(peal));
  PEAL_ASSIGN_OR_RETURN(const PublishOptions options, ToOptions(event, given));
  const Clock::time_point deadline = Clock::now() + options.timeout;
  PEAL_RETURN_IF_ERROR(PublishInTime(peal, event->event, options, deadline));
  if (options.ack == Ack::kNone) {
    return peal->client->Flush(Left(deadline));
  }
  // There is an answer in time, and also when the connection ends for good.
  Status dispatched;
  while (dispatched.ok() && !peal->published) {
    dispatched = peal->client->Dispatch(options.timeout);
  }
  if (!peal->published) {
    return dispatched;
  }
  peal->publish_result = ToResult(*peal->published);
  return peal->published->status;
}

}  // namespace
}  // namespace peal::c

using peal::Status;
using peal::c::Guarded;

peal_error_t peal_publish(peal_t* peal, const peal_event_t* event,
                          const struct peal_publish_options* options,
                          const peal_publish_result_t** result) noexcept {
  if (result != nullptr) {
    *result = nullptr;
  }
  return Guarded(peal, [&] {
    Status status = peal::c::PublishAndWait(peal, event, options);
    if (result != nullptr && peal->published) {
      *result = &peal->publish_result;
    }
    return status;
  });
}

peal_error_t peal_publish_async(peal_t* peal, const peal_event_t* event,
                                const struct peal_publish_options* options,
                                peal_publish_callback_t callback, void* user) noexcept {
  return Guarded(peal, [&]() -> Status {
    PEAL_ASSIGN_OR_RETURN(const auto read, peal::c::ToOptions(event, options));
    return peal->client->Publish(event->event, read,
                                 peal::c::ToPublishCallback(peal, callback, user));
  });
}
