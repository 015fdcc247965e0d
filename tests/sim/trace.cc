#include "tests/sim/trace.h"

#include "proto/group.pb.h"
#include "tests/sim/batch_record.h"

namespace peal::sim {
namespace {

std::string DescribeState(const proto::State& state) {
  std::string text =
      fmt::format("state promised {} log_epoch {} confirmed {} committed {} tail", state.promised(),
                  state.log_epoch(), state.confirmed().index(), state.committed());
  for (const proto::TailEntry& entry : state.tail()) {
    text += fmt::format(" {}:{:02x}", entry.position().index(),
                        static_cast<uint8_t>(entry.position().chain()[0]));
  }
  return text;
}

std::string DescribeBody(const proto::Envelope& envelope) {
  switch (envelope.body_case()) {
    case proto::Envelope::kState:
      return DescribeState(envelope.state());
    case proto::Envelope::kRoundRequest: {
      std::string text = fmt::format("round {} of", envelope.round_request().number());
      for (const uint32_t node : envelope.round_request().members()) {
        text += fmt::format(" {}", node);
      }
      return text;
    }
    case proto::Envelope::kPromise:
      return fmt::format("promise {}", envelope.promise().epoch());
    case proto::Envelope::kBatch: {
      const proto::BatchRecord record =
          ParseBatch(envelope.batch().payload()).value_or(proto::BatchRecord());
      return fmt::format("batch {}.{}.{}", record.node(), record.incarnation(), record.number());
    }
    case proto::Envelope::kFetch:
      return fmt::format("fetch {}..{} of {}", envelope.fetch().after().index() + 1,
                         envelope.fetch().upto(), envelope.fetch().donor());
    case proto::Envelope::kEntries:
      return fmt::format("{} entries for {}", envelope.entries().entries_size(),
                         envelope.entries().joiner());
    case proto::Envelope::kAckOnly:
      return "ack only";
    default:
      return "something else";
  }
}

}  // namespace

std::string Describe(std::string_view bytes) {
  proto::Envelope envelope;
  if (!envelope.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return "garbage";
  }
  std::string text =
      fmt::format("#{} view {:04x} round {} epoch {}: {}", envelope.seq(), envelope.view() & 0xffff,
                  envelope.round(), envelope.epoch(), DescribeBody(envelope));
  if (envelope.has_ack()) {
    text += fmt::format(", ack {}:{:02x}", envelope.ack().index(),
                        static_cast<uint8_t>(envelope.ack().chain()[0]));
  }
  return text;
}

}  // namespace peal::sim
