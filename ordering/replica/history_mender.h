// Mends what the journal has lost of long ago with what other members hold, and has the journal
// look for such damage.
//
// A piece at a time is asked of one member, verified by the chain, and given to the journal. A
// member that does not answer, or cannot help, is followed by the next. When none could, it is
// tried again now and then.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "core/journal/upkeep.h"
#include "ordering/input.h"
#include "ordering/output.h"

namespace peal::ordering {

// Loop thread only. The journal outlives it and what it has asked of it.
class HistoryMender {
 public:
  // A piece is scrubbed once in so many ticks.
  static constexpr uint32_t kScrubTicks = 5;
  // How long an answer is awaited.
  static constexpr uint32_t kAnswerTicks = 20;
  // When no member could help, how long until all are asked again.
  static constexpr uint32_t kRetryTicks = 200;

  // `ask` steps the machine.
  HistoryMender(journal::Upkeep* upkeep, std::function<void(const HistoryWanted&)> ask)
      : upkeep_(upkeep), ask_(std::move(ask)) {}

  // `others` are the members of the view but this one.
  void Tick(const std::set<NodeId>& others);
  void OnCame(const HistoryCame& came);

  // Something is damaged, and a member may still turn out to have it.
  bool hopeful() const { return !hopeless_ && upkeep_->damage().has_value(); }
  // For status: what is damaged and what becomes of it; empty: nothing.
  std::string Text() const;

 private:
  void Notice();
  void Ask();
  void GiveUpDonor();
  void OnMended(const absl::Status& status);

  journal::Upkeep* const upkeep_;
  const std::function<void(const HistoryWanted&)> ask_;
  std::set<NodeId> others_;
  uint32_t ticks_ = 0;
  std::string what_;        // The damage that is being mended, as last told.
  NodeId donor_;            // Whose answer is awaited; 0: nobody's.
  std::set<NodeId> asked_;  // In vain, since something was mended last.
  uint32_t waiting_ticks_ = 0;
  bool mending_ = false;  // The journal is at it.
  bool hopeless_ = false;
};

}  // namespace peal::ordering
