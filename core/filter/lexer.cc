#include "core/filter/lexer.h"

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "core/filter/unicode.h"
#include "fmt/format.h"

namespace peal::filter {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsWord(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// Longer ones first.
constexpr std::array<std::pair<std::string_view, TokenKind>, 15> kSymbols = {{
    {"!=", TokenKind::kNotEqual},
    {"<>", TokenKind::kNotEqual},
    {"<=", TokenKind::kLessEqual},
    {">=", TokenKind::kGreaterEqual},
    {"<", TokenKind::kLess},
    {">", TokenKind::kGreater},
    {"=", TokenKind::kEqual},
    {"(", TokenKind::kLeftParenthesis},
    {")", TokenKind::kRightParenthesis},
    {",", TokenKind::kComma},
    {"+", TokenKind::kPlus},
    {"-", TokenKind::kMinus},
    {"*", TokenKind::kStar},
    {"/", TokenKind::kSlash},
    {"%", TokenKind::kPercent},
}};

constexpr std::array<std::pair<std::string_view, TokenKind>, 9> kKeywords = {{
    {"and", TokenKind::kAnd},
    {"or", TokenKind::kOr},
    {"xor", TokenKind::kXor},
    {"not", TokenKind::kNot},
    {"like", TokenKind::kLike},
    {"in", TokenKind::kIn},
    {"exists", TokenKind::kExists},
    {"true", TokenKind::kTrue},
    {"false", TokenKind::kFalse},
}};

TokenKind KindOfWord(std::string_view word) {
  for (const auto& [keyword, kind] : kKeywords) {
    if (absl::EqualsIgnoreCase({word.data(), word.size()}, {keyword.data(), keyword.size()})) {
      return kind;
    }
  }
  return TokenKind::kName;
}

// What people write who come from other languages.
std::string_view Advice(std::string_view rest) {
  if (rest.starts_with("&&")) {
    return "; write AND";
  }
  if (rest.starts_with("||")) {
    return "; write OR, or CONCAT(a, b) for text";
  }
  if (rest.starts_with("!")) {
    return "; write NOT, or != between two values";
  }
  return "";
}

}  // namespace

size_t Lexer::SkipWhile(size_t from, bool (*is)(char)) const {
  while (from < expression_.size() && is(expression_[from])) {
    ++from;
  }
  return from;
}

bool Lexer::Next(Token* token, SyntaxError* error) {
  at_ = SkipWhile(at_, IsSpace);
  *token = {TokenKind::kEnd, {}, at_};
  if (at_ == expression_.size()) {
    return true;
  }
  const char c = expression_[at_];
  bool known = false;
  if (c == '\'' || c == '"') {
    known = Quoted(token, error);
  } else if (IsWord(c)) {
    known = Word(token, error);
  } else {
    known = Symbol(token);
    if (!known) {
      const std::string_view rest = expression_.substr(at_);
      *error = {fmt::format("'{}' means nothing here{}", rest.substr(0, CharacterBytes(rest)),
                            Advice(rest)),
                at_};
    }
  }
  at_ = token->end();
  return known;
}

bool Lexer::Symbol(Token* token) const {
  const std::string_view rest = expression_.substr(at_);
  for (const auto& [text, kind] : kSymbols) {
    if (rest.starts_with(text)) {
      token->kind = kind;
      token->text = rest.substr(0, text.size());
      return true;
    }
  }
  return false;
}

bool Lexer::Quoted(Token* token, SyntaxError* error) const {
  const char quote = expression_[at_];
  for (size_t i = at_ + 1; i < expression_.size(); ++i) {
    const bool twice =
        expression_[i] == quote && i + 1 < expression_.size() && expression_[i + 1] == quote;
    if (expression_[i] == '\\' || twice) {
      ++i;
    } else if (expression_[i] == quote) {
      token->kind = TokenKind::kString;
      token->text = expression_.substr(at_, i + 1 - at_);
      return true;
    }
  }
  *error = {fmt::format("the text that begins here has no closing {}", quote), at_};
  return false;
}

bool Lexer::Word(Token* token, SyntaxError* error) const {
  size_t end = SkipWhile(at_, IsDigit);
  const bool decimal = end > at_ && end + 1 < expression_.size() && expression_[end] == '.' &&
                       IsDigit(expression_[end + 1]);
  if (decimal) {
    end = SkipWhile(end + 1, IsDigit);
    if (end < expression_.size() &&
        absl::ascii_tolower(static_cast<unsigned char>(expression_[end])) == 'e') {
      const bool sign = end + 1 < expression_.size() &&
                        (expression_[end + 1] == '-' || expression_[end + 1] == '+');
      end = SkipWhile(end + (sign ? 2 : 1), IsDigit);
    }
  }
  const size_t word_end = SkipWhile(end, IsWord);
  const bool digits = word_end == end && end > at_;
  token->text = expression_.substr(at_, word_end - at_);
  if (decimal) {
    token->kind = TokenKind::kDecimal;
    if (!digits || !IsDigit(token->text.back())) {
      *error = {fmt::format("'{}' is not a number", token->text), at_};
      return false;
    }
    return true;
  }
  token->kind = digits ? TokenKind::kWholeNumber : KindOfWord(token->text);
  return true;
}

std::string Unquote(std::string_view token) {
  const char quote = token.front();
  const std::string_view inner = token.substr(1, token.size() - 2);
  std::string text;
  text.reserve(inner.size());
  for (size_t i = 0; i < inner.size(); ++i) {
    const bool pair = i + 1 < inner.size() && (inner[i] == '\\' || inner[i] == quote);
    if (!pair) {
      text.push_back(inner[i]);
      continue;
    }
    ++i;
    if (inner[i] != quote) {
      text.push_back(inner[i - 1]);
    }
    text.push_back(inner[i]);
  }
  return text;
}

}  // namespace peal::filter
