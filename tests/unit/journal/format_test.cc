// The bytes of docs/journal_format.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/unit/journal/journal_node.h"

namespace peal::journal {
namespace {

// As in the page: 16 bytes a line.
std::string HexDump(std::string_view bytes) {
  std::string out;
  for (size_t at = 0; at < bytes.size(); ++at) {
    if (at % 16 == 0) {
      out += fmt::format("{}{:04x} ", at == 0 ? "" : "\n", at);
    }
    out += fmt::format(" {:02x}", static_cast<uint8_t>(bytes[at]));
  }
  return out + "\n";
}

// What stands between the page's last two fences.
std::string ExampleOfThePage() {
  std::ostringstream page;
  page << std::ifstream(PEAL_SOURCE "/docs/journal_format.md").rdbuf();
  const std::string text = page.str();
  const size_t end = text.rfind("```");
  const size_t begin = text.rfind("```\n", end - 1) + 4;
  return text.substr(begin, end - begin);
}

TEST(JournalFormat, IsThatOfThePagesExample) {
  JournalNode node;
  ASSERT_TRUE(node.Open('a').ok());
  base::Digest chain;
  chain.fill(0x11);
  node.journal->Append({.index = Index(1),
                        .epoch = Epoch(3),
                        .kind = 1,
                        .opens_epoch = true,
                        .chain = chain,
                        .payload = std::make_shared<const std::string>("hello")});
  ASSERT_TRUE(node.Sync().ok());

  EXPECT_EQ(HexDump(node.files.Contents("segment-00000000000000000001")), ExampleOfThePage());
}

TEST(JournalFormat, BodiesComeBackAsTheyWere) {
  const SegmentStart start{.journal_id = IdOf('q'),
                           .number = SegmentNumber(7),
                           .stands_alone = true,
                           .promised = Epoch(8),
                           .log_epoch = Epoch(6),
                           .marks = {Index(50), Index(40)},
                           .noted = Index(39),
                           .place = {Index(40), Sequence(400), -5},
                           .chain = ChainOf(9)};
  const std::optional<SegmentStart> again = DecodeStart(EncodeStart(start));

  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(EncodeStart(*again), EncodeStart(start));
  EXPECT_EQ(again->place.time_us, -5);
  EXPECT_TRUE(again->stands_alone);
}

TEST(JournalFormat, BodiesThatAreTooShortOrLongAreRefused) {
  const std::string start = EncodeStart({.journal_id = IdOf('q')});
  for (size_t size = 0; size < start.size(); ++size) {
    EXPECT_FALSE(DecodeStart(start.substr(0, size)).has_value());
  }
  EXPECT_FALSE(DecodeStart(start + "x").has_value());
  EXPECT_FALSE(DecodeEntry(std::string(55, '\0')).has_value());
  EXPECT_FALSE(DecodeNumber("1234567").has_value());
  EXPECT_FALSE(DecodeNumber("123456789").has_value());
  EXPECT_FALSE(DecodeMarks(std::string(15, '\0')).has_value());
  EXPECT_FALSE(DecodeNote("1234567").has_value());
  EXPECT_TRUE(DecodeNote("12345678").has_value());
}

}  // namespace
}  // namespace peal::journal
