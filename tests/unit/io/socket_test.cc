#include "core/io/socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/support/temp_folder.h"

namespace peal::io {
namespace {

class UnixListenerTest : public testing::Test {
 protected:
  // A socket file that nobody listens on, as a killed daemon leaves it.
  void LeaveStaleSocket() {
    absl::StatusOr<UnixListener> listener = UnixListener::Bind(live_);
    ASSERT_TRUE(listener.ok());
    std::filesystem::rename(live_,
                            path_);  // The listener finds its path gone, and leaves the file.
  }

  const testing_support::TempFolder folder_;
  const std::string path_ = folder_.path() + "/run/peal.sock";
  const std::string live_ = folder_.path() + "/run/live.sock";
};

TEST_F(UnixListenerTest, MakesItsFolderAndLetsOwnerAndGroupIn) {
  const absl::StatusOr<UnixListener> listener = UnixListener::Bind(path_);

  ASSERT_TRUE(listener.ok()) << listener.status();
  struct stat found {};
  ASSERT_EQ(::stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0660U);
}

TEST_F(UnixListenerTest, TakesOverTheSocketOfADeadDaemon) {
  LeaveStaleSocket();
  ASSERT_TRUE(std::filesystem::exists(path_));

  EXPECT_TRUE(UnixListener::Bind(path_).ok());
}

TEST_F(UnixListenerTest, RefusesThePathOfALiveDaemon) {
  const absl::StatusOr<UnixListener> first = UnixListener::Bind(path_);
  ASSERT_TRUE(first.ok());

  EXPECT_EQ(UnixListener::Bind(path_).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(ConnectUnix(path_).ok());
}

TEST_F(UnixListenerTest, NeverRemovesWhatIsNoSocket) {
  std::filesystem::create_directories(folder_.path() + "/run");
  std::ofstream(path_) << "precious";

  EXPECT_EQ(UnixListener::Bind(path_).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(std::filesystem::is_regular_file(path_));
}

TEST_F(UnixListenerTest, RefusesAPathThatIsTooLong) {
  const std::string path = folder_.path() + "/" + std::string(200, 'x');

  EXPECT_EQ(UnixListener::Bind(path).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ConnectUnix(path).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(UnixListenerTest, RemovesItsPathAtTheEnd) {
  { ASSERT_TRUE(UnixListener::Bind(path_).ok()); }

  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(ConnectUnix(path_).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(UnixListenerTest, TellsWhoConnected) {
  absl::StatusOr<UnixListener> listener = UnixListener::Bind(path_);
  ASSERT_TRUE(listener.ok());
  const absl::StatusOr<UniqueFd> client = ConnectUnix(path_);
  ASSERT_TRUE(client.ok());

  absl::StatusOr<std::optional<UniqueFd>> accepted = listener->Accept();
  ASSERT_TRUE(accepted.ok());
  ASSERT_TRUE(accepted->has_value());
  const absl::StatusOr<PeerCredentials> peer = ReadPeerCredentials((*accepted)->get());

  ASSERT_TRUE(peer.ok());
  EXPECT_EQ(peer->pid, ::getpid());
  EXPECT_EQ(peer->uid, ::geteuid());
  EXPECT_EQ(peer->exe, std::filesystem::read_symlink("/proc/self/exe").string());
  std::vector<gid_t> groups(static_cast<size_t>(::getgroups(0, nullptr)));
  ASSERT_EQ(::getgroups(static_cast<int>(groups.size()), groups.data()),
            static_cast<int>(groups.size()));
  EXPECT_THAT(peer->groups, testing::UnorderedElementsAreArray(groups));
  EXPECT_FALSE(listener->Accept()->has_value());
}

}  // namespace
}  // namespace peal::io
