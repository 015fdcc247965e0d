#include "tools/peal/line_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace peal::tool {
namespace {

using testing::ElementsAre;

// Lines as "number:text", "number:!" when too long.
std::vector<std::string> Drain(LineReader* reader) {
  std::vector<std::string> lines;
  for (auto line = reader->Next(); line; line = reader->Next()) {
    lines.push_back(std::to_string(line->number) + ":" +
                    (line->too_long ? "!" : std::string(line->text)));
  }
  return lines;
}

TEST(LineReader, FindsLinesHoweverTheTextIsTorn) {
  const std::string text = "a\n\nlong!x\nbb\ntail";
  for (size_t step = 1; step <= text.size(); ++step) {
    LineReader reader(5);
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size(); at += step) {
      reader.Append(std::string_view(text).substr(at, step));
      for (std::string& line : Drain(&reader)) {
        lines.push_back(std::move(line));
      }
    }
    reader.Finish();
    for (std::string& line : Drain(&reader)) {
      lines.push_back(std::move(line));
    }

    EXPECT_THAT(lines, ElementsAre("1:a", "2:", "3:!", "4:bb", "5:tail")) << step;
  }
}

TEST(LineReader, ALineMayBeAsLongAsTheLimit) {
  LineReader reader(3);
  reader.Append("abc\nabcd\n");

  EXPECT_THAT(Drain(&reader), ElementsAre("1:abc", "2:!"));
}

TEST(LineReader, ALongLineAtTheEndIsALine) {
  LineReader reader(3);
  reader.Append("abcdef");
  EXPECT_THAT(Drain(&reader), ElementsAre());
  reader.Append("ghi");
  reader.Finish();

  EXPECT_THAT(Drain(&reader), ElementsAre("1:!"));
  EXPECT_THAT(Drain(&reader), ElementsAre());
}

TEST(LineReader, NothingIsNoLine) {
  LineReader reader(3);
  reader.Finish();

  EXPECT_THAT(Drain(&reader), ElementsAre());
}

TEST(LineReader, ALineFeedAtTheEndStartsNoLine) {
  LineReader reader(3);
  reader.Append("a\n");
  reader.Finish();

  EXPECT_THAT(Drain(&reader), ElementsAre("1:a"));
}

}  // namespace
}  // namespace peal::tool
