// What became of a publish, as one line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "peal/types.h"

namespace peal::tool {

// globalseq=12 sequence=7 node=n1 epoch=3, or a JSON object; without what is not known (yet). Of
// one that nobody asked for: dispatched=false node=n1. `ack` none has no answer and says so.
std::string ReceiptText(const PublishResult& result, bool json);

// What went wrong, with whether the event may still appear.
std::string FailureText(const PublishResult& result);

// The result of a line of input that was not published: line=3 error="…", or a JSON object.
std::string LineErrorText(uint64_t line, const Status& status, std::string_view message, bool json);

}  // namespace peal::tool
