#include "tools/peal/paced_publisher.h"

#include <algorithm>
#include <cstring>

#include "core/base/status_macros.h"

namespace peal::tool {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBeat{1};

void Stamp(Clock::time_point now, std::string* data) {
  const Clock::rep ticks = now.time_since_epoch().count();
  data->resize(std::max(data->size(), sizeof ticks));
  std::memcpy(data->data(), &ticks, sizeof ticks);
}

}  // namespace

Clock::time_point PublishedAt(const Event& event) {
  Clock::rep ticks = 0;
  std::memcpy(&ticks, event.data->data(), std::min(event.data->size(), sizeof ticks));
  return Clock::time_point(Clock::duration(ticks));
}

PacedPublisher::PacedPublisher(Client* client, const PacedLoad& load,
                               std::chrono::milliseconds timeout)
    : client_(client), load_(load), timeout_(timeout), event_(load.event), data_(load.data_bytes) {}

Status PacedPublisher::Run() {
  const Clock::time_point start = Clock::now();
  Clock::time_point now = start;
  while (now - start < load_.time) {
    while (IsDue(now - start) && outstanding_ < client_->daemon().publish_window) {
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
  return {};
}

bool PacedPublisher::IsDue(std::chrono::duration<double> since_start) const {
  return load_.events_per_s == 0 ||
         static_cast<double>(published_) < since_start.count() * load_.events_per_s;
}

Status PacedPublisher::PublishOne() {
  event_.data = data_.Next();
  Stamp(Clock::now(), &*event_.data);
  PEAL_RETURN_IF_ERROR(
      client_->Publish(event_, {.timeout = timeout_}, [this](const PublishResult& result) {
        --outstanding_;
        failure_.Update(result.status);
      }));
  ++published_;
  ++outstanding_;
  return {};
}

}  // namespace peal::tool
