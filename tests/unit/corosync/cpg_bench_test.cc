#include "ordering/corosync/cpg_bench.h"

#include <gtest/gtest.h>

namespace peal::ordering::corosync {
namespace {

TEST(RunCpgBench, RefusesSizesThatCpgCannotCarry) {
  CpgBenchOptions options;

  options.sizes = {1'047'553};
  EXPECT_EQ(RunCpgBench(options).status().code(), absl::StatusCode::kInvalidArgument);

  options.sizes = {64, 7};
  EXPECT_EQ(RunCpgBench(options).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace peal::ordering::corosync
