#include "tools/peal/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace peal::tool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CommandLineTest : public testing::Test {
 protected:
  void Parse(const std::vector<std::string>& arguments) {
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    ParseCommandLine(arguments, &parsed_);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
  }

  CommandLine parsed_;
  std::string out_;
  std::string err_;
};

TEST_F(CommandLineTest, GlobalFlagsStandBeforeOrAfterTheCommand) {
  const std::vector<std::vector<std::string>> lines = {
      {"--socket", "/s", "--json", "--timeout", "250ms", "status"},
      {"status", "--socket", "/s", "--json", "--timeout", "250ms"},
      {"bench", "publish", "--count=3", "--json", "--timeout=250ms", "--socket=/s"}};
  for (const auto& line : lines) {
    CommandLine parsed;
    ParseCommandLine(line, &parsed);
    EXPECT_TRUE(parsed.run);
    EXPECT_EQ(parsed.context.socket_path, "/s");
    EXPECT_TRUE(parsed.context.json);
    EXPECT_EQ(parsed.context.timeout, std::chrono::milliseconds(250));
  }
}

TEST_F(CommandLineTest, WhatFollowsTheDashesIsTheCommandAsItIs) {
  Parse({"subscribe", "--count", "1", "--", "sh", "-c", "echo --json", "--", "x"});

  EXPECT_TRUE(parsed_.run);
  EXPECT_THAT(parsed_.context.event_command, ElementsAre("sh", "-c", "echo --json", "--", "x"));
  EXPECT_FALSE(parsed_.context.json);
}

TEST_F(CommandLineTest, TailIsSubscribe) {
  Parse({"tail", "--", "true"});

  EXPECT_TRUE(parsed_.run);
}

TEST_F(CommandLineTest, ATypeMayHaveACommandsName) {
  Parse({"publish", "status"});

  EXPECT_TRUE(parsed_.run) << err_;
}

TEST_F(CommandLineTest, AnEmptyValueIsAValue) {
  Parse({"publish", "a", "--data=", "--subject", "s"});
  EXPECT_TRUE(parsed_.run) << err_;
  Parse({"publish", "a", "--data", "", "--subject", "s"});
  EXPECT_TRUE(parsed_.run) << err_;
}

TEST_F(CommandLineTest, HelpAndVersionEndWell) {
  Parse({"--help"});
  EXPECT_EQ(parsed_.exit_code, 0);
  EXPECT_THAT(out_, testing::AllOf(HasSubstr("publish"), HasSubstr("106 no primary component")));
  Parse({"publish", "--help"});
  EXPECT_THAT(out_, HasSubstr("--attr"));
  Parse({"--version"});
  EXPECT_THAT(out_, HasSubstr("peal "));
  EXPECT_FALSE(parsed_.run);
}

struct Bad {
  std::vector<std::string> line;
  std::string says;
};

class BadCommandLineTest : public testing::TestWithParam<Bad> {};

TEST_P(BadCommandLineTest, IsUsageAndSaysWhatHelps) {
  testing::internal::CaptureStderr();
  CommandLine parsed;

  ParseCommandLine(GetParam().line, &parsed);

  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(GetParam().says));
  EXPECT_FALSE(parsed.run);
  EXPECT_EQ(parsed.exit_code, 64);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadCommandLineTest,
    testing::Values(
        Bad{{}, "a command is missing"},
        Bad{{"pubish"}, "unknown command 'pubish'; did you mean 'publish'?"},
        Bad{{"zzzzzz"}, "unknown command 'zzzzzz'"},
        Bad{{"publish", "a", "--atr", "x"}, "unknown flag '--atr'; did you mean '--attr'?"},
        Bad{{"status", "--jsn"}, "did you mean '--json'?"},
        Bad{{"--bogus", "status"}, "unknown flag '--bogus'"},
        Bad{{"subscribe", "--frobnicate", "x"}, "unknown flag '--frobnicate'"},
        Bad{{"publish", "a", "b"}, "unknown argument 'b'"},
        Bad{{"status", "publish"}, "unknown argument 'publish'"}, Bad{{"bench"}, "bench needs"},
        Bad{{"bench", "publis"}, "did you mean 'publish'?"},
        Bad{{"status", "--timeout", "5"}, "not a duration"},
        Bad{{"status", "--timeout"}, "--timeout"},
        Bad{{"status", "--timeout", "0s"}, "leaves no time"},
        Bad{{"status", "--socket", ""}, "a socket path of 0 bytes"},
        Bad{{"status", "--socket", std::string(108, 'x')}, "a socket path of 108 bytes"},
        Bad{{"subscribe", "--idle", "soon"}, "not a duration"},
        Bad{{"subscribe", "--count", "0"}, "--count"},
        Bad{{"subscribe", "--count", "-3"}, "--count"},
        Bad{{"subscribe", "--scope", "world"}, "--scope"},
        Bad{{"subscribe", "--from", "-10 parsecs"}, "new, first, a globalseq"},
        Bad{{"subscribe", "--from", "2026-13-01T00:00:00Z"}, "new, first, a globalseq"},
        Bad{{"subscribe", "--from", "-5"}, "new, first, a globalseq"},
        Bad{{"subscribe", "--from", "0"}, "new, first, a globalseq"},
        Bad{{"publish", "a", "--ack", "maybe"}, "--ack"},
        Bad{{"bench", "publish", "--count", "1", "--seconds", "1s"}, "excludes"},
        Bad{{"bench", "publish", "--size", "1MB"}, "not a size"},
        Bad{{"bench", "subscribe", "--subscribers", "0"}, "--subscribers"},
        Bad{{"bench", "subscribe", "--stopped", "1001"}, "from 0 to 1000"},
        Bad{{"bench", "subscribe", "--rate", "10000001"}, "from 0 to 10000000"},
        Bad{{"bench", "subscribe", "--behind", "all"}, "not a whole number"},
        Bad{{"status", "--", "ls"}, "goes with subscribe only"},
        Bad{{"subscribe", "--"}, "missing after '--'"}));

}  // namespace
}  // namespace peal::tool
