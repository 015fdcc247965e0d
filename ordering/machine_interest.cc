// The machine's word on what subscribers want: telling it, and hearing that the others know.
//
// A State carries it, so after each view change all members have everybody's. In between a change
// is a message of its own, which every other member that goes by it answers when it has taken it:
// from then on that member misses nothing that this node wants.
#include <algorithm>
#include <utility>

#include "ordering/machine.h"

namespace peal::ordering {

void Machine::On(const InterestSet& input) {
  interests_.SetOwn(input.interest);
  if (phase_ == Phase::kDetached) {
    TakeInterest(self_.node, interests_.own());
    return;
  }
  SendInterest();
}

void Machine::SendInterest() {
  // One is on its way at most: what changes meanwhile goes when it is back.
  interest_due_ = interest_seq_ > seq_delivered_;
  if (interest_due_) {
    return;
  }
  proto::Envelope envelope = NewEnvelope();
  ToProto(interests_.own(), interests_.number(), envelope.mutable_interest());
  Send(std::move(envelope));
  interest_seq_ = seq_;
}

void Machine::SendInterestIfDue() {
  if (interest_due_ && interest_seq_ <= seq_delivered_) {
    SendInterest();
  }
}

void Machine::TakeInterest(NodeId sender, Interest interest) {
  if (interests_.Take(sender, std::move(interest))) {
    Emit(InterestChanged{interests_.all()});
  }
}

void Machine::OnInterest(NodeId sender, const proto::Envelope& envelope) {
  const proto::Interest& said = envelope.interest();
  TakeInterest(sender, FromProto(said));
  if (sender == self_.node) {
    interests_.TakeHeard(sender, InterestNumber(said.number()));
  } else if (said.number() != 0 && interests_.narrows()) {
    proto::Envelope answer = NewEnvelope();
    proto::InterestHeard* const heard = answer.mutable_interest_heard();
    heard->set_node(sender.value());
    heard->set_incarnation(envelope.incarnation());
    heard->set_number(said.number());
    Send(std::move(answer));
  }
}

void Machine::OnInterestHeard(NodeId sender, const proto::InterestHeard& heard) {
  if (NodeId(heard.node()) == self_.node &&
      Incarnation(heard.incarnation()) == options_.incarnation) {
    interests_.TakeHeard(sender, InterestNumber(heard.number()));
  }
}

// What was known once stays so: who comes later has it from a State before an epoch opens.
void Machine::NoteKnownInterest() {
  if (known_interest_ == interests_.number()) {
    return;
  }
  const bool nobody_orders = halted_ || phase_ == Phase::kDetached || phase_ == Phase::kIsolated;
  if (nobody_orders || !interests_.narrows() || !options_.rules.heard) {
    known_interest_ = interests_.number();
  } else if (phase_ == Phase::kOpen) {
    known_interest_ =
        std::max(known_interest_, interests_.KnownTo(exchange_.members(), self_.node));
  }
}

}  // namespace peal::ordering
