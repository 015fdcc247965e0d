#include "core/base/event_json.h"

#include <cmath>
#include <iterator>
#include <limits>
#include <type_traits>
#include <variant>

#include "core/base/base64.h"
#include "core/base/time_format.h"
#include "core/base/utf8.h"
#include "fmt/format.h"

namespace peal::base {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Appends the members of one JSON object.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string* out) : out_(out) { out_->push_back('{'); }

  // Starts a member; the caller appends its value.
  std::string* Member(std::string_view name) {
    if (!first_) {
      out_->push_back(',');
    }
    first_ = false;
    AppendJsonString(name, out_);
    out_->push_back(':');
    return out_;
  }

  void Text(std::string_view name, std::string_view text) {
    if (!text.empty()) {
      AppendJsonString(text, Member(name));
    }
  }
  void Time(std::string_view name, const std::optional<Timestamp>& time) {
    if (time) {
      AppendJsonString(FormatTimestamp(*time), Member(name));
    }
  }
  void DecimalString(std::string_view name, uint64_t number) {
    if (number != 0) {
      fmt::format_to(std::back_inserter(*Member(name)), "\"{}\"", number);
    }
  }

  void End() { out_->push_back('}'); }

 private:
  std::string* const out_;
  bool first_ = true;
};

void AppendInteger(int64_t value, std::string* out) {
  const bool fits =
      value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
  const std::string digits = std::to_string(value);
  out->append(fits ? digits : "\"" + digits + "\"");
}

void AppendDouble(double value, std::string* out) {
  if (!std::isfinite(value)) {
    // Cannot be published; JSON has no number for it.
    AppendJsonString(fmt::format("{}", value), out);
    return;
  }
  std::string digits = fmt::format("{}", value);
  if (digits.find_first_of(".e") == std::string::npos) {
    digits.append(".0");
  }
  out->append(digits);
}

void AppendValue(const AttributeValue& value, std::string* out) {
  std::visit(
      [out](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, bool>) {
          out->append(held ? "true" : "false");
        } else if constexpr (std::is_same_v<Held, int64_t>) {
          AppendInteger(held, out);
        } else if constexpr (std::is_same_v<Held, double>) {
          AppendDouble(held, out);
        } else if constexpr (std::is_same_v<Held, std::string>) {
          AppendJsonString(held, out);
        } else if constexpr (std::is_same_v<Held, Bytes>) {
          AppendJsonString(Base64Encode(std::string(held.begin(), held.end())), out);
        } else {
          static_assert(std::is_same_v<Held, Timestamp>);
          AppendJsonString(FormatTimestamp(held), out);
        }
      },
      value);
}

void AppendData(const Event& event, ObjectWriter* object) {
  if (!event.data) {
    return;
  }
  if (IsJsonContentType(event.datacontenttype)) {
    const absl::StatusOr<std::string> minified = MinifyJson(*event.data);
    // A member that is null reads as absent, and this one is there.
    if (minified.ok() && *minified != "null") {
      object->Member("data")->append(*minified);
      return;
    }
  }
  AppendJsonString(Base64Encode(*event.data), object->Member("data_base64"));
}

void AppendStamps(const Event& event, ObjectWriter* object) {
  if (event.sequence != 0) {
    fmt::format_to(std::back_inserter(*object->Member("sequence")), "\"{:020}\"", event.sequence);
  }
  object->DecimalString("globalseq", event.globalseq);
  object->DecimalString("epoch", event.epoch);
  object->Text("node", event.node);
  object->DecimalString("incarnation", event.incarnation);
  object->DecimalString("knows", event.knows);
  // Uid 0 is root: whether the origin is known shows in its pid, which is never 0.
  if (event.originpid != 0 || event.originuid != 0) {
    object->Member("originuid")->append(std::to_string(event.originuid));
    object->Member("originpid")->append(std::to_string(event.originpid));
  }
  object->Text("originexe", event.originexe);
}

// One character of a JSON string that cannot stand for itself.
void AppendEscaped(char c, std::string* out) {
  switch (c) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\t':
      out->append("\\t");
      return;
    case '\r':
      out->append("\\r");
      return;
    default:
      fmt::format_to(std::back_inserter(*out), "\\u{:04x}", static_cast<unsigned>(c));
  }
}

bool NeedsEscape(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  const bool utf8 = IsUtf8(text);
  out->push_back('"');
  size_t plain_from = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool bad = !utf8 && static_cast<unsigned char>(text[i]) >= 0x80;
    if (!bad && !NeedsEscape(text[i])) {
      continue;
    }
    out->append(text.substr(plain_from, i - plain_from));
    plain_from = i + 1;
    if (bad) {
      out->append(kReplacement);
    } else {
      AppendEscaped(text[i], out);
    }
  }
  out->append(text.substr(plain_from));
  out->push_back('"');
}

void AppendEventJson(const Event& event, std::string* out) {
  ObjectWriter object(out);
  object.Text("specversion", "1.0");
  object.Text("id", event.id);
  object.Text("source", event.source);
  object.Text("type", event.type);
  object.Text("subject", event.subject);
  object.Time("time", event.time);
  AppendJsonString(event.scope == Scope::kLocal ? "local" : "global", object.Member("scope"));
  AppendStamps(event, &object);
  object.Time("observedfrom", event.observedfrom);
  object.Time("observedto", event.observedto);
  for (const auto& [name, value] : event.attributes) {
    AppendValue(value, object.Member(name));
  }
  object.Text("datacontenttype", event.datacontenttype);
  AppendData(event, &object);
  object.End();
}

std::string EventToJson(const Event& event) {
  std::string line;
  AppendEventJson(event, &line);
  return line;
}

bool IsJsonContentType(std::string_view content_type) {
  std::string media(content_type.substr(0, content_type.find(';')));
  media.erase(0, std::min(media.find_first_not_of(" \t"), media.size()));
  media.erase(media.find_last_not_of(" \t") + 1);
  for (char& c : media) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return media.ends_with("/json") || media.ends_with("+json");
}

}  // namespace peal::base
