// The journal's care for what it holds of long ago: core/journal/upkeep.h.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/journal/segmented_journal.h"

namespace peal::journal {

SegmentedJournal::Segment* SegmentedJournal::Find(SegmentNumber number) {
  const auto found =
      std::find_if(segments_.begin(), segments_.end(),
                   [number](const Segment& segment) { return segment.number == number; });
  return found == segments_.end() ? nullptr : &*found;
}

// What a worker said of a segment. It may have been removed meanwhile, or be known as damaged.
void SegmentedJournal::FoundDamage(SegmentNumber number, const absl::Status& status) {
  Segment* const segment = Find(number);
  if (absl::IsDataLoss(status) && segment != nullptr && segment->damage.empty()) {
    segment->damage = std::string(status.message());
  }
}

void SegmentedJournal::Scrub() {
  if (scrub_rest_ > 0) {
    --scrub_rest_;
    return;
  }
  if (scrub_under_way_ || !failed_.ok()) {
    return;
  }
  // The next one that is on the disk; what is known as damaged is passed over.
  const auto next =
      std::find_if(segments_.begin(), segments_.end(), [this](const Segment& segment) {
        return segment.number >= std::max(scrubbing_, connected_from_) && segment.damage.empty();
      });
  if (next == segments_.end() || next->number > durable_segment_) {
    scrubbing_ = SegmentNumber(0);
    checked_ = Checked();
    scrub_rest_ = options_.scrub_rest;
    return;
  }
  if (next->number != scrubbing_) {
    scrubbing_ = next->number;
    checked_ = Checked();
  }
  scrub_under_way_ = true;
  const ReadableSegment segment = Readable(static_cast<size_t>(next - segments_.begin()));
  const auto result = std::make_shared<absl::StatusOr<Checked>>(Checked());
  ports_.reading->Submit([reader = reader_, segment, from = checked_,
                          result] { *result = reader->Check(segment, from, kScrubBytes); },
                         [this, alive = alive_, segment, result] {
                           if (*alive) {
                             scrub_under_way_ = false;
                             OnScrubbed(segment, *result);
                           }
                         });
}

void SegmentedJournal::OnScrubbed(const ReadableSegment& segment,
                                  const absl::StatusOr<Checked>& checked) {
  FoundDamage(segment.number, checked.status());
  checked_ = checked.ok() ? *checked : Checked();
  if (checked.ok() && checked->offset < segment.bytes) {
    return;
  }
  scrubbing_ = segment.number.Next();
  // One that is whole, but not all of it, as at an earlier time.
  const Segment* const next = Find(segment.number.Next());
  if (checked.ok() && next != nullptr && checked->last < next->place.index) {
    FoundDamage(segment.number,
                absl::DataLossError(fmt::format("{}, byte {}: its last entries are missing",
                                                SegmentName(segment.number), checked->offset)));
  }
  checked_ = Checked();
}

size_t SegmentedJournal::DamagedSegment() const {
  const auto found = std::find_if(segments_.begin(), segments_.end(),
                                  [](const Segment& segment) { return !segment.damage.empty(); });
  return static_cast<size_t>(found - segments_.begin());
}

std::optional<Damage> SegmentedJournal::damage() const {
  const size_t at = DamagedSegment();
  if (at == segments_.size()) {
    return std::nullopt;
  }
  const Segment& segment = segments_[at];
  Damage damage{.what = segment.damage, .after = segment.place.index, .after_chain = segment.chain};
  if (mending_ == segment.number) {
    damage.after = mended_;
    damage.after_chain = mended_chain_;
  }
  damage.must_wait = at + 1 == segments_.size() || segments_[at + 1].number > durable_segment_;
  if (!damage.must_wait) {
    damage.upto = segments_[at + 1].place.index;
    damage.upto_chain = segments_[at + 1].chain;
  }
  return damage;
}

void SegmentedJournal::Mend(std::vector<Record> records, std::function<void(absl::Status)> done) {
  const std::optional<Damage> damaged = damage();
  PEAL_CHECK(damaged.has_value());
  PEAL_CHECK(!damaged->must_wait);
  const Segment& segment = segments_[DamagedSegment()];
  const Index last = records.empty() ? damaged->after : records.back().index;
  const base::Digest chain = records.empty() ? damaged->after_chain : records.back().chain;
  PEAL_CHECK(last <= damaged->upto);
  if (last == damaged->upto && chain != damaged->upto_chain) {
    mending_ = SegmentNumber(0);
    ports_.loop->Post([done = std::move(done)] {
      done(absl::DataLossError("what came for it does not lead up to the next segment"));
    });
    return;
  }
  MendOrder order{.first = mending_ != segment.number,
                  .start = {.journal_id = id_,
                            .number = segment.number,
                            .stands_alone = segment.number == connected_from_,
                            .noted = segment.place.index,
                            .place = segment.place,
                            .chain = segment.chain},
                  .summary = segment.summary,
                  .upto = damaged->upto,
                  .records = std::move(records)};
  mending_ = segment.number;
  mended_ = last;
  mended_chain_ = chain;
  const auto result = std::make_shared<absl::StatusOr<uint64_t>>(uint64_t{0});
  ports_.reading->Submit(
      [mender = mender_, reader = reader_, order = std::move(order), result] {
        *result = mender->Add(order);
        if (result->ok() && **result > 0) {
          reader->Forget(order.start.number);
        }
      },
      [this, alive = alive_, number = segment.number, result, done = std::move(done)] {
        if (*alive) {
          done(OnMended(number, *result));
        }
      });
}

absl::Status SegmentedJournal::OnMended(SegmentNumber number,
                                        const absl::StatusOr<uint64_t>& bytes) {
  if (bytes.ok() && *bytes == 0) {
    return absl::OkStatus();
  }
  mending_ = SegmentNumber(0);
  if (!bytes.ok()) {
    return bytes.status();
  }
  if (Segment* const segment = Find(number)) {
    segment->bytes = *bytes;
    segment->damage.clear();
    // The file is another one.
    checked_ = scrubbing_ == number ? Checked() : checked_;
    return absl::OkStatus();
  }
  // Retention was quicker: its turn comes again.
  ports_.writing->Submit(
      [writer = writer_, number] { writer->Remove(std::vector<SegmentNumber>{number}); }, nullptr);
  return absl::OkStatus();
}

}  // namespace peal::journal
