#include "tools/peal/publish_text.h"

#include "fmt/format.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/json_text.h"
#include "tools/peal/table.h"

namespace peal::tool {
namespace {

std::string ReceiptJson(const PublishResult& result) {
  Json object = Json::object();
  if (result.globalseq != 0) {
    object["globalseq"] = std::to_string(result.globalseq);
  }
  if (result.unasked) {
    object["dispatched"] = false;
  } else {
    object["sequence"] = fmt::format("{:020}", result.sequence);
  }
  object["node"] = result.node;
  if (result.epoch != 0) {
    object["epoch"] = std::to_string(result.epoch);
  }
  if (!result.id.empty()) {
    object["id"] = result.id;
  }
  if (result.duplicate) {
    object["duplicate"] = true;
  }
  return JsonLine(object);
}

}  // namespace

std::string ReceiptText(const PublishResult& result, bool json) {
  if (json) {
    return ReceiptJson(result);
  }
  if (result.unasked) {
    return fmt::format("dispatched=false node={}", Printable(result.node));
  }
  std::string text;
  if (result.globalseq != 0) {
    text.append(fmt::format("globalseq={} ", result.globalseq));
  }
  text.append(fmt::format("sequence={} node={}", result.sequence, Printable(result.node)));
  if (result.epoch != 0) {
    text.append(fmt::format(" epoch={}", result.epoch));
  }
  if (result.duplicate) {
    text.append(" duplicate=true");
  }
  return text;
}

std::string FailureText(const PublishResult& result) {
  const std::string& message = result.status.message();
  if (!result.submitted || message.find("the outcome is unknown") != std::string::npos) {
    return message;
  }
  return message + "; the outcome is unknown: the event may still appear";
}

std::string LineErrorText(uint64_t line, const Status& status, std::string_view message,
                          bool json) {
  if (!json) {
    return fmt::format("line={} error=\"{}\"", line, Printable(message));
  }
  Json object = Json::object();
  object["line"] = line;
  object["error"] = message;
  object["code"] = static_cast<int>(ExitCodeOf(status));
  return JsonLine(object);
}

}  // namespace peal::tool
