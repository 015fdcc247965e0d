// The flags of `peal publish` and the event that they describe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "peal/event.h"
#include "peal/types.h"

namespace peal::tool {

struct PublishFlags {
  bool from_stdin = false;
  std::string type;
  std::string subject;
  std::vector<std::string> attributes;  // k=v
  std::optional<std::string> data;      // TEXT, @FILE, or - for standard input.
  std::string content_type;
  std::string id;
  std::string source;
  std::string scope = "global";
  std::string ack = "committed";
  std::optional<uint64_t> expect_subject_seq;
};

Ack AckOf(const PublishFlags& flags);
Scope ScopeOf(const PublishFlags& flags);

// The event of the flags, or the exit code, after saying what is wrong: 64 for what is no k=v or a
// flag too many or too few, 65 for names and values that are not allowed, 66 for a file that is not
// there, 74 for one that cannot be read. Reads what `--data` names.
struct EventOrExit {
  std::optional<Event> event;
  int exit_code = 0;
};
EventOrExit MakeEvent(const PublishFlags& flags);

// With --stdin every event comes from its line; the exit code when flags say otherwise.
std::optional<int> CheckStdinFlags(const PublishFlags& flags);

}  // namespace peal::tool
