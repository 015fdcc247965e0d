#include "peal/error.h"

#include "absl/strings/cord.h"

namespace peal {
namespace {

constexpr char kUnreachablePayload[] = "peal/unreachable";

}  // namespace

ErrorKind KindOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ErrorKind::kNone;
    case absl::StatusCode::kUnavailable:
      return status.GetPayload(kUnreachablePayload) ? ErrorKind::kUnreachable
                                                    : ErrorKind::kNoPrimary;
    case absl::StatusCode::kDeadlineExceeded:
      return ErrorKind::kTimedOut;
    case absl::StatusCode::kInvalidArgument:
      return ErrorKind::kInvalid;
    case absl::StatusCode::kResourceExhausted:
      return ErrorKind::kBusy;
    case absl::StatusCode::kPermissionDenied:
      return ErrorKind::kNotPermitted;
    case absl::StatusCode::kNotFound:
      return ErrorKind::kNotFound;
    case absl::StatusCode::kOutOfRange:
      return ErrorKind::kTrimmed;
    case absl::StatusCode::kFailedPrecondition:
      return ErrorKind::kCondition;
    case absl::StatusCode::kDataLoss:
      return ErrorKind::kDataLoss;
    default:
      return ErrorKind::kOther;
  }
}

absl::Status UnreachableError(std::string_view message) {
  absl::Status status = absl::UnavailableError(absl::string_view(message.data(), message.size()));
  status.SetPayload(kUnreachablePayload, absl::Cord());
  return status;
}

}  // namespace peal
