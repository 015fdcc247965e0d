#include "tools/peal/event_text.h"

#include <algorithm>
#include <string_view>

#include "core/base/time_format.h"
#include "core/base/utf8.h"
#include "fmt/format.h"
#include "tools/peal/attribute.h"
#include "tools/peal/table.h"

namespace peal::tool {
namespace {

constexpr size_t kDataShownBytesMax = 60;

constexpr std::string_view kDim = "2";
constexpr std::string_view kYellow = "33";
constexpr std::string_view kGreen = "32";
constexpr std::string_view kCyan = "36";

std::string Painted(std::string_view text, std::string_view ansi, bool color) {
  return color ? fmt::format("\x1b[{}m{}\x1b[0m", ansi, text) : std::string(text);
}

// The beginning of it, in quotes when it is text, else how much there is.
std::string DataText(const std::string& data) {
  if (!base::IsUtf8(data)) {
    return fmt::format("<{} bytes>", data.size());
  }
  if (data.size() <= kDataShownBytesMax) {
    return fmt::format("\"{}\"", Printable(data));
  }
  size_t cut = kDataShownBytesMax;
  while ((static_cast<unsigned char>(data[cut]) & 0xc0) == 0x80) {
    --cut;  // Not within a character.
  }
  return fmt::format("\"{}…\" ({} bytes)", Printable(data.substr(0, cut)), data.size());
}

std::string ShortTime(const Event& event) {
  if (!event.time) {
    return "-";
  }
  // Milliseconds are enough to look at.
  return base::FormatTimestamp(*event.time)
             .substr(0, std::string_view("2026-01-31T23:59:59.123").size()) +
         "Z";
}

std::string UpperCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

}  // namespace

std::string EventLine(const Event& event, bool color) {
  const std::string place =
      event.globalseq != 0 ? fmt::format("{:>8}", event.globalseq) : fmt::format("{:>8}", "local");
  std::string line = fmt::format(
      "{}  {}  {}  {}  {}", Painted(place, kYellow, color), Painted(ShortTime(event), kDim, color),
      Painted(Padded(Printable(event.node), 8), kCyan, color),
      Painted(Padded(Printable(event.type), 16), kGreen, color),
      Padded(event.subject.empty() ? "-" : Printable(event.subject), 12));
  for (const auto& [name, value] : event.attributes) {
    line.append(fmt::format("  {}={}", Painted(Printable(name), kDim, color),
                            Printable(FormatAttributeValue(value))));
  }
  if (event.data) {
    line.append("  " + DataText(*event.data));
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::vector<std::pair<std::string, std::string>> EventVariables(const Event& event) {
  std::vector<std::pair<std::string, std::string>> variables;
  const auto text = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      variables.emplace_back(name, value);
    }
  };
  const auto number = [&](const char* name, uint64_t value) {
    text(name, value != 0 ? std::to_string(value) : std::string());
  };
  const auto time = [&](const char* name, const std::optional<Timestamp>& value) {
    text(name, value ? base::FormatTimestamp(*value) : std::string());
  };
  text("PEAL_ID", event.id);
  text("PEAL_SOURCE", event.source);
  text("PEAL_TYPE", event.type);
  text("PEAL_SUBJECT", event.subject);
  time("PEAL_TIME", event.time);
  text("PEAL_SCOPE", event.scope == Scope::kLocal ? "local" : "global");
  text("PEAL_DATACONTENTTYPE", event.datacontenttype);
  time("PEAL_OBSERVEDFROM", event.observedfrom);
  time("PEAL_OBSERVEDTO", event.observedto);
  text("PEAL_SEQUENCE",
       event.sequence != 0 ? fmt::format("{:020}", event.sequence) : std::string());
  number("PEAL_GLOBALSEQ", event.globalseq);
  number("PEAL_EPOCH", event.epoch);
  text("PEAL_NODE", event.node);
  number("PEAL_INCARNATION", event.incarnation);
  number("PEAL_KNOWS", event.knows);
  if (event.originpid != 0) {
    text("PEAL_ORIGINUID", std::to_string(event.originuid));
    number("PEAL_ORIGINPID", event.originpid);
  }
  text("PEAL_ORIGINEXE", event.originexe);
  for (const auto& [name, value] : event.attributes) {
    const auto* const held = std::get_if<std::string>(&value);
    variables.emplace_back("PEAL_ATTR_" + UpperCase(name),
                           held != nullptr ? *held : FormatAttributeValue(value));
  }
  return variables;
}

}  // namespace peal::tool
