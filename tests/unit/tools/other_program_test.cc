// peal status, ls, barrier and bench, run as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"
#include "tests/unit/tools/peal_program.h"
#include "tools/peal/json_text.h"

namespace peal::tool {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(PealStatus, IsATableOrJson) {
  FakeScript script;
  script.status->set_phase("isolated");
  script.status->set_reason("1 of 3 votes");
  script.status->set_globalseq(12);
  FakeDaemon daemon(script);

  EXPECT_THAT(Peal(daemon, {"status"}).out,
              AllOf(HasSubstr("isolated"), HasSubstr("1 of 3 votes")));
  const auto json = Peal(daemon, {"status", "--json"});
  EXPECT_EQ(json.exit_code, 0);
  EXPECT_EQ(Json::parse(json.out)["phase"], "isolated");
  EXPECT_EQ(Json::parse(json.out)["globalseq"], "12");
}

TEST(PealStatus, ExitCodesForDaemonsThatAreNotThere) {
  FakeScript silent;
  silent.welcome.reset();
  FakeDaemon silent_daemon(silent);
  FakeScript other;
  other.raw_greeting = "220 mail.example.org ESMTP\r\n";
  FakeDaemon other_daemon(other);

  EXPECT_EQ(ChildProcess(Command({"status", "--socket", "/nonexistent"}), "").Wait().exit_code, 69);
  EXPECT_EQ(Peal(silent_daemon, {"status", "--timeout", "50ms"}).exit_code, 69);
  EXPECT_EQ(Peal(other_daemon, {"status"}).exit_code, 69);
}

TEST(PealLs, ListsEachKind) {
  FakeScript script;
  auto* info = script.list.add_classes();
  info->set_name("ip");
  info->add_types("ip.added");
  info->add_attributes()->set_name("prefix");
  script.list.add_producers()->set_name("netlink");
  script.list.add_subscriptions()->set_client("someone");
  script.list.add_nodes()->set_name("n2");
  FakeDaemon daemon(script);
  const std::vector<std::pair<std::string, std::string>> kinds = {{"classes", "ip.added"},
                                                                  {"producers", "netlink"},
                                                                  {"subscriptions", "someone"},
                                                                  {"nodes", "n2"}};

  for (const auto& [kind, expected] : kinds) {
    EXPECT_THAT(Peal(daemon, {"ls", kind}).out, HasSubstr(expected)) << kind;
    const auto json = Peal(daemon, {"ls", kind, "--json"});
    ASSERT_EQ(Lines(json.out).size(), 1U) << json.out;
    EXPECT_THAT(Json::parse(json.out).dump(), HasSubstr(expected)) << kind;
  }
  EXPECT_EQ(Peal(daemon, {"ls"}).exit_code, 64);
  EXPECT_EQ(Peal(daemon, {"ls", "things"}).exit_code, 64);
}

TEST(PealBarrier, TellsHowFarTheNodeIs) {
  FakeScript script;
  script.barrier.set_globalseq(42);
  FakeDaemon daemon(script);
  FakeScript isolated;
  isolated.barrier.set_code(proto::UNAVAILABLE);
  FakeDaemon isolated_daemon(isolated);

  EXPECT_EQ(Peal(daemon, {"barrier"}).out, "globalseq=42\n");
  EXPECT_EQ(Peal(daemon, {"barrier", "--json"}).out, "{\"globalseq\":\"42\"}\n");
  EXPECT_EQ(Peal(isolated_daemon, {"barrier"}).exit_code, 106);
}

TEST(PealCluster, AsksForOneChangeOfTheVoters) {
  FakeScript script;
  script.status->set_epoch(7);
  script.status->set_votes_total(2);
  FakeDaemon daemon(script);

  EXPECT_EQ(Peal(daemon, {"cluster", "forget", "n3"}).out, "epoch=7 votes=2\n");
  EXPECT_EQ(Peal(daemon, {"cluster", "admit", "n3", "--json"}).out,
            "{\"epoch\":\"7\",\"votes\":\"2\"}\n");
  EXPECT_EQ(Peal(daemon, {"cluster", "bootstrap"}).exit_code, 0);

  const std::vector<proto::ClusterRequest> asked = daemon.cluster_requests();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked[0].action(), proto::ClusterRequest::FORGET);
  EXPECT_EQ(asked[0].node(), "n3");
  EXPECT_EQ(asked[1].action(), proto::ClusterRequest::ADMIT);
  EXPECT_EQ(asked[2].action(), proto::ClusterRequest::BOOTSTRAP);
}

TEST(PealCluster, EndsWithWhatTheDaemonSays) {
  const std::map<proto::Code, int> exits = {{proto::PERMISSION_DENIED, 77},
                                            {proto::NOT_FOUND, 105},
                                            {proto::RESOURCE_EXHAUSTED, 75},
                                            {proto::UNAVAILABLE, 106},
                                            {proto::ABORTED, 1}};
  for (const auto& [code, expected] : exits) {
    FakeScript script;
    script.cluster.set_code(code);
    script.cluster.set_message("because");
    FakeDaemon daemon(script);
    const auto result = Peal(daemon, {"cluster", "forget", "n3"});
    EXPECT_EQ(result.exit_code, expected);
    EXPECT_EQ(result.err, "peal: because\n");
  }
  FakeDaemon daemon{FakeScript()};
  EXPECT_EQ(Peal(daemon, {"cluster"}).exit_code, 64);
  EXPECT_EQ(Peal(daemon, {"cluster", "forget"}).exit_code, 64);
  EXPECT_TRUE(daemon.cluster_requests().empty());
}

TEST(PealBench, MeasuresEachNumberOfOutstandingPublishes) {
  FakeDaemon daemon;

  const auto end = Peal(daemon, {"bench", "publish", "--count", "50", "--json"});

  EXPECT_EQ(end.exit_code, 0) << end.err;
  const std::vector<std::string> lines = Lines(end.out);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(Json::parse(lines[0])["outstanding"], 1);
  EXPECT_EQ(Json::parse(lines[1])["outstanding"], 16);  // All that the daemon's window takes.
  EXPECT_EQ(Json::parse(lines[0])["events"], 50);
  EXPECT_EQ(daemon.publishes().size(), 100U);
  EXPECT_EQ(daemon.publishes()[0].event().data().size(), 256U);
}

TEST(PealBench, PublishersShareWhatIsOutstanding) {
  FakeDaemon daemon;

  const auto end = Peal(daemon, {"bench", "publish", "--count", "50", "--outstanding", "7",
                                 "--publishers", "3", "--json"});

  EXPECT_EQ(end.exit_code, 0) << end.err;
  const Json line = Json::parse(end.out);
  EXPECT_EQ(line["publishers"], 3);
  EXPECT_EQ(line["outstanding"], 7);
  EXPECT_EQ(line["events"], 50);
  EXPECT_EQ(daemon.publishes().size(), 50U);
}

TEST(PealBench, StandsBesideTheLimitsOfTheDisk) {
  const testing_support::TempFolder folder;
  FakeDaemon daemon;

  const auto publish = Peal(daemon, {"bench", "publish", "--count", "5", "--outstanding", "1",
                                     "--json", "--data", folder.path()});
  const auto text = Peal(daemon, {"bench", "publish", "--count", "5", "--data", folder.path()});
  const auto journal =
      Peal(daemon, {"bench", "journal", "--json", "--seconds", "5ms", "--data", folder.path()});

  EXPECT_GT(Json::parse(publish.out)["limits"]["syncp50us"], 0);
  EXPECT_THAT(Lines(text.out)[0], HasSubstr("limits: fdatasync of 4KiB p50="));
  const std::vector<std::string> lines = Lines(journal.out);
  ASSERT_EQ(lines.size(), 2U) << journal.err;
  EXPECT_EQ(Json::parse(lines[0])["outstanding"], 1);
  EXPECT_EQ(Json::parse(lines[1])["outstanding"], 64);
  EXPECT_GT(Json::parse(lines[1])["limits"]["diskbytespersecond"], 0);
  EXPECT_EQ(Peal(daemon, {"bench", "journal", "--data", "/nonexistent"}).exit_code, 74);
}

TEST(PealBench, MeasuresTheOrderBesideTheCore) {
  FakeDaemon daemon;

  const auto end = Peal(daemon, {"bench", "ordering", "--seconds", "5ms", "--json"});

  const std::vector<std::string> lines = Lines(end.out);
  ASSERT_EQ(lines.size(), 2U) << end.err;
  EXPECT_EQ(Json::parse(lines[0])["nodes"], 1);
  EXPECT_EQ(Json::parse(lines[1])["nodes"], 3);
  EXPECT_GT(Json::parse(lines[1])["eventspersecond"], 0);
  EXPECT_GT(Json::parse(lines[1])["limits"]["sha256bytespersecond"], 0);
  EXPECT_EQ(Peal(daemon, {"bench", "ordering", "--nodes", "17"}).exit_code, 64);
}

TEST(PealBench, FailsAsItsPublishesFail) {
  FakeDaemon daemon(Answering(proto::UNAVAILABLE, "no primary component"));

  EXPECT_EQ(Peal(daemon, {"bench", "publish", "--count", "50"}).exit_code, 106);
}

TEST(PealAny, AClosedPipeIsSilent) {
  FakeDaemon daemon;
  ChildProcess peal(Command({"status"}), "", SocketOf(daemon));
  peal.CloseOutput();

  const auto end = peal.Wait();

  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(end.err, "");
}

}  // namespace
}  // namespace peal::tool
