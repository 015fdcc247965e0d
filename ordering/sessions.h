// What client sessions had answered to their publishes: so that a publish which its client sends
// again is one event, also over another daemon. A part of the applied state: it depends on the log
// alone. A value; pure.
//
// A session's publishes are remembered from the first one on that its client may still send again.
// What is before that counts as answered: a late copy of one comes to nothing.
//
// Beyond the limits the session that was not used for longest is forgotten. So one is remembered
// until sessions_max other sessions have published, or answers_max events were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <vector>

#include "core/base/client_publish.h"
#include "ordering/output.h"
#include "proto/group.pb.h"

namespace peal::ordering {

class Sessions {
 public:
  struct Limits {
    size_t sessions_max = 65'536;
    // Publishes that are remembered, of all sessions together.
    size_t answers_max = 262'144;
    // From a session's first unanswered publish to its last. A client that leaves one unanswered
    // for longer counts as having its answer.
    uint64_t span_max = kClientSpanMax;
  };

  explicit Sessions(Limits limits) : limits_(limits) {}
  Sessions() : Sessions(Limits()) {}
  ~Sessions() = default;
  // Sessions hold places in one another's containers.
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;
  Sessions(Sessions&&) = default;
  Sessions& operator=(Sessions&&) = default;

  // What came of an earlier try; nullopt: this is the first, and Answer() is to follow. `publish`
  // is numbered.
  std::optional<EventResult> Repeated(const ClientPublish& publish);
  // What came of the publish that Repeated() was asked about last; with its entry's index.
  void Answer(const ClientPublish& publish, const EventResult& result);

  // Oldest first. What is ill-formed is left out when it is restored.
  void Save(google::protobuf::RepeatedPtrField<proto::KnownSession>* out) const;
  void Restore(const google::protobuf::RepeatedPtrField<proto::KnownSession>& known);

  size_t size() const { return by_use_.size(); }
  size_t answer_count() const { return answer_count_; }

 private:
  struct Known {
    uint64_t packed = 0;  // The result as one number: proto's KnownSession.answers.
    Index index;          // Of the entry that has the event, when it was given a number.
  };
  struct Session {
    ClientSession id{};
    ClientSequence answered_before;
    // Of the publishes from `answered_before` on, after `dropped` that are before it.
    std::vector<Known> answers;
    size_t dropped = 0;

    size_t count() const { return answers.size() - dropped; }
  };
  using ByUse = std::list<Session>;

  Session* Use(const ClientSession& id);
  void Advance(ClientSequence answered_before, Session* session);
  void ForgetOldest();

  Limits limits_;
  ByUse by_use_;  // The one that was used last is at the end.
  std::map<ClientSession, ByUse::iterator> by_id_;
  size_t answer_count_ = 0;
};

}  // namespace peal::ordering
