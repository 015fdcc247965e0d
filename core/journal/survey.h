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

  // The ones before it, the oldest first, without `bytes` when the facts say that they are broken.
  std::vector<Opening::Segment> older;
  // Up to here they do not lead up to the newest.
  SegmentNumber connected_from;
  std::string broken;  // The one that is.
};

// Reads the newest segment whole, and of the others only where they start. Fails as FileOps when a
// file cannot be read.
absl::StatusOr<Survey> SurveyFolder(io::FileOps* files);

}  // namespace peal::journal
