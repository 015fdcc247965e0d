// Reads an expression and writes its program, from left to right and in one go.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/filter/lexer.h"
#include "core/filter/program.h"

namespace peal::filter {

// What binds closer comes later (CESQL 1.0, 3.6). Of equals the left one comes first.
enum class Binding : uint8_t { kLogic, kComparison, kSum, kProduct, kIn, kLike };

// Used once.
class Parser {
 public:
  explicit Parser(std::string_view expression) : expression_(expression), lexer_(expression) {}

  // False: error() says why.
  bool Parse();

  Program TakeProgram() { return std::move(program_); }
  const ExpressionError& error() const { return error_; }

 private:
  // What stands between two operands, or behind one.
  struct Operator {
    Op op;
    Binding binding;
    bool negated = false;
    size_t offset = 0;
  };

  // Each of these reads what its name says, and writes it; false: there is an error.
  bool ParseExpression(Binding from);
  bool ParseOperand();
  bool ParseUnary(Op op);
  bool ParseParenthesis();
  bool ParseExists();
  bool ParseNameOrCall();
  bool ParseCall(const Token& name);
  bool ParseNumber(const Token& first, bool negative);
  bool ParseSigned();
  bool ParseRight(const Operator& op);
  bool ParseSet(bool negated);
  bool ParseLike(bool negated);
  bool ParseLogic(const Operator& op);

  // The operator that the current token begins; nullopt: none. NOT is taken.
  bool FindOperator(std::optional<Operator>* op);

  bool Advance();
  bool Expect(TokenKind kind, std::string_view what);
  bool Fail(std::string message, size_t offset);
  bool FailExpecting(std::string_view what);
  bool Enter();

  // `taken` of the stack's values become `left` ones.
  bool Emit(Op op, uint32_t operand, size_t taken, size_t left, size_t offset);
  bool EmitConstant(Value value, size_t offset);
  // The next instruction's address for the jump at `instruction`.
  void JumpHere(size_t instruction);

  const std::string_view expression_;
  Lexer lexer_;
  Token token_;
  size_t depth_ = 0;
  size_t stack_ = 0;
  Program program_;
  ExpressionError error_;
};

}  // namespace peal::filter
