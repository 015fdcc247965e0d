// A program in C on a fake daemon, for the tests of peal.h.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "peal.h"
#include "tests/support/fake_daemon.h"

namespace peal::test {

// Owns an event of the program's.
using COwnedEvent = std::unique_ptr<peal_event_t, peal_error_t (*)(peal_event_t*)>;

inline COwnedEvent CEvent(const char* type = "app.x") {
  COwnedEvent event(peal_event_new(), peal_event_free);
  EXPECT_EQ(peal_event_set_string(event.get(), "type", type), PEAL_OK);
  return event;
}

class CProgram : public testing::Test {
 protected:
  static constexpr int kLongMs = static_cast<int>(kLong.count());

  CProgram() = default;
  CProgram(const CProgram&) = delete;
  CProgram& operator=(const CProgram&) = delete;
  ~CProgram() override { peal_disconnect(peal_); }

  void Start(FakeScript script = {}) {
    daemon_ = std::make_unique<FakeDaemon>(std::move(script));
    Connect({.size = sizeof(peal_connect_options)});
  }

  // `options` without a socket path.
  void Connect(peal_connect_options options) {
    std::array<char, 256> why{};
    options.socket_path = daemon_->socket_path().c_str();
    options.timeout_ms = kLongMs;
    ASSERT_EQ(peal_connect(&options, &peal_, why.data(), why.size()), PEAL_OK) << why.data();
  }

  void StartWithHistory(uint64_t count) {
    FakeScript script;
    for (uint64_t i = 1; i <= count; ++i) {
      script.history.push_back(Numbered(i));
    }
    Start(std::move(script));
  }

  // For a subscription whose user is this: keeps the numbers of what comes.
  static void Keep(peal_t* /*peal*/, const peal_event_t* event, void* user) {
    static_cast<CProgram*>(user)->seen_.push_back(peal_event_int(event, "globalseq"));
  }

  std::string text() const { return peal_error_text(peal_); }

  std::unique_ptr<FakeDaemon> daemon_;
  peal_t* peal_ = nullptr;
  std::vector<int64_t> seen_;
};

}  // namespace peal::test
