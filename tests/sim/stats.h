// How often each kind of fault and each branch of the protocol occurred: a simulator that never
// reaches a branch does not test it. A plain value, so that it can live in shared memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace peal::sim {

enum class Count : uint8_t {
  // What the group did.
  kRings,
  kRingsAborted,
  kUnmarkedReturns,
  kTransitionalTails,
  kTransitionalWithGap,
  kSelfDeliveredOnly,
  kSentInLaterView,
  kStaleSelfDelivery,
  kGhosts,
  kTornStreams,
  kProcessViews,
  kReusedPids,
  kQuorumBeforeView,
  kQuorumAfterView,
  kQuorumMissing,
  kQuorumLies,
  kBusy,
  kDroppedAtSender,
  // What the nemesis did.
  kPartitions,
  kHeals,
  kFlaps,
  kProcessCrashes,
  kPowerLosses,
  kPowerLossOfAll,
  kCorosyncCrashes,
  kConnectionsLost,
  kCorosyncPauses,
  kDaemonPauses,
  kEgressLosses,
  kEmptiedDisks,
  kRestoredDisks,
  kUnsyncedLost,
  kCheckpoints,
  kDiskFailures,
  // What the protocol did.
  kStates,
  kAmbiguousTails,
  kSeveralCandidates,
  kRoundsAsked,
  kPromises,
  kEpochs,
  kBatches,
  kBatchesAgain,
  kFetches,
  kTransfers,
  kBlockedByAmbiguity,
  kCatchUps,
  kOutOfStep,
  kNotCarried,
  kLeftOut,
  kAdmissions,
  kRecoveredWithLog,
  kRecoveredAmbiguous,
  // What the publishers saw.
  kEventsSubmitted,
  kEventsInHistory,
  kRetries,
  kDuplicatesAnswered,
  kOutcomesOk,
  kOutcomesUnknown,
  kBarriers,
  kEntriesShown,
  // The run itself.
  kSteps,
  kVirtualSeconds,
  kHealTicks,
  kExcusedByAmbiguity,
  kCount
};

inline constexpr std::array<std::string_view, static_cast<size_t>(Count::kCount)> kCountNames = {
    "rings",
    "rings aborted in the sync",
    "unmarked returns",
    "transitional messages delivered",
    "transitional messages beyond a gap",
    "messages only their sender delivered",
    "messages sent in a later ring",
    "stale self-deliveries after a pause",
    "ghost members",
    "messages lost in torn streams",
    "views within a ring",
    "process ids used again",
    "quorum notices before the view",
    "quorum notices after the view",
    "quorum notices missing",
    "quorate minorities",
    "long TRY_AGAIN",
    "messages dropped after CS_OK",
    "partitions",
    "heals",
    "flaps",
    "daemon crashes",
    "power losses",
    "power losses of all",
    "corosync crashes",
    "connections lost",
    "corosync pauses",
    "daemon pauses",
    "senders that nobody hears",
    "emptied disks",
    "restored disks",
    "crashes that lost unsynced writes",
    "checkpoints",
    "disk failures",
    "states sent",
    "states with an ambiguous tail",
    "rounds with several candidates",
    "rounds asked for",
    "promises sent",
    "epochs in the history",
    "batches sent",
    "batches sent again",
    "fetches sent",
    "transfers sent",
    "blocked by ambiguity",
    "catch-ups",
    "out of step",
    "not carried by corosync",
    "left out of a round",
    "journals admitted",
    "restarts with a log",
    "restarts with an ambiguous tail",
    "events submitted",
    "events in the history",
    "retries of unknown outcomes",
    "duplicates answered",
    "outcomes ok",
    "outcomes unknown for good",
    "barriers answered",
    "entries shown",
    "steps",
    "virtual seconds",
    "ticks to heal",
    "runs blocked by a witness lost for good",
};

struct Stats {
  std::array<uint64_t, static_cast<size_t>(Count::kCount)> counts{};

  void Add(Count what, uint64_t n = 1) { counts[static_cast<size_t>(what)] += n; }
  uint64_t Get(Count what) const { return counts[static_cast<size_t>(what)]; }
};

}  // namespace peal::sim
