#include "client/status_convert.h"

#include <array>
#include <string>
#include <utility>

namespace peal::client {
namespace {

// Where several kinds have one code, what comes from Abseil is the first.
constexpr std::array<std::pair<absl::StatusCode, ErrorKind>, 13> kKinds = {{
    {absl::StatusCode::kOk, ErrorKind::kNone},
    {absl::StatusCode::kUnavailable, ErrorKind::kNoPrimary},
    {absl::StatusCode::kUnavailable, ErrorKind::kUnreachable},
    {absl::StatusCode::kDeadlineExceeded, ErrorKind::kTimedOut},
    {absl::StatusCode::kInvalidArgument, ErrorKind::kInvalid},
    {absl::StatusCode::kResourceExhausted, ErrorKind::kBusy},
    {absl::StatusCode::kPermissionDenied, ErrorKind::kNotPermitted},
    {absl::StatusCode::kNotFound, ErrorKind::kNotFound},
    {absl::StatusCode::kOutOfRange, ErrorKind::kTrimmed},
    {absl::StatusCode::kFailedPrecondition, ErrorKind::kCondition},
    {absl::StatusCode::kDataLoss, ErrorKind::kDataLoss},
    {absl::StatusCode::kAborted, ErrorKind::kAborted},
    {absl::StatusCode::kUnknown, ErrorKind::kOther},
}};

}  // namespace

Status FromAbsl(const absl::Status& status) {
  for (const auto& [code, kind] : kKinds) {
    if (code == status.code()) {
      return {kind, std::string(status.message())};
    }
  }
  return {ErrorKind::kOther, std::string(status.message())};
}

absl::Status ToAbsl(const Status& status) {
  for (const auto& [code, kind] : kKinds) {
    if (kind == status.kind()) {
      return absl::Status(code, status.message());
    }
  }
  return absl::UnknownError(status.message());
}

}  // namespace peal::client
