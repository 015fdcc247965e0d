// What of client sessions' publishes this daemon has in its hands, and how it answered local ones:
// so that one which comes again over another connection joins the first. Global ones that are
// answered are the order's to find again (ordering/sessions.h); local ones have no order.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/client_publish.h"
#include "core/server/answer.h"

namespace peal::server {

// Loop thread only.
class Repeats {
 public:
  // Beyond these the session that published longest ago is forgotten: its global publishes are
  // found again in the order, its local ones are not.
  static constexpr size_t kSessionsMax = 4'096;
  static constexpr size_t kHeldMax = 131'072;
  // Of one session, from its first unanswered publish on; beyond it the first are forgotten.
  static constexpr size_t kHeldOfSessionMax = kClientSpanMax;
  // Who waits for one publish beside the first who asked. Beyond it the oldest of them is told so:
  // Aborted.
  static constexpr size_t kJoinedMax = 4;

  enum class Kind { kNew, kInHand, kAnswered };
  struct Found {
    Kind kind = Kind::kNew;
    // kAnswered
    LocalSequence sequence;
    bool kept = true;
  };
  // A numbered publish comes; what is new is in hand from now on.
  Found Arrive(const ClientPublish& publish);
  // `done` waits for what is in hand.
  void Join(const ClientPublish& publish, AnswerCallback done);

  // A global one is answered: who waits for it too.
  std::vector<AnswerCallback> TakeJoined(const ClientPublish& publish);
  // The same of a local one, which had this number; `kept`: as its client had asked for.
  std::vector<AnswerCallback> AnsweredLocal(const ClientPublish& publish, LocalSequence sequence,
                                            bool kept);

  size_t session_count() const { return by_use_.size(); }
  size_t held_count() const { return held_count_; }

 private:
  struct Local {
    LocalSequence sequence;  // 0: in hand.
    bool kept = true;
  };
  using Held = std::map<ClientSequence, Local>;
  struct Session {
    ClientSession id{};
    Held held;
  };
  using ByUse = std::list<Session>;
  using Joined = std::map<std::pair<ClientSession, ClientSequence>, std::vector<AnswerCallback>>;

  Session* Use(const ClientSession& id);
  void Erase(Held* held, Held::iterator first, Held::iterator last);
  void Forget(ByUse::iterator session);
  std::vector<AnswerCallback> TakeWaiting(const ClientPublish& publish);

  ByUse by_use_;  // The one that published last is at the end.
  std::map<ClientSession, ByUse::iterator> by_id_;
  size_t held_count_ = 0;
  Joined joined_;
};

}  // namespace peal::server
