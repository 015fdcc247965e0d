#include "core/filter/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/filter/evaluator.h"
#include "core/filter/filter.h"

namespace peal::filter {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// What people see of a mistake; empty: there is none.
std::string Mistake(std::string_view expression) {
  ExpressionError error;
  const bool read = Program::Parse(expression, &error).has_value();
  return read ? std::string() : Explain(expression, error);
}

std::string Repeated(std::string_view text, size_t times) {
  std::string repeated;
  for (size_t i = 0; i < times; ++i) {
    repeated.append(text);
  }
  return repeated;
}

std::string Nested(size_t levels) {
  return Repeated("(", levels) + "1" + Repeated(")", levels) + " = 1";
}

// No event has anything.
class NoAttributes : public Attributes {
 public:
  std::optional<Found> Get(const AttributeName& /*name*/, Scratch* /*scratch*/) const override {
    return std::nullopt;
  }
  bool Has(const AttributeName& /*name*/) const override { return false; }
};

TEST(Program, ShowsWhereAMistakeIs) {
  EXPECT_EQ(Mistake("usedpct > "),
            "expected a value, but the expression ends\n  usedpct > \n            ^");
  EXPECT_EQ(Mistake("a = 1 b"), "expected an operator or the end, not b\n  a = 1 b\n        ^");
  EXPECT_EQ(Mistake("type = 'a"),
            "the text that begins here has no closing '\n  type = 'a\n         ^");
  EXPECT_THAT(Mistake("a && b"), StartsWith("'&' means nothing here; write AND\n"));
  EXPECT_THAT(Mistake("a LIKE b"), HasSubstr("a pattern in quotes behind LIKE, not b"));
  EXPECT_THAT(Mistake("a NOT b"), HasSubstr("LIKE or IN behind NOT, not b"));
}

TEST(Program, CountsCharactersToTheCaret) {
  EXPECT_EQ(Mistake("'\u00fc\u00df\U0001F514' = ?"),
            "'?' means nothing here\n  '\u00fc\u00df\U0001F514' = ?\n          ^");
}

TEST(Program, ShowsTheLineOfAMistake) {
  EXPECT_EQ(Mistake("a = 1\nAND b = = 2\nAND c"),
            "expected a value, not =\n  AND b = = 2\n          ^");
}

TEST(Program, ShowsThePlaceInALongLine) {
  const std::string start = Repeated("a = 1 AND ", 100);

  const std::string mistake = Mistake(start + "b = ? AND " + Repeated("c = 2 AND ", 100) + "d");

  EXPECT_LT(mistake.size(), 250U);
  EXPECT_THAT(mistake, HasSubstr("b = ?"));
  const size_t line = mistake.find('\n') + 1;
  const size_t caret_line = mistake.find('\n', line) + 1;
  EXPECT_EQ(mistake[line + (mistake.find('^') - caret_line)], '?');
}

TEST(Program, IsBoundedInDepthLengthAndWaitingValues) {
  EXPECT_EQ(Mistake(Nested(90)), "");
  EXPECT_THAT(Mistake(Nested(100)), HasSubstr("levels within each other"));
  EXPECT_THAT(Mistake(Nested(30'000)), HasSubstr("levels within each other"));
  EXPECT_THAT(Mistake(Repeated("NOT ", 10'000) + "TRUE"), HasSubstr("levels within each other"));
  EXPECT_THAT(Mistake(Repeated("- ", 10'000) + "1"), HasSubstr("levels within each other"));
  EXPECT_THAT(Mistake(Repeated("ABS(", 10'000)), HasSubstr("levels within each other"));

  EXPECT_EQ(Mistake("CONCAT(1" + Repeated(",1", 255) + ")"), "");
  EXPECT_THAT(Mistake("CONCAT(1" + Repeated(",1", 256) + ")"), HasSubstr("256 values"));

  const std::string longest(Program::kExpressionBytesMax - 1, ' ');
  EXPECT_EQ(Mistake(longest + "1"), "");
  EXPECT_THAT(Mistake(longest + "12"), HasSubstr("at most 65536"));
}

TEST(Program, LongChainsNeedNoDepth) {
  const std::string chain = "a = 1" + Repeated(" OR a = 1", 5000);
  const std::string sum = "1" + Repeated(" + 1", 10'000) + " = 10001";
  const std::string set = "9999 IN (0" + Repeated(", 0", 10'000) + ", 9999)";
  ExpressionError error;

  EXPECT_EQ(Mistake(chain), "");
  Evaluator evaluator;
  EXPECT_TRUE(evaluator.Passes(*Program::Parse(sum, &error), NoAttributes()));
  EXPECT_TRUE(evaluator.Passes(*Program::Parse(set, &error), NoAttributes()));
}

TEST(Program, RefusesWhatIsNotUtf8) {
  EXPECT_THAT(Mistake("'\xff' = 'a'"), HasSubstr("not UTF-8"));
}

TEST(Program, CanBeMoved) {
  ExpressionError error;
  std::optional<Program> moved;
  {
    std::optional<Program> program = Program::Parse("'short' = CONCAT('sh', 'ort')", &error);
    ASSERT_TRUE(program);

    moved.emplace(*std::move(program));
  }

  EXPECT_TRUE(Evaluator().Passes(*moved, NoAttributes()));
}

TEST(Filter, HasToBeTrueOrFalse) {
  EXPECT_TRUE(ParseFilter("a").ok());
  EXPECT_TRUE(ParseFilter("a = 1").ok());
  EXPECT_TRUE(ParseFilter("BOOL(a)").ok());
  EXPECT_TRUE(ParseFilter("a LIKE 'x' AND b IN (1, 2)").ok());
  EXPECT_THAT(std::string(ParseFilter("usedpct + 1").status().message()),
              HasSubstr("type Integer, and a filter has to be TRUE or FALSE"));
  EXPECT_THAT(std::string(ParseFilter("'a'").status().message()), HasSubstr("type String"));
  EXPECT_THAT(std::string(ParseFilter("3.5").status().message()), HasSubstr("type Number"));
  EXPECT_THAT(std::string(ParseFilter("UPPER(a)").status().message()), HasSubstr("type String"));
}

TEST(Filter, NamesTheFunctionsThatThereAre) {
  const absl::Status unknown = ParseFilter("a = 1 OR LENGHT(b) = 2").status();

  EXPECT_EQ(unknown.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(unknown.message()),
              testing::AllOf(HasSubstr("no function 'LENGHT'"), HasSubstr("LENGTH, LOWER"),
                             testing::EndsWith("\n  a = 1 OR LENGHT(b) = 2\n           ^")));
  EXPECT_THAT(std::string(ParseFilter("LEFT(a) = 'b'").status().message()),
              HasSubstr("LEFT takes 2 arguments, not 1"));
}

}  // namespace
}  // namespace peal::filter
