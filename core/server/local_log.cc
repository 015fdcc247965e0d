#include "core/server/local_log.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "core/base/check.h"
#include "core/journal/byte_codec.h"
#include "core/log.h"
#include "fmt/format.h"

namespace peal::server {

LocalLog::LocalLog(const LocalLogPorts& ports, const LocalPlace& last)
    : loop_(ports.loop),
      journal_(ports.journal),
      upkeep_(ports.upkeep),
      now_us_(ports.now_us),
      kept_(last),
      shown_(last.number),
      durable_(last.number),
      sync_(ports.loop, [this] { Sync(); }) {
  PEAL_CHECK(kept_.number.value() >= journal_->last().value());
}

LocalLog::~LocalLog() {
  *alive_ = false;
}

absl::Status LocalLog::Admit() const {
  if (state_ == State::kGood && unsynced_bytes_ > kUnsyncedBytesMax) {
    return absl::ResourceExhaustedError(fmt::format(
        "{} bytes of local events wait for the disk already; try again later", unsynced_bytes_));
  }
  return absl::OkStatus();
}

bool LocalLog::Keeps() const {
  return state_ == State::kGood && unsynced_bytes_ <= kUnsyncedBytesMax;
}

void LocalLog::Append(LocalEvent event, Callback done) {
  PEAL_CHECK(event.place.number == shown_.Next());
  shown_ = event.place.number;
  if (!Keeps()) {
    if (done) {
      loop_->Post([alive = alive_, done = std::move(done), status = NotKept()] {
        if (*alive) {
          done(status);
        }
      });
    }
    return;
  }
  // After a restart, or with another log of global events, the feed can be behind what it was.
  event.place.after_global = std::max(event.place.after_global, kept_.after_global);
  kept_ = event.place;
  auto payload = std::make_shared<const std::string>(ToPayload(event));
  unsynced_bytes_ += payload->size();
  const Index index = journal_->last().Next();
  journal_->Append({.index = index, .payload = std::move(payload)});
  // Nobody else has a say: what is appended stays.
  journal_->SetMarks({.confirmed = index, .committed = index});
  if (journal_->WantsCheckpoint()) {
    journal_->AddCheckpoint({.index = index,
                             .sequence = kept_.after_global,
                             .time_us = now_us_(),
                             .summary = ToSummary(kept_)});
  }
  if (done) {
    waiting_.push_back(std::move(done));
  }
  sync_.Schedule();
}

absl::Status LocalLog::NotKept() const {
  const std::string reason = state_ == State::kGood ? "its disk does not keep up" : reason_;
  return absl::UnavailableError(fmt::format(
      "the event was shown on this node, but its local journal does not keep it: {}", reason));
}

void LocalLog::Sync() {
  if (!syncing_ && state_ == State::kGood && unsynced_bytes_ > 0) {
    StartSync();
  }
}

void LocalLog::StartSync() {
  PEAL_CHECK(!syncing_);
  syncing_ = true;
  syncing_count_ = waiting_.size();
  syncing_to_ = kept_.number;
  syncing_bytes_ = unsynced_bytes_;
  journal_->Sync([this, alive = alive_](const absl::Status& status) {
    if (*alive) {
      OnSynced(status);
    }
  });
}

void LocalLog::OnSynced(const absl::Status& status) {
  syncing_ = false;
  if (!status.ok()) {
    OnError(status);
    return;
  }
  if (state_ == State::kNoRoom) {
    OnRoom();
  }
  PEAL_CHECK(syncing_bytes_ <= unsynced_bytes_);
  durable_ = syncing_to_;
  unsynced_bytes_ -= syncing_bytes_;
  // Taken out first: who is called may append.
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(syncing_count_);
  const std::deque<Callback> kept(std::make_move_iterator(waiting_.begin()),
                                  std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  for (const Callback& done : kept) {
    done(absl::OkStatus());
  }
  Sync();
}

void LocalLog::OnRoom() {
  state_ = State::kGood;
  reason_.clear();
  log::Info("local journal: it has room again; {} events were shown meanwhile and are not kept",
            shown_.value() - kept_.number.value());
}

// What is in the journal and not durable may yet become so, without room when there is some; but
// who waits is not left to wait for that.
void LocalLog::OnError(const absl::Status& status) {
  const State now = absl::IsResourceExhausted(status) ? State::kNoRoom : State::kFailed;
  reason_ = std::string(status.message());
  if (now != state_) {
    log::Error("local journal: {}; local events are shown and not kept", reason_);
    state_ = now;
  }
  const std::deque<Callback> unkept = std::exchange(waiting_, {});
  for (const Callback& done : unkept) {
    done(NotKept());
  }
  if (state_ == State::kNoRoom) {
    retry_ = loop_->After(kRetry, [this] { StartSync(); });
  }
}

uint64_t LocalLog::id() const {
  return journal::ByteReader(journal_->id()).Get<uint64_t>();
}

std::string LocalLog::Problem() const {
  if (state_ != State::kGood) {
    return fmt::format("local events are shown and not kept: {}", reason_);
  }
  const std::optional<journal::Damage> damage = upkeep_->damage();
  return damage ? fmt::format("some local events cannot be read: {}", damage->what) : "";
}

}  // namespace peal::server
