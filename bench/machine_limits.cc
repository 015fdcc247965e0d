#include "bench/machine_limits.h"

#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "bench/scratch_folder.h"
#include "core/base/check.h"
#include "core/base/percentile.h"
#include "core/base/sha256.h"
#include "core/base/status_macros.h"
#include "core/io/posix_file_ops.h"

namespace peal::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kSyncBytes = 4 << 10;
constexpr size_t kStreamBytes = 1 << 20;
// A file begins again at this size: the measurement needs no more room on the disk.
constexpr uint64_t kFileBytesMax = 256 << 20;
constexpr size_t kSamplesMax = 1'000'000;
constexpr size_t kPieceBytes = 32 << 10;
constexpr size_t kMemoryBytes = 64 << 20;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Appends and syncs pieces for `time`, at least one: the seconds that each took.
absl::StatusOr<std::vector<double>> AppendAndSync(io::File* file, size_t bytes,
                                                  std::chrono::milliseconds time) {
  const std::string piece(bytes, 'x');
  std::vector<double> seconds;
  uint64_t offset = 0;
  const Clock::time_point end = Clock::now() + time;
  do {
    const Clock::time_point start = Clock::now();
    PEAL_RETURN_IF_ERROR(file->WriteAt(offset, piece));
    PEAL_RETURN_IF_ERROR(file->Sync());
    seconds.push_back(SecondsSince(start));
    offset += bytes;
    if (offset >= kFileBytesMax) {
      PEAL_RETURN_IF_ERROR(file->Truncate(0));
      offset = 0;
    }
  } while (Clock::now() < end && seconds.size() < kSamplesMax);
  return seconds;
}

// Calls `work`, which handles one piece, for `time` at least once: bytes a second of this thread.
template <typename Work>
double BytesPerSecond(std::chrono::milliseconds time, const Work& work) {
  const double start = ThreadSeconds();
  const double least = std::chrono::duration<double>(time).count();
  double bytes = 0;
  double seconds = 0;
  do {
    work();
    bytes += static_cast<double>(kPieceBytes);
    seconds = ThreadSeconds() - start;
  } while (seconds < least || seconds <= 0);
  return bytes / seconds;
}

}  // namespace

double ThreadSeconds() {
  timespec time{};
  PEAL_CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

absl::StatusOr<DiskLimits> MeasureDisk(const std::string& folder, std::chrono::milliseconds time) {
  PEAL_ASSIGN_OR_RETURN(const ScratchFolder scratch, ScratchFolder::Make(folder));
  PEAL_ASSIGN_OR_RETURN(const std::unique_ptr<io::FileOps> files,
                        io::MakePosixFileOps(scratch.path()));
  PEAL_ASSIGN_OR_RETURN(const std::unique_ptr<io::File> file, files->Create("limit"));
  PEAL_ASSIGN_OR_RETURN(std::vector<double> syncs, AppendAndSync(file.get(), kSyncBytes, time));
  PEAL_RETURN_IF_ERROR(file->Truncate(0));
  PEAL_ASSIGN_OR_RETURN(const std::vector<double> streamed,
                        AppendAndSync(file.get(), kStreamBytes, time));
  std::sort(syncs.begin(), syncs.end());
  double seconds = 0;
  for (const double one : streamed) {
    seconds += one;
  }
  return DiskLimits{.sync_p50_us = base::Percentile(syncs, 0.50) * 1e6,
                    .sync_p99_us = base::Percentile(syncs, 0.99) * 1e6,
                    .bytes_per_s = static_cast<double>(streamed.size() * kStreamBytes) / seconds};
}

CoreLimits MeasureCore(std::chrono::milliseconds time) {
  const std::string from(kMemoryBytes, 'x');
  std::string to(kMemoryBytes, '\0');
  size_t at = 0;
  CoreLimits limits;
  limits.copy_bytes_per_s = BytesPerSecond(time, [&] {
    std::memcpy(to.data() + at, from.data() + at, kPieceBytes);
    at = (at + kPieceBytes) % kMemoryBytes;
  });
  // Hashing what was copied also keeps the copy from being dropped by the compiler.
  uint8_t mixed = 0;
  limits.sha256_bytes_per_s = BytesPerSecond(time, [&] {
    mixed ^= base::Sha256({std::string_view(to).substr(at, kPieceBytes)})[0];
    at = (at + kPieceBytes) % kMemoryBytes;
  });
  PEAL_CHECK(mixed <= UINT8_MAX);
  return limits;
}

}  // namespace peal::bench
