#include "tools/peal/publish_load.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "bench/random_bytes.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "tools/peal/session.h"

namespace peal::tool {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

// What one publisher is to do.
struct Share {
  uint64_t outstanding = 1;
  uint64_t count = 0;
};

// One publisher's run. Not thread-safe.
class Publisher {
 public:
  Publisher(Client* client, const PublishLoadOptions& options, const Share& share,
            std::chrono::milliseconds timeout)
      : client_(client),
        options_(options),
        event_(options.event),
        data_(options.data_bytes),
        publish_options_{.ack = options.ack, .timeout = timeout},
        outstanding_max_(std::min(share.outstanding, client->daemon().publish_window)),
        count_max_(share.count) {}

  Status Run() {
    start_ = Clock::now();
    while (outstanding_ > 0 || !enough()) {
      PEAL_CHECK(outstanding_ <= outstanding_max_);
      while (outstanding_ < outstanding_max_ && !enough()) {
        PublishOne();
      }
      // Also without anything outstanding: publishing itself may have failed.
      PEAL_RETURN_IF_ERROR(failure_);
      PEAL_RETURN_IF_ERROR(client_->Dispatch(publish_options_.timeout));
    }
    return failure_;
  }

  uint64_t outstanding_max() const { return outstanding_max_; }
  const Latencies& latencies() const { return latencies_; }

 private:
  bool enough() const {
    return !failure_.ok() ||
           (count_max_ != 0 ? published_ >= count_max_ : Clock::now() - start_ >= options_.time);
  }

  void PublishOne() {
    const Clock::time_point asked = Clock::now();
    event_.data = data_.Next();
    const Status published =
        client_->Publish(event_, publish_options_, [this, asked](const PublishResult& result) {
          --outstanding_;
          latencies_.Add(std::chrono::duration_cast<microseconds>(Clock::now() - asked));
          failure_.Update(result.status);
        });
    failure_.Update(published);
    if (published.ok()) {
      ++published_;
      ++outstanding_;
    }
  }

  Client* const client_;
  const PublishLoadOptions& options_;
  Event event_;
  bench::RandomBytes data_;
  const PublishOptions publish_options_;
  const uint64_t outstanding_max_;
  const uint64_t count_max_;
  Clock::time_point start_;
  uint64_t published_ = 0;
  uint64_t outstanding_ = 0;
  Status failure_;
  Latencies latencies_;
};

// The part of `total` that is the `i`th of `parts`, as even as can be.
uint64_t PartOf(uint64_t total, uint64_t i, uint64_t parts) {
  return total / parts + (i < total % parts ? 1 : 0);
}

}  // namespace

Result<PublishLoadResult> RunPublishLoad(const Context& context,
                                         const PublishLoadOptions& options) {
  PEAL_CHECK(options.publishers > 0);
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::unique_ptr<Publisher>> publishers;
  for (uint64_t i = 0; i < options.publishers; ++i) {
    const Share share{
        .outstanding = std::max<uint64_t>(PartOf(options.outstanding, i, options.publishers), 1),
        .count = PartOf(options.count, i, options.publishers)};
    if (options.count != 0 && share.count == 0) {
      break;  // Fewer events than publishers.
    }
    PEAL_ASSIGN_OR_RETURN(std::unique_ptr<Client> client, Connect(context, "bench publish"));
    publishers.push_back(
        std::make_unique<Publisher>(client.get(), options, share, context.timeout));
    clients.push_back(std::move(client));
  }

  std::vector<Status> statuses(publishers.size());
  std::vector<std::thread> threads;
  const Clock::time_point start = Clock::now();
  for (size_t i = 1; i < publishers.size(); ++i) {
    threads.emplace_back([&, i] { statuses[i] = publishers[i]->Run(); });
  }
  statuses[0] = publishers[0]->Run();
  for (std::thread& thread : threads) {
    thread.join();
  }
  PublishLoadResult result;
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  for (size_t i = 0; i < publishers.size(); ++i) {
    PEAL_RETURN_IF_ERROR(statuses[i]);
    result.outstanding += publishers[i]->outstanding_max();
    result.latencies.Add(publishers[i]->latencies());
  }
  return result;
}

}  // namespace peal::tool
