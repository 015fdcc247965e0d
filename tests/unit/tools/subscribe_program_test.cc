// peal subscribe, run as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "core/base/event_json.h"
#include "tests/unit/tools/peal_program.h"

namespace peal::tool {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(PealSubscribe, PrintsEachEventAndEndsAtTheCount) {
  FakeDaemon daemon(WithHistory(5));

  const auto end = Peal(daemon, {"subscribe", "--from", "first", "--count", "3", "--json"});

  EXPECT_EQ(end.exit_code, 0) << end.err;
  const std::vector<std::string> lines = Lines(end.out);
  ASSERT_EQ(lines.size(), 3U);
  for (uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(*base::EventFromJson(lines[i], {.stamps = base::Stamps::kRead}), Numbered(i + 1));
  }
}

TEST(PealSubscribe, AsksForWhatTheFlagsSay) {
  FakeDaemon daemon(WithHistory(1));

  Peal(daemon, {"tail", "--type", "a.*", "--type", "b", "--scope", "global", "--from", "42",
                "--count", "1"});

  const proto::Subscribe subscribe = daemon.subscribes().at(0);
  EXPECT_EQ(subscribe.types_size(), 2);
  EXPECT_EQ(subscribe.scope(), proto::Subscribe::GLOBAL);
  EXPECT_EQ(subscribe.from(), proto::Subscribe::SEQUENCE);
  EXPECT_EQ(subscribe.from_sequence(), 42U);
}

TEST(PealSubscribe, ForPeopleIsOneLineAnEventWithoutColourInAPipe) {
  FakeDaemon daemon(WithHistory(2));

  const auto end = Peal(daemon, {"subscribe", "--count", "2"});

  EXPECT_EQ(Lines(end.out).size(), 2U);
  EXPECT_THAT(end.out, AllOf(HasSubstr("app.started"), Not(HasSubstr("\x1b"))));
}

TEST(PealSubscribe, EndsAfterSilence) {
  FakeDaemon daemon(WithHistory(2));

  const auto end = Peal(daemon, {"subscribe", "--idle", "50ms"});

  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(Lines(end.out).size(), 2U);
}

TEST(PealSubscribe, EventsAppearAtOnce) {
  FakeDaemon daemon(WithHistory(1));
  ChildProcess peal(Command({"subscribe", "--count", "2"}), "", SocketOf(daemon));

  EXPECT_THAT(peal.ReadLine(), HasSubstr("app.started"));
  daemon.Deliver(Numbered(2));
  EXPECT_THAT(peal.ReadLine(), HasSubstr("app.started"));

  EXPECT_EQ(peal.Wait().exit_code, 0);
}

TEST(PealSubscribe, ASignalEndsItWell) {
  for (const int number : {SIGINT, SIGTERM}) {
    FakeDaemon daemon(WithHistory(1));
    ChildProcess peal(Command({"subscribe"}), "", SocketOf(daemon));
    peal.ReadLine();

    peal.Signal(number);

    const auto end = peal.Wait();
    EXPECT_EQ(end.exit_code, 0);
    EXPECT_EQ(end.err, "");
  }
}

TEST(PealSubscribe, ASignalEndsItAlsoWhileItsReaderIsSlow) {
  FakeScript script = WithHistory(1);
  FakeDaemon daemon(script);
  ChildProcess peal(Command({"subscribe", "--json"}), "", SocketOf(daemon));
  peal.ReadLine();
  Event big = Numbered(2);
  big.data = std::string(500'000, 'x');  // More than a pipe holds.
  daemon.Deliver(big);

  peal.Signal(SIGTERM);

  EXPECT_EQ(peal.Wait().exit_code, 0);
}

TEST(PealSubscribe, AClosedPipeEndsItSilently) {
  FakeDaemon daemon(WithHistory(1));
  ChildProcess peal(Command({"subscribe"}), "", SocketOf(daemon));
  peal.ReadLine();

  // No event has to come for it to notice.
  peal.CloseOutput();

  const auto end = peal.Wait();
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(end.err, "");
}

TEST(PealSubscribe, AFullDiskIsAnError) {
  FakeDaemon daemon(WithHistory(1));
  ChildProcess peal(Command({"subscribe"}), "", SocketOf(daemon), "/dev/full");

  const auto end = peal.Wait();

  EXPECT_EQ(end.exit_code, 74);
  EXPECT_THAT(end.err, HasSubstr("No space left"));
}

TEST(PealSubscribe, ADaemonThatGoesIsUnreachableAndTellsWhy) {
  FakeDaemon daemon(WithHistory(1));
  ChildProcess peal(Command({"subscribe"}), "", SocketOf(daemon));
  peal.ReadLine();

  daemon.CloseAll("the daemon is busy");

  const auto end = peal.Wait();
  EXPECT_EQ(end.exit_code, 75);
  EXPECT_THAT(end.err, HasSubstr("the daemon is busy"));
}

TEST(PealSubscribe, TrimmedHistoryHasItsCode) {
  FakeScript script;
  script.subscribed.set_code(proto::OUT_OF_RANGE);
  script.subscribed.set_message("begins at 100");
  FakeDaemon daemon(script);

  EXPECT_EQ(Peal(daemon, {"subscribe", "--from", "1"}).exit_code, 110);
}

TEST(PealSubscribeCommand, GetsTheEventInVariablesAndOnItsInput) {
  FakeDaemon daemon(WithHistory(2));

  const auto end =
      Peal(daemon, {"subscribe", "--count", "2", "--", "sh", "-c",
                    "read line; echo \"$# $PEAL_GLOBALSEQ $PEAL_ATTR_K $line\"", "name"});

  EXPECT_EQ(end.exit_code, 0) << end.err;
  const std::vector<std::string> lines = Lines(end.out);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], "0 1 $(touch /tmp/never) two " + base::EventToJson(Numbered(1)));
  EXPECT_EQ(lines[1], "0 2 $(touch /tmp/never) two " + base::EventToJson(Numbered(2)));
}

TEST(PealSubscribeCommand, CanTalkToTheSameDaemon) {
  FakeDaemon daemon(WithHistory(1));

  const auto end = ChildProcess(Command({"--socket", daemon.socket_path(), "subscribe", "--count",
                                         "1", "--", PEAL_PROGRAM, "publish", "reply"}),
                                "")
                       .Wait();

  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_EQ(daemon.publishes().at(0).event().type(), "reply");
}

TEST(PealSubscribeCommand, MayIgnoreItsInputHoweverLong) {
  FakeScript script = WithHistory(1);
  script.history[0].data = std::string(1'000'000, 'x');
  FakeDaemon daemon(script);

  EXPECT_EQ(Peal(daemon, {"subscribe", "--count", "1", "--", "true"}).exit_code, 0);
}

TEST(PealSubscribeCommand, ThatFailsEndsItWithItsCode) {
  FakeDaemon daemon(WithHistory(3));

  const auto end = Peal(daemon, {"subscribe", "--", "sh", "-c", "echo run; exit 3"});

  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(end.out, "run\n");
}

TEST(PealSubscribeCommand, ThatIsKilledOrMissingHasAShellsCode) {
  FakeDaemon daemon(WithHistory(1));

  EXPECT_EQ(Peal(daemon, {"subscribe", "--", "sh", "-c", "kill -9 $$"}).exit_code, 128 + SIGKILL);
  EXPECT_EQ(Peal(daemon, {"subscribe", "--", "/nonexistent"}).exit_code, 127);
  EXPECT_EQ(Peal(daemon, {"subscribe", "--", "/dev/null"}).exit_code, 126);
}

TEST(PealSubscribeCommand, ThatRunsIsEndedByASignalToUs) {
  FakeDaemon daemon(WithHistory(1));
  ChildProcess peal(Command({"subscribe", "--", "sh", "-c", "echo running; exec sleep 1000"}), "",
                    SocketOf(daemon));
  peal.ReadLine();

  peal.Signal(SIGTERM);

  EXPECT_EQ(peal.Wait().exit_code, 0);
}

}  // namespace
}  // namespace peal::tool
