// What the group carries, of any bytes: pieces, messages, batches. A machine whose fellow members
// say whatever they like keeps its invariants, and ends nobody's process.
//
// The input is a program: an operation is a byte, then what it takes. A message of another member
// is one that an honest member could send now, with the input's bytes merged into it.
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/check.h"
#include "ordering/batch.h"
#include "ordering/corosync/fragment.h"
#include "ordering/machine.h"
#include "proto/group.pb.h"
#include "tests/fuzz/fuzz_input.h"

namespace peal::fuzz {
namespace {

using ordering::Machine;
using ordering::Process;

constexpr uint32_t kNodes = 3;
Process ProcessOf(uint32_t node) {
  return {NodeId(node), 100 + node};
}

class GroupFuzz {
 public:
  explicit GroupFuzz(FuzzInput* input)
      : input_(*input), machine_({Incarnation(1), ordering::JournalId{std::string(16, '1')}, {}}) {
    ordering::Nodelist nodelist{"c", {}};
    for (uint32_t node = 1; node <= kNodes; ++node) {
      nodelist.nodes.push_back({NodeId(node), "n" + std::to_string(node), 1});
    }
    Step(ordering::Connected{ProcessOf(1), nodelist});
    View(0xff);
  }

  void Run() {
    for (int operations = 0; !input_.empty() && operations < 300; ++operations) {
      Operation(input_.Byte() % 10);
    }
  }

 private:
  void Operation(int which) {
    switch (which) {
      case 0:
      case 1:
        return DeliverOwn();
      case 2:
      case 3:
        return HonestMessage();
      case 4:
      case 5:
        return MergedMessage();
      case 6:
        return Step(ordering::Synced{ticket_});
      case 7:
        return Ticks(input_.Byte() % 32);
      case 8:
        return Rare(input_.Byte() % 8);
      default:
        return Piece();
    }
  }
  void Rare(int which) {
    switch (which) {
      case 0:
        return View(input_.Byte());
      case 1:
        return Step(ordering::QuorumChanged{input_.Byte() % 4 != 0, ring_});
      case 2:
        return Step(ordering::Lost{"fuzz"});
      case 3:
        Step(ordering::Submitted{++token_, std::string(input_.Text()), "", "", std::nullopt});
        return Step(ordering::Flush{});
      case 4:
        return Step(ordering::WishSet{
            ordering::VoterWish{static_cast<ordering::VoterWish::Kind>(input_.Byte() % 3),
                                NodeId(1 + input_.Byte() % 3)}});
      default:
        return Batch();
    }
  }

  void View(uint8_t members) {
    ordering::ViewChanged view{{NodeId(1), ++ring_.seq}, {}, 1'000'000};
    for (uint32_t node = 1; node <= kNodes; ++node) {
      if (node == 1 || (members >> node & 1) != 0) {
        view.members.push_back(ProcessOf(node));
      }
    }
    ring_ = view.ring;
    // What came before does not count any more: it only keeps the input from getting on.
    own_.clear();
    Step(view);
    Step(ordering::QuorumChanged{true, ring_});
  }

  void Ticks(int count) {
    for (int i = 0; i < count; ++i) {
      Step(ordering::Tick{});
    }
  }

  void DeliverOwn() {
    if (!own_.empty()) {
      const std::string bytes = std::move(own_.front());
      own_.pop_front();
      Step(ordering::Received{ProcessOf(1), bytes});
    }
  }

  // What member `node` could say, made after what this machine has said last.
  proto::Envelope Honest(uint32_t node, uint8_t kind) {
    proto::Envelope envelope = header_;
    envelope.set_incarnation(1);
    envelope.set_seq(++seq_[node]);
    switch (kind % 6) {
      case 0:
        *envelope.mutable_state() = state_;
        envelope.mutable_state()->set_name("n" + std::to_string(node));
        envelope.mutable_state()->set_journal(std::string(16, static_cast<char>('0' + node)));
        break;
      case 1:
        envelope.mutable_promise()->set_epoch(machine_.install().epoch.value());
        break;
      case 2:
        *envelope.mutable_ack() = ordering::ToProto(machine_.log().end().position);
        envelope.mutable_ack_only();
        break;
      case 3: {
        ordering::BatchWriter writer;
        // One that is packed, now and then.
        const std::string event(kind < 128 ? 5 : 100, 'e');
        writer.Add({.event = event, .key = {}, .subject = {}, .expect_subject = {}});
        envelope.mutable_batch()->set_payload(
            writer.Finish({NodeId(node), Incarnation(1), BatchNumber(++batch_[node])}));
        break;
      }
      case 4: {
        proto::Entries* entries = envelope.mutable_entries();
        entries->set_joiner(1);
        const auto entry = ordering::MakeEntry(ordering::FromProto(fetch_.after()), Epoch(1),
                                               ordering::EntryKind::kBatch, "");
        if (entry.ok()) {
          *entries->add_entries() = ordering::ToProto(*entry);
        }
        break;
      }
      default: {
        proto::Snapshot snapshot = machine_.Snapshot();
        snapshot.mutable_position()->set_index(fetch_.upto());
        proto::SnapshotPiece* piece = envelope.mutable_snapshot_piece();
        piece->set_joiner(1);
        *piece->mutable_position() = snapshot.position();
        piece->set_bytes(snapshot.SerializeAsString());
        piece->set_total_bytes(piece->bytes().size());
      }
    }
    return envelope;
  }
  uint32_t Liar() { return 2 + input_.Byte() % (kNodes - 1); }
  void HonestMessage() {
    const uint32_t node = Liar();
    const std::string bytes = Honest(node, input_.Byte()).SerializeAsString();
    Step(ordering::Received{ProcessOf(node), bytes});
  }
  void MergedMessage() {
    const uint32_t node = Liar();
    const proto::Envelope honest = Honest(node, input_.Byte());
    const std::string bytes = honest.SerializeAsString() + std::string(input_.Text());
    Step(ordering::Received{ProcessOf(node), bytes});
  }

  void Piece() {
    const uint32_t node = Liar();
    if (const auto whole = assembler_.Add(ProcessOf(node), input_.Text())) {
      Step(ordering::Received{ProcessOf(node), std::string(*whole)});
    }
    PEAL_CHECK(assembler_.pending_bytes() <= ordering::corosync::kMessageBytesMax * kNodes);
  }

  // What the decoder takes for a batch the reader in place takes as well, and for the same one,
  // unless it has to be unpacked. The reader may take more: nothing else reads batches.
  void Batch() {
    const std::string_view bytes = input_.Text();
    const auto batch = ordering::ReadBatch(bytes);
    proto::BatchRecord record;
    const bool parsed = record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    if (!parsed || !record.packed().empty() || record.unpacked_bytes() != 0) {
      return;
    }
    PEAL_CHECK(batch.has_value());
    PEAL_CHECK(batch->id.node.value() == record.node());
    PEAL_CHECK(batch->id.number.value() == record.number());
    PEAL_CHECK(batch->events.size() == static_cast<size_t>(record.events_size()));
    for (int i = 0; i < record.events_size(); ++i) {
      const ordering::BatchEvent& event = batch->events[static_cast<size_t>(i)];
      PEAL_CHECK(event.event == record.events(i).event());
      PEAL_CHECK(event.key == record.events(i).key());
      PEAL_CHECK(event.subject == record.events(i).subject());
      PEAL_CHECK(event.cursor == record.events(i).cursor());
      PEAL_CHECK(event.expect_subject.has_value() == record.events(i).has_expect_subject_seq());
    }
  }

  void Step(const ordering::Input& input) {
    std::vector<ordering::Output> outputs;
    machine_.Step(input, &outputs);
    for (ordering::Output& output : outputs) {
      std::visit([this](auto& value) { Do(value); }, output);
    }
    ordering::CheckInvariants(machine_);
  }
  void Do(ordering::Multicast& output) {
    proto::Envelope envelope;
    PEAL_CHECK(envelope.ParseFromString(output.bytes));
    header_ = envelope;
    header_.clear_body();
    header_.clear_ack();
    if (envelope.has_state()) {
      state_ = envelope.state();
    }
    if (envelope.has_fetch()) {
      fetch_ = envelope.fetch();
    }
    own_.push_back(std::move(output.bytes));
  }
  void Do(ordering::AppendEntry& output) { ticket_ = output.ticket; }
  void Do(ordering::TruncateLog& output) { ticket_ = output.ticket; }
  void Do(ordering::StorePromise& output) { ticket_ = output.ticket; }
  void Do(ordering::InstallSnapshot& output) { ticket_ = output.ticket; }
  template <typename Other>
  void Do(Other&) {}

  FuzzInput& input_;
  Machine machine_;
  ordering::corosync::Assembler assembler_;
  std::deque<std::string> own_;  // Its messages, on their way back.
  proto::Envelope header_;
  proto::State state_;
  proto::Fetch fetch_;
  ordering::RingId ring_{NodeId(1), 0};
  uint64_t ticket_ = 0;
  uint64_t token_ = 0;
  uint64_t seq_[kNodes + 1] = {};
  uint64_t batch_[kNodes + 1] = {};
};

}  // namespace
}  // namespace peal::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  google::protobuf::SetLogHandler(nullptr);
  peal::fuzz::FuzzInput input(data, size);
  peal::fuzz::GroupFuzz(&input).Run();
  return 0;
}
