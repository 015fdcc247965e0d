#include "bench/machine_limits.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_folder.h"

namespace peal::bench {
namespace {

using std::chrono::milliseconds;

TEST(MachineLimits, DiskIsMeasuredInTheFolderAndLeavesNothing) {
  const testing_support::TempFolder folder;

  const auto limits = MeasureDisk(folder.path(), milliseconds(5));

  ASSERT_TRUE(limits.ok()) << limits.status();
  EXPECT_GT(limits->sync_p50_us, 0);
  EXPECT_GE(limits->sync_p99_us, limits->sync_p50_us);
  EXPECT_GT(limits->bytes_per_s, 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(MachineLimits, AFolderThatIsNotThereIsNamed) {
  const auto limits = MeasureDisk("/nonexistent", milliseconds(1));

  EXPECT_EQ(limits.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(limits.status().message().find("/nonexistent: No such"), std::string::npos);
}

TEST(MachineLimits, CopyingIsQuickerThanHashing) {
  const CoreLimits limits = MeasureCore(milliseconds(20));

  EXPECT_GT(limits.sha256_bytes_per_s, 1e6);
#if defined(__SANITIZE_THREAD__)
  // It looks at every copied byte, and at none that OpenSSL hashes.
  EXPECT_GT(limits.copy_bytes_per_s, 1e6);
#else
  EXPECT_GT(limits.copy_bytes_per_s, limits.sha256_bytes_per_s);
#endif
}

}  // namespace
}  // namespace peal::bench
