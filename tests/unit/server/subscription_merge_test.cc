// Subscriptions against a simple model: whatever happens meanwhile, what one gets and what it is
// told it does not get is exactly the history, once and in order.
//
// What happens comes from a seed, which a failure names.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/server/subscription.h"
#include "fmt/format.h"
#include "tests/support/local_disk.h"
#include "tests/support/manual_loop.h"
#include "tests/unit/server/taken_delivery.h"

namespace peal::server {
namespace {

using testing_support::LocalDisk;
using testing_support::ManualLoop;

constexpr size_t kFeedBytes = 2000;
constexpr int kSteps = 400;

// An event that was shown, in the order of showing.
struct Shown {
  bool local = false;
  uint64_t number = 0;
  uint64_t after_global = 0;  // Of a local one.
};

// A subscription, and what it has got.
struct Reader {
  Reader(const SubscriptionSpec& wanted, Fanout* fanout, const ServerOptions* options)
      : subscription(wanted, *fanout->Keep({}, ""), options, "n1-1-1.1", [] {}) {}

  void Take(const proto::Deliver& deliver) {
    for (const std::string& encoded : deliver.events()) {
      proto::Event event;
      ASSERT_TRUE(event.ParseFromString(encoded));
      if (event.type() == "peal.gap") {
        TakeGap(event);
      } else if (event.globalseq() > 0) {
        EXPECT_EQ(event.globalseq(), global);
        global = event.globalseq() + 1;
        got.push_back({.local = false, .number = event.globalseq()});
      } else {
        const uint64_t number = std::stoull(event.data());
        local = local ? local : number - local_gap_before_first;
        EXPECT_EQ(number, *local + (got_local ? 0 : local_gap_before_first));
        got_local = true;
        local = number + 1;
        got.push_back({.local = true, .number = number});
      }
    }
  }
  void TakeGap(const proto::Event& gap) {
    std::map<std::string, uint64_t> values;
    for (const proto::Attribute& attribute : gap.attributes()) {
      values[attribute.name()] = static_cast<uint64_t>(attribute.value().integer());
    }
    if (values.contains("from")) {
      EXPECT_EQ(values["from"], global);
      global = values["to"] + 1;
    }
    if (values.contains("locals")) {
      EXPECT_GT(values["locals"], 0U);
      (got_local ? *local : local_gap_before_first) += values["locals"];
    }
  }

  const SubscriptionSpec& spec() const { return subscription.spec(); }

  Subscription subscription;
  uint64_t global = 1;            // Expected next.
  std::optional<uint64_t> local;  // The same; not known at first from SEQUENCE.
  bool got_local = false;
  uint64_t local_gap_before_first = 0;
  std::vector<Shown> got;
};

class World {
 public:
  explicit World(uint64_t seed) : random_(seed) { options_.node = "n1"; }

  void Run() {
    for (int i = 0; i < kSteps && !testing::Test::HasFailure(); ++i) {
      Step();
    }
    disk_.files.SetRoom(UINT64_MAX);
    Settle();
    const std::set<uint64_t> held = HeldLocals();
    for (const auto& [id, reader] : readers_) {
      Check(reader, held);
    }
  }

 private:
  uint64_t Below(uint64_t limit) { return random_() % limit; }

  void Step() {
    const uint64_t choice = Below(100);
    if (choice < 20) {
      ShowGlobal();
    } else if (choice < 45) {
      ShowLocal();
    } else if (choice < 50) {
      Subscribe();
    } else if (choice < 85 && !readers_.empty()) {
      Work(std::next(readers_.begin(), static_cast<std::ptrdiff_t>(Below(readers_.size())))->first);
    } else if (choice < 94) {
      loop_.Run();
    } else if (choice < 95) {
      globals_first_ += Below(feed_->held_from().value() - globals_first_ + 1);
    } else if (choice < 97) {
      disk_.files.SetRoom(Below(3) == 0 ? 0 : UINT64_MAX);
      loop_.Ring();
    } else if (choice == 97 && Below(4) == 0) {
      Restart();
    }
  }

  static std::string Encoded(const std::string& type, uint64_t number, size_t padding) {
    proto::Event event;
    event.set_type(type);
    event.set_data(fmt::format("{} {}", number, std::string(padding, 'x')));
    return event.SerializeAsString();
  }
  using Global = std::pair<Sequence, std::string>;  // Without the stamps of the order.
  void Remember(const Global& global) {
    EventChunk chunk;
    ASSERT_TRUE(chunk.Add(global.first, Epoch(1), global.second));
    const EventChunk::Event event = chunk.front();
    feed_->AppendGlobal(event.globalseq, std::string(event.type), std::string(event.encoded));
    fanout_->Advance();
  }
  void ShowGlobal() {
    const uint64_t number = feed_->last_global().value() + (Below(20) == 0 ? 3 : 1);
    globals_.emplace_back(Sequence(number), Encoded("app.g", number, Below(100)));
    Remember(globals_.back());
    shown_.push_back({.local = false, .number = number});
  }
  void ShowLocal() {
    const LocalPlace place{feed_->last_local().Next(), feed_->last_global()};
    std::string encoded = Encoded("app.l", place.number.value(), Below(100));
    feed_->AppendLocal("app.l", encoded);
    fanout_->Advance();
    disk_.log->Append({place, std::move(encoded)}, nullptr);
    shown_.push_back({.local = true,
                      .number = place.number.value(),
                      .after_global = place.after_global.value()});
  }

  void Subscribe() {
    SubscriptionSpec wanted;
    wanted.scope = static_cast<proto::Subscribe::Scope>(Below(3));
    wanted.from = static_cast<proto::Subscribe::From>(Below(3));
    wanted.from_sequence = Sequence(Below(feed_->last_global().value() + 2));
    const auto reader =
        readers_.try_emplace(++last_reader_, wanted, fanout_.get(), &options_).first;
    const SubscriptionSpec& spec = reader->second.spec();
    if (spec.from == proto::Subscribe::NEW) {
      reader->second.global = feed_->last_global().value() + 1;
      reader->second.local = feed_->last_local().value() + 1;
      reader->second.got_local = true;
    } else if (spec.from == proto::Subscribe::FIRST) {
      reader->second.local = 1;
      reader->second.got_local = true;
    } else {
      reader->second.global = std::max<uint64_t>(spec.from_sequence.value(), 1);
    }
  }

  // A wish, or a pull.
  void Work(uint64_t id) {
    Reader& reader = readers_.at(id);
    if (const std::optional<HistoryWish> wish = reader.subscription.TakeHistoryWish()) {
      Grant(id, *wish);
      return;
    }
    TakenDelivery taken;
    reader.subscription.Pull(1 + Below(500), taken.out());
    reader.Take(taken.Take());
  }

  using Taking = std::function<void(Subscription* subscription, Delivery* out)>;
  void Answer(uint64_t id, const Taking& take) {
    const auto reader = readers_.find(id);
    if (reader != readers_.end()) {
      TakenDelivery taken;
      take(&reader->second.subscription, taken.out());
      reader->second.Take(taken.Take());
    }
  }
  void Grant(uint64_t id, const HistoryWish& wish) {
    if (wish.kind == HistoryWish::Kind::kGlobals) {
      loop_.Post([this, id, from = wish.global, count = 1 + Below(6)] {
        Answer(id, [&](Subscription* subscription, Delivery* out) {
          subscription->TakeGlobals(ReadGlobals(from, count), Sequence(globals_first_), out);
        });
      });
    } else if (wish.kind == HistoryWish::Kind::kLocals) {
      disk_.history->Read(wish.local, 1 + Below(1000), [this, id](LocalChunk chunk) {
        Answer(id, [&](Subscription* subscription, Delivery* out) {
          subscription->TakeLocals(std::move(chunk), out);
        });
      });
    } else {
      disk_.history->FindAfter(wish.global, [this, id](LocalNumber start) {
        Answer(id, [start](Subscription* subscription, Delivery*) {
          subscription->TakeLocalsStart(start);
        });
      });
    }
  }
  absl::StatusOr<EventChunk> ReadGlobals(Sequence from, size_t count) {
    if (from.value() < globals_first_) {
      return absl::NotFoundError("not held");
    }
    EventChunk events;
    for (const auto& [globalseq, encoded] : globals_) {
      if (globalseq >= from && events.size() < count) {
        EXPECT_TRUE(events.Add(globalseq, Epoch(1), encoded));
      }
    }
    return events;
  }

  // The daemon, and all subscriptions with it, ends; its numbers go on.
  void Restart() {
    loop_.Run();
    readers_.clear();
    disk_.files.SetRoom(UINT64_MAX);
    disk_.Kill();
    loop_.Run();
    disk_.Open();
    const LocalNumber last = disk_.log->shown();
    std::erase_if(
        shown_, [last](const Shown& shown) { return shown.local && shown.number > last.value(); });
    // What was applied last is applied, and in the feed, once more.
    const size_t again = std::min<size_t>(Below(6), globals_.size());
    const std::span<const Global> shown_again = std::span(globals_).last(again);
    const Sequence before =
        again == 0 ? feed_->last_global() : Sequence(shown_again.front().first.value() - 1);
    feed_ = std::make_unique<Feed>(kFeedBytes, before, last);
    fanout_ = std::make_unique<Fanout>(feed_.get());
    for (const Global& global : shown_again) {
      Remember(global);
    }
    // Some read it while memory has that.
    for (int i = 0; i < 4; ++i) {
      Subscribe();
    }
    Settle();
  }

  void Settle() {
    bool more = true;
    while (more && !testing::Test::HasFailure()) {
      loop_.Ring();
      more = false;
      for (auto& [id, reader] : readers_) {
        if (reader.subscription.HasMore()) {
          more = true;
          Work(id);
        }
      }
    }
  }
  std::set<uint64_t> HeldLocals() {
    std::set<uint64_t> held;
    LocalNumber from(1);
    while (from <= disk_.log->kept().number) {
      disk_.history->Read(from, 1000, [&](const LocalChunk& chunk) {
        for (const LocalEvent& event : chunk.events) {
          held.insert(event.place.number.value());
        }
        from = chunk.through.Next();
      });
      loop_.Run();
    }
    return held;
  }

  void Check(const Reader& reader, const std::set<uint64_t>& held_locals) {
    CheckOrder(reader);
    CheckGlobals(reader);
    if (reader.spec().WantsLocal()) {
      CheckLocals(reader, held_locals);
    }
  }

  // Each was shown after the one before it, and is asked for.
  void CheckOrder(const Reader& reader) {
    size_t at = 0;
    for (const Shown& got : reader.got) {
      while (at < shown_.size() &&
             (shown_[at].local != got.local || shown_[at].number != got.number)) {
        ++at;
      }
      ASSERT_LT(at, shown_.size()) << "not in the order of showing: " << got.number;
      EXPECT_TRUE(!got.local || reader.spec().from != proto::Subscribe::SEQUENCE ||
                  IsAsked(reader, shown_[at]));
    }
  }
  // Whether it is known that this local one has to be shown, or told of.
  static bool IsAsked(const Reader& reader, const Shown& local) {
    return reader.spec().from == proto::Subscribe::FIRST ||
           (reader.spec().from == proto::Subscribe::SEQUENCE &&
            local.after_global + 1 >= reader.spec().from_sequence.value());
  }
  static std::set<uint64_t> NumbersOf(const Reader& reader, bool local) {
    std::set<uint64_t> numbers;
    for (const Shown& got : reader.got) {
      if (got.local == local) {
        numbers.insert(got.number);
      }
    }
    return numbers;
  }

  void CheckGlobals(const Reader& reader) {
    if (!reader.spec().WantsGlobal()) {
      return;
    }
    EXPECT_EQ(reader.global,
              std::max(feed_->last_global().value() + 1, reader.spec().from_sequence.value()));
    const std::set<uint64_t> got = NumbersOf(reader, false);
    for (const Shown& shown : shown_) {
      const bool wanted = !shown.local && !got.empty() && shown.number >= *got.begin();
      EXPECT_TRUE(!wanted || shown.number < globals_first_ || got.contains(shown.number))
          << "lost: global " << shown.number;
    }
  }

  void CheckLocals(const Reader& reader, const std::set<uint64_t>& held) {
    const uint64_t end = feed_->last_local().value() + 1;
    // Where it began to count, if it got none that says so.
    const uint64_t start = reader.local ? 0 : end - reader.local_gap_before_first;
    EXPECT_EQ(reader.local.value_or(end), end);
    const std::set<uint64_t> got = NumbersOf(reader, true);
    for (const Shown& shown : shown_) {
      if (shown.local && IsAsked(reader, shown)) {
        EXPECT_TRUE(!held.contains(shown.number) || got.contains(shown.number))
            << "lost: local " << shown.number;
        EXPECT_GE(shown.number, start) << "not told: local " << shown.number;
      }
    }
  }

  std::mt19937_64 random_;
  ManualLoop loop_;
  LocalDisk disk_{&loop_, {.segment_bytes = 1500, .cache_bytes = 400, .retain_bytes = 9000}};
  ServerOptions options_;
  std::unique_ptr<Feed> feed_ = std::make_unique<Feed>(kFeedBytes);
  std::unique_ptr<Fanout> fanout_ = std::make_unique<Fanout>(feed_.get());
  std::vector<Global> globals_;
  uint64_t globals_first_ = 1;
  std::vector<Shown> shown_;
  std::map<uint64_t, Reader> readers_;
  uint64_t last_reader_ = 0;
};

TEST(SubscriptionMerge, WhatIsDeliveredAndWhatIsAGapIsTheHistory) {
  constexpr uint64_t kSeeds = 300;
  for (uint64_t seed = 1; seed <= kSeeds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    World world(seed);
    world.Run();
  }
}

}  // namespace
}  // namespace peal::server
