#include "ordering/entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/base/check.h"

namespace peal::ordering {
namespace {

std::string_view View(const Chain& chain) {
  return {reinterpret_cast<const char*>(chain.data()), chain.size()};
}

void PutLittleEndian(uint64_t value, char* out) {
  for (int byte = 0; byte < 8; ++byte) {
    out[byte] = static_cast<char>(value >> (8 * byte));
  }
}

// All of the entry but what its payload says.
Entry Following(const Position& before, Epoch epoch, EntryKind kind,
                std::shared_ptr<const std::string> payload) {
  Entry entry;
  entry.index = before.index.Next();
  entry.epoch = epoch;
  entry.kind = kind;
  entry.chain = NextChain(before, epoch, kind, *payload);
  entry.payload = std::move(payload);
  return entry;
}

}  // namespace

const BatchId& Entry::batch_id() const {
  PEAL_CHECK(batch != nullptr);
  return batch->id;
}

Chain NextChain(const Position& before, Epoch epoch, EntryKind kind, std::string_view payload) {
  std::array<char, 17> head{};
  PutLittleEndian(before.index.Next().value(), head.data());
  PutLittleEndian(epoch.value(), head.data() + 8);
  head[16] = kind == EntryKind::kEpoch ? 'E' : 'B';
  return base::Sha256({View(before.chain), {head.data(), head.size()}, payload});
}

absl::StatusOr<Entry> MakeEntry(const Position& before, Epoch epoch, EntryKind kind,
                                std::string payload) {
  return MakeEntry(before, epoch, kind, std::make_shared<const std::string>(std::move(payload)));
}

absl::StatusOr<Entry> MakeEntry(const Position& before, Epoch epoch, EntryKind kind,
                                std::shared_ptr<const std::string> payload) {
  if (kind == EntryKind::kBatch) {
    // A log begins with its voters.
    std::optional<Batch> batch = before.index == Index(0) ? std::nullopt : ReadBatch(*payload);
    if (batch) {
      return MakeBatchEntry(before, epoch, std::move(payload), *std::move(batch));
    }
  } else if (auto record = std::make_shared<proto::EpochRecord>();
             record->ParseFromString(*payload) && record->voters().current().voters_size() > 0) {
    Entry entry = Following(before, epoch, kind, std::move(payload));
    entry.opened = std::move(record);
    return entry;
  }
  return absl::InvalidArgumentError(fmt::format("entry {} of epoch {} does not parse",
                                                before.index.Next().value(), epoch.value()));
}

Entry MakeBatchEntry(const Position& before, Epoch epoch,
                     std::shared_ptr<const std::string> payload, Batch batch) {
  Entry entry = Following(before, epoch, EntryKind::kBatch, std::move(payload));
  entry.batch = std::make_shared<const Batch>(std::move(batch));
  return entry;
}

proto::LogEntry ToProto(const Entry& entry) {
  proto::LogEntry out;
  out.set_index(entry.index.value());
  out.set_epoch(entry.epoch.value());
  out.set_kind(entry.kind == EntryKind::kEpoch ? proto::ENTRY_EPOCH : proto::ENTRY_BATCH);
  out.set_payload(*entry.payload);
  out.set_chain(std::string(View(entry.chain)));
  return out;
}

absl::StatusOr<Entry> FromProto(const Position& before, const proto::LogEntry& entry) {
  if (entry.index() != before.index.Next().value()) {
    return absl::DataLossError(
        fmt::format("entry {} does not follow entry {}", entry.index(), before.index.value()));
  }
  const EntryKind kind = entry.kind() == proto::ENTRY_EPOCH ? EntryKind::kEpoch : EntryKind::kBatch;
  absl::StatusOr<Entry> made = MakeEntry(before, Epoch(entry.epoch()), kind, entry.payload());
  if (!made.ok() || View(made->chain) != entry.chain()) {
    return absl::DataLossError(
        fmt::format("entry {} breaks the chain that it says it continues", entry.index()));
  }
  return made;
}

proto::Origin ToProto(const BatchId& batch) {
  proto::Origin out;
  out.set_node(batch.node.value());
  out.set_incarnation(batch.incarnation.value());
  out.set_number(batch.number.value());
  return out;
}

BatchId FromProto(const proto::Origin& origin) {
  return {NodeId(origin.node()), Incarnation(origin.incarnation()), BatchNumber(origin.number())};
}

proto::Position ToProto(const Position& position) {
  proto::Position out;
  out.set_index(position.index.value());
  out.set_chain(std::string(View(position.chain)));
  return out;
}

Position FromProto(const proto::Position& position) {
  Position out;
  out.index = Index(position.index());
  if (position.chain().size() == out.chain.size()) {
    std::copy(position.chain().begin(), position.chain().end(), out.chain.begin());
  }
  return out;
}

}  // namespace peal::ordering
