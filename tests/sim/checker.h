// What must hold of every run, whatever happened: the promises of docs/ordering.md, checked by code
// that shares nothing with the product but the format of what it shows. The first violation counts.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/server/order.h"
#include "ordering/entry.h"
#include "ordering/output.h"
#include "tests/sim/durable_model.h"
#include "tests/sim/stats.h"

namespace peal::sim {

// One submission of an event. Every submission has a token of its own, in the event's subject;
// retries of one event share its id.
struct Submission {
  uint32_t node = 0;
  uint64_t incarnation = 0;
  uint64_t number = 0;  // Within the incarnation.
  std::string id;
  bool dedup = false;
  std::string bytes;
  bool numbered = false;  // A client's publish, whose session and number tell that it is the same.
};

class Checker {
 public:
  // `may_jump`: a node may take over a state in place of the history that leads to it.
  Checker(Stats* stats, bool may_jump) : stats_(stats), may_jump_(may_jump) {}

  // A daemon starts; `shown` are the entries that its journal says are committed.
  void OnStart(uint32_t node, uint64_t incarnation, const std::vector<ordering::Entry>& shown);
  void OnSubmit(const std::string& token, Submission submission);
  void OnOutcome(const std::string& token, const server::Outcome& outcome);
  void OnRelease(uint32_t node, const ordering::Release& release);
  // A barrier that was asked for when `committed` was answered somewhere is passed.
  void OnBarrier(uint32_t node, uint64_t committed, uint64_t applied);
  // What a node says at the end that it has of durable subscriptions.
  void OnDurables(uint32_t node, uint64_t incarnation,
                  const std::vector<server::DurablePlace>& places);
  // At the end of the healing.
  void OnEnd();

  void Violate(const std::string& rule, const std::string& text);
  bool ok() const { return violation_.empty(); }
  const std::string& violation() const { return violation_; }

  // Highest globalseq that any publisher was answered.
  uint64_t answered() const { return answered_; }
  // Highest globalseq of the history.
  uint64_t sequence() const { return sequence_; }
  // A digest of all that was shown.
  std::string digest() const;

 private:
  struct Shown {
    ordering::EntryKind kind = ordering::EntryKind::kBatch;
    Epoch epoch;
    ordering::Chain chain{};
    std::string payload;
    std::vector<server::Outcome> results;  // Batch: what each event comes to.
    uint64_t first = 0;                    // Epoch: its first globalseq, and how many.
    uint64_t count = 0;
  };

  void See(uint32_t node, const ordering::Entry& entry);
  void Compare(uint32_t node, const ordering::Entry& entry);
  void Extend(uint32_t node, const ordering::Entry& entry);
  void ExtendEpoch(Shown* shown);
  void TakeVoters(const proto::Voters& voters);
  void ExtendBatch(Shown* shown);
  server::Outcome ExpectOfMark(const proto::BatchEvent& batched, const proto::BatchRecord& record);
  server::Outcome Expect(const proto::BatchEvent& batched, const std::string& session);
  server::Outcome ExpectOfFirstTry(const proto::BatchEvent& batched);
  void TakeEvent(const std::string& bytes, uint64_t sequence);
  void CheckFirstTry(const std::string& token, const std::string& event,
                     const std::string& answered);
  void CompareResults(uint32_t node, const Shown& shown, const ordering::Release& release);

  Stats* const stats_;
  const bool may_jump_;
  std::string violation_;
  std::vector<Shown> history_;
  // Shown before what precedes them, by a node that took over a state; by index.
  std::map<uint64_t, std::vector<std::pair<uint32_t, ordering::Entry>>> ahead_;
  uint64_t sequence_ = 0;
  uint64_t answered_ = 0;
  uint64_t last_epoch_ = 0;
  proto::Voters voters_;                         // Of the last Epoch entry.
  std::map<uint32_t, std::string> members_;      // Of the last Epoch entry.
  std::map<std::string, uint64_t> by_id_;        // Events with an id to be unique.
  std::map<uint64_t, std::string> by_sequence_;  // Tokens.
  // What came of a client's publish, by session and client sequence; and below which its client
  // said that it has all answers, by session.
  std::map<std::pair<std::string, uint64_t>, server::Outcome> by_publish_;
  std::map<std::string, uint64_t> unanswered_from_;
  std::set<std::string> published_once_;            // Ids of clients' publishes.
  std::map<std::string, std::string> first_tries_;  // By token: the event it was answered with.
  DurableModel durables_;
  std::set<std::string> seen_;                              // Tokens.
  std::map<std::pair<uint32_t, uint64_t>, uint64_t> last_;  // Number, by node and incarnation.
  std::map<std::string, Submission> submissions_;           // By token.
  std::map<std::string, uint64_t> outcomes_;                // By token.
  std::map<uint32_t, std::set<uint64_t>> started_;
  std::map<uint32_t, uint64_t> next_index_;
};

}  // namespace peal::sim
