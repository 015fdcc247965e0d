#include "ordering/state.h"

#include <utility>

#include "ordering/entry.h"

namespace peal::ordering {
namespace {

void ToProto(const TailEntry& entry, proto::TailEntry* out) {
  *out->mutable_position() = ordering::ToProto(entry.position);
  out->set_epoch(entry.epoch.value());
  if (entry.batch) {
    *out->mutable_batch() = ordering::ToProto(*entry.batch);
  }
  if (entry.voters) {
    *out->mutable_voters() = ordering::ToProto(*entry.voters);
  }
}

TailEntry FromProto(const proto::TailEntry& entry) {
  TailEntry out;
  out.position = ordering::FromProto(entry.position());
  out.epoch = Epoch(entry.epoch());
  if (entry.has_batch()) {
    out.batch = ordering::FromProto(entry.batch());
  }
  if (entry.has_voters()) {
    out.voters = ordering::FromProto(entry.voters());
  }
  return out;
}

}  // namespace

const Voters& MemberState::voters() const {
  for (auto entry = tail.rbegin(); entry != tail.rend(); ++entry) {
    if (entry->voters) {
      return *entry->voters;
    }
  }
  return confirmed.voters;
}

bool MemberState::Has(const Position& position) const {
  if (position == confirmed.position) {
    return true;
  }
  for (const TailEntry& entry : tail) {
    if (entry.position == position) {
      return true;
    }
  }
  return false;
}

const TailEntry* MemberState::After(const Position& position) const {
  if (!Has(position)) {
    return nullptr;
  }
  for (const TailEntry& entry : tail) {
    if (entry.position.index == position.index.Next()) {
      return &entry;
    }
  }
  return nullptr;
}

Journals JournalsOf(const MemberStates& states) {
  Journals journals;
  for (const auto& [node, state] : states) {
    journals.emplace(node, state.journal);
  }
  return journals;
}

void ToProto(const MemberState& state, proto::State* out) {
  out->set_name(state.name);
  out->set_journal(state.journal.bytes);
  out->set_promised(state.promised.value());
  out->set_log_epoch(state.log_epoch.value());
  *out->mutable_confirmed() = ToProto(state.confirmed.position);
  out->set_committed(state.committed.value());
  *out->mutable_voters() = ToProto(state.confirmed.voters);
  for (const auto& [node, batch] : state.confirmed.origins.all()) {
    *out->add_origins() = ToProto(batch);
  }
  for (const TailEntry& entry : state.tail) {
    ToProto(entry, out->add_tail());
  }
  out->set_time_us(state.time_us);
  for (const ConfiguredNode& node : state.nodelist) {
    proto::ConfiguredNode* added = out->add_nodelist();
    added->set_node(node.node.value());
    added->set_name(node.name);
    added->set_votes(node.votes);
  }
  if (state.wish) {
    out->mutable_wish()->set_kind(static_cast<proto::VoterWish::Kind>(state.wish->kind));
    out->mutable_wish()->set_node(state.wish->node.value());
  }
  out->set_rule(ToProto(state.rule));
  out->set_standing(state.standing);
}

MemberState FromProto(NodeId sender, Incarnation incarnation, const proto::State& state) {
  MemberState out;
  out.node = sender;
  out.name = state.name();
  out.incarnation = incarnation;
  out.journal = JournalId{state.journal()};
  out.promised = Epoch(state.promised());
  out.log_epoch = Epoch(state.log_epoch());
  out.confirmed.position = FromProto(state.confirmed());
  out.confirmed.voters = FromProto(state.voters());
  out.committed = Index(state.committed());
  for (const proto::Origin& origin : state.origins()) {
    out.confirmed.origins.Take(FromProto(origin));
  }
  for (const proto::TailEntry& entry : state.tail()) {
    out.tail.push_back(FromProto(entry));
  }
  out.time_us = state.time_us();
  for (const proto::ConfiguredNode& node : state.nodelist()) {
    out.nodelist.push_back({NodeId(node.node()), node.name(), node.votes()});
  }
  if (state.has_wish()) {
    out.wish =
        VoterWish{static_cast<VoterWish::Kind>(state.wish().kind()), NodeId(state.wish().node())};
  }
  out.rule = FromProto(state.rule());
  out.standing = state.standing();
  return out;
}

}  // namespace peal::ordering
