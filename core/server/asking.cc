#include "core/server/asking.h"

#include <algorithm>
#include <utility>

#include "core/log.h"
#include "fmt/format.h"

namespace peal::server {

using std::chrono::milliseconds;

absl::Status Asking::Wait(std::function<void()> done) {
  if (waiting_.size() >= kWaitingMax) {
    return absl::ResourceExhaustedError(fmt::format(
        "{} subscriptions wait until all daemons know of them; try again later", waiting_.size()));
  }
  waiting_.push_back({std::nullopt, loop_->Now() + kWaitMax, std::move(done)});
  ArmTimer();
  return absl::OkStatus();
}

void Asking::Update() {
  for (Waiting& waiting : waiting_) {
    waiting.number = waiting.number.value_or(order_->told_interest());
  }
  while (!waiting_.empty() && waiting_.front().number <= order_->known_interest()) {
    const Waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    first.done();
  }
}

void Asking::OnTimer() {
  timer_.reset();
  std::deque<Waiting> late;
  while (!waiting_.empty() && waiting_.front().deadline <= loop_->Now()) {
    late.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  if (!late.empty()) {
    log::Warn(
        "a daemon has not said within {} ms that it knows what is subscribed to here; until it "
        "does, it may not send what it publishes of that",
        kWaitMax.count());
  }
  for (const Waiting& each : late) {
    each.done();
  }
  ArmTimer();
}

void Asking::ArmTimer() {
  if (timer_ || waiting_.empty()) {
    return;
  }
  const auto delay = std::chrono::ceil<milliseconds>(waiting_.front().deadline - loop_->Now());
  timer_ = loop_->After(std::max(delay, milliseconds::zero()), [this] { OnTimer(); });
}

}  // namespace peal::server
