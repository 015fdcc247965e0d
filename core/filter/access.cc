#include "core/filter/access.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "core/filter/cast.h"

namespace peal::filter {
namespace {

// Which of two is better, by the worst of its tests; of longer prefixes by their length.
size_t Score(const AccessTest& test) {
  constexpr size_t kStep = size_t{1} << 20;
  const bool type = test.name == "type";
  switch (test.kind) {
    case AccessTest::Kind::kPrefix:
      return kStep * static_cast<size_t>(test.kind) + std::min(test.text.size(), kStep - 1);
    // Many events have one type.
    case AccessTest::Kind::kText:
      return kStep * (static_cast<size_t>(test.kind) + (type ? 0 : 2));
    default:
      return kStep * static_cast<size_t>(test.kind);
  }
}

size_t Score(const std::optional<Access>& access) {
  if (!access) {
    return 0;
  }
  size_t worst = std::numeric_limits<size_t>::max();
  for (const AccessTest& test : *access) {
    worst = std::min(worst, Score(test));
  }
  // Every test is better than none.
  return worst + 1;
}

// Both hold: the better one will do.
std::optional<Access> Both(std::optional<Access> a, std::optional<Access> b) {
  return Score(a) >= Score(b) ? std::move(a) : std::move(b);
}

// One of them holds.
std::optional<Access> Either(std::optional<Access> a, std::optional<Access> b) {
  if (!a || !b || a->size() + b->size() > kAccessTestsMax) {
    return std::nullopt;
  }
  std::move(b->begin(), b->end(), std::back_inserter(*a));
  return a;
}

// Attributes that are text on every event, if they are there.
bool IsText(Field field) {
  switch (field) {
    case Field::kId:
    case Field::kSource:
    case Field::kType:
    case Field::kSubject:
    case Field::kNode:
    case Field::kScope:
    case Field::kDatacontenttype:
    case Field::kOriginexe:
      return true;
    default:
      return false;
  }
}

// Looks at a program from its end: what is there is applied to what is before it.
class Analysis {
 public:
  explicit Analysis(const Program& program) : program_(program), code_(program.code()) {}

  std::optional<Access> Run() const { return Find(0, code_.size()); }

 private:
  // Of the instructions [begin, end), which are one expression. As deep as the parser lets them be.
  std::optional<Access> Find(size_t begin, size_t end) const {
    const Op last = code_[end - 1].op;
    if (last == Op::kBoolean) {
      return FindLogic(begin, end);
    }
    if (last == Op::kInEnd) {
      return FindSet(begin, end);
    }
    const Instruction first = code_[begin];
    if (end - begin == 1 && (last == Op::kExists || last == Op::kAttribute)) {
      return Access{{.kind = AccessTest::Kind::kExists, .name = NameOf(first)}};
    }
    if (end - begin == 2 && last == Op::kLike && first.op == Op::kAttribute) {
      return FindLike(first, program_.pattern(code_[end - 1].operand));
    }
    if (end - begin == 3) {
      return FindComparison(first, code_[begin + 1], last);
    }
    return std::nullopt;
  }

  std::optional<Access> FindLogic(size_t begin, size_t end) const {
    // The jump that leads here is the operator's own.
    size_t at = end - 1;
    const auto leads_here = [&](const Instruction& instruction) {
      return (instruction.op == Op::kAnd || instruction.op == Op::kOr) &&
             instruction.operand == end;
    };
    while (at > begin && !leads_here(code_[at])) {
      --at;
    }
    if (!leads_here(code_[at])) {
      return std::nullopt;
    }
    std::optional<Access> left = Find(begin, at);
    std::optional<Access> right = Find(at + 1, end - 1);
    return code_[at].op == Op::kAnd ? Both(std::move(left), std::move(right))
                                    : Either(std::move(left), std::move(right));
  }

  // `type IN ('a', 'b')`. An attribute that is no text casts the elements instead.
  std::optional<Access> FindSet(size_t begin, size_t end) const {
    const Instruction first = code_[begin];
    if (first.op != Op::kAttribute || !IsText(program_.name(first.operand).field)) {
      return std::nullopt;
    }
    Access access;
    for (size_t at = begin + 1; at + 1 < end; at += 2) {
      const bool constant = code_[at].op == Op::kConstant && code_[at + 1].op == Op::kIn;
      if (!constant || access.size() == kAccessTestsMax) {
        return std::nullopt;
      }
      access.push_back(EqualTo(NameOf(first), program_.constant(code_[at].operand)));
    }
    return access;
  }

  std::optional<Access> FindLike(const Instruction& attribute, const LikePattern& pattern) const {
    if (pattern.prefix().empty()) {
      return std::nullopt;
    }
    return Access{{.kind = AccessTest::Kind::kPrefix,
                   .name = NameOf(attribute),
                   .text = std::string(pattern.prefix())}};
  }

  // `name = 'a'`, `name > 3`. The other way round the attribute's type decides what is cast.
  std::optional<Access> FindComparison(const Instruction& left, const Instruction& right,
                                       Op op) const {
    if (left.op != Op::kAttribute || right.op != Op::kConstant) {
      return std::nullopt;
    }
    const Value& constant = program_.constant(right.operand);
    if (op == Op::kEqual && TypeOf(constant) != Type::kBoolean) {
      return Access{EqualTo(NameOf(left), constant)};
    }
    const std::optional<double> bound = ToNumber(constant);
    return bound ? FindRange(NameOf(left), op, *bound) : std::nullopt;
  }

  // An attribute that is a Number is equal to text that reads as the same one.
  static AccessTest EqualTo(std::string name, const Value& constant) {
    AccessTest test{.kind = AccessTest::Kind::kText, .name = std::move(name)};
    const std::optional<double> number = ToNumber(constant);
    if (number && TypeOf(constant) != Type::kBoolean) {
      test.kind = AccessTest::Kind::kNumber;
      test.low = *number;
      return test;
    }
    Scratch scratch;
    test.text = std::string(ToText(constant, &scratch).value_or(""));
    return test;
  }

  static std::optional<Access> FindRange(std::string name, Op op, double bound) {
    AccessTest test{.kind = AccessTest::Kind::kRange, .name = std::move(name)};
    switch (op) {
      case Op::kGreater:
      case Op::kGreaterEqual:
        test.kind = AccessTest::Kind::kRange;
        test.low = bound;
        return Access{test};
      case Op::kLess:
      case Op::kLessEqual:
        test.kind = AccessTest::Kind::kRange;
        test.high = bound;
        return Access{test};
      default:
        return std::nullopt;
    }
  }

  std::string NameOf(const Instruction& instruction) const {
    return program_.name(instruction.operand).text;
  }

  const Program& program_;
  const std::vector<Instruction>& code_;
};

std::optional<Access> FindTypes(const std::vector<TypeGlob>& types) {
  if (types.empty() || types.size() > kAccessTestsMax) {
    return std::nullopt;
  }
  Access access;
  for (const TypeGlob& glob : types) {
    const std::string_view text = glob.text();
    const size_t wild = text.find_first_of("*?");
    if (wild == 0) {
      return std::nullopt;
    }
    const bool whole = wild == std::string_view::npos;
    access.push_back({.kind = whole ? AccessTest::Kind::kText : AccessTest::Kind::kPrefix,
                      .name = "type",
                      .text = std::string(text.substr(0, wild))});
  }
  return access;
}

}  // namespace

std::optional<Access> FindAccess(const std::vector<TypeGlob>& types, const Program* where) {
  return Both(where == nullptr ? std::nullopt : Analysis(*where).Run(), FindTypes(types));
}

}  // namespace peal::filter
