// The words of an expression (CESQL 1.0, 2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace peal::filter {

enum class TokenKind : uint8_t {
  kEnd,
  kWholeNumber,  // Digits.
  kDecimal,      // Digits, a point, digits, and an exponent or none.
  kString,
  kName,  // Letters and digits, with underscores: an identifier, a function or a keyword.
  kLeftParenthesis,
  kRightParenthesis,
  kComma,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAnd,
  kOr,
  kXor,
  kNot,
  kLike,
  kIn,
  kExists,
  kTrue,
  kFalse,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  // As it is written, quotes included.
  size_t offset = 0;      // Of its first byte, in the expression.

  size_t end() const { return offset + text.size(); }
};

// What cannot be read, and where.
struct SyntaxError {
  std::string message;
  size_t offset = 0;
};

// Takes an expression, which outlives it, to pieces.
class Lexer {
 public:
  explicit Lexer(std::string_view expression) : expression_(expression) {}

  // Of kind kEnd at the end, again and again. False: `error` says why.
  bool Next(Token* token, SyntaxError* error);

 private:
  bool Symbol(Token* token) const;
  bool Quoted(Token* token, SyntaxError* error) const;
  bool Word(Token* token, SyntaxError* error) const;
  size_t SkipWhile(size_t from, bool (*is)(char)) const;

  const std::string_view expression_;
  size_t at_ = 0;
};

// What a kString token stands for: without its quotes, and with the quotes in it as they are meant,
// which are written with a backslash before them or twice. Other backslashes stay.
std::string Unquote(std::string_view token);

}  // namespace peal::filter
