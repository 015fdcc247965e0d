// A session in an epoll loop that has other things to wait for: here a signal that ends it.
//   epoll_loop TYPE
#include <peal/client.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <iostream>

namespace {

// Keeps what epoll waits for as the client wants it: descriptor and events change, the descriptor
// when the daemon was away. A descriptor that was closed has left the epoll set by itself, and
// another may have got its number: adding comes first.
void Watch(int epoll, const peal::Client& client) {
  epoll_event wanted{};
  wanted.events = static_cast<uint32_t>(client.poll_events());  // The same bits as those of poll.
  wanted.data.fd = client.fd();
  if (client.fd() >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, client.fd(), &wanted) != 0) {
    epoll_ctl(epoll, EPOLL_CTL_MOD, client.fd(), &wanted);
  }
}

int SignalDescriptor() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

int Run(peal::Client* client) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  const int signals = SignalDescriptor();
  epoll_event ends{};
  ends.events = EPOLLIN;
  ends.data.fd = signals;
  epoll_ctl(epoll, EPOLL_CTL_ADD, signals, &ends);
  for (;;) {
    Watch(epoll, *client);
    const auto wait_ms =
        std::min<std::chrono::milliseconds::rep>(client->next_deadline().count(), INT_MAX);
    std::array<epoll_event, 8> ready{};
    const int count =
        epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), static_cast<int>(wait_ms));
    const auto is_signal = [&](const epoll_event& event) { return event.data.fd == signals; };
    if (std::any_of(ready.begin(), ready.begin() + std::max(count, 0), is_signal)) {
      break;
    }
    if (const peal::Status status = client->Dispatch(std::chrono::milliseconds(0)); !status.ok()) {
      std::cerr << status.message() << "\n";
      return 1;
    }
  }
  close(signals);
  close(epoll);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  auto client = peal::Client::Connect({.name = "epoll_loop.cc"});
  if (!client.ok()) {
    std::cerr << client.status().message() << "\n";
    return 69;
  }
  const auto subscription = (*client)->Subscribe(
      {.types = {argc > 1 ? argv[1] : "*"}, .scope = peal::SubscribeScope::kGlobal},
      [](const peal::Event& event) {
        const auto number = event.attributes.find("number");
        std::cout << event.globalseq << " " << event.type << " "
                  << (number == event.attributes.end() ? 0 : std::get<int64_t>(number->second))
                  << std::endl;
      });
  if (!subscription.ok()) {
    std::cerr << subscription.status().message() << "\n";
    return 1;
  }
  return Run(client->get());
}
