#include "core/base/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace peal::base {
namespace {

std::string Counting(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>(i);
  }
  return bytes;
}

// The vectors of RFC 3720, appendix B.4.
TEST(Crc32c, GivesWhatTheRfcGives) {
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(Crc32c(Counting(32)), 0x46dd794eU);
  EXPECT_EQ(PortableCrc32c(Counting(32)), 0x46dd794eU);
}

TEST(Crc32c, IsTheSameWithAndWithoutTheInstructionAtEverySize) {
  const std::string bytes = Counting(100);

  for (size_t size = 0; size <= bytes.size(); ++size) {
    const std::string_view part = std::string_view(bytes).substr(0, size);
    EXPECT_EQ(Crc32c(part), PortableCrc32c(part)) << size;
  }
}

TEST(Crc32c, GoesOnAfterWhatCameBefore) {
  const std::string bytes = Counting(40);
  const std::string_view whole = bytes;

  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(Crc32c(whole.substr(cut), Crc32c(whole.substr(0, cut))), Crc32c(whole)) << cut;
  }
}

}  // namespace
}  // namespace peal::base
