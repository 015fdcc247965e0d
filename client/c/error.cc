#include "client/c/error.h"

#include <array>

namespace peal::c {
namespace {

struct Row {
  ErrorKind kind;
  peal_error_t error;
  const char* text;
};

// By the number of the error.
constexpr std::array<Row, 13> kErrors = {{
    {ErrorKind::kNone, PEAL_OK, "ok"},
    {ErrorKind::kUnreachable, PEAL_ERR_UNREACHABLE, "the daemon cannot be reached"},
    {ErrorKind::kNoPrimary, PEAL_ERR_NO_PRIMARY, "no primary component"},
    {ErrorKind::kTimedOut, PEAL_ERR_TIMED_OUT, "timed out"},
    {ErrorKind::kInvalid, PEAL_ERR_INVALID, "invalid request"},
    {ErrorKind::kBusy, PEAL_ERR_BUSY, "busy, try again"},
    {ErrorKind::kNotPermitted, PEAL_ERR_NOT_PERMITTED, "not permitted"},
    {ErrorKind::kNotFound, PEAL_ERR_NOT_FOUND, "not found"},
    {ErrorKind::kTrimmed, PEAL_ERR_TRIMMED, "history already trimmed"},
    {ErrorKind::kCondition, PEAL_ERR_CONDITION, "condition not met"},
    {ErrorKind::kDataLoss, PEAL_ERR_DATA_LOSS, "data loss"},
    {ErrorKind::kAborted, PEAL_ERR_ABORTED, "another was first"},
    {ErrorKind::kOther, PEAL_ERR_OTHER, "error"},
}};

constexpr bool InOrder() {
  for (size_t i = 0; i < kErrors.size(); ++i) {
    if (static_cast<size_t>(kErrors[i].error) != i || static_cast<size_t>(kErrors[i].kind) != i) {
      return false;
    }
  }
  return true;
}
static_assert(InOrder());

}  // namespace

peal_error_t ToError(ErrorKind kind) {
  const auto number = static_cast<size_t>(kind);
  return number < kErrors.size() ? kErrors[number].error : PEAL_ERR_OTHER;
}

}  // namespace peal::c

const char* peal_strerror(int error) noexcept {
  using peal::c::kErrors;
  const bool known = error >= 0 && static_cast<size_t>(error) < kErrors.size();
  return known ? kErrors[static_cast<size_t>(error)].text : "unknown error";
}
