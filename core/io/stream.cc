#include "core/io/stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "core/base/check.h"
#include "core/base/errno_text.h"
#include "fmt/format.h"

namespace peal::io {
namespace {

// An output buffer that once held much gives its memory back.
constexpr size_t kKeptBytes = 64 << 10;

}  // namespace

Stream::Stream(Loop* loop, UniqueFd fd, size_t high_water_bytes, StreamUser* user)
    : loop_(loop),
      fd_(std::move(fd)),
      high_water_bytes_(high_water_bytes),
      user_(user),
      write_(loop, [this] { WriteOut(); }) {
  PEAL_CHECK(fd_.valid());
  SetReading(true);
}

void Stream::Flush() {
  if (ended_ || deaf_) {
    output_.clear();
    sent_bytes_ = 0;
    return;
  }
  was_above_ = was_above_ || AboveHighWater();
  if (writable_ == nullptr) {
    write_.Schedule();
  }
}

void Stream::SetReading(bool reading) {
  const bool wanted = reading && !finishing_ && !ended_;
  if (wanted && readable_ == nullptr) {
    readable_ = loop_->Watch(fd_.get(), Ready::kRead, [this] { OnReadable(); });
  } else if (!wanted) {
    readable_.reset();
  }
}

void Stream::Finish() {
  if (finishing_ || ended_) {
    return;
  }
  finishing_ = true;
  SetReading(false);
  finish_timer_ = loop_->After(kFinishTimeout, [this] { End(absl::OkStatus()); });
  write_.Schedule();
}

void Stream::OnReadable() {
  std::array<char, kReadBytesMax> buffer;
  const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
  if (count > 0) {
    user_->OnBytes({buffer.data(), static_cast<size_t>(count)});
  } else if (count == 0 || errno == ECONNRESET) {
    // Reset is what closing with unread answers looks like: after all that the peer had sent.
    End(absl::OkStatus());
  } else if (errno != EAGAIN && errno != EINTR) {
    End(absl::UnavailableError(fmt::format("cannot read: {}", base::ErrnoText(errno))));
  }
}

void Stream::WriteOut() {
  while (!ended_ && unsent_bytes() > 0) {
    const ssize_t count =
        ::send(fd_.get(), output_.data() + sent_bytes_, unsent_bytes(), MSG_NOSIGNAL);
    if (count > 0) {
      sent_bytes_ += static_cast<size_t>(count);
    } else if (errno == EAGAIN) {
      if (writable_ == nullptr) {
        writable_ = loop_->Watch(fd_.get(), Ready::kWrite, [this] { WriteOut(); });
      }
      break;
    } else if (errno != EINTR) {
      DropOutput();
    }
  }
  AfterWrite();
}

void Stream::DropOutput() {
  deaf_ = true;
  sent_bytes_ = output_.size();
}

void Stream::AfterWrite() {
  if (ended_) {
    return;
  }
  if (unsent_bytes() == 0) {
    writable_.reset();
    sent_bytes_ = 0;
    output_.clear();
    if (output_.capacity() > kKeptBytes) {
      output_.shrink_to_fit();
    }
    if (finishing_) {
      End(absl::OkStatus());
      return;
    }
  } else if (sent_bytes_ >= kKeptBytes && sent_bytes_ >= unsent_bytes()) {
    output_.erase(0, sent_bytes_);
    sent_bytes_ = 0;
  }
  if (was_above_ && unsent_bytes() <= high_water_bytes_ / 2) {
    was_above_ = false;
    user_->OnDrained();
  }
}

void Stream::End(const absl::Status& reason) {
  if (std::exchange(ended_, true)) {
    return;
  }
  readable_.reset();
  writable_.reset();
  finish_timer_.reset();
  fd_.Reset();
  user_->OnEnd(reason);
}

}  // namespace peal::io
