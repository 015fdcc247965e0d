// A program on a bus, fake or real: what it asks for, what it saw and heard.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "peal/client.h"

namespace peal::test {

// With a client that dispatches for so short a time each, a bus that is there does all within so
// many.
inline constexpr std::chrono::milliseconds kTurn{20};
inline constexpr int kTurnsMax = 1'000;

inline Event Named(const std::string& type, const std::string& subject = "") {
  Event event;
  event.type = type;
  event.subject = subject;
  return event;
}

inline SubscribeOptions Global(std::vector<std::string> types) {
  SubscribeOptions options;
  options.types = std::move(types);
  options.scope = SubscribeScope::kGlobal;
  return options;
}

inline SubscribeOptions From(SubscribeOptions options, uint64_t globalseq) {
  options.from = SubscribeOptions::From::kSequence;
  options.from_sequence = globalseq;
  return options;
}

class Program {
 public:
  // Makes a client that tells of its connection.
  using Connect = std::function<std::unique_ptr<Client>(const ConnectOptions&)>;
  explicit Program(const Connect& connect)
      : client_(connect(
            {.name = "program", .on_connection = [this](ConnectionState state, const Status&) {
               states.push_back(state);
             }})) {}

  Status TrySubscribe(SubscribeOptions options) {
    options.on_end = [this](const Status& why) { ends.push_back(why.kind()); };
    const auto subscribed = client_->Subscribe(options, [this](const Event& event) {
      events.push_back(event);
      if (on_event) {
        on_event(event);
      }
    });
    if (subscribed.ok()) {
      subscription = *subscribed;
    }
    return subscribed.status();
  }
  void Subscribe(const SubscribeOptions& options) {
    const Status status = TrySubscribe(options);
    ASSERT_TRUE(status.ok()) << status.message();
  }

  Status TryPublish(const Event& event, const PublishOptions& options = {}) {
    return client_->Publish(event, options,
                            [this](const PublishResult& result) { results.push_back(result); });
  }
  // The answer; what is refused at once counts as one.
  PublishResult Publish(const Event& event, const PublishOptions& options = {}) {
    const size_t before = results.size();
    if (const Status status = TryPublish(event, options); !status.ok()) {
      return {.status = status};
    }
    Until([&] { return results.size() > before; });
    return results.back();
  }

  // All that there is to do on a fake bus just now.
  void Work() {
    for (int i = 0; i < 20; ++i) {
      (void)client_->Dispatch(std::chrono::milliseconds(0));  // One that ended says so each time.
    }
  }
  // Dispatches until `fact`.
  void Until(const std::function<bool()>& fact) {
    for (int i = 0; i < kTurnsMax && !fact(); ++i) {
      (void)client_->Dispatch(kTurn);  // The same.
    }
    ASSERT_TRUE(fact());
  }
  // Until an event of this type has come, which is then the last.
  void UntilSeen(const std::string& type) {
    Until([&] { return !events.empty() && events.back().type == type; });
  }

  // Type and subject of each event.
  std::vector<std::string> seen() const {
    std::vector<std::string> seen;
    for (const Event& event : events) {
      seen.push_back(event.type + (event.subject.empty() ? "" : " " + event.subject));
    }
    return seen;
  }
  std::vector<std::string> Seen() {
    Work();
    return seen();
  }
  Client* client() { return client_.get(); }

  std::vector<Event> events;
  std::vector<PublishResult> results;
  std::vector<ConnectionState> states;
  std::vector<ErrorKind> ends;
  SubscriptionId subscription;
  std::function<void(const Event&)> on_event;

 private:
  std::unique_ptr<Client> client_;
};

}  // namespace peal::test
