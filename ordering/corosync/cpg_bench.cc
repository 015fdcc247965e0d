#include "ordering/corosync/cpg_bench.h"

#include <corosync/cpg.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "core/base/percentile.h"
#include "core/base/status_macros.h"
#include "ordering/corosync/cs_status.h"
#include "ordering/corosync/send_gate.h"

namespace peal::ordering::corosync {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kSizeMin = 8;
constexpr size_t kSizeMax = 1'047'552;
constexpr std::chrono::seconds kSilenceMax{10};
constexpr uint64_t kLatencySamplesMax = 1'000'000;

// A member of a group of its own, on one thread.
class Bench {
 public:
  Bench() = default;
  ~Bench() {
    if (handle_ != 0) {
      cpg_finalize(handle_);
    }
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  absl::Status Join();
  absl::Status MeasureLatency(const CpgBenchOptions& options, CpgBenchRow* row);
  absl::Status MeasureThroughput(const CpgBenchOptions& options, CpgBenchRow* row);

 private:
  absl::StatusOr<bool> Send(std::string* message);
  // Takes what is there; waits up to a millisecond when `wait`.
  absl::Status Dispatch(bool wait);
  absl::Status SendWhenPossible(std::string* message);
  absl::Status AwaitDelivery(uint64_t count);

  static Bench* Self(cpg_handle_t handle);

  cpg_handle_t handle_ = 0;
  int fd_ = -1;
  SendGate gate_;
  bool member_ = false;
  uint64_t sent_ = 0;
  uint64_t delivered_ = 0;
  Clock::time_point progress_ = Clock::now();
};

Bench* Bench::Self(cpg_handle_t handle) {
  void* context = nullptr;
  return cpg_context_get(handle, &context) == CS_OK ? static_cast<Bench*>(context) : nullptr;
}

absl::Status Bench::Join() {
  cpg_model_v1_data_t model{};
  model.model = CPG_MODEL_V1;
  model.cpg_deliver_fn = [](cpg_handle_t handle, const cpg_name*, uint32_t, uint32_t, void*,
                            size_t) noexcept { Self(handle)->delivered_++; };
  model.cpg_confchg_fn = [](cpg_handle_t handle, const cpg_name*, const cpg_address*, size_t,
                            const cpg_address*, size_t, const cpg_address*,
                            size_t) noexcept { Self(handle)->member_ = true; };
  PEAL_RETURN_IF_ERROR(
      CsStatus(cpg_model_initialize(&handle_, CPG_MODEL_V1,
                                    reinterpret_cast<cpg_model_data_t*>(&model), this),
               "cpg_model_initialize"));
  PEAL_RETURN_IF_ERROR(CsStatus(cpg_fd_get(handle_, &fd_), "cpg_fd_get"));
  unsigned int node = 0;
  PEAL_RETURN_IF_ERROR(CsStatus(cpg_local_get(handle_, &node), "cpg_local_get"));
  // Of this process on this node, so that two measurements do not hear each other.
  const std::string name = fmt::format("peal-bench-{}-{}", node, getpid());
  cpg_name group{};
  group.length = static_cast<uint32_t>(name.size());
  std::memcpy(group.value, name.data(), name.size());
  PEAL_RETURN_IF_ERROR(CsStatus(cpg_join(handle_, &group), "cpg_join"));
  gate_.Open(handle_, fd_);
  progress_ = Clock::now();
  while (!member_) {
    PEAL_RETURN_IF_ERROR(Dispatch(true));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Bench::Send(std::string* message) {
  cs_error_t error = CS_OK;
  switch (gate_.Send(message, &error)) {
    case SendResult::kSent:
      sent_++;
      return true;
    case SendResult::kBusy:
    case SendResult::kClosed:
      return false;
    case SendResult::kFailed:
      break;
  }
  return CsStatus(error, "cpg_mcast_joined");
}

absl::Status Bench::Dispatch(bool wait) {
  pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
  if (poll(&ready, 1, wait ? 1 : 0) > 0) {
    cs_error_t error = CS_OK;
    const uint64_t before = delivered_;
    while (error == CS_OK && delivered_ - before < 256) {
      error = cpg_dispatch(handle_, CS_DISPATCH_ONE_NONBLOCKING);
    }
    if (error != CS_OK && error != CS_ERR_TRY_AGAIN) {
      return CsStatus(error, "cpg_dispatch");
    }
    progress_ = Clock::now();
  }
  if (Clock::now() - progress_ > kSilenceMax) {
    return absl::DeadlineExceededError("corosync delivered nothing for 10 s");
  }
  return absl::OkStatus();
}

absl::Status Bench::SendWhenPossible(std::string* message) {
  while (true) {
    PEAL_ASSIGN_OR_RETURN(const bool sent, Send(message));
    if (sent) {
      return absl::OkStatus();
    }
    PEAL_RETURN_IF_ERROR(Dispatch(true));
  }
}

absl::Status Bench::AwaitDelivery(uint64_t count) {
  while (delivered_ < count) {
    PEAL_RETURN_IF_ERROR(Dispatch(true));
  }
  return absl::OkStatus();
}

absl::Status Bench::MeasureLatency(const CpgBenchOptions& options, CpgBenchRow* row) {
  std::string message(row->message_bytes, 'x');
  std::vector<double> samples;
  const uint64_t count_max = std::min(options.count_max, kLatencySamplesMax);
  const Clock::time_point end = Clock::now() + options.time;
  while (Clock::now() < end && samples.size() < count_max) {
    const Clock::time_point start = Clock::now();
    PEAL_RETURN_IF_ERROR(SendWhenPossible(&message));
    PEAL_RETURN_IF_ERROR(AwaitDelivery(sent_));
    samples.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  std::sort(samples.begin(), samples.end());
  row->latency_count = samples.size();
  row->latency_p50_us = base::Percentile(samples, 0.50);
  row->latency_p99_us = base::Percentile(samples, 0.99);
  row->latency_max_us = samples.empty() ? 0 : samples.back();
  return absl::OkStatus();
}

absl::Status Bench::MeasureThroughput(const CpgBenchOptions& options, CpgBenchRow* row) {
  std::string message(row->message_bytes, 'x');
  const uint64_t window = std::clamp<uint64_t>(options.window_bytes / row->message_bytes, 1,
                                               std::max<uint64_t>(options.window_count, 1));
  const uint64_t sent_before = sent_;
  const Clock::time_point start = Clock::now();
  const Clock::time_point end = start + options.time;
  while (Clock::now() < end && sent_ - sent_before < options.count_max) {
    bool sent = false;
    if (sent_ - delivered_ < window) {
      PEAL_ASSIGN_OR_RETURN(sent, Send(&message));
    }
    PEAL_RETURN_IF_ERROR(Dispatch(!sent));
  }
  PEAL_RETURN_IF_ERROR(AwaitDelivery(sent_));
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  row->messages_per_s = static_cast<double>(sent_ - sent_before) / seconds;
  row->bytes_per_s = row->messages_per_s * static_cast<double>(row->message_bytes);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<CpgBenchRow>> RunCpgBench(const CpgBenchOptions& options) {
  for (size_t size : options.sizes) {
    if (size < kSizeMin || size > kSizeMax) {
      return absl::InvalidArgumentError(
          fmt::format("message size {}: {} to {} bytes", size, kSizeMin, kSizeMax));
    }
  }
  Bench bench;
  PEAL_RETURN_IF_ERROR(bench.Join());
  std::vector<CpgBenchRow> rows;
  for (size_t size : options.sizes) {
    CpgBenchRow row{.message_bytes = size};
    PEAL_RETURN_IF_ERROR(bench.MeasureLatency(options, &row));
    PEAL_RETURN_IF_ERROR(bench.MeasureThroughput(options, &row));
    rows.push_back(row);
  }
  return rows;
}

}  // namespace peal::ordering::corosync
