#include "ordering/replica/history_mender.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/log.h"

namespace peal::ordering {
namespace {

// The entries that continue what is verified, as far as they do and are wanted.
std::vector<journal::Record> Verified(const journal::Damage& damage,
                                      const proto::Entries& entries) {
  std::vector<journal::Record> records;
  Position position{damage.after, damage.after_chain};
  for (const proto::LogEntry& came : entries.entries()) {
    const absl::StatusOr<Entry> entry = FromProto(position, came);
    if (!entry.ok() || entry->index > damage.upto) {
      break;
    }
    position = entry->position();
    records.push_back({.index = entry->index,
                       .epoch = entry->epoch,
                       .kind = static_cast<uint8_t>(entry->kind),
                       .opens_epoch = false,
                       .chain = entry->chain,
                       .payload = entry->payload,
                       .note = came.note()});
  }
  return records;
}

}  // namespace

void HistoryMender::Tick(const std::set<NodeId>& others) {
  others_ = others;
  if (++ticks_ % kScrubTicks == 0) {
    upkeep_->Scrub();
  }
  Notice();
  if (what_.empty() || mending_) {
    return;
  }
  ++waiting_ticks_;
  if (donor_ != NodeId(0)) {
    if (waiting_ticks_ < kAnswerTicks) {
      return;
    }
    GiveUpDonor();
  }
  if (hopeless_) {
    if (waiting_ticks_ < kRetryTicks) {
      return;
    }
    asked_.clear();
  }
  Ask();
}

// Tells of news.
void HistoryMender::Notice() {
  const std::optional<journal::Damage> damage = upkeep_->damage();
  const std::string now = damage ? damage->what : "";
  if (now == what_) {
    return;
  }
  if (!what_.empty()) {
    log::Info("journal: mended from other nodes: {}", what_);
  }
  if (!now.empty()) {
    log::Error("journal: damaged: {}", now);
  }
  what_ = now;
  donor_ = NodeId(0);
  asked_.clear();
  hopeless_ = false;
  waiting_ticks_ = 0;
}

void HistoryMender::Ask() {
  const std::optional<journal::Damage> damage = upkeep_->damage();
  if (!damage || damage->must_wait) {
    return;
  }
  if (damage->after == damage->upto) {
    mending_ = true;
    upkeep_->Mend({}, [this](const absl::Status& status) { OnMended(status); });
    return;
  }
  const auto next = std::find_if(others_.begin(), others_.end(),
                                 [this](NodeId node) { return !asked_.contains(node); });
  hopeless_ = next == others_.end();
  waiting_ticks_ = 0;
  if (!hopeless_) {
    donor_ = *next;
    ask_(HistoryWanted{donor_, {damage->after, damage->after_chain}, damage->upto});
  }
}

void HistoryMender::GiveUpDonor() {
  asked_.insert(donor_);
  donor_ = NodeId(0);
}

void HistoryMender::OnCame(const HistoryCame& came) {
  const std::optional<journal::Damage> damage = upkeep_->damage();
  // An answer that comes late is nobody's.
  if (mending_ || came.donor != donor_ || !damage || damage->must_wait) {
    return;
  }
  std::vector<journal::Record> records = Verified(*damage, came.entries);
  if (records.empty()) {
    GiveUpDonor();
    return;
  }
  mending_ = true;
  upkeep_->Mend(std::move(records), [this](const absl::Status& status) { OnMended(status); });
}

void HistoryMender::OnMended(const absl::Status& status) {
  mending_ = false;
  if (!status.ok()) {
    log::Error("journal: it cannot be mended now: {}", std::string(status.message()));
    GiveUpDonor();
    return;
  }
  donor_ = NodeId(0);
  asked_.clear();
  Notice();
  if (!what_.empty()) {
    Ask();
  }
}

std::string HistoryMender::Text() const {
  if (what_.empty()) {
    return "";
  }
  const std::optional<journal::Damage> damage = upkeep_->damage();
  const bool waits = damage && damage->must_wait;
  return fmt::format("damaged: {}; {}", what_,
                     hopeless_ ? "no other node that is here has what is missing"
                     : waits   ? "it is mended when the next file begins"
                               : "fetching it from the other nodes");
}

}  // namespace peal::ordering
