#include "tools/peal/bench_limits.h"

#include <fmt/format.h>

#include <chrono>

#include "ordering/corosync/cpg_bench.h"

namespace peal::tool {
namespace {

// Of each measurement.
constexpr std::chrono::milliseconds kTime{500};
// CPG moves most bytes in messages of such sizes.
constexpr size_t kLoneBytes = 256;
constexpr size_t kManyBytes[] = {8 << 10, 16 << 10, 32 << 10};

}  // namespace

std::optional<bench::DiskLimits> DiskLimitsOf(const std::string& folder) {
  const absl::StatusOr<bench::DiskLimits> limits = bench::MeasureDisk(folder, kTime);
  return limits.ok() ? std::optional(*limits) : std::nullopt;
}

bench::CoreLimits CoreLimitsHere() {
  return bench::MeasureCore(kTime);
}

std::optional<CpgLimits> CpgLimitsHere() {
  ordering::corosync::CpgBenchOptions options{.sizes = {kLoneBytes}, .time = kTime};
  options.sizes.insert(options.sizes.end(), std::begin(kManyBytes), std::end(kManyBytes));
  const auto rows = ordering::corosync::RunCpgBench(options);
  if (!rows.ok()) {
    return std::nullopt;
  }
  CpgLimits limits{.delivery_p50_us = rows->front().latency_p50_us};
  for (const ordering::corosync::CpgBenchRow& row : *rows) {
    if (row.bytes_per_s > limits.bytes_per_s) {
      limits.bytes_per_s = row.bytes_per_s;
      limits.best_bytes = row.message_bytes;
    }
  }
  return limits;
}

std::string LimitsText(const BenchLimits& limits) {
  std::string text = "limits:";
  if (limits.disk) {
    text += fmt::format(" fdatasync of 4KiB p50={:.0f}us p99={:.0f}us, disk MB/s={:.0f};",
                        limits.disk->sync_p50_us, limits.disk->sync_p99_us,
                        limits.disk->bytes_per_s / 1e6);
  }
  if (limits.core) {
    text += fmt::format(" one core: copy MB/s={:.0f} sha256 MB/s={:.0f};",
                        limits.core->copy_bytes_per_s / 1e6, limits.core->sha256_bytes_per_s / 1e6);
  }
  if (limits.cpg) {
    text += fmt::format(" raw CPG: own delivery p50={:.0f}us, MB/s={:.1f} at {} bytes;",
                        limits.cpg->delivery_p50_us, limits.cpg->bytes_per_s / 1e6,
                        limits.cpg->best_bytes);
  }
  const bool any = limits.disk || limits.core || limits.cpg;
  if (any) {
    text.pop_back();
  }
  return any ? text : text + " neither the disk nor corosync can be measured from here";
}

Json LimitsJson(const BenchLimits& limits) {
  Json json = Json::object();
  if (limits.disk) {
    json["syncp50us"] = limits.disk->sync_p50_us;
    json["syncp99us"] = limits.disk->sync_p99_us;
    json["diskbytespersecond"] = limits.disk->bytes_per_s;
  }
  if (limits.core) {
    json["copybytespersecond"] = limits.core->copy_bytes_per_s;
    json["sha256bytespersecond"] = limits.core->sha256_bytes_per_s;
  }
  if (limits.cpg) {
    json["cpgp50us"] = limits.cpg->delivery_p50_us;
    json["cpgbytespersecond"] = limits.cpg->bytes_per_s;
    json["cpgsize"] = limits.cpg->best_bytes;
  }
  return json;
}

}  // namespace peal::tool
