#include "ordering/corosync/cs_status.h"

#include <fmt/format.h>

namespace peal::ordering::corosync {
namespace {

struct Row {
  cs_error_t error;
  std::string_view name;
  std::string_view text;
  absl::StatusCode code;
};

using absl::StatusCode;

constexpr Row kRows[] = {
    {CS_ERR_LIBRARY, "CS_ERR_LIBRARY", "corosync is not running", StatusCode::kUnavailable},
    {CS_ERR_VERSION, "CS_ERR_VERSION", "version not supported", StatusCode::kInternal},
    {CS_ERR_INIT, "CS_ERR_INIT", "cannot initialise", StatusCode::kInternal},
    {CS_ERR_TIMEOUT, "CS_ERR_TIMEOUT", "timed out", StatusCode::kUnavailable},
    {CS_ERR_TRY_AGAIN, "CS_ERR_TRY_AGAIN", "corosync is busy or still forming its ring",
     StatusCode::kResourceExhausted},
    {CS_ERR_INVALID_PARAM, "CS_ERR_INVALID_PARAM", "invalid parameter",
     StatusCode::kInvalidArgument},
    {CS_ERR_NO_MEMORY, "CS_ERR_NO_MEMORY", "out of memory", StatusCode::kResourceExhausted},
    {CS_ERR_BAD_HANDLE, "CS_ERR_BAD_HANDLE", "the connection to corosync is closed",
     StatusCode::kUnavailable},
    {CS_ERR_BUSY, "CS_ERR_BUSY", "busy", StatusCode::kResourceExhausted},
    {CS_ERR_ACCESS, "CS_ERR_ACCESS", "corosync's uidgid section does not admit this user",
     StatusCode::kPermissionDenied},
    {CS_ERR_NOT_EXIST, "CS_ERR_NOT_EXIST", "does not exist", StatusCode::kNotFound},
    {CS_ERR_NAME_TOO_LONG, "CS_ERR_NAME_TOO_LONG", "name too long", StatusCode::kInvalidArgument},
    {CS_ERR_EXIST, "CS_ERR_EXIST", "exists already", StatusCode::kAlreadyExists},
    {CS_ERR_NO_SPACE, "CS_ERR_NO_SPACE", "no space", StatusCode::kResourceExhausted},
    {CS_ERR_INTERRUPT, "CS_ERR_INTERRUPT", "interrupted", StatusCode::kUnavailable},
    {CS_ERR_NO_RESOURCES, "CS_ERR_NO_RESOURCES", "no resources", StatusCode::kResourceExhausted},
    {CS_ERR_NOT_SUPPORTED, "CS_ERR_NOT_SUPPORTED", "not supported", StatusCode::kInternal},
    {CS_ERR_QUEUE_FULL, "CS_ERR_QUEUE_FULL", "queue full", StatusCode::kResourceExhausted},
    {CS_ERR_TOO_BIG, "CS_ERR_TOO_BIG", "too big", StatusCode::kInvalidArgument},
    {CS_ERR_SECURITY, "CS_ERR_SECURITY", "security violation", StatusCode::kPermissionDenied},
};

const Row* Find(cs_error_t error) {
  for (const Row& row : kRows) {
    if (row.error == error) {
      return &row;
    }
  }
  return nullptr;
}

}  // namespace

std::string CsErrorText(cs_error_t error) {
  if (error == CS_OK) {
    return "ok";
  }
  const Row* row = Find(error);
  if (row == nullptr) {
    return fmt::format("corosync error {}", static_cast<int>(error));
  }
  return fmt::format("{} ({}, {})", row->text, row->name, static_cast<int>(error));
}

absl::Status CsStatus(cs_error_t error, std::string_view what) {
  if (error == CS_OK) {
    return absl::OkStatus();
  }
  const Row* row = Find(error);
  const StatusCode code = row == nullptr ? StatusCode::kInternal : row->code;
  return absl::Status(code, fmt::format("{}: {}", what, CsErrorText(error)));
}

}  // namespace peal::ordering::corosync
