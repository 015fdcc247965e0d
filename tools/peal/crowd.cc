#include "tools/peal/crowd.h"

#include <poll.h>

#include "core/base/status_macros.h"
#include "fmt/format.h"
#include "tools/peal/paced_publisher.h"
#include "tools/peal/session.h"

namespace peal::tool {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kCrowdBeat{1};

}  // namespace

Result<std::unique_ptr<Crowd>> Crowd::Gather(const Context& context, const CrowdOptions& options) {
  std::unique_ptr<Crowd> crowd(new Crowd(options));
  for (uint64_t i = 0; i < options.subscribers + options.stopped; ++i) {
    PEAL_RETURN_IF_ERROR(crowd->Add(context, i >= options.subscribers));
  }
  return crowd;
}

Crowd::~Crowd() {
  expected_ = 0;
  if (thread_.joinable()) {
    thread_.join();
  }
}

Status Crowd::Add(const Context& context, bool stopped) {
  PEAL_ASSIGN_OR_RETURN(std::unique_ptr<Client> client, Connect(context, "bench subscribe"));
  SubscribeOptions subscription = options_.subscription;
  subscription.on_end = [this](const Status& why) { failure_.Update(why); };
  PEAL_RETURN_IF_ERROR(client
                           ->Subscribe(
                               subscription,
                               [this](const Event& event) {
                                 ++delivered_;
                                 if (options_.measures) {
                                   latencies_.Add(
                                       std::chrono::duration_cast<std::chrono::microseconds>(
                                           Clock::now() - PublishedAt(event)));
                                 }
                               },
                               context.timeout)
                           .status());
  (stopped ? stopped_ : clients_).push_back(std::move(client));
  return {};
}

void Crowd::Start(milliseconds patience) {
  thread_ = std::thread([this, patience] { Read(patience); });
}

void Crowd::Read(milliseconds patience) {
  Clock::time_point progress = Clock::now();
  while (failure_.ok() && delivered_ < expected_ && Clock::now() - progress < patience) {
    const uint64_t before = delivered_;
    failure_.Update(Dispatch());
    progress = delivered_ == before ? progress : Clock::now();
  }
}

Status Crowd::Dispatch() {
  std::vector<pollfd> waiting;
  waiting.reserve(clients_.size());
  for (const auto& client : clients_) {
    waiting.push_back({.fd = client->fd(), .events = client->poll_events(), .revents = 0});
  }
  if (poll(waiting.data(), waiting.size(), kCrowdBeat.count()) <= 0) {
    return {};
  }
  for (size_t i = 0; i < clients_.size(); ++i) {
    if (waiting[i].revents != 0) {
      PEAL_RETURN_IF_ERROR(clients_[i]->Dispatch(milliseconds(0)));
    }
  }
  return {};
}

Status Crowd::Finish(uint64_t events) {
  expected_ = events * clients_.size();
  thread_.join();
  PEAL_RETURN_IF_ERROR(failure_);
  if (delivered_ < expected_) {
    return {ErrorKind::kTimedOut, fmt::format("{} of {} events arrived at {} subscribers",
                                              delivered_, expected_.load(), clients_.size())};
  }
  return {};
}

}  // namespace peal::tool
