#include "core/io/posix_file_ops.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_folder.h"

namespace peal::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PosixFiles : public testing::Test {
 protected:
  PosixFiles() : files_(*MakePosixFileOps(folder_.path() + "/files")) {}

  const testing_support::TempFolder folder_;
  const std::unique_ptr<FileOps> files_;
};

TEST_F(PosixFiles, KeepWhatIsWrittenWhereItIsWritten) {
  const std::unique_ptr<File> file = *files_->Create("a");

  ASSERT_TRUE(file->Reserve(0, 100'000).ok());
  ASSERT_TRUE(file->WriteAt(2, "cde").ok());
  ASSERT_TRUE(file->WriteAt(0, "ab").ok());
  ASSERT_TRUE(file->Sync().ok());

  EXPECT_EQ(*file->Size(), 5U);
  EXPECT_EQ(*file->ReadAt(1, 3), "bcd");
  EXPECT_EQ(*file->ReadAt(4, 100), "e");
  EXPECT_EQ(*file->ReadAt(9, 100), "");
  ASSERT_TRUE(file->Truncate(1).ok());
  EXPECT_EQ(*(*files_->Open("a"))->ReadAt(0, 9), "a");
}

TEST_F(PosixFiles, AreCreatedOnceRenamedListedAndRemoved) {
  ASSERT_TRUE(files_->Create("b").ok());
  ASSERT_TRUE(files_->Create("a").ok());
  EXPECT_EQ(files_->Create("a").status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(*files_->List(), ElementsAre("a", "b"));

  ASSERT_TRUE(files_->Rename("a", "b").ok());
  ASSERT_TRUE(files_->SyncFolder().ok());
  EXPECT_THAT(*files_->List(), ElementsAre("b"));

  ASSERT_TRUE(files_->Remove("b").ok());
  const absl::Status gone = files_->Open("b").status();
  EXPECT_EQ(gone.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(gone.message()), HasSubstr("/files/b: cannot open: No such file"));
}

// /dev/full is a disk without room.
TEST_F(PosixFiles, TellAFullDiskFromOtherErrors) {
  const std::unique_ptr<FileOps> devices = *MakePosixFileOps("/dev");

  EXPECT_EQ((*devices->Open("full"))->WriteAt(0, "x").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(MakePosixFileOps("/proc/none").status().code(), absl::StatusCode::kNotFound);
  std::ofstream(folder_.path() + "/file") << "x";
  EXPECT_EQ(MakePosixFileOps(folder_.path() + "/file").status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace peal::io
