#include "tools/peal/publish_options.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "client/unix_socket.h"
#include "core/base/errno_text.h"
#include "fmt/format.h"
#include "tools/peal/attribute.h"
#include "tools/peal/exit_code.h"

namespace peal::tool {
namespace {

// What is read at most before the daemon's own limit is known: beyond this no daemon would take it.
constexpr size_t kDataReadBytesMax = 256 << 20;

// Reads to the end; the exit code after saying what is wrong.
std::optional<int> ReadAll(int fd, std::string_view name, std::string* out) {
  std::array<char, 64 << 10> piece{};
  for (;;) {
    const ssize_t bytes = read(fd, piece.data(), piece.size());
    if (bytes < 0 && errno == EINTR) {
      continue;
    }
    if (bytes < 0) {
      return Fail(kExitIo, fmt::format("cannot read {}: {}", name, base::ErrnoText(errno)));
    }
    if (bytes == 0) {
      return std::nullopt;
    }
    out->append(piece.data(), static_cast<size_t>(bytes));
    if (out->size() > kDataReadBytesMax) {
      return Fail(kExitBadData, fmt::format("{} has more than {} bytes; publish a reference to it",
                                            name, kDataReadBytesMax));
    }
  }
}

std::optional<int> ReadData(const std::string& argument, std::string* out) {
  if (argument == "-") {
    return ReadAll(STDIN_FILENO, "standard input", out);
  }
  if (!argument.starts_with('@')) {
    *out = argument;
    return std::nullopt;
  }
  const std::string path = argument.substr(1);
  const client::OwnedFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return Fail(kExitNoInput, fmt::format("cannot open '{}': {}", path, base::ErrnoText(errno)));
  }
  return ReadAll(file.get(), path, out);
}

std::optional<int> AddAttributes(const std::vector<std::string>& texts, Event* event) {
  for (const std::string& text : texts) {
    auto attribute = ParseAttribute(text);
    if (!attribute.ok()) {
      const bool malformed = attribute.status().code() == absl::StatusCode::kFailedPrecondition;
      return Fail(malformed ? kExitUsage : kExitBadData, std::string(attribute.status().message()));
    }
    const std::string name = attribute->first;
    if (!event->attributes.insert(*std::move(attribute)).second) {
      return Fail(kExitUsage, fmt::format("attribute '{}' is given twice", name));
    }
  }
  return std::nullopt;
}

}  // namespace

Ack AckOf(const PublishFlags& flags) {
  if (flags.ack == "none") {
    return Ack::kNone;
  }
  return flags.ack == "accepted" ? Ack::kAccepted : Ack::kCommitted;
}

Scope ScopeOf(const PublishFlags& flags) {
  return flags.scope == "local" ? Scope::kLocal : Scope::kGlobal;
}

EventOrExit MakeEvent(const PublishFlags& flags) {
  if (flags.type.empty()) {
    return {.event = {},
            .exit_code = Fail(kExitUsage, "publish needs a TYPE such as app.started, or --stdin")};
  }
  Event event;
  event.type = flags.type;
  event.subject = flags.subject;
  event.datacontenttype = flags.content_type;
  event.id = flags.id;
  event.source = flags.source;
  event.scope = ScopeOf(flags);
  if (const std::optional<int> exit_code = AddAttributes(flags.attributes, &event)) {
    return {.event = {}, .exit_code = *exit_code};
  }
  if (flags.data) {
    event.data.emplace();
    if (const std::optional<int> exit_code = ReadData(*flags.data, &*event.data)) {
      return {.event = {}, .exit_code = *exit_code};
    }
  }
  return {.event = std::move(event), .exit_code = kExitOk};
}

std::optional<int> CheckStdinFlags(const PublishFlags& flags) {
  const bool describes_event = !flags.type.empty() || !flags.subject.empty() ||
                               !flags.attributes.empty() || flags.data ||
                               !flags.content_type.empty() || !flags.id.empty() ||
                               !flags.source.empty() || flags.expect_subject_seq;
  if (describes_event) {
    return Fail(
        kExitUsage,
        "with --stdin every line is a whole event; only --scope (for lines without one) and --ack "
        "go with it");
  }
  return std::nullopt;
}

}  // namespace peal::tool
