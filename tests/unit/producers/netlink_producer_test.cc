// The producers on real netlink, in a network namespace of the test's own.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/io/loop.h"
#include "producers/ip/ip_producer.h"
#include "producers/ip/link_producer.h"

namespace peal::producers {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

bool WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

// A network namespace for this thread and the programs it starts; without the right to make one,
// within a user namespace, in which this user is root.
bool EnterNetworkNamespace() {
  if (unshare(CLONE_NEWNET) == 0) {
    return true;
  }
  const uid_t uid = getuid();
  const gid_t gid = getgid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
    return false;
  }
  return WriteFile("/proc/self/setgroups", "deny") &&
         WriteFile("/proc/self/uid_map", fmt::format("0 {} 1", uid)) &&
         WriteFile("/proc/self/gid_map", fmt::format("0 {} 1", gid));
}

// Runs `ip ARGUMENTS`; returns whether it succeeded.
bool Ip(const std::string& arguments) {
  const std::string command = "exec ip " + arguments;
  const char* argv[] = {"sh", "-c", command.c_str(), nullptr};
  pid_t child = 0;
  if (posix_spawnp(&child, "sh", nullptr, nullptr, const_cast<char**>(argv), environ) != 0) {
    return false;
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0;
}

// The kernel tells of an interface's state a moment after both its ends are as it takes.
bool Becomes(const std::string& interface, const std::string& state) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!Ip(fmt::format("-o link show dev {} | grep -q 'state {}'", interface, state))) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
  }
  return true;
}

// rtnetlink sockets of programs in this namespace.
int RouteSockets() {
  std::ifstream file("/proc/thread-self/net/netlink");
  std::string line;
  int count = 0;
  while (std::getline(file, line)) {
    char pointer[32];
    int protocol = -1;
    unsigned port = 0;
    if (sscanf(line.c_str(), "%31s %d %u", pointer, &protocol, &port) == 3 && protocol == 0 &&
        port != 0) {
      count++;
    }
  }
  return count;
}

std::string Describe(const proto::Event& event) {
  std::string text = event.type();
  for (const proto::Attribute& attribute : event.attributes()) {
    text += attribute.value().kind_case() == proto::Value::kInteger
                ? fmt::format(" {}={}", attribute.name(), attribute.value().integer())
                : fmt::format(" {}={}", attribute.name(), attribute.value().text());
  }
  return text;
}

class NetlinkProducerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!EnterNetworkNamespace()) {
      GTEST_SKIP() << "this user may not make a network namespace";
    }
    // No addresses of the kernel's own making.
    if (!Ip("link add va type veth peer name vb")) {
      GTEST_SKIP() << "cannot make a veth interface: no iproute2, or no veth in this kernel";
    }
    ASSERT_TRUE(Ip("link set va addrgenmode none"));
    ASSERT_TRUE(Ip("link set vb addrgenmode none"));
  }

  void StartIp(size_t receive_bytes = NetlinkSocket::kReceiveBytes) {
    producer_ = std::make_unique<IpProducer>(loop_.get(), MakeClock(), receive_bytes);
    Start();
  }
  void StartLink(size_t receive_bytes = NetlinkSocket::kReceiveBytes) {
    producer_ = std::make_unique<LinkProducer>(loop_.get(), MakeClock(), receive_bytes);
    Start();
  }

  // Runs until an event of this subject came; the events before it, described.
  std::vector<std::string> EventsBefore(const std::string& subject) {
    awaited_ = subject;
    const auto deadline = loop_->After(std::chrono::seconds(60), [this] {
      ADD_FAILURE() << "no event of " << awaited_;
      loop_->Stop();
    });
    loop_->Run();
    std::vector<std::string> texts;
    for (const proto::Event& event : events_) {
      if (event.subject() != subject) {
        texts.push_back(Describe(event));
      }
    }
    return texts;
  }

  const std::unique_ptr<io::Loop> loop_ = io::MakeAsioLoop();
  std::vector<proto::Event> events_;
  std::unique_ptr<Producer> producer_;

 private:
  // Every look is one microsecond later.
  Clock MakeClock() {
    return [this] { return Timestamp{++now_us_}; };
  }
  void Start() {
    ASSERT_TRUE(producer_
                    ->Start([this](proto::Event event) {
                      const bool awaited = event.subject() == awaited_;
                      events_.push_back(std::move(event));
                      if (awaited) {
                        loop_->Stop();
                      }
                    })
                    .ok());
  }

  std::string awaited_;
  int64_t now_us_ = 0;
};

TEST_F(NetlinkProducerTest, TellsOfAddressesThatComeAndGoOnly) {
  ASSERT_TRUE(Ip("addr add 10.9.0.1/24 dev va"));
  StartIp();

  ASSERT_TRUE(Ip("addr add 10.9.0.2/16 dev va"));
  ASSERT_TRUE(Ip("addr del 10.9.0.2/16 dev va"));
  ASSERT_TRUE(Ip("addr del 10.9.0.1/24 dev va"));
  ASSERT_TRUE(Ip("addr add 10.9.0.99/32 dev lo"));

  EXPECT_THAT(EventsBefore("10.9.0.99"),
              ElementsAre("ip.added address=10.9.0.2 family=ipv4 interface=va prefix=16",
                          "ip.removed address=10.9.0.2 family=ipv4 interface=va prefix=16",
                          "ip.removed address=10.9.0.1 family=ipv4 interface=va prefix=24"));
  for (const proto::Event& event : events_) {
    EXPECT_GT(event.observedto_us(), 0);
    EXPECT_EQ(event.observedfrom_us(), event.observedto_us());
  }
}

TEST_F(NetlinkProducerTest, AnIpv6AddressIsThereWhenItCanBeUsed) {
  ASSERT_TRUE(Ip("link set va up"));
  ASSERT_TRUE(Ip("link set vb up"));
  StartIp();

  ASSERT_TRUE(Ip("addr add fd00:9::1/64 dev va"));
  EXPECT_THAT(EventsBefore("fd00:9::1"), ElementsAre());
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(Describe(events_[0]), "ip.added address=fd00:9::1 family=ipv6 interface=va prefix=64");

  // The other end of the cable has it already: duplicate address detection fails.
  ASSERT_TRUE(Ip("addr add fd00:9::1/64 dev vb"));
  ASSERT_TRUE(Ip("addr add fd00:9::2/64 dev vb"));
  EventsBefore("fd00:9::2");
  EXPECT_EQ(events_.size(), 2u);
}

TEST_F(NetlinkProducerTest, AddressesGoWithTheirInterface) {
  ASSERT_TRUE(Ip("addr add 10.9.0.1/24 dev va"));
  StartIp();

  ASSERT_TRUE(Ip("link del va"));
  ASSERT_TRUE(Ip("addr add 10.9.0.99/32 dev lo"));

  EXPECT_THAT(EventsBefore("10.9.0.99"),
              ElementsAre("ip.removed address=10.9.0.1 family=ipv4 interface=va prefix=24"));
}

TEST_F(NetlinkProducerTest, MissesNothingWhenTheKernelDropsMessages) {
  constexpr int kCount = 400;
  ASSERT_TRUE(Ip("addr add 10.8.0.1/24 dev va"));
  StartIp(/*receive_bytes=*/4096);

  const std::string batch = ::testing::TempDir() + fmt::format("/peal-ip-batch-{}", getpid());
  std::string lines = "addr del 10.8.0.1/24 dev va\n";
  std::set<std::string> expected = {"ip.removed 10.8.0.1"};
  for (int i = 0; i < kCount; i++) {
    const std::string address = fmt::format("10.9.{}.{}", i / 200, i % 200 + 1);
    lines += fmt::format("addr add {}/32 dev va\n", address);
    expected.insert("ip.added " + address);
  }
  ASSERT_TRUE(WriteFile(batch, lines));
  ASSERT_TRUE(Ip("-batch " + batch));
  unlink(batch.c_str());
  // The last of the diff, whose order is that of the texts.
  EventsBefore("10.9.1.99");

  std::multiset<std::string> seen;
  bool interval = false;
  for (const proto::Event& event : events_) {
    seen.insert(event.type() + " " + event.subject());
    interval = interval || event.observedfrom_us() < event.observedto_us();
  }
  EXPECT_EQ(seen, std::multiset<std::string>(expected.begin(), expected.end()));
  EXPECT_TRUE(interval) << "nothing was dropped: this test did not test";
}

TEST_F(NetlinkProducerTest, TellsOfInterfacesThatComeUpAndGoDown) {
  StartLink();

  ASSERT_TRUE(Ip("link set va up"));  // Not running yet: the other end is down.
  ASSERT_TRUE(Ip("link set vb up"));
  ASSERT_TRUE(Becomes("va", "UP") && Becomes("vb", "UP"));
  ASSERT_TRUE(Ip("link set va down"));
  ASSERT_TRUE(Becomes("vb", "LOWERLAYERDOWN"));
  ASSERT_TRUE(Ip("link set lo up"));

  std::vector<std::string> types;
  for (const std::string& text : EventsBefore("lo")) {
    types.push_back(text.substr(0, text.find(" state")));
  }
  std::vector<std::string> subjects;
  for (const proto::Event& event : events_) {
    subjects.push_back(event.type() + " " + event.subject());
  }
  EXPECT_THAT(subjects, UnorderedElementsAre("link.up va", "link.up vb", "link.down va",
                                             "link.down vb", "link.up lo"));
  EXPECT_EQ(types.size(), 4u);
}

TEST_F(NetlinkProducerTest, AnInterfaceThatIsRemovedWentDown) {
  ASSERT_TRUE(Ip("link set va up"));
  ASSERT_TRUE(Ip("link set vb up"));
  ASSERT_TRUE(Becomes("va", "UP") && Becomes("vb", "UP"));
  StartLink();

  ASSERT_TRUE(Ip("link del va"));
  ASSERT_TRUE(Ip("link set lo up"));
  EventsBefore("lo");

  std::vector<std::string> subjects;
  for (const proto::Event& event : events_) {
    subjects.push_back(event.type() + " " + event.subject());
  }
  EXPECT_THAT(subjects, UnorderedElementsAre("link.down va", "link.down vb", "link.up lo"));
}

TEST_F(NetlinkProducerTest, HoldsASocketOnlyBetweenStartAndStop) {
  EXPECT_EQ(RouteSockets(), 0);

  StartIp();
  EXPECT_EQ(RouteSockets(), 1);
  producer_->Stop();
  EXPECT_EQ(RouteSockets(), 0);

  StartLink();
  EXPECT_EQ(RouteSockets(), 1);
  producer_->Stop();
  EXPECT_EQ(RouteSockets(), 0);
}

}  // namespace
}  // namespace peal::producers
