// An order under a test's control: what it takes, when it commits, what it says.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/server/order.h"

namespace peal::testing_support {

class FakeOrder : public server::Order {
 public:
  struct VoterChange {
    proto::ClusterRequest::Action action;
    std::string node;
    server::StatusCallback done;
  };
  struct Submission {
    proto::Event event;
    server::SubmitOptions options;
    server::OutcomeCallback done;
  };

  struct DurableChange {
    proto::CursorChange change;
    server::OutcomeCallback done;
  };

  bool CanSubmit() const override { return ready; }
  bool IsPrimary(std::string* why) const override {
    *why = primary ? "" : "1 of 3 votes";
    return primary;
  }
  void Submit(const proto::Event& event, const server::SubmitOptions& options,
              server::OutcomeCallback done) override {
    PEAL_CHECK(ready);
    submissions.push_back({event, options, std::move(done)});
  }
  void Barrier(server::OutcomeCallback done) override {
    PEAL_CHECK(ready);
    barriers.push_back(std::move(done));
  }
  void ChangeDurable(const proto::CursorChange& change, server::OutcomeCallback done) override {
    PEAL_CHECK(ready);
    durable_changes.push_back({change, std::move(done)});
  }
  std::optional<server::DurablePlace> FindDurable(std::string_view name) const override {
    for (const server::DurablePlace& place : durables) {
      if (place.name == name) {
        return place;
      }
    }
    return std::nullopt;
  }
  std::vector<server::DurablePlace> Durables() const override { return durables; }
  Sequence applied() const override { return applied_sequence; }
  void FillStatus(proto::StatusReply* reply) const override {
    reply->set_phase(primary ? "primary" : "isolated");
    reply->set_globalseq(applied_sequence.value());
    reply->add_members()->set_name("n1");
  }
  void ChangeVoters(proto::ClusterRequest::Action action, const std::string& node,
                    std::chrono::milliseconds, server::StatusCallback done) override {
    voter_changes.push_back({action, node, std::move(done)});
  }
  void SetInterest(const Interest& wanted) override {
    interest = wanted;
    told_number = told_number.Next();
  }
  InterestNumber told_interest() const override { return told_number; }
  InterestNumber known_interest() const override { return known_number; }

  // Loses the primary component, or finds it again. The caller then calls OnOrderReady().
  void SetPrimary(bool value) {
    primary = value;
    ready = value;
  }

  // Commits the oldest submission and answers it. Returns its event, as it was submitted.
  proto::Event CommitNext() {
    PEAL_CHECK(!submissions.empty());
    Submission submission = std::move(submissions.front());
    submissions.pop_front();
    applied_sequence = applied_sequence.Next();
    submission.done({absl::OkStatus(), applied_sequence, Epoch(7), false});
    return submission.event;
  }

  // Applies the oldest change of a durable subscription's place and answers it. What it was.
  proto::CursorChange CommitDurable() {
    PEAL_CHECK(!durable_changes.empty());
    const DurableChange next = std::move(durable_changes.front());
    durable_changes.pop_front();
    next.done({Apply(next.change), Sequence(), Epoch(7)});
    return next.change;
  }
  // One that some daemon makes; `here`: this one.
  absl::Status Apply(const proto::CursorChange& change, bool here = true) {
    const auto known = std::find_if(
        durables.begin(), durables.end(),
        [&change](const server::DurablePlace& place) { return place.name == change.name(); });
    if (change.kind() == proto::CursorChange::HOLD) {
      server::DurablePlace place{change.name(), change.place(), change.owner()};
      if (known != durables.end()) {
        place = *known;
        durables.erase(known);
      } else if (!change.has_place()) {
        place.place.set_global(applied_sequence.value());
      }
      place.node = here ? "n1" : "n2";
      place.held_here = here;
      place.hold = change.hold();
      durables.push_back(place);
      return absl::OkStatus();
    }
    const bool held = known != durables.end() && known->held_here && known->hold == change.hold();
    if (change.kind() == proto::CursorChange::REMOVE && known != durables.end()) {
      durables.erase(known);
    } else if (!held) {
      return absl::AbortedError("not held");
    } else {
      known->place = change.place();
      if (change.kind() == proto::CursorChange::RELEASE) {
        known->node.clear();
        known->held_here = false;
      }
    }
    return absl::OkStatus();
  }

  bool ready = true;
  bool primary = true;
  Sequence applied_sequence;
  std::deque<Submission> submissions;
  std::deque<server::OutcomeCallback> barriers;
  std::deque<DurableChange> durable_changes;
  std::vector<server::DurablePlace> durables;
  std::vector<VoterChange> voter_changes;
  Interest interest;
  InterestNumber told_number;
  InterestNumber known_number;
};

}  // namespace peal::testing_support
