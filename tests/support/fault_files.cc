#include "tests/support/fault_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/status_macros.h"

namespace peal::testing_support {
namespace {

// The bytes of `bytes` in [from, from + count), zeros where it has none.
std::string Part(const std::string& bytes, size_t from, size_t count) {
  std::string part = from < bytes.size() ? bytes.substr(from, count) : std::string();
  part.resize(count, '\0');
  return part;
}

void PutPart(std::string* bytes, size_t from, std::string_view part) {
  bytes->resize(std::max(bytes->size(), from + part.size()), '\0');
  bytes->replace(from, part.size(), part);
}

}  // namespace

class FaultFile : public io::File {
 public:
  FaultFile(FaultFiles* files, std::shared_ptr<FaultFiles::Image> image, std::string name)
      : files_(files), image_(std::move(image)), name_(std::move(name)), era_(files->era_) {}

  absl::Status WriteAt(uint64_t offset, std::string_view bytes) override {
    PEAL_RETURN_IF_ERROR(Begin());
    const uint64_t end = offset + bytes.size();
    const uint64_t growth = end - std::min<uint64_t>(end, image_->seen.size());
    const uint64_t room = files_->RoomLeft();
    const bool fails = std::exchange(files_->fail_next_write_, false);
    if (growth > room || fails) {
      const uint64_t rest = fails ? std::max<uint64_t>(bytes.size() / 2, 1) : growth - room;
      Put(offset, bytes.substr(0, bytes.size() - std::min<uint64_t>(bytes.size(), rest)));
      return fails ? absl::UnavailableError(name_ + ": cannot write: Input/output error")
                   : NoRoom();
    }
    Put(offset, bytes);
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ReadAt(uint64_t offset, size_t bytes) override {
    PEAL_RETURN_IF_ERROR(IsOpen());
    return offset < image_->seen.size() ? image_->seen.substr(offset, bytes) : std::string();
  }

  absl::StatusOr<uint64_t> Size() override {
    PEAL_RETURN_IF_ERROR(IsOpen());
    return image_->seen.size();
  }

  absl::Status Reserve(uint64_t offset, uint64_t bytes) override {
    PEAL_RETURN_IF_ERROR(Begin());
    const uint64_t end = offset + bytes;
    const uint64_t growth = end - std::min<uint64_t>(end, image_->seen.size());
    return files_->reserves_ && growth > files_->RoomLeft() ? NoRoom() : absl::OkStatus();
  }

  absl::Status Truncate(uint64_t size) override {
    PEAL_RETURN_IF_ERROR(Begin());
    for (size_t at = size; at < image_->seen.size(); ++at) {
      image_->unsynced.insert(at / FaultFiles::kSectorBytes);
    }
    image_->seen.resize(size, '\0');
    return absl::OkStatus();
  }

  absl::Status Sync() override {
    PEAL_RETURN_IF_ERROR(Begin());
    const bool fails = std::exchange(files_->fail_next_sync_, false);
    if (!fails) {
      for (const size_t sector : image_->unsynced) {
        const size_t from = sector * FaultFiles::kSectorBytes;
        PutPart(&image_->durable, from, Part(image_->seen, from, FaultFiles::kSectorBytes));
      }
    }
    image_->unsynced.clear();
    if (fails) {
      return absl::UnavailableError(name_ + ": cannot sync: Input/output error");
    }
    image_->durable.resize(image_->seen.size(), '\0');
    return absl::OkStatus();
  }

 private:
  absl::Status IsOpen() const {
    return era_ == files_->era_ ? absl::OkStatus() : absl::UnavailableError(name_ + ": is gone");
  }
  absl::Status Begin() {
    PEAL_RETURN_IF_ERROR(IsOpen());
    return files_->Begin();
  }
  absl::Status NoRoom() const {
    return absl::ResourceExhaustedError(name_ + ": cannot write: No space left on device");
  }
  void Put(uint64_t offset, std::string_view bytes) {
    PutPart(&image_->seen, offset, bytes);
    if (bytes.empty()) {
      return;
    }
    const size_t last = (offset + bytes.size() - 1) / FaultFiles::kSectorBytes;
    for (size_t sector = offset / FaultFiles::kSectorBytes; sector <= last; ++sector) {
      image_->unsynced.insert(sector);
    }
  }

  FaultFiles* const files_;
  const std::shared_ptr<FaultFiles::Image> image_;
  const std::string name_;
  const uint64_t era_;
};

absl::Status FaultFiles::Begin() {
  if (power_is_out()) {
    return absl::UnavailableError("the power is out");
  }
  ++operations_;
  if (operations_left_ != UINT64_MAX) {
    --operations_left_;
    if (power_is_out()) {
      return absl::UnavailableError("the power is out");
    }
  }
  return absl::OkStatus();
}

uint64_t FaultFiles::RoomLeft() const {
  uint64_t used = 0;
  for (const auto& [name, image] : names_) {
    used += image->seen.size();
  }
  return room_ - std::min(room_, used);
}

absl::StatusOr<std::unique_ptr<io::File>> FaultFiles::Create(const std::string& name) {
  PEAL_RETURN_IF_ERROR(Begin());
  if (names_.contains(name)) {
    return absl::AlreadyExistsError(name + ": cannot be created: File exists");
  }
  if (RoomLeft() == 0) {
    return absl::ResourceExhaustedError(name + ": cannot be created: No space left on device");
  }
  names_[name] = std::make_shared<Image>();
  durable_names_.push_back(names_);
  return std::make_unique<FaultFile>(this, names_[name], name);
}

absl::StatusOr<std::unique_ptr<io::File>> FaultFiles::Open(const std::string& name) {
  const auto found = names_.find(name);
  if (found == names_.end()) {
    return absl::NotFoundError(name + ": cannot open: No such file or directory");
  }
  return std::make_unique<FaultFile>(this, found->second, name);
}

absl::Status FaultFiles::Rename(const std::string& from, const std::string& to) {
  PEAL_RETURN_IF_ERROR(Begin());
  const auto found = names_.find(from);
  if (found == names_.end()) {
    return absl::NotFoundError(from + ": cannot rename: No such file or directory");
  }
  names_[to] = found->second;
  names_.erase(found);
  durable_names_.push_back(names_);
  return absl::OkStatus();
}

absl::Status FaultFiles::Remove(const std::string& name) {
  PEAL_RETURN_IF_ERROR(Begin());
  const auto found = names_.find(name);
  if (found == names_.end()) {
    return absl::NotFoundError(name + ": cannot remove: No such file or directory");
  }
  removed_.insert(*found);
  names_.erase(found);
  durable_names_.push_back(names_);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> FaultFiles::List() {
  std::vector<std::string> names;
  for (const auto& [name, image] : names_) {
    names.push_back(name);
  }
  return names;
}

absl::Status FaultFiles::SyncFolder() {
  PEAL_RETURN_IF_ERROR(Begin());
  durable_names_ = {names_};
  removed_.clear();
  return absl::OkStatus();
}

void FaultFiles::LosePower() {
  ++era_;
  operations_left_ = UINT64_MAX;
  const Names before = durable_names_.front();
  names_ = durable_names_[Below(durable_names_.size())];
  for (const auto& [name, image] : removed_) {
    if (before.contains(name) && before.at(name) == image && Below(2) == 0) {
      names_.insert({name, image});
    }
  }
  removed_.clear();
  durable_names_ = {names_};
  for (const auto& [name, image] : names_) {
    LosePowerOf(image.get());
  }
}

void FaultFiles::LosePowerOf(Image* image) {
  const size_t old_size = image->durable.size();
  const size_t new_size = image->seen.size();
  size_t size = Below(2) == 0 ? old_size : new_size;
  if (old_size != new_size && Below(2) == 0) {
    size = std::min(old_size, new_size) +
           Below(std::max(old_size, new_size) - std::min(old_size, new_size));
  }
  std::string left = image->durable;
  for (const size_t sector : image->unsynced) {
    const size_t from = sector * kSectorBytes;
    const std::string before = Part(image->durable, from, kSectorBytes);
    std::string after = Part(image->seen, from, kSectorBytes);
    const uint64_t fate = Below(4);
    if (fate == 0) {
      after = before;
    }
    for (size_t i = 0; fate == 1 && i < kSectorBytes; ++i) {
      // Bytes that do not change are written as they are: a sector is not lost by half.
      after[i] =
          from + i < old_size && before[i] == after[i] ? after[i] : static_cast<char>(Below(256));
    }
    PutPart(&left, from, after);
  }
  left.resize(size, '\0');
  image->seen = left;
  image->durable = left;
  image->unsynced.clear();
}

std::string FaultFiles::Contents(const std::string& name) const {
  return names_.at(name)->seen;
}

void FaultFiles::SetContents(const std::string& name, const std::string& bytes) {
  std::shared_ptr<Image>& image = names_[name];
  image = std::make_shared<Image>();
  image->seen = bytes;
  image->durable = bytes;
  durable_names_ = {names_};
}

void FaultFiles::FlipBit(const std::string& name, uint64_t offset, unsigned bit) {
  Image& image = *names_.at(name);
  const auto flip = [bit](char* byte) {
    *byte = static_cast<char>(static_cast<uint8_t>(*byte) ^ (1U << bit));
  };
  flip(&image.seen.at(offset));
  if (offset < image.durable.size()) {
    flip(&image.durable[offset]);
  }
}

void FaultFiles::Lose(const std::string& name) {
  PEAL_CHECK(names_.erase(name) == 1);
  durable_names_ = {names_};
}

}  // namespace peal::testing_support
