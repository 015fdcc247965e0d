// Looks at a journal's folder as it was left: collects the facts that recovery decides by.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/io/file_ops.h"
#include "core/journal/head_file.h"
#include "core/journal/recovery.h"
#include "core/journal/replay.h"
#include "core/journal/segmented_journal.h"

namespace peal::journal {

struct Survey {
  Facts facts;
  std::vector<std::string> unfinished;  // Files of segments that never got their names.
  std::unique_ptr<HeadFile> head;

  // Of the newest segment, when there is one.
  SegmentNumber newest;
  std::unique_ptr<io::File> file;
  Replay replay;
  uint64_t size = 0;
  uint64_t good_end = 0;         // What is before it is good.
  uint64_t durable_through = 0;  // What is before it is known to have been durable.

  // The ones before it that lead up to it, the oldest first, without a hole: what is missing or
  // wrong is here as well, with its damage, as a file that begins where the one before it does.
  std::vector<Opening::Segment> older;
  // Files of segments before those: they lead up to nothing, or nothing is known to begin with.
  std::vector<std::string> useless;
};

// Reads the newest segment whole, and of the others only where they start. Fails as FileOps when a
// file cannot be read.
absl::StatusOr<Survey> SurveyFolder(io::FileOps* files);

}  // namespace peal::journal
