#include "core/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_folder.h"

namespace peal {
namespace {

using testing::AllOf;
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
  EXPECT_THAT(ErrorOf("[publish]\ntimeout_default = 30\n"), HasSubstr("10ms"));
  EXPECT_THAT(ErrorOf("[publish]\ntimeout_default = '2h'\n"), HasSubstr("1h"));
  EXPECT_THAT(ErrorOf("[journal]\nretain_age = '1s'\n"), HasSubstr("\"1m\" to \"87600h\""));
  EXPECT_THAT(ErrorOf("[journal]\nretain_bytes = '0B'\n"), HasSubstr("\"1MiB\""));
  EXPECT_THAT(ErrorOf("[log]\nlevel = 'loud'\n"), HasSubstr("debug"));
  EXPECT_THAT(ErrorOf("[daemon]\nsocket = 'here'\n"), HasSubstr("absolute path"));
  EXPECT_THAT(ErrorOf("[daemon]\nnode = 5\n"), HasSubstr("text in quotes"));
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

TEST_F(ConfigFiles, NamesTheDropInThatIsWrong) {
  Write("conf.d/10.toml", "[daemon]\nx = 'b'\n");

  const absl::Status status = LoadConfig(file(), /*must_exist=*/false).status();

  EXPECT_THAT(std::string(status.message()), HasSubstr("conf.d/10.toml:2"));
}

}  // namespace
}  // namespace peal
