// How a program's own test uses peal::testing::FakeBus: docs/testing_your_program.md.
#include "failover.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "peal/testing/fake_bus.h"

namespace example {
namespace {

using Names = std::vector<std::string>;
using peal::testing::FakeBus;
using peal::testing::Fate;

// A node's program, and whose work it has taken over.
struct Node {
  Node(FakeBus* bus, const std::string& name) : client(bus->Connect(name)) {
    EXPECT_TRUE(failover.Start().ok());
  }
  // As the program's own loop does it, for so long of the bus's time.
  void Run(std::chrono::milliseconds time) {
    for (int turn = 0; turn < 10; ++turn) {
      EXPECT_TRUE(client->Dispatch(time / 10).ok());
    }
  }

  std::unique_ptr<peal::Client> client;
  Names taken;
  Failover failover{client.get(), [this](const std::string& node) { taken.push_back(node); }};
};

TEST(Failover, OneOfThoseThatRemainTakesOver) {
  FakeBus bus({"n1", "n2", "n3"});
  Node one(&bus, "n1");
  Node two(&bus, "n2");

  bus.Leave("n3");
  two.Run(std::chrono::seconds(1));
  one.Run(std::chrono::seconds(1));

  EXPECT_EQ(two.taken, Names{"n3"});
  EXPECT_EQ(one.taken, Names{});
  EXPECT_EQ(bus.history().back().type, "app.claim");
}

TEST(Failover, ANodeThatIsCutOffTakesNothingOver) {
  FakeBus bus({"n1", "n2", "n3"});
  Node one(&bus, "n1");

  bus.Partition({{"n1"}, {"n2", "n3"}});
  one.Run(std::chrono::minutes(1));

  EXPECT_EQ(one.taken, Names{});
}

TEST(Failover, AClaimWithoutAnAnswerIsForAnOperator) {
  FakeBus bus({"n1", "n2", "n3"});
  Node one(&bus, "n1");

  bus.FailNext(peal::ErrorKind::kTimedOut, 1, Fate::kPublished);
  bus.Leave("n3");
  one.Run(std::chrono::minutes(1));

  EXPECT_EQ(one.taken, Names{});
  EXPECT_EQ(one.failover.unsure(), "n3");
}

TEST(Failover, GoesOnWhenItsDaemonIsStartedAgain) {
  FakeBus bus({"n1", "n2", "n3"});
  Node one(&bus, "n1");

  bus.LoseDaemon("n1");
  bus.Advance(std::chrono::seconds(1));
  bus.RestartDaemon("n1");
  one.Run(std::chrono::seconds(5));
  bus.Leave("n3");
  one.Run(std::chrono::seconds(1));

  EXPECT_EQ(one.taken, (Names{"n1", "n3"}));
}

}  // namespace
}  // namespace example
