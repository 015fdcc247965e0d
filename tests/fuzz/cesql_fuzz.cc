// An expression of any bytes is read, or refused with its place in it. What was read comes to the
// same twice, within the bounds of the stack; an event that passes a filter has what the filter's
// index looks for.
//
// The input is an expression, a zero byte, and an encoded event.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "core/base/event_wire.h"
#include "core/filter/evaluator.h"
#include "core/filter/filter.h"
#include "core/filter/filter_index.h"
#include "proto/event.pb.h"

namespace {

using peal::filter::EncodedEvent;
using peal::filter::ErrorKind;
using peal::filter::Evaluator;
using peal::filter::ExpressionError;
using peal::filter::Program;
using peal::filter::Result;

// Text of the first evaluation is gone with the second.
bool Same(const Result& result, const Result& again) {
  return result.error == again.error && result.value.index() == again.value.index();
}

void Refused(std::string_view expression, const ExpressionError& error) {
  PEAL_CHECK(error.kind == ErrorKind::kParse);
  PEAL_CHECK(!error.message.empty());
  PEAL_CHECK(error.offset <= expression.size());
  PEAL_CHECK(!Explain(expression, error).empty());
}

void FindInIndex(std::string_view expression, std::string_view encoded, bool passes) {
  peal::filter::FilterIndex index;
  const auto added = index.Add({}, expression);
  if (!added.ok() || expression.empty()) {
    return;
  }
  const bool has_type = peal::base::TypeOf(encoded).has_value();
  PEAL_CHECK(index.Match(encoded).size() == (passes && has_type ? 1 : 0));
  index.Remove(*added);
  PEAL_CHECK(index.size() == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\0'), input.size());
  const std::string_view expression = input.substr(0, end);
  const std::string_view encoded = input.substr(std::min(end + 1, input.size()));
  ExpressionError error;
  const std::optional<Program> program = Program::Parse(expression, &error);
  if (!program) {
    Refused(expression, error);
    return 0;
  }
  EncodedEvent event;
  const bool whole = event.Read(encoded);
  Evaluator evaluator;
  const Result result = evaluator.Evaluate(*program, event);
  PEAL_CHECK(Same(result, evaluator.Evaluate(*program, event)));
  FindInIndex(expression, encoded, whole && evaluator.Passes(*program, event));
  return 0;
}
