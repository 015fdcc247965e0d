// What holds of a machine after every step, whatever happened.
#include "core/base/check.h"
#include "ordering/machine.h"

namespace peal::ordering {

void CheckInvariants(const Machine& machine) {
  const Log& log = machine.log();
  // Nothing is shown that is not confirmed, nothing is confirmed that this log does not have.
  PEAL_CHECK(log.anchor().position.index <= machine.confirmed());
  PEAL_CHECK(machine.confirmed() <= log.end_index());
  PEAL_CHECK(machine.durable() <= log.end_index());
  // A log exists with its voters.
  PEAL_CHECK(log.empty() == log.end().voters.empty());
  // Only an open epoch takes submissions.
  PEAL_CHECK(!machine.CanSubmit() || machine.phase() == Phase::kOpen);
  PEAL_CHECK(!machine.CanSubmit() || machine.IsPrimary(nullptr));
  // Sequences are given to what is applied: at least one an Epoch entry.
  PEAL_CHECK(log.anchor().position.index == Index(0) || machine.applied().sequence() > Sequence(0));
  PEAL_CHECK(log.anchor().position.index > Index(0) || machine.applied().sequence() == Sequence(0));
}

}  // namespace peal::ordering
