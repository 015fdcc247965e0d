// A daemon without a bus behind it: speaks the session protocol and answers as a test says.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/event.h"
#include "proto/session.pb.h"

namespace peal::test {

// What the daemon says. Set before the daemon starts.
struct FakeScript {
  FakeScript();

  // Not set: the greeting is never answered.
  std::optional<proto::Welcome> welcome;
  // Sent as they are instead of everything else, when not empty.
  std::string raw_greeting;
  proto::StatusReply status;
  proto::ListReply list;
  proto::BarrierReply barrier;
  proto::ClusterReply cluster;
  proto::SubscribeResult subscribed;
  // Delivered to each subscription at once.
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
  // Delivers to all subscriptions that there are.
  void Deliver(const Event& event);
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
  bool closed_ = false;  // A connection, after so many publishes.
  bool stopping_ = false;
};

}  // namespace peal::test
