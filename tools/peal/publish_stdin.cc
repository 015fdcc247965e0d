#include "tools/peal/publish_stdin.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include "client/status_convert.h"
#include "core/base/check.h"
#include "core/base/errno_text.h"
#include "core/base/event_json.h"
#include "fmt/format.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/publish_text.h"

namespace peal::tool {
namespace {

constexpr size_t kReadBytes = 64 << 10;
// JSON writes a byte of data as at most six (\u0000); attributes and fields come on top.
constexpr size_t kJsonGrowth = 6;
constexpr size_t kFieldsBytesMax = 1 << 20;

Status TooLong(size_t bytes_max) {
  return {ErrorKind::kInvalid,
          fmt::format("the line is longer than {} bytes; make data smaller", bytes_max)};
}

size_t LineBytesMax(const Client& client) {
  return kJsonGrowth * client.daemon().data_bytes_max + kFieldsBytesMax;
}

}  // namespace

StdinPublisher::StdinPublisher(Client* client, StdinPublishOptions options)
    : client_(client),
      options_(options),
      // Twice the window: it stays full while the results before wait for one that is slow.
      slots_max_(2 * client->daemon().publish_window),
      lines_(LineBytesMax(*client)) {}

int StdinPublisher::Run() {
  std::optional<int> ended;
  while (!ended && !done()) {
    ended = Round();
  }
  if (!ended && options_.ack == Ack::kNone) {
    const Status flushed = client_->Flush(options_.timeout);
    ended = flushed.ok() ? std::nullopt : std::optional(Fail(flushed));
  }
  if (ended) {
    return *ended;
  }
  if (failed_count_ > 0) {
    Fail(kExitError,
         fmt::format("{} of {} lines failed; their results say why", failed_count_, line_count_));
  }
  return FinalCode();
}

int StdinPublisher::FinalCode() const {
  return bad_line_ ? static_cast<int>(kExitBadData) : first_failure_.value_or(kExitOk);
}

bool StdinPublisher::wants_input() const {
  return !end_of_input_ && !held_ && slots_.size() < slots_max_;
}

std::optional<int> StdinPublisher::Round() {
  if (const std::optional<int> ended = Poll()) {
    return ended;
  }
  if (input_ready_) {
    if (const std::optional<int> ended = ReadInput()) {
      return ended;
    }
  }
  TakeLines();
  const Status dispatched = client_->Dispatch(std::chrono::milliseconds(0));
  if (dispatched.ok()) {
    PublishHeld();
    TakeLines();
  }
  PrintFront();
  const std::optional<int> ended = output_.Flush();
  if (!ended && !dispatched.ok()) {
    return Fail(dispatched);
  }
  return ended;
}

std::optional<int> StdinPublisher::Poll() {
  std::array<pollfd, 3> waiting{
      {{.fd = client_->fd(), .events = client_->poll_events(), .revents = 0},
       {.fd = wants_input() ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0},
       // Only whether its reader is gone.
       {.fd = STDOUT_FILENO, .events = 0, .revents = 0}}};
  const int timeout_ms =
      static_cast<int>(std::min<int64_t>(client_->next_deadline().count(), INT_MAX));
  if (poll(waiting.data(), waiting.size(), timeout_ms) < 0 && errno != EINTR) {
    return Fail(kExitIo, fmt::format("poll: {}", base::ErrnoText(errno)));
  }
  input_ready_ = waiting[1].revents != 0;
  const bool reader_gone = (waiting[2].revents & POLLERR) != 0;
  return reader_gone ? std::optional<int>(kExitOk) : std::nullopt;
}

std::optional<int> StdinPublisher::ReadInput() {
  std::array<char, kReadBytes> piece;
  const ssize_t bytes = read(STDIN_FILENO, piece.data(), piece.size());
  if (bytes < 0) {
    const bool again = errno == EINTR || errno == EAGAIN;
    return again ? std::nullopt
                 : std::optional(Fail(kExitIo, fmt::format("cannot read standard input: {}",
                                                           base::ErrnoText(errno))));
  }
  if (bytes == 0) {
    lines_.Finish();
  } else {
    lines_.Append({piece.data(), static_cast<size_t>(bytes)});
  }
  TakeLines();
  return std::nullopt;
}

void StdinPublisher::TakeLines() {
  while (wants_input()) {
    const std::optional<LineReader::Line> line = lines_.Next();
    if (!line) {
      end_of_input_ = lines_.finished();
      return;
    }
    if (line->too_long || line->text.find_first_not_of(" \t\r") != std::string_view::npos) {
      TakeLine(*line);
    }
  }
}

void StdinPublisher::TakeLine(const LineReader::Line& line) {
  ++line_count_;
  const uint64_t slot = first_slot_ + slots_.size();
  slots_.push_back({.line = line.number, .result = {}});
  if (line.too_long) {
    const Status too_long = TooLong(LineBytesMax(*client_));
    Refuse(slot, too_long, too_long.message());
    return;
  }
  absl::StatusOr<Event> event =
      base::EventFromJson(line.text, {.default_scope = options_.default_scope});
  if (!event.ok()) {
    const Status why = client::FromAbsl(event.status());
    Refuse(slot, why, why.message());
    return;
  }
  held_ = Held{slot, *std::move(event)};
  PublishHeld();
}

void StdinPublisher::PublishHeld() {
  if (!held_) {
    return;
  }
  const uint64_t slot = held_->slot;
  const Status published =
      client_->Publish(held_->event, {.ack = options_.ack, .timeout = options_.timeout},
                       [this, slot](const PublishResult& result) { Resolve(slot, result); });
  if (published.kind() == ErrorKind::kBusy) {
    return;  // It stays held.
  }
  held_.reset();
  if (!published.ok()) {
    Refuse(slot, published, published.message());
  } else if (options_.ack == Ack::kNone) {
    slots_[slot - first_slot_].result = options_.json ? "{\"ack\":\"none\"}" : "ack=none";
  }
}

void StdinPublisher::Resolve(uint64_t slot, const PublishResult& result) {
  if (!result.status.ok()) {
    Refuse(slot, result.status, FailureText(result));
    return;
  }
  PEAL_CHECK(slot >= first_slot_);
  slots_[slot - first_slot_].result = ReceiptText(result, options_.json);
}

void StdinPublisher::Refuse(uint64_t slot, const Status& status, std::string_view message) {
  PEAL_CHECK(slot >= first_slot_);
  const ExitCode code = ExitCodeOf(status);
  ++failed_count_;
  bad_line_ = bad_line_ || code == kExitBadData;
  first_failure_ = first_failure_.value_or(code);
  Slot& refused = slots_[slot - first_slot_];
  refused.result = LineErrorText(refused.line, status, message, options_.json);
}

void StdinPublisher::PrintFront() {
  while (!slots_.empty() && slots_.front().result) {
    output_.Line(*slots_.front().result);
    slots_.pop_front();
    ++first_slot_;
  }
}

}  // namespace peal::tool
