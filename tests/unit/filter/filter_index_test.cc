#include "core/filter/filter_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "core/base/prng.h"
#include "core/filter/filter.h"
#include "fmt/format.h"
#include "proto/event.pb.h"

namespace peal::filter {
namespace {

std::vector<TypeGlob> Globs(const std::vector<std::string>& texts) {
  std::vector<TypeGlob> globs;
  globs.reserve(texts.size());
  for (const std::string& text : texts) {
    globs.push_back(*TypeGlob::Parse(text));
  }
  return globs;
}

// Builds filters and events out of a few names and values, so that they meet often.
class Draw {
 public:
  explicit Draw(uint64_t seed) : random_(seed) {}

  std::vector<std::string> Types() {
    std::vector<std::string> types;
    while (Chance(3)) {
      types.push_back(Of({"fs.sample", "fs.*", "ip.added", "*.added", "?p.*", "app.x"}));
    }
    return types;
  }

  std::string Expression(int depth) {
    if (depth > 0 && Chance(2)) {
      const std::string op = Of({"AND", "OR", "XOR"});
      return fmt::format("({} {} {})", Expression(depth - 1), op, Expression(depth - 1));
    }
    return Chance(8) ? "NOT (" + Leaf() + ")" : Leaf();
  }

  std::string Event() {
    proto::Event event;
    event.set_type(Of({"fs.sample", "fs.full", "ip.added", "app.x", "app.y"}));
    if (Chance(2)) {
      event.set_subject(Of({"/var", "/var/log", "3", "3.50", "true", "x"}));
    }
    event.set_node(Of({"n1", "n2"}));
    event.set_globalseq(Below(4));
    for (const char* name : {"a", "b"}) {
      if (Chance(2)) {
        proto::Attribute* const attribute = event.add_attributes();
        attribute->set_name(name);
        SetValue(attribute->mutable_value());
      }
    }
    return event.SerializeAsString();
  }

  bool Chance(uint64_t of) { return Below(of) == 0; }

 private:
  uint64_t Below(uint64_t end) { return random_.Below(end); }
  std::string Of(const std::vector<std::string>& texts) { return texts[Below(texts.size())]; }

  std::string Name() { return Of({"type", "subject", "node", "globalseq", "a", "b", "c"}); }
  std::string Literal() {
    return Of({"'/var'", "'x'", "'n1'", "'fs.sample'", "'3'", "'3.5'", "'03'", "3", "3.5", "0",
               "TRUE", "'true'", "5000000000"});
  }

  std::string Leaf() {
    switch (Below(8)) {
      case 0:
        return fmt::format("{} LIKE {}", Name(), Of({"'/var%'", "'fs._a%'", "'%'", "'3'", "'t%'"}));
      case 1:
        return fmt::format("{} IN ({}, {})", Name(), Literal(), Literal());
      case 2:
        return fmt::format("{} NOT IN ({})", Name(), Literal());
      case 3:
        return fmt::format("EXISTS {}", Name());
      case 4:
        return fmt::format("{} = {}", Literal(), Name());
      case 5:
        return Of({"a", "b", "BOOL(a)", "TRUE"});
      default:
        return fmt::format("{} {} {}", Name(), Of({"=", "=", "!=", "<", "<=", ">", ">="}),
                           Literal());
    }
  }

  void SetValue(proto::Value* value) {
    switch (Below(5)) {
      case 0:
        value->set_boolean(Chance(2));
        return;
      case 1:
        value->set_integer(Chance(2) ? 3 : 5'000'000'000);
        return;
      case 2:
        value->set_number(Chance(2) ? 3.5 : 3);
        return;
      case 3:
        value->set_timestamp_us(0);
        return;
      default:
        value->set_text(Of({"/var", "3", "3.50", "x", "true", "fs.a"}));
    }
  }

  base::Prng random_;
};

struct Kept {
  std::vector<TypeGlob> types;
  Program where;
  FilterId id;
};

std::vector<FilterId> OneByOne(const std::map<int, Kept>& filters, std::string_view encoded,
                               const std::string& type) {
  EncodedEvent event;
  EXPECT_TRUE(event.Read(encoded));
  Evaluator evaluator;
  std::vector<FilterId> passed;
  for (const auto& [number, kept] : filters) {
    if (MatchesAny(kept.types, type) && evaluator.Passes(kept.where, event)) {
      passed.push_back(kept.id);
    }
  }
  std::sort(passed.begin(), passed.end());
  passed.erase(std::unique(passed.begin(), passed.end()), passed.end());
  return passed;
}

TEST(FilterIndex, FindsWhatLookingAtEachOneFinds) {
  size_t passed_count = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    Draw draw(seed);
    FilterIndex index;
    std::map<int, Kept> filters;
    for (int round = 0; round < 100; ++round) {
      const std::vector<TypeGlob> types = Globs(draw.Types());
      const std::string where = draw.Expression(3);
      Kept kept{types, *ParseFilter(where), *index.Add(types, where)};
      filters.emplace(round, std::move(kept));
      if (draw.Chance(3)) {
        index.Remove(filters.begin()->second.id);
        filters.erase(filters.begin());
      }
      const std::string encoded = draw.Event();
      proto::Event event;
      ASSERT_TRUE(event.ParseFromString(encoded));

      std::vector<FilterId> matched = index.Match(encoded);

      std::sort(matched.begin(), matched.end());
      ASSERT_EQ(matched, OneByOne(filters, encoded, event.type()))
          << "seed " << seed << ": " << event.ShortDebugString();
      passed_count += matched.size();
    }
  }
  EXPECT_GT(passed_count, 10'000U);
}

TEST(FilterIndex, FiltersThatAreAlikeAreOne) {
  FilterIndex index;

  const FilterId first = *index.Add(Globs({"fs.*"}), "a > 3");
  const FilterId second = *index.Add(Globs({"fs.*"}), "a > 3");
  const FilterId other = *index.Add({}, "a > 3");

  EXPECT_EQ(first, second);
  EXPECT_NE(first, other);
  EXPECT_EQ(index.size(), 2U);
  index.Remove(first);
  EXPECT_EQ(index.size(), 2U);
  index.Remove(second);
  EXPECT_EQ(index.size(), 1U);
}

TEST(FilterIndex, AnAttributeWithoutAValueExists) {
  FilterIndex index;
  const absl::StatusOr<FilterId> exists = index.Add({}, "EXISTS a");
  const absl::StatusOr<FilterId> equals = index.Add({}, "a = 'x'");
  ASSERT_TRUE(exists.ok() && equals.ok());
  proto::Event event;
  event.set_type("fs.sample");
  event.add_attributes()->set_name("a");

  EXPECT_EQ(index.Match(event.SerializeAsString()), std::vector<FilterId>{*exists});
}

TEST(FilterIndex, RefusesWhatIsNoFilter) {
  FilterIndex index;

  EXPECT_EQ(index.Add({}, "a >").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(index.size(), 0U);
}

TEST(FilterIndex, FindsAlsoWhatHasMoreAttributesThanItKeeps) {
  FilterIndex index;
  for (size_t i = 0; i < 2 * FilterIndex::kNamesMax; ++i) {
    ASSERT_TRUE(index.Add({}, fmt::format("a{} = 'x'", i)).ok());
  }
  proto::Event event;
  event.set_type("t");
  for (const char* name : {"a3", "a99"}) {
    proto::Attribute* const attribute = event.add_attributes();
    attribute->set_name(name);
    attribute->mutable_value()->set_text("x");
  }

  EXPECT_EQ(index.Match(event.SerializeAsString()).size(), 2U);
}

TEST(FindAccess, TakesTheTestThatFewestEventsPass) {
  const auto best = [](std::string_view where) {
    const absl::StatusOr<Program> program = ParseFilter(where);
    const std::optional<Access> access = FindAccess({}, &*program);
    std::string text;
    for (const AccessTest& test : access.value_or(Access{})) {
      text += fmt::format("{} {} ", static_cast<int>(test.kind), test.name);
    }
    return text;
  };

  EXPECT_EQ(best("type = 'a' AND usedpct > 75 AND subject LIKE '/var%'"), "3 type ");
  EXPECT_EQ(best("type = 'a' AND subject = '/var' AND EXISTS b"), "3 subject ");
  EXPECT_EQ(best("EXISTS b AND usedpct > 75"), "1 usedpct ");
  EXPECT_EQ(best("(a = 'x' OR b = 'y') AND usedpct > 3"), "3 a 3 b ");
  EXPECT_EQ(best("node IN ('n1', 'n2')"), "3 node 3 node ");
  EXPECT_EQ(best("a = 'x' OR NOT EXISTS b"), "");
  EXPECT_EQ(best("a != 'x'"), "");
  EXPECT_EQ(best("NOT (a = 'x')"), "");
}

}  // namespace
}  // namespace peal::filter
