#include "core/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_folder.h"

namespace peal {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// The error of a text, or "ok".
std::string ErrorOf(std::string_view text) {
  Config config;
  const absl::Status status = ApplyToml(text, "peald.toml", &config);
  return status.ok() ? "ok" : std::string(status.message());
}

class ConfigFiles : public testing::Test {
 protected:
  ConfigFiles() { std::filesystem::create_directory(folder_.path() + "/conf.d"); }

  void Write(const std::string& name, std::string_view text) {
    std::ofstream(folder_.path() + "/" + name) << text;
  }
  std::string file() const { return folder_.path() + "/peald.toml"; }

 private:
  const testing_support::TempFolder folder_;
};

TEST(Config, SetsWhatTheTextSets) {
  Config config;

  const absl::Status status = ApplyToml(R"(
[daemon]
node = "n1"
socket = "/tmp/x.sock"
[limits]
data_bytes_max = "64KiB"
sessions_max = 7
sessions_per_uid = 3
publish_rate_per_uid = 100
publish_bytes_per_uid = "1MiB"
[memory]
history_bytes = 2097152
[journal]
segment_bytes = "16MiB"
cache_bytes = "1MiB"
retain_bytes = "2GiB"
local_retain_bytes = "8MiB"
retain_age = "48h"
[publish]
timeout_default = "500ms"
)",
                                        "peald.toml", &config);

  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(config.node, "n1");
  EXPECT_EQ(config.socket, "/tmp/x.sock");
  EXPECT_EQ(config.data_dir, "/var/lib/peal");
  EXPECT_EQ(config.data_bytes_max, 65536U);
  EXPECT_EQ(config.sessions_max, 7U);
  EXPECT_EQ(config.sessions_per_uid, 3U);
  EXPECT_EQ(config.publish_rate_per_uid, 100U);
  EXPECT_EQ(config.publish_bytes_per_uid, 1U << 20);
  EXPECT_EQ(config.history_bytes, 2097152U);
  EXPECT_EQ(config.journal_segment_bytes, 16U << 20);
  EXPECT_EQ(config.journal_cache_bytes, 1U << 20);
  EXPECT_EQ(config.journal_retain_bytes, 2U << 30);
  EXPECT_EQ(config.journal_local_retain_bytes, 8U << 20);
  EXPECT_EQ(config.journal_retain_age, std::chrono::hours(48));
  EXPECT_EQ(config.publish_timeout_default, std::chrono::milliseconds(500));
}

TEST(Config, NamesFileLineAndKeyOfWhatItDoesNotKnow) {
  EXPECT_THAT(ErrorOf("[daemon]\n\nnod = 'x'\n"),
              AllOf(HasSubstr("peald.toml:3"), HasSubstr("'nod'"), HasSubstr("node, data_dir")));
  EXPECT_THAT(ErrorOf("[demon]\n"), AllOf(HasSubstr("peald.toml:1"), HasSubstr("[daemon]")));
  EXPECT_THAT(ErrorOf("log = 3\n"), AllOf(HasSubstr("peald.toml:1"), HasSubstr("[log]")));
}

TEST(Config, SaysWhatAValueMayBe) {
  EXPECT_THAT(ErrorOf("[limits]\ndata_bytes_max = '1TiB'\n"),
              AllOf(HasSubstr("peald.toml:2"), HasSubstr("data_bytes_max"), HasSubstr("3MiB")));
  EXPECT_THAT(ErrorOf("[limits]\nsessions_max = 0\n"), HasSubstr("from 1 to 65536"));
  EXPECT_THAT(ErrorOf("[limits]\nsessions_max = -5\n"), HasSubstr("from 1 to 65536"));
  EXPECT_THAT(ErrorOf("[limits]\nsessions_per_uid = 0\n"), HasSubstr("from 1 to 65536"));
  EXPECT_THAT(ErrorOf("[limits]\npublish_bytes_per_uid = 7\n"),
              AllOf(HasSubstr("\"1KiB\" to \"64GiB\""), HasSubstr("0 for no limit")));
  EXPECT_EQ(ErrorOf("[limits]\npublish_bytes_per_uid = 0\npublish_rate_per_uid = 0\n"), "ok");
  EXPECT_THAT(ErrorOf("[publish]\ntimeout_default = 30\n"), HasSubstr("10ms"));
  EXPECT_THAT(ErrorOf("[publish]\ntimeout_default = '2h'\n"), HasSubstr("1h"));
  EXPECT_THAT(ErrorOf("[journal]\nretain_age = '1s'\n"), HasSubstr("\"1m\" to \"87600h\""));
  EXPECT_THAT(ErrorOf("[journal]\nretain_bytes = '0B'\n"), HasSubstr("\"1MiB\""));
  EXPECT_THAT(ErrorOf("[log]\nlevel = 'loud'\n"), HasSubstr("debug"));
  EXPECT_THAT(ErrorOf("[daemon]\nsocket = 'here'\n"), HasSubstr("absolute path"));
  EXPECT_THAT(ErrorOf("[daemon]\nnode = 5\n"), HasSubstr("text in quotes"));
}

TEST(Config, ReadsRules) {
  Config config;

  const absl::Status status = ApplyToml(R"(
[[acl]]
uid = 1000
verbs = ["publish", "subscribe"]
types = ["app.*", "disk.?"]
[[acl]]
uid = "root"
gid = "root"
verbs = "*"
[[acl]]
gid = 7
verbs = ["*"]
types = "app.*"
)",
                                        "peald.toml", &config);

  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(config.acl.size(), 3U);
  EXPECT_EQ(config.acl[0].uid, 1000U);
  EXPECT_EQ(config.acl[0].gid, std::nullopt);
  EXPECT_THAT(config.acl[0].verbs, ElementsAre(server::Verb::kPublish, server::Verb::kSubscribe));
  ASSERT_EQ(config.acl[0].types.size(), 2U);
  EXPECT_EQ(config.acl[0].types[1].text(), "disk.?");
  EXPECT_EQ(config.acl[1].uid, 0U);
  EXPECT_EQ(config.acl[1].gid, 0U);
  EXPECT_EQ(config.acl[1].verbs, server::AllVerbs());
  EXPECT_TRUE(config.acl[1].types.empty());
  EXPECT_EQ(config.acl[2].gid, 7U);
  EXPECT_EQ(config.acl[2].verbs, server::AllVerbs());
}

TEST(Config, SaysWhatIsWrongWithARule) {
  const auto error_of = [](const std::string& keys) {
    return ErrorOf("[log]\n[[acl]]\nuid = 1\nverbs = '*'\n[[acl]]\n" + keys);
  };
  EXPECT_THAT(error_of("gid = 7\nverb = '*'\n"),
              AllOf(HasSubstr("peald.toml:7"), HasSubstr("'verb' in [[acl]]"),
                    HasSubstr("uid, gid, verbs, types")));
  EXPECT_THAT(error_of("verbs = '*'\n"), AllOf(HasSubstr("peald.toml:5"), HasSubstr("'uid'")));
  EXPECT_THAT(error_of("gid = 7\n"), AllOf(HasSubstr("peald.toml:5"), HasSubstr("'verbs'")));
  EXPECT_THAT(error_of("uid = 'nosuchuser'\n"),
              AllOf(HasSubstr("peald.toml:6: 'uid' in [[acl]] is 'nosuchuser'"),
                    HasSubstr("no user"), HasSubstr("write a number")));
  EXPECT_THAT(error_of("gid = 'nosuchgroup'\n"), HasSubstr("no group"));
  for (const char* bad : {"-1", "4294967295", "4294967296", "1.5", "true", "[1]", "\"\""}) {
    EXPECT_THAT(error_of(std::string("uid = ") + bad + "\n"),
                AllOf(HasSubstr("peald.toml:6: 'uid' in [[acl]]"), HasSubstr("number")))
        << bad;
  }
  for (const char* bad : {"'read'", "['publish', 'Admin']", "[]", "['']", "3", "[['*']]"}) {
    EXPECT_THAT(error_of(std::string("verbs = ") + bad + "\n"),
                AllOf(HasSubstr("peald.toml:6: 'verbs' in [[acl]]"), HasSubstr("\"lock\"")))
        << bad;
  }
  for (const char* bad : {"[]", "3", "['app.*', 3]", "['app *']", "''"}) {
    EXPECT_THAT(error_of(std::string("types = ") + bad + "\n"),
                AllOf(HasSubstr("peald.toml:6: 'types' in [[acl]]"), HasSubstr(".*")))
        << bad;
  }
  EXPECT_THAT(error_of("gid = 7\nverbs = ['admin', 'lock']\ntypes = 'app.*'\n"),
              AllOf(HasSubstr("peald.toml:5"), HasSubstr("two rules")));
}

TEST(Config, RulesAreAList) {
  EXPECT_THAT(ErrorOf("[acl]\nuid = 1\n"), AllOf(HasSubstr("peald.toml:1"), HasSubstr("[[acl]]")));
  EXPECT_THAT(ErrorOf("acl = []\n"), HasSubstr("[[acl]]"));
  EXPECT_THAT(ErrorOf("acl = 3\n"), HasSubstr("[[acl]]"));
  EXPECT_THAT(ErrorOf("[acls]\n"), HasSubstr("[[acl]]"));
}

TEST(Config, RulesAndTheirTypesHaveALimit) {
  std::string types = "''";
  for (size_t i = 0; i < Config::kAclTypesMax; ++i) {
    types += ", 'a.*'";
  }
  const std::string rule = "[[acl]]\nuid = 1\nverbs = '*'\n";
  EXPECT_THAT(ErrorOf(rule + "types = [" + types + "]\n"), HasSubstr("1 to 64 globs"));
  EXPECT_EQ(ErrorOf(rule + "types = [" + types.substr(4) + "]\n"), "ok");

  std::string rules;
  for (size_t i = 0; i < Config::kAclRulesMax; ++i) {
    rules += rule;
  }
  EXPECT_EQ(ErrorOf(rules), "ok");
  EXPECT_THAT(ErrorOf(rules + rule), AllOf(HasSubstr("peald.toml:3073"), HasSubstr("1024")));
}

TEST(Config, TakesRulesOfDispatch) {
  Config config;

  const absl::Status status = ApplyToml(R"(
[[dispatch]]
types = ["fs.*", "app.sample"]
mode = "interest"
[[dispatch]]
types = ["fs.full"]
mode = "broadcast"
)",
                                        "peald.toml", &config);

  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(config.interest_types.size(), 2U);
  EXPECT_EQ(config.interest_types[0].text(), "fs.*");
  EXPECT_EQ(config.interest_types[1].text(), "app.sample");
  ASSERT_EQ(config.broadcast_types.size(), 1U);
  EXPECT_EQ(config.broadcast_types[0].text(), "fs.full");
}

TEST(Config, SaysWhatIsWrongWithARuleOfDispatch) {
  const std::string types = "[[dispatch]]\ntypes = ['fs.*']\n";
  EXPECT_THAT(ErrorOf(types + "mode = 'maybe'\n"),
              AllOf(HasSubstr("peald.toml:3"), HasSubstr("'mode'"), HasSubstr("\"interest\"")));
  EXPECT_THAT(ErrorOf(types), AllOf(HasSubstr("peald.toml:1"), HasSubstr("types and mode")));
  EXPECT_THAT(ErrorOf(types + "mod = 'interest'\n"),
              AllOf(HasSubstr("peald.toml:3"), HasSubstr("'mod'"), HasSubstr("types, mode")));
  EXPECT_THAT(ErrorOf("[[dispatch]]\ntypes = true\n"), HasSubstr("list of 1 to 64 globs"));
  EXPECT_THAT(ErrorOf("[[dispatch]]\ntypes = []\n"), HasSubstr("list of 1 to 64 globs"));
  EXPECT_THAT(ErrorOf("[[dispatch]]\ntypes = [3]\n"), HasSubstr("list of 1 to 64 globs"));
  EXPECT_THAT(ErrorOf("[[dispatch]]\ntypes = ['a b']\n"),
              AllOf(HasSubstr("peald.toml:2"), HasSubstr("'a b'")));
  EXPECT_THAT(ErrorOf("[[dispatch]]\ntypes = ['peal.*']\n"), HasSubstr("always broadcast"));
  EXPECT_THAT(ErrorOf("[dispatch]\nmode = 'interest'\n"),
              AllOf(HasSubstr("peald.toml:1"), HasSubstr("[[dispatch]]")));
  EXPECT_THAT(ErrorOf("[demon]\n"), HasSubstr("[[dispatch]]"));
  std::string many;
  for (size_t i = 0; i <= Config::kDispatchTypesMax; ++i) {
    many += types + "mode = 'interest'\n";
  }
  EXPECT_THAT(ErrorOf(many), AllOf(HasSubstr("peald.toml:193"), HasSubstr("more than 64")));
}

TEST(Config, SaysWhereTheTextIsNotToml) {
  EXPECT_THAT(ErrorOf("[daemon]\nnode = \n"), HasSubstr("peald.toml:2"));
  for (const char* text : {"[&", "[[[a]]]", "[[=", "[\x04"}) {
    EXPECT_THAT(ErrorOf(text), AllOf(HasSubstr("peald.toml:1"), HasSubstr("expected bare key")));
  }
}

TEST(Config, RefusesLettersBeyondAsciiButInCommentsAndEscapes) {
  EXPECT_THAT(ErrorOf("[daemon]\n\u00e9 = 'x'\n"),
              AllOf(HasSubstr("peald.toml:2"), HasSubstr("beyond ASCII")));
  EXPECT_THAT(ErrorOf("[daemon]\nnode = '''\n#\u00e9'''\n"),
              AllOf(HasSubstr("peald.toml:2"), HasSubstr("several lines")));
  EXPECT_EQ(ErrorOf("[daemon]\n  # \u00e9\nnode = \"\\u00e9\"\n"), "ok");
}

TEST_F(ConfigFiles, HasDefaultsWithoutAnyFile) {
  const absl::StatusOr<Config> config = LoadConfig(file(), /*must_exist=*/false);

  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->socket, "/run/peal/peal.sock");
}

TEST_F(ConfigFiles, MissesAFileThatMustExist) {
  EXPECT_EQ(LoadConfig(file(), /*must_exist=*/true).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ConfigFiles, LaterDropInsWin) {
  Write("peald.toml", "[daemon]\nnode = 'a'\n[log]\nlevel = 'warn'\n");
  Write("conf.d/20.toml", "[daemon]\nnode = 'c'\n");
  Write("conf.d/10.toml", "[daemon]\nnode = 'b'\n");
  Write("conf.d/30.txt", "not read");

  const absl::StatusOr<Config> config = LoadConfig(file(), /*must_exist=*/true);

  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->node, "c");
  EXPECT_EQ(config->log_level, "warn");
}

TEST_F(ConfigFiles, TheRulesOfAllFilesCount) {
  Write("peald.toml", "[[acl]]\nuid = 1\nverbs = '*'\n");
  Write("conf.d/10.toml", "[[acl]]\nuid = 2\nverbs = '*'\n[[acl]]\nuid = 3\nverbs = '*'\n");

  const absl::StatusOr<Config> config = LoadConfig(file(), /*must_exist=*/true);

  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->acl.size(), 3U);
  EXPECT_EQ(config->acl[2].uid, 3U);
}

TEST_F(ConfigFiles, NamesTheDropInThatIsWrong) {
  Write("conf.d/10.toml", "[daemon]\nx = 'b'\n");

  const absl::Status status = LoadConfig(file(), /*must_exist=*/false).status();

  EXPECT_THAT(std::string(status.message()), HasSubstr("conf.d/10.toml:2"));
}

}  // namespace
}  // namespace peal
