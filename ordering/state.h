// What a member says of itself at the start of a round, as the install decision reads it. Values;
// pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ordering/log.h"
#include "ordering/origins.h"
#include "ordering/types.h"
#include "ordering/voters.h"
#include "proto/group.pb.h"

namespace peal::ordering {

// An entry beyond what is confirmed.
struct TailEntry {
  Position position;
  Epoch epoch;
  std::optional<BatchId> batch;  // A Batch entry's.
  std::optional<Voters> voters;  // An Epoch entry's.
};

struct MemberState {
  NodeId node;
  std::string name;
  Incarnation incarnation;
  JournalId journal;
  Epoch promised;
  // The epoch whose Epoch entry was last made durable here: which log this is.
  Epoch log_epoch;
  Log::Point confirmed;
  Index committed;
  std::vector<TailEntry> tail;
  int64_t time_us = 0;
  std::vector<ConfiguredNode> nodelist;
  std::optional<VoterWish> wish;
  QuorumRule rule = QuorumRule::kMajority;  // As it is configured.
  // It was in the order, and has had corosync's quorum ever since: where corosync decides who goes
  // on, nobody went on without it.
  bool standing = false;

  bool log_empty() const { return confirmed.position.index == Index(0) && tail.empty(); }
  bool wants_bootstrap() const { return wish && wish->kind == VoterWish::Kind::kBootstrap; }
  // The voters as of the last entry, ambiguous ones included.
  const Voters& voters() const;
  // Whether this log has exactly this position, as far as the state tells.
  bool Has(const Position& position) const;
  // The entry after `position`, when this log has `position` and goes on.
  const TailEntry* After(const Position& position) const;
};

using MemberStates = std::map<NodeId, MemberState>;

Journals JournalsOf(const MemberStates& states);

// `sender` and `incarnation` come from the envelope. Fills all of `state` but ring, members,
// interest.
void ToProto(const MemberState& state, proto::State* out);
MemberState FromProto(NodeId sender, Incarnation incarnation, const proto::State& state);

}  // namespace peal::ordering
