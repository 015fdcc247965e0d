// An order under a test's control: what it takes, when it commits, what it says.
#pragma once

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
  void SetInterest(const std::vector<std::string>& classes) override { interest = classes; }

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

  bool ready = true;
  bool primary = true;
  Sequence applied_sequence;
  std::deque<Submission> submissions;
  std::deque<server::OutcomeCallback> barriers;
  std::vector<VoterChange> voter_changes;
  std::vector<std::string> interest;
};

}  // namespace peal::testing_support
