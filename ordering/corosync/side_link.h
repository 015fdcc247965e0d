// The side thread's work: corosync's quorum, and changes of the nodelist at run time.
#pragma once

#include <chrono>
#include <memory>

#include "absl/status/status.h"
#include "ordering/corosync/cpg_link.h"

namespace peal::ordering::corosync {

// Runs on one thread of its own, beside the CPG thread, because its calls wait for the daemon's
// answer and the CPG socket must be drained meanwhile. Connects again by itself.
class SideLink {
 public:
  explicit SideLink(std::shared_ptr<LinkShared> shared) : shared_(std::move(shared)) {}

  // Until Wish::kStop.
  void Run();

 private:
  static constexpr std::chrono::milliseconds kBackOffMin{100};
  static constexpr std::chrono::milliseconds kBackOffMax{2000};

  // Returns why the connection ended. `was_up`: it was made.
  absl::Status WatchUntilLost(bool* was_up);
  bool Stopped() const { return shared_->side_control.wish() == Wish::kStop; }

  const std::shared_ptr<LinkShared> shared_;
};

}  // namespace peal::ordering::corosync
