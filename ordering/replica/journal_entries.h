// Between what the journal keeps and what the machine knows. Pure.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "core/journal/journal.h"
#include "ordering/entry.h"
#include "ordering/recovered.h"

namespace peal::ordering {

// The entries of `records`, the first of which continues `before`. DataLoss: they do not continue
// it, by index or by chain, or one is no entry.
absl::StatusOr<std::vector<Entry>> EntriesAfter(const Position& before,
                                                const std::vector<journal::Record>& records);

// What a journal held, as the machine wants it. DataLoss: it is no log of ours.
absl::StatusOr<Recovered> FromJournal(const journal::Recovered& recovered);

}  // namespace peal::ordering
