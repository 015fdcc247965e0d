// Subscribes to a type, publishes an event of it, and waits until that one has come: it is seen
// after everything that was ordered before it, on every node.
//   publish_subscribe TYPE
#include <peal/client.h>

#include <iostream>

int main(int argc, char** argv) {
  const std::string type = argc > 1 ? argv[1] : "app.example";
  auto connected = peal::Client::Connect({.name = "publish_subscribe.cc"});
  if (!connected.ok()) {
    std::cerr << connected.status().message() << "\n";
    return 69;
  }
  peal::Client& client = **connected;

  uint64_t own = 0;   // The number of what is published here, once it is known.
  uint64_t seen = 0;  // The number of the last event that came.
  const auto subscription = client.Subscribe(
      {.types = {type}, .scope = peal::SubscribeScope::kGlobal}, [&](const peal::Event& event) {
        seen = event.globalseq;
        std::cout << event.globalseq << " " << event.type << " from " << event.node << "\n";
      });
  if (!subscription.ok()) {
    std::cerr << subscription.status().message() << "\n";
    return 1;
  }

  peal::Event event;
  event.type = type;
  event.subject = "example";
  event.attributes["version"] = int64_t{42};
  event.data = "rolled out";
  peal::Status failed;
  failed = client.Publish(event, {}, [&](const peal::PublishResult& result) {
    own = result.globalseq;
    failed = result.status;
  });
  while (failed.ok() && (own == 0 || seen < own)) {
    failed.Update(client.Dispatch(std::chrono::seconds(1)));
  }
  if (!failed.ok()) {
    std::cerr << failed.message() << "\n";
    return 1;
  }
  return 0;
}
