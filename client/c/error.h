// The errors of peal.h, and those of peal/status.h.
#pragma once

#include <string>

#include "peal.h"
#include "peal/status.h"

namespace peal::c {

peal_error_t ToError(ErrorKind kind);

inline Status Invalid(std::string message) {
  return {ErrorKind::kInvalid, std::move(message)};
}

}  // namespace peal::c
