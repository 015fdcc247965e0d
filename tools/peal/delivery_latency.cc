#include "tools/peal/delivery_latency.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <thread>

#include "bench/random_bytes.h"
#include "core/base/status_macros.h"
#include "fmt/format.h"
#include "tools/peal/session.h"

namespace peal::tool {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kBeat{1};

void Stamp(Clock::time_point now, std::string* data) {
  const Clock::rep ticks = now.time_since_epoch().count();
  data->resize(std::max(data->size(), sizeof ticks));
  std::memcpy(data->data(), &ticks, sizeof ticks);
}

Clock::time_point StampOf(const std::string& data) {
  Clock::rep ticks = 0;
  std::memcpy(&ticks, data.data(), std::min(data.size(), sizeof ticks));
  return Clock::time_point(Clock::duration(ticks));
}

// Publishes on the caller's thread. Not thread-safe.
class PacedPublisher {
 public:
  PacedPublisher(Client* client, const DeliveryLatencyOptions& options, milliseconds timeout)
      : client_(client),
        options_(options),
        timeout_(timeout),
        event_(options.event),
        data_(options.data_bytes) {}

  absl::Status Run() {
    const Clock::time_point start = Clock::now();
    Clock::time_point now = start;
    while (now - start < options_.time) {
      const double due = std::chrono::duration<double>(now - start).count() * options_.events_per_s;
      while (static_cast<double>(published_) < due &&
             outstanding_ < client_->daemon().publish_window) {
        PEAL_RETURN_IF_ERROR(PublishOne());
      }
      PEAL_RETURN_IF_ERROR(client_->Dispatch(kBeat));
      PEAL_RETURN_IF_ERROR(failure_);
      now = Clock::now();
    }
    seconds_ = std::chrono::duration<double>(now - start).count();
    while (outstanding_ > 0) {
      PEAL_RETURN_IF_ERROR(client_->Dispatch(timeout_));
      PEAL_RETURN_IF_ERROR(failure_);
    }
    return absl::OkStatus();
  }

  uint64_t published() const { return published_; }
  double seconds() const { return seconds_; }

 private:
  absl::Status PublishOne() {
    event_.data = data_.Next();
    Stamp(Clock::now(), &*event_.data);
    PEAL_RETURN_IF_ERROR(
        client_->Publish(event_, {.timeout = timeout_}, [this](const PublishResult& result) {
          --outstanding_;
          failure_.Update(result.status);
        }));
    ++published_;
    ++outstanding_;
    return absl::OkStatus();
  }

  Client* const client_;
  const DeliveryLatencyOptions& options_;
  const milliseconds timeout_;
  Event event_;
  bench::RandomBytes data_;
  uint64_t published_ = 0;
  uint64_t outstanding_ = 0;
  double seconds_ = 0;
  absl::Status failure_;
};

}  // namespace

absl::StatusOr<DeliveryLatencyResult> MeasureDeliveryLatency(
    const Context& context, const DeliveryLatencyOptions& options) {
  Context other = context;
  other.socket_path = options.subscriber_socket;
  PEAL_ASSIGN_OR_RETURN(const std::unique_ptr<Client> publishing,
                        Connect(context, "bench publish"));
  PEAL_ASSIGN_OR_RETURN(const std::unique_ptr<Client> subscribing, Connect(other, "bench publish"));
  DeliveryLatencyResult result{.subscriber_node = subscribing->daemon().node};
  PEAL_RETURN_IF_ERROR(subscribing
                           ->Subscribe(
                               {.types = {options.event.type}},
                               [&result](const Event& event) {
                                 result.latencies.Add(
                                     std::chrono::duration_cast<std::chrono::microseconds>(
                                         Clock::now() - StampOf(*event.data)));
                               },
                               context.timeout)
                           .status());

  // The subscriber's own thread ends when it has them all, or nothing has come for long.
  std::atomic<uint64_t> expected{UINT64_MAX};
  absl::Status subscribed;
  std::thread subscriber([&] {
    Clock::time_point progress = Clock::now();
    uint64_t seen = 0;
    while (subscribed.ok() && seen < expected && Clock::now() - progress < context.timeout) {
      subscribed = subscribing->Dispatch(kBeat);
      progress = result.latencies.count() == seen ? progress : Clock::now();
      seen = result.latencies.count();
    }
  });
  PacedPublisher publisher(publishing.get(), options, context.timeout);
  const absl::Status published = publisher.Run();
  expected = published.ok() ? publisher.published() : 0;
  subscriber.join();
  PEAL_RETURN_IF_ERROR(published);
  PEAL_RETURN_IF_ERROR(subscribed);
  if (result.latencies.count() < publisher.published()) {
    return absl::DeadlineExceededError(fmt::format("{} of {} events arrived at the subscriber",
                                                   result.latencies.count(),
                                                   publisher.published()));
  }
  result.events_per_s = static_cast<double>(publisher.published()) / publisher.seconds();
  return result;
}

}  // namespace peal::tool
