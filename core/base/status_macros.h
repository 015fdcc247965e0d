// Passing errors on: absl::Status, and peal::Status of the client's headers. Debian 12's Abseil has
// none of these.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define PEAL_RETURN_IF_ERROR(expression) \
  do {                                   \
    auto peal_status_ = (expression);    \
    if (!peal_status_.ok()) {            \
      return peal_status_;               \
    }                                    \
  } while (false)

#define PEAL_CONCAT_INNER_(a, b) a##b
#define PEAL_CONCAT_(a, b) PEAL_CONCAT_INNER_(a, b)

// PEAL_ASSIGN_OR_RETURN(auto value, Compute());
#define PEAL_ASSIGN_OR_RETURN(declaration, expression) \
  PEAL_ASSIGN_OR_RETURN_(PEAL_CONCAT_(peal_or_, __LINE__), declaration, expression)
// NOLINTBEGIN(bugprone-macro-parentheses): a name and a declaration cannot stand in parentheses.
#define PEAL_ASSIGN_OR_RETURN_(temporary, declaration, expression) \
  auto temporary = (expression);                                   \
  if (!temporary.ok()) {                                           \
    return std::move(temporary).status();                          \
  }                                                                \
  declaration = *std::move(temporary)
// NOLINTEND(bugprone-macro-parentheses)
