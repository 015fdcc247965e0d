// A subscription over a feed and two journals that a test fills.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/server/subscription.h"
#include "fmt/format.h"
#include "tests/unit/server/taken_delivery.h"

namespace peal::server {
using Lines = std::vector<std::string>;
inline constexpr size_t kRoom = 1 << 20;

// What a delivered event is, in short: its type, and for a gap what it says.
inline std::string Line(const std::string& encoded) {
  proto::Event event;
  EXPECT_TRUE(event.ParseFromString(encoded));
  std::string line = event.type();
  if (event.globalseq() > 0) {
    line += fmt::format(" {}", event.globalseq());
  }
  for (const proto::Attribute& attribute : event.attributes()) {
    if (attribute.name() != "cause") {
      line += fmt::format(" {}={}", attribute.name(), attribute.value().integer());
    }
  }
  return line;
}

class SubscriptionFixture : public testing::Test {
 protected:
  SubscriptionFixture() { options_.node = "n1"; }

  // `padding` bytes make an event heavy.
  void Global(uint64_t globalseq, const std::string& type = "app.g", size_t padding = 0) {
    proto::Event event;
    event.set_type(type);
    event.set_globalseq(globalseq);
    event.set_data(std::string(padding, 'x'));
    feed_.AppendGlobal(Sequence(globalseq), type, event.SerializeAsString());
    fanout_.Advance();
    event.clear_globalseq();
    journal_.push_back({Sequence(globalseq), event.SerializeAsString()});
  }
  void Local(const std::string& type = "app.l", size_t padding = 0) {
    proto::Event event;
    event.set_type(type);
    event.set_data(std::string(padding, 'x'));
    local_journal_.push_back(
        {{feed_.last_local().Next(), feed_.last_global()}, event.SerializeAsString()});
    feed_.AppendLocal(type, event.SerializeAsString());
    fanout_.Advance();
  }

  Subscription Make(const std::vector<std::string>& types, proto::Subscribe::From from,
                    uint64_t from_sequence = 0,
                    proto::Subscribe::Scope scope = proto::Subscribe::ALL,
                    const std::string& where = "") {
    proto::Subscribe request;
    request.set_where(where);
    request.mutable_types()->Assign(types.begin(), types.end());
    request.set_from(from);
    request.set_from_sequence(from_sequence);
    request.set_scope(scope);
    return Make(request);
  }
  Subscription Make(const proto::Subscribe& request, const Place& place = {}) {
    absl::StatusOr<SubscriptionSpec> spec = ParseSubscribe(request);
    EXPECT_TRUE(spec.ok());
    spec->from_place = place;
    return Subscription(*spec, *fanout_.Keep(spec->types, spec->where), &options_, "n1-1-1.1",
                        [] {});
  }

  // Reads history when it is wanted, as the owner of a subscription does, then pulls.
  Lines Pull(Subscription* subscription, size_t bytes_max = kRoom) {
    TakenDelivery taken;
    std::optional<HistoryWish> wish = subscription->TakeHistoryWish();
    do {
      for (; wish; wish = subscription->TakeHistoryWish()) {
        Grant(*wish, subscription, taken.out());
      }
      subscription->Pull(bytes_max, taken.out());
      wish = subscription->TakeHistoryWish();
    } while (wish);
    Lines lines;
    const proto::Deliver deliver = taken.Take();
    for (const std::string& encoded : deliver.events()) {
      lines.push_back(Line(encoded));
    }
    return lines;
  }

  void Grant(const HistoryWish& wish, Subscription* subscription, Delivery* out) {
    switch (wish.kind) {
      case HistoryWish::Kind::kGlobals:
        subscription->TakeGlobals(ReadJournal(wish.global), journal_first_, out);
        break;
      case HistoryWish::Kind::kLocals:
        subscription->TakeLocals(ReadLocals(wish.local), out);
        break;
      case HistoryWish::Kind::kLocalsStart:
        subscription->TakeLocalsStart(LocalsAfter(wish.global));
        break;
    }
  }

  // Two events at a time.
  absl::StatusOr<EventChunk> ReadJournal(Sequence from) {
    if (!journal_status_.ok()) {
      return journal_status_;
    }
    if (journal_first_ == Sequence(0) || from < journal_first_) {
      return absl::NotFoundError("not held");
    }
    EventChunk events;
    for (const auto& [globalseq, encoded] : journal_) {
      if (globalseq >= from && events.size() < 2) {
        EXPECT_TRUE(events.Add(globalseq, Epoch(1), encoded));
      }
    }
    return events;
  }

  // The same.
  LocalChunk ReadLocals(LocalNumber from) {
    LocalChunk chunk{.events = {}, .through = feed_.last_local()};
    for (const LocalEvent& event : local_journal_) {
      const LocalNumber number = event.place.number;
      if (keeps_locals_ && number >= std::max(from, local_first_) && chunk.events.size() < 2) {
        chunk.events.push_back(event);
        chunk.through = number;
      }
    }
    return chunk;
  }
  LocalNumber LocalsAfter(Sequence global) {
    LocalNumber start(1);
    for (const LocalEvent& event : local_journal_) {
      start = event.place.after_global < global ? event.place.number.Next() : start;
    }
    return start;
  }

  ServerOptions options_;
  Feed feed_{10'000};
  Fanout fanout_{&feed_};
  std::vector<LocalEvent> local_journal_;
  bool keeps_locals_ = false;
  LocalNumber local_first_{1};
  std::vector<std::pair<Sequence, std::string>> journal_;
  Sequence journal_first_;  // 0: the journal holds nothing.
  absl::Status journal_status_;
};

}  // namespace peal::server
