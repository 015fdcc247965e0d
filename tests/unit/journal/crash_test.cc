// Crashes at every step, and random histories of a journal against a model of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "tests/unit/journal/journal_node.h"

namespace peal::journal {
namespace {

// Does `work` on a fresh journal over and over, with the power going at each step of it.
void AtEveryStep(const std::function<void(JournalNode*)>& prepare,
                 const std::function<void(JournalNode*)>& work,
                 const std::function<void(JournalNode*)>& check) {
  bool finished = false;
  for (uint64_t step = 1; !finished; ++step) {
    ASSERT_LT(step, 200U);
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      SCOPED_TRACE(fmt::format("power goes at operation {}, seed {}", step, seed));
      JournalNode node(seed);
      ASSERT_TRUE(node.Open().ok());
      prepare(&node);
      node.files.CutPowerAfter(step);
      work(&node);
      finished = !node.files.power_is_out();
      node.LosePower();
      const absl::Status opened = node.Open('z');
      ASSERT_TRUE(opened.ok()) << opened;
      ASSERT_EQ(node.journal->id(), IdOf('a'));
      check(&node);
      if (testing::Test::HasFailure()) {
        return;
      }
    }
  }
}

TEST(Crash, AtAnyStepOfAnAppendLosesNothingThatWasAcknowledged) {
  uint64_t acknowledged = 0;
  AtEveryStep(
      [&](JournalNode* node) {
        node->AppendMany(3, 700);
        ASSERT_TRUE(node->Sync().ok());
        acknowledged = 3;
      },
      [&](JournalNode* node) {
        for (int i = 0; i < 3; ++i) {
          node->AppendMany(2, 900);
          acknowledged = node->Sync().ok() ? node->appended : acknowledged;
        }
      },
      [&](JournalNode* node) {
        EXPECT_GE(node->journal->last(), Index(acknowledged));
        EXPECT_EQ(TextOf(node->recovered.records[acknowledged - 1]),
                  fmt::format("entry {}", acknowledged));
      });
}

TEST(Crash, AtAnyStepOfANewSegmentLosesNothingThatWasAcknowledged) {
  uint64_t acknowledged = 0;
  AtEveryStep(
      [&](JournalNode* node) {
        node->AppendMany(6, 300);
        ASSERT_TRUE(node->Sync().ok());
        acknowledged = 6;
      },
      [&](JournalNode* node) {
        node->AppendMany(1, 300);
        node->Checkpoint(5, ChainOf(5));
        node->AppendMany(2, 600);
        acknowledged = node->Sync().ok() ? 9 : acknowledged;
        node->AppendMany(1, 600);
        acknowledged = node->Sync().ok() ? 10 : acknowledged;
      },
      [&](JournalNode* node) {
        EXPECT_GE(node->journal->last(), Index(acknowledged));
        for (uint64_t i = 1; i <= node->journal->last().value(); ++i) {
          EXPECT_EQ(TextOf(node->Read(i)->front()), fmt::format("entry {}", i));
        }
      });
}

TEST(Crash, AtAnyStepOfRemovingOldSegmentsLeavesNoHole) {
  AtEveryStep(
      [](JournalNode* node) {
        for (uint64_t i = 1; i <= 5; ++i) {
          node->Append();
          node->Checkpoint(i, ChainOf(i));
          ASSERT_TRUE(node->Sync().ok());
        }
        node->options.retain_bytes = 1;
        node->Kill();
        ASSERT_TRUE(node->Open().ok());
      },
      [](JournalNode* node) {
        node->Append();
        node->Checkpoint(6, ChainOf(6));
        node->Sync().IgnoreError();  // The power may be out.
      },
      [](JournalNode* node) {
        EXPECT_GE(node->journal->last(), Index(5));
        for (uint64_t i = node->journal->first().value(); i != 0 && i <= 5; ++i) {
          EXPECT_EQ(TextOf(node->Read(i)->front()), fmt::format("entry {}", i));
        }
      });
}

TEST(Crash, AtAnyStepOfTheFirstStartLeavesAJournalOrNone) {
  for (uint64_t step = 1; step < 20; ++step) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      JournalNode node(seed);
      node.files.CutPowerAfter(step);
      const bool opened = node.Open('a').ok();
      node.LosePower();

      const absl::Status again = node.Open('b');

      ASSERT_TRUE(again.ok()) << again;
      EXPECT_TRUE(!opened || node.journal->id() == IdOf('a'));
    }
  }
}

TEST(Crash, AtAnyStepOfAStartLosesNothing) {
  AtEveryStep(
      [](JournalNode* node) {
        node->AppendMany(4, 700);
        ASSERT_TRUE(node->Sync().ok());
        node->AppendMany(4, 700);
        node->journal->Sync([](const absl::Status&) {});
        node->files.CutPowerAfter(3);
        node->Turn();
        node->files.CutPowerAfter(UINT64_MAX);
        node->Kill();
      },
      [](JournalNode* node) {
        node->Open().IgnoreError(); /* The power may be out. */
      },
      [](JournalNode* node) {
        EXPECT_GE(node->recovered.records.size(), 4U);
        EXPECT_EQ(TextOf(node->recovered.records[3]), "entry 4");
      });
}

// What a journal amounts to.
struct Model {
  Index base;
  std::vector<std::pair<Index, base::Digest>> entries;
  Epoch promised;
  Epoch log_epoch;
  bool operator==(const Model&) const = default;

  Index last() const { return entries.empty() ? base : entries.back().first; }
};

std::string Text(const Model& model) {
  return fmt::format("[{}..{}] promised {} epoch {}", model.base.value(), model.last().value(),
                     model.promised.value(), model.log_epoch.value());
}

// One history of a journal: whatever happens, it comes back as it was at, or after, the last sync
// that was acknowledged.
class History {
 public:
  explicit History(uint64_t seed) : random_(seed), node_(seed * 7919) {
    node_.options.segment_bytes = 1000;
    node_.options.cache_bytes = 500;
    node_.options.retain_bytes = 5000;
    node_.files.SetReserves(Chance(2));
  }

  void Run(int steps) {
    Reopen();
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      Step();
    }
  }

 private:
  bool Chance(uint64_t one_in) { return random_() % one_in == 0; }
  uint64_t Below(uint64_t limit) { return random_() % limit; }
  const Model& now() const { return states_.back(); }

  // Each change is a state that a crash may lead back to, until a later one is acknowledged.
  void Change(const std::function<void(Model*)>& change) {
    states_.push_back(states_.back());
    change(&states_.back());
  }

  void Step() {
    switch (Below(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return Append();
      case 4:
        return Truncate();
      case 5:
        return Promise();
      case 6:
        return Commit();
      case 7:
        return Checkpoint();
      case 8:
      case 9:
        return Sync();
      case 10:
        return node_.Turn();
      case 11:
        return ReadOne();
      case 12:
        return Trouble();
      default:
        return Chance(6) ? Crash() : node_.Turn();
    }
  }

  void Append() {
    const bool opens = Chance(8);
    const uint64_t epoch = now().log_epoch.value() + (opens ? 1 : 0);
    const Record record = node_.Append(20 + Below(Chance(10) ? 2000 : 60), opens, epoch);
    Change([&](Model* model) {
      model->entries.emplace_back(record.index, record.chain);
      model->log_epoch = Epoch(epoch);
      model->promised = std::max(model->promised, Epoch(epoch));
    });
    chains_[record.index] = record.chain;
  }

  void Truncate() {
    const uint64_t after =
        committed_.value() + Below(now().last().value() - committed_.value() + 1);
    if (Index(after) < now().last()) {
      node_.journal->TruncateAfter(Index(after));
      Change([&](Model* model) { model->entries.resize(after - model->base.value()); });
    }
  }

  void Promise() {
    const Epoch promised(now().promised.value() + Below(3));
    node_.journal->StorePromise(promised);
    Change([&](Model* model) { model->promised = promised; });
  }

  void Commit() {
    committed_ = Index(committed_.value() + Below(now().last().value() - committed_.value() + 1));
    node_.journal->SetMarks({committed_, committed_});
    if (committed_ > Index(0)) {
      node_.journal->AddNote(committed_, fmt::format("note {}", committed_.value()));
    }
  }

  void Checkpoint() {
    if (!node_.journal->WantsCheckpoint() && !Chance(4)) {
      return;
    }
    const base::Digest chain = committed_ == Index(0) ? base::Digest{} : chains_.at(committed_);
    node_.Checkpoint(committed_.value(), chain);
    Change([&](Model* model) {
      std::erase_if(model->entries, [&](const auto& entry) { return entry.first <= committed_; });
      model->base = committed_;
    });
  }

  void Sync() {
    if (syncing_ || failed_) {
      return;
    }
    syncing_ = true;
    const size_t covered = gone_ + states_.size() - 1;  // Those before the one of now.
    node_.journal->Sync([this, covered](const absl::Status& status) {
      syncing_ = false;
      failed_ = !status.ok() && !absl::IsResourceExhausted(status);
      for (; status.ok() && gone_ < covered; ++gone_) {
        states_.pop_front();
      }
    });
  }

  void ReadOne() {
    const Index first = node_.journal->first();
    if (first == Index(0) || first > committed_) {
      return;
    }
    const uint64_t from = first.value() + Below(committed_.value() - first.value() + 1);
    const absl::StatusOr<std::vector<Record>> records = node_.Read(from, Below(3000));
    if (failed_) {
      return;  // The power may be out.
    }
    ASSERT_TRUE(records.ok()) << from << records.status();
    for (const Record& record : *records) {
      ASSERT_EQ(record.chain, chains_.at(record.index)) << record.index.value();
      if (!record.note.empty()) {
        ASSERT_EQ(record.note, fmt::format("note {}", record.index.value()));
      }
    }
  }

  void Trouble() {
    switch (Below(6)) {
      case 0:
        return node_.files.SetRoom(UINT64_MAX);
      case 1:
        return node_.files.SetRoom(9000 + Below(4000));
      case 2:
        return Chance(4) ? node_.files.FailNextSync() : node_.Turn();
      case 3:
        return Chance(4) ? node_.files.FailNextWrite() : node_.Turn();
      case 4:
        return Chance(3) ? node_.files.CutPowerAfter(1 + Below(12)) : node_.Turn();
      default:
        return node_.Turn();
    }
  }

  void Crash() {
    node_.files.SetRoom(UINT64_MAX);
    const bool power = node_.files.power_is_out() || Chance(2);
    if (!power && Chance(2) && !syncing_) {
      node_.Close();
    }
    power ? node_.LosePower() : node_.Kill();
    Reopen();
  }

  void Reopen() {
    absl::Status status = node_.Open('a');
    while (!status.ok() && absl::IsUnavailable(status)) {
      node_.LosePower();  // It went while it was opened, or a fault was still due.
      status = node_.Open('a');
    }
    ASSERT_TRUE(status.ok()) << status;
    syncing_ = false;
    failed_ = false;
    const Model found = Found();
    const auto state = std::find(states_.begin(), states_.end(), found);
    ASSERT_NE(state, states_.end())
        << "came back as " << Text(found) << ", acknowledged " << Text(states_.front());
    states_ = {found};
    for (const auto& [index, chain] : found.entries) {
      chains_[index] = chain;
    }
    committed_ = std::max(node_.recovered.marks.committed, found.base);
    ASSERT_LE(committed_, found.last());
    CheckHistory();
  }

  Model Found() const {
    Model found;
    found.base = node_.recovered.checkpoint.index;
    for (const Record& record : node_.recovered.records) {
      found.entries.emplace_back(record.index, record.chain);
    }
    found.promised = node_.recovered.promised;
    found.log_epoch = node_.recovered.log_epoch;
    return found;
  }

  void CheckHistory() {
    for (Index index = node_.journal->first(); index != Index(0) && index <= now().last();) {
      const absl::StatusOr<std::vector<Record>> records = node_.Read(index.value(), 700);
      ASSERT_TRUE(records.ok()) << index.value() << records.status();
      for (const Record& record : *records) {
        ASSERT_EQ(record.chain, chains_.at(record.index)) << record.index.value();
      }
      index = records->back().index.Next();
    }
  }

  std::mt19937_64 random_;
  JournalNode node_;
  std::deque<Model> states_{Model()};
  size_t gone_ = 0;  // States that came before these.
  std::map<Index, base::Digest> chains_;
  Index committed_;
  bool syncing_ = false;
  bool failed_ = false;
};

TEST(Crash, InAnyHistoryLeadsBackToWhatWasAcknowledgedOrLater) {
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    History(seed).Run(200);
    if (testing::Test::HasFailure()) {
      return;
    }
  }
}

}  // namespace
}  // namespace peal::journal
