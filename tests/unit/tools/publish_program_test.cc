// peal publish, run as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "core/base/event_json.h"
#include "tests/unit/tools/peal_program.h"
#include "tools/peal/json_text.h"

namespace peal::tool {
namespace {

using testing::HasSubstr;

// A file that is gone with its owner.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    const int fd = mkstemp(path_.data());
    close(fd);
    std::ofstream(path_) << content;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/peal-test-file-XXXXXX";
};

TEST(PealPublish, PrintsWhereTheEventIs) {
  FakeDaemon daemon;

  const auto text = Peal(daemon, {"publish", "app.started"});
  const auto json = Peal(daemon, {"publish", "app.started", "--json"});

  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out,
              testing::MatchesRegex("globalseq=[0-9]+ sequence=[0-9]+ node=fake epoch=3\n"));
  EXPECT_THAT(Json::parse(json.out)["globalseq"].get<std::string>(), testing::StartsWith("10"));
}

TEST(PealPublish, SendsWhatTheFlagsSay) {
  FakeDaemon daemon;
  TemporaryFile file("from the file");

  const auto end = Peal(daemon, {"publish",        "app.started",
                                 "--subject",      "/var",
                                 "--attr",         "n=3",
                                 "--attr",         "d=3.5",
                                 "--attr",         "b=true",
                                 "--attr",         "s='3'",
                                 "--data",         "@" + file.path(),
                                 "--content-type", "text/plain",
                                 "--id",           "i1",
                                 "--source",       "/me",
                                 "--scope",        "local",
                                 "--ack",          "accepted",
                                 "--timeout",      "2s"});

  EXPECT_EQ(end.exit_code, 0) << end.err;
  const proto::Publish publish = daemon.publishes().at(0);
  EXPECT_EQ(publish.ack(), proto::ACK_ACCEPTED);
  EXPECT_EQ(publish.timeout_ms(), 1800U);
  EXPECT_EQ(publish.event().subject(), "/var");
  EXPECT_EQ(publish.event().scope(), proto::SCOPE_LOCAL);
  EXPECT_EQ(publish.event().data(), "from the file");
  EXPECT_EQ(publish.event().id(), "i1");
  EXPECT_EQ(publish.event().source(), "/me");
  EXPECT_EQ(publish.event().datacontenttype(), "text/plain");
  ASSERT_EQ(publish.event().attributes_size(), 4);
  EXPECT_EQ(publish.event().attributes(0).value().boolean(), true);
  EXPECT_EQ(publish.event().attributes(1).value().number(), 3.5);
  EXPECT_EQ(publish.event().attributes(2).value().integer(), 3);
  EXPECT_EQ(publish.event().attributes(3).value().text(), "3");
}

TEST(PealPublish, TakesDataFromStandardInput) {
  FakeDaemon daemon;
  const std::string bytes("a\0b\n", 4);

  EXPECT_EQ(Peal(daemon, {"publish", "a", "--data", "-"}, bytes).exit_code, 0);

  EXPECT_EQ(daemon.publishes().at(0).event().data(), bytes);
}

TEST(PealPublish, WithoutAnAckPrintsNothing) {
  FakeDaemon daemon;

  const auto end = Peal(daemon, {"publish", "a", "--ack", "none"});

  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(end.out, "");
}

struct Refusal {
  proto::Code code;
  int exit_code;
};

class PealPublishRefused : public testing::TestWithParam<Refusal> {};

TEST_P(PealPublishRefused, EndsWithTheContractsCode) {
  FakeDaemon daemon(Answering(GetParam().code, "the daemon says no"));

  const auto end = Peal(daemon, {"publish", "a"});

  EXPECT_EQ(end.exit_code, GetParam().exit_code);
  EXPECT_EQ(end.err, "peal: the daemon says no\n");
  EXPECT_EQ(end.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    Codes, PealPublishRefused,
    testing::Values(Refusal{proto::INVALID_ARGUMENT, 65}, Refusal{proto::RESOURCE_EXHAUSTED, 75},
                    Refusal{proto::PERMISSION_DENIED, 77}, Refusal{proto::UNAVAILABLE, 106},
                    Refusal{proto::DEADLINE_EXCEEDED, 124}, Refusal{proto::INTERNAL, 1}));

TEST(PealPublish, SaysWhenTheOutcomeIsUnknown) {
  FakeDaemon daemon(
      Answering(proto::DEADLINE_EXCEEDED, "not committed in time", /*submitted=*/true));

  const auto end = Peal(daemon, {"publish", "a"});

  EXPECT_EQ(end.exit_code, 124);
  EXPECT_THAT(end.err, HasSubstr("the outcome is unknown"));
}

TEST(PealPublish, ASilentDaemonIsATimeout) {
  FakeScript script;
  script.on_publish = [](const proto::Publish&) { return std::nullopt; };
  FakeDaemon daemon(script);

  const auto end = Peal(daemon, {"publish", "a", "--timeout", "50ms"});

  EXPECT_EQ(end.exit_code, 124);
  EXPECT_THAT(end.err, HasSubstr("the outcome is unknown"));
}

TEST(PealPublish, ADaemonThatGoesIsUnreachable) {
  FakeScript script;
  script.close_after_publishes = 0;
  FakeDaemon daemon(script);

  const auto end = Peal(daemon, {"publish", "a", "--timeout", "200ms"});

  EXPECT_EQ(end.exit_code, 69);
  EXPECT_THAT(end.err, HasSubstr("the outcome is unknown"));
}

TEST(PealPublish, BadInputHasItsCode) {
  FakeScript script;
  script.welcome->set_data_bytes_max(10);
  FakeDaemon daemon(script);
  const std::vector<std::pair<std::vector<std::string>, int>> cases = {
      {{"publish"}, 64},
      {{"publish", "a", "--attr", "novalue"}, 64},
      {{"publish", "a", "--attr", "k=1", "--attr", "k=2"}, 64},
      {{"publish", "--stdin", "a"}, 64},
      {{"publish", "a", "--attr", "Bad=1"}, 65},
      {{"publish", "a", "--attr", "type=x"}, 65},
      {{"publish", "peal.view"}, 65},
      {{"publish", "not a type"}, 65},
      {{"publish", "a", "--data", "12345678901"}, 65},
      {{"publish", "a", "--data", "@/nonexistent"}, 66},
      {{"publish", "a", "--data", "@/"}, 74},
  };
  for (const auto& [arguments, exit_code] : cases) {
    const auto end = Peal(daemon, arguments);
    EXPECT_EQ(end.exit_code, exit_code) << testing::PrintToString(arguments) << end.err;
    EXPECT_THAT(end.err, testing::StartsWith("peal: "));
  }
  EXPECT_TRUE(daemon.publishes().empty());
}

TEST(PealPublishStdin, OneResultALineInOrderAndBadLinesDoNotStopTheRest) {
  FakeDaemon daemon;
  const std::string input =
      "{\"type\":\"a\"}\n"
      "{\"type\":\n"
      "\n"
      "{\"type\":\"peal.view\"}\n"
      "{\"type\":\"b\",\"scope\":\"local\"}\n"
      "{\"type\":\"c\"}";

  const auto end = Peal(daemon, {"publish", "--stdin", "--json"}, input);

  EXPECT_EQ(end.exit_code, 65);
  EXPECT_THAT(end.err, HasSubstr("2 of 5 lines failed"));
  const std::vector<std::string> lines = Lines(end.out);
  ASSERT_EQ(lines.size(), 5U) << end.out;
  EXPECT_TRUE(Json::parse(lines[0]).contains("globalseq"));
  EXPECT_EQ(Json::parse(lines[1])["line"], 2);
  EXPECT_EQ(Json::parse(lines[2])["line"], 4);
  EXPECT_FALSE(Json::parse(lines[3]).contains("globalseq"));
  EXPECT_TRUE(Json::parse(lines[4]).contains("globalseq"));
  EXPECT_EQ(daemon.publishes().size(), 3U);
}

TEST(PealPublishStdin, ManyLinesGoThroughASmallWindow) {
  FakeScript script;
  script.welcome->set_publish_window(4);
  FakeDaemon daemon(script);
  std::string input;
  for (int i = 0; i < 5000; ++i) {
    input += "{\"type\":\"a\",\"id\":\"" + std::to_string(i) + "\"}\n";
  }

  const auto end = Peal(daemon, {"publish", "--stdin", "--json"}, input);

  EXPECT_EQ(end.exit_code, 0) << end.err;
  const std::vector<std::string> lines = Lines(end.out);
  ASSERT_EQ(lines.size(), 5000U);
  for (size_t i = 0; i < lines.size(); ++i) {
    ASSERT_EQ(Json::parse(lines[i])["id"], std::to_string(i));
  }
}

TEST(PealPublishStdin, NothingInNothingOut) {
  FakeDaemon daemon;

  const auto end = Peal(daemon, {"publish", "--stdin"}, "\n  \n");

  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(end.out, "");
}

TEST(PealPublishStdin, WhatSubscribePrintsCanBePublished) {
  FakeDaemon daemon;

  EXPECT_EQ(Peal(daemon, {"publish", "--stdin"}, base::EventToJson(Numbered(5)) + "\n").exit_code,
            0);

  const proto::Event event = daemon.publishes().at(0).event();
  EXPECT_EQ(event.globalseq(), 0U);
  EXPECT_EQ(event.node(), "");
  EXPECT_EQ(event.attributes_size(), 1);
}

TEST(PealPublishStdin, WithoutPrimaryEveryLineSaysSo) {
  FakeDaemon daemon(Answering(proto::UNAVAILABLE, "no primary component"));

  const auto end = Peal(daemon, {"publish", "--stdin"}, "{\"type\":\"a\"}\n{\"type\":\"b\"}\n");

  EXPECT_EQ(end.exit_code, 106);
  EXPECT_EQ(end.out,
            "line=1 error=\"no primary component\"\n"
            "line=2 error=\"no primary component\"\n");
}

TEST(PealPublishStdin, WithoutAckEachLineHasAResultToo) {
  FakeDaemon daemon;

  const auto end = Peal(daemon, {"publish", "--stdin", "--ack", "none"}, "{\"type\":\"a\"}\nbad\n");

  EXPECT_EQ(end.exit_code, 65);
  EXPECT_THAT(Lines(end.out), testing::ElementsAre("ack=none", HasSubstr("line=2")));
}

TEST(PealPublishStdin, ADaemonThatGoesEndsIt) {
  FakeScript script;
  script.close_after_publishes = 1;
  FakeDaemon daemon(script);

  const auto end = Peal(daemon, {"publish", "--stdin", "--timeout", "200ms"},
                        "{\"type\":\"a\"}\n{\"type\":\"b\"}\n");

  EXPECT_EQ(end.exit_code, 69);
  EXPECT_EQ(Lines(end.out).size(), 2U) << end.out;
}

TEST(PealPublishStdin, ADaemonThatComesBackGetsTheRest) {
  FakeScript script;
  script.close_after_publishes = 10;
  script.close_once = true;
  FakeDaemon daemon(script);
  std::string input;
  for (int i = 0; i < 100; ++i) {
    input += "{\"type\":\"a\",\"id\":\"" + std::to_string(i) + "\"}\n";
  }

  const auto end = Peal(daemon, {"publish", "--stdin", "--json"}, input);

  EXPECT_EQ(end.exit_code, 0) << end.err;
  const std::vector<std::string> lines = Lines(end.out);
  ASSERT_EQ(lines.size(), 100U);
  for (size_t i = 0; i < lines.size(); ++i) {
    ASSERT_EQ(Json::parse(lines[i])["id"], std::to_string(i));
  }
}

}  // namespace
}  // namespace peal::tool
