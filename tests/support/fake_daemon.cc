#include "tests/support/fake_daemon.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/base/check.h"
#include "core/base/event_codec.h"
#include "core/base/frame.h"

namespace peal::test {
namespace {

constexpr size_t kFrameBytesMax = 8 << 20;

std::optional<proto::PublishResult> Committed(const proto::Publish& publish) {
  if (publish.ack() == proto::ACK_NONE) {
    return std::nullopt;
  }
  proto::PublishResult result;
  result.set_node("fake");
  result.set_sequence(publish.request());
  if (publish.event().scope() == proto::SCOPE_GLOBAL && publish.ack() == proto::ACK_COMMITTED) {
    result.set_globalseq(100 + publish.request());
    result.set_epoch(3);
  }
  result.set_id(publish.event().id().empty() ? "given" : publish.event().id());
  return result;
}

}  // namespace

Event Numbered(uint64_t globalseq) {
  Event event;
  event.type = "app.started";
  event.globalseq = globalseq;
  return event;
}

FakeScript::FakeScript() : on_publish(Committed) {
  welcome.emplace();
  welcome->set_version(1);
  welcome->set_node("fake");
  welcome->set_incarnation(7);
  welcome->set_frame_bytes_max(2 * 1024 * 1024);
  welcome->set_data_bytes_max(1024 * 1024);
  welcome->set_publish_window(16);
  status->set_node("fake");
  status->set_phase("standalone");
}

FakeDaemon::FakeDaemon(FakeScript script) : script_(std::move(script)) {
  std::string pattern = "/tmp/peal-test-XXXXXX";
  PEAL_CHECK(mkdtemp(pattern.data()) != nullptr);
  directory_ = pattern;
  socket_path_ = directory_ + "/s";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  PEAL_CHECK(listener_ >= 0);
  PEAL_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  PEAL_CHECK(listen(listener_, 16) == 0);
  accepting_ = std::thread([this] { Accept(); });
}

FakeDaemon::~FakeDaemon() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const Session& session : sessions_) {
      shutdown(session.fd, SHUT_RDWR);
    }
  }
  shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  for (Session& session : sessions_) {
    session.thread.join();
    close(session.fd);
  }
  close(listener_);
  unlink(socket_path_.c_str());
  rmdir(directory_.c_str());
}

void FakeDaemon::Accept() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (fd < 0 || stopping_) {
      if (fd >= 0) {
        close(fd);
      }
      return;
    }
    Session& session = sessions_.emplace_back();
    session.fd = fd;
    session.thread = std::thread([this, &session] { Serve(&session); });
  }
}

void FakeDaemon::Serve(Session* session) {
  base::FrameReader reader(kFrameBytesMax);
  std::array<char, 64 << 10> piece{};
  for (;;) {
    const ssize_t bytes = recv(session->fd, piece.data(), piece.size(), 0);
    if (bytes <= 0) {
      return;
    }
    reader.Append({piece.data(), static_cast<size_t>(bytes)});
    for (auto next = reader.Next(); next.ok() && next->has_value(); next = reader.Next()) {
      proto::ClientFrame frame;
      const bool parsed = frame.ParseFromArray((*next)->data(), static_cast<int>((*next)->size()));
      PEAL_CHECK(parsed);
      if (!Answer(session, frame)) {
        shutdown(session->fd, SHUT_RDWR);
        return;
      }
    }
  }
}

bool FakeDaemon::Answer(Session* session, const proto::ClientFrame& frame) {
  const std::lock_guard lock(mutex_);
  proto::ServerFrame answer;
  switch (frame.body_case()) {
    case proto::ClientFrame::kHello:
      client_sessions_.push_back(frame.hello().session());
      if (!script_.raw_greeting.empty()) {
        send(session->fd, script_.raw_greeting.data(), script_.raw_greeting.size(), MSG_NOSIGNAL);
      } else if (script_.welcome) {
        *answer.mutable_welcome() = *script_.welcome;
      }
      break;
    case proto::ClientFrame::kPublish:
      return OnPublish(session, frame.publish());
    case proto::ClientFrame::kSubscribe:
      OnSubscribe(session, frame.subscribe());
      break;
    case proto::ClientFrame::kStatus:
      if (script_.status) {
        *answer.mutable_status() = *script_.status;
        answer.mutable_status()->set_request(frame.status().request());
      }
      break;
    case proto::ClientFrame::kList:
      *answer.mutable_list() = script_.list;
      answer.mutable_list()->set_request(frame.list().request());
      break;
    case proto::ClientFrame::kBarrier:
      *answer.mutable_barrier() = script_.barrier;
      answer.mutable_barrier()->set_request(frame.barrier().request());
      break;
    case proto::ClientFrame::kCluster:
      cluster_requests_.push_back(frame.cluster());
      *answer.mutable_cluster() = script_.cluster;
      answer.mutable_cluster()->set_request(frame.cluster().request());
      break;
    case proto::ClientFrame::kUnsubscribe:
      unsubscribes_.push_back(frame.unsubscribe());
      break;
    case proto::ClientFrame::kConfirm:
      confirms_.push_back(frame.confirm());
      break;
    case proto::ClientFrame::kRemoveDurable:
      removals_.push_back(frame.remove_durable());
      *answer.mutable_removed() = script_.removed;
      answer.mutable_removed()->set_request(frame.remove_durable().request());
      break;
    case proto::ClientFrame::BODY_NOT_SET:
      break;
  }
  Send(*session, answer);
  return true;
}

bool FakeDaemon::OnPublish(Session* session, const proto::Publish& publish) {
  publishes_.push_back(publish);
  if (publishes_.size() > script_.close_after_publishes && !(script_.close_once && closed_)) {
    closed_ = true;
    return false;
  }
  if (const std::optional<proto::PublishResult> result = script_.on_publish(publish)) {
    proto::ServerFrame answer;
    *answer.mutable_published() = *result;
    answer.mutable_published()->set_request(publish.request());
    Send(*session, answer);
  }
  return true;
}

void FakeDaemon::OnSubscribe(Session* session, const proto::Subscribe& subscribe) {
  subscribes_.push_back(subscribe);
  const bool resumes = subscribe.from() == proto::Subscribe::PLACE;
  proto::ServerFrame answer;
  proto::SubscribeResult* const subscribed = answer.mutable_subscribed();
  *subscribed = script_.on_subscribe ? script_.on_subscribe(subscribe) : script_.subscribed;
  subscribed->set_request(subscribe.request());
  if (script_.tells_places && subscribed->code() == proto::OK && !subscribed->has_place()) {
    subscribed->mutable_place()->set_global(resumes ? subscribe.place().global() : 0);
  }
  Send(*session, answer);
  if (subscribed->code() != proto::OK) {
    return;
  }
  session->subscriptions.push_back(subscribe.request());
  std::vector<Event> events = script_.history;
  if (resumes) {
    events.insert(events.end(), delivered_.begin(), delivered_.end());
    std::erase_if(
        events, [&](const Event& event) { return event.globalseq <= subscribe.place().global(); });
  }
  if (!events.empty()) {
    DeliverTo(*session, subscribe.request(), events);
  }
}

void FakeDaemon::DeliverTo(const Session& session, uint64_t request,
                           const std::vector<Event>& events) {
  proto::ServerFrame frame;
  frame.mutable_deliver()->set_request(request);
  for (const Event& event : events) {
    proto::Event encoded;
    base::ToProto(event, &encoded);
    frame.mutable_deliver()->add_events(encoded.SerializeAsString());
    if (script_.tells_places) {
      frame.mutable_deliver()->mutable_place()->set_global(event.globalseq);
    }
  }
  Send(session, frame);
}

void FakeDaemon::Send(const Session& session, const proto::ServerFrame& frame) {
  if (frame.body_case() == proto::ServerFrame::BODY_NOT_SET) {
    return;
  }
  std::string bytes;
  base::AppendFrame(&bytes, frame);
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = send(session.fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) {
      return;  // The client is gone; reading tells so.
    }
    sent += static_cast<size_t>(count);
  }
}

std::vector<std::string> FakeDaemon::sessions() {
  const std::lock_guard lock(mutex_);
  return client_sessions_;
}

std::vector<proto::ClusterRequest> FakeDaemon::cluster_requests() {
  const std::lock_guard lock(mutex_);
  return cluster_requests_;
}

std::vector<proto::Publish> FakeDaemon::publishes() {
  const std::lock_guard lock(mutex_);
  return publishes_;
}

std::vector<proto::Subscribe> FakeDaemon::subscribes() {
  const std::lock_guard lock(mutex_);
  return subscribes_;
}

std::vector<proto::Confirm> FakeDaemon::confirms() {
  const std::lock_guard lock(mutex_);
  return confirms_;
}

std::vector<proto::Unsubscribe> FakeDaemon::unsubscribes() {
  const std::lock_guard lock(mutex_);
  return unsubscribes_;
}

std::vector<proto::RemoveDurable> FakeDaemon::removals() {
  const std::lock_guard lock(mutex_);
  return removals_;
}

void FakeDaemon::Deliver(const Event& event) {
  const std::lock_guard lock(mutex_);
  delivered_.push_back(event);
  for (const Session& session : sessions_) {
    for (const uint64_t request : session.subscriptions) {
      DeliverTo(session, request, {event});
    }
  }
}

void FakeDaemon::EndSubscriptions(proto::Code code, const std::string& message) {
  const std::lock_guard lock(mutex_);
  for (Session& session : sessions_) {
    for (const uint64_t request : std::exchange(session.subscriptions, {})) {
      proto::ServerFrame frame;
      frame.mutable_subscription_ended()->set_request(request);
      frame.mutable_subscription_ended()->set_code(code);
      frame.mutable_subscription_ended()->set_message(message);
      Send(session, frame);
    }
  }
}

void FakeDaemon::CloseAll(const std::string& reason, proto::Code code) {
  proto::ServerFrame closing;
  closing.mutable_closing()->set_code(code);
  closing.mutable_closing()->set_message(reason);
  const std::lock_guard lock(mutex_);
  for (const Session& session : sessions_) {
    Send(session, closing);
    shutdown(session.fd, SHUT_RDWR);
  }
}

}  // namespace peal::test
