// A daemon without a bus behind it: speaks the session protocol and answers as a test says.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "peal/event.h"
#include "proto/session.pb.h"

namespace peal::test {

// Long enough for whatever comes at all.
inline constexpr std::chrono::milliseconds kLong{20'000};

// An event at this place of the order, of the type app.started.
Event Numbered(uint64_t globalseq);

// What the daemon says. Set before the daemon starts.
struct FakeScript {
  FakeScript();

  // Not set: the greeting is never answered.
  std::optional<proto::Welcome> welcome;
  // Sent as they are instead of everything else, when not empty.
  std::string raw_greeting;
  std::optional<proto::StatusReply> status = proto::StatusReply();  // Not set: no answer.
  proto::ListReply list;
  proto::BarrierReply barrier;
  proto::ClusterReply cluster;
  proto::SubscribeResult subscribed;
  // Instead of `subscribed`, when set. On the daemon's thread.
  std::function<proto::SubscribeResult(const proto::Subscribe&)> on_subscribe;
  // Whether places are told: of a subscription its last globalseq.
  bool tells_places = true;
  proto::RemoveDurableReply removed;
  // Delivered to each subscription at once; to one from a place, what is after it, and what
  // Deliver() brought too.
  std::vector<Event> history;
  // The answer to a publish; nullopt: none. On the daemon's thread. Default: it is committed.
  std::function<std::optional<proto::PublishResult>(const proto::Publish&)> on_publish;
  // After so many publishes the connection is closed.
  uint64_t close_after_publishes = UINT64_MAX;
  // Only the first connection that publishes so many is closed.
  bool close_once = false;
};

// Listens in a directory of its own until it is destroyed. Thread-safe.
class FakeDaemon {
 public:
  explicit FakeDaemon(FakeScript script = {});
  ~FakeDaemon();
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  const std::string& socket_path() const { return socket_path_; }
  // What clients have published so far.
  std::vector<proto::Publish> publishes();
  // The session that each greeting named.
  std::vector<std::string> sessions();
  std::vector<proto::ClusterRequest> cluster_requests();
  std::vector<proto::Subscribe> subscribes();
  std::vector<proto::Confirm> confirms();
  std::vector<proto::Unsubscribe> unsubscribes();
  std::vector<proto::RemoveDurable> removals();
  // Delivers to all subscriptions that there are.
  void Deliver(const Event& event);
  // Ends all subscriptions, with the daemon's reason.
  void EndSubscriptions(proto::Code code, const std::string& message);
  // Ends all connections, with the daemon's reason.
  void CloseAll(const std::string& reason, proto::Code code = proto::RESOURCE_EXHAUSTED);

 private:
  struct Session {
    int fd = -1;
    std::vector<uint64_t> subscriptions;
    std::thread thread;
  };

  void Accept();
  void Serve(Session* session);
  bool Answer(Session* session, const proto::ClientFrame& frame);
  bool OnPublish(Session* session, const proto::Publish& publish);
  void OnSubscribe(Session* session, const proto::Subscribe& subscribe);
  void DeliverTo(const Session& session, uint64_t request, const std::vector<Event>& events);
  static void Send(const Session& session, const proto::ServerFrame& frame);

  const FakeScript script_;
  std::string directory_;
  std::string socket_path_;
  int listener_ = -1;
  std::thread accepting_;

  // Sessions have a thread each, and the test has its own.
  std::mutex mutex_;
  std::list<Session> sessions_;
  std::vector<std::string> client_sessions_;
  std::vector<proto::Publish> publishes_;
  std::vector<proto::ClusterRequest> cluster_requests_;
  std::vector<proto::Subscribe> subscribes_;
  std::vector<proto::Confirm> confirms_;
  std::vector<proto::Unsubscribe> unsubscribes_;
  std::vector<proto::RemoveDurable> removals_;
  std::vector<Event> delivered_;
  bool closed_ = false;  // A connection, after so many publishes.
  bool stopping_ = false;
};

}  // namespace peal::test
