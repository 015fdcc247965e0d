// Reading events from JSON: nlohmann's stream of tokens, put into an event member by member.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "core/base/base64.h"
#include "core/base/event_json.h"
#include "core/base/status_macros.h"
#include "core/base/time_format.h"
#include "fmt/format.h"

namespace peal::base {
namespace {

using nlohmann::json;

absl::Status Malformed(const std::string& message) {
  return absl::InvalidArgumentError(message);
}

// The tokens of one JSON value as text without white space. Numbers stay as they were written and
// members in their order, which a document in memory would not keep.
class TextSink {
 public:
  void Scalar(std::string_view text) {
    Separate();
    text_.append(text);
  }
  void String(std::string_view text) {
    Separate();
    AppendJsonString(text, &text_);
  }
  void Key(std::string_view key) {
    String(key);
    text_.push_back(':');
  }
  void Open(char bracket) {
    Separate();
    text_.push_back(bracket);
    ++depth_;
  }
  void Close(char bracket) {
    text_.push_back(bracket);
    --depth_;
  }

  bool whole() const { return depth_ == 0 && !text_.empty(); }
  std::string Take() { return std::exchange(text_, std::string()); }

 private:
  // A comma goes between two values of one list. What a value follows tells whether it is the
  // first: an opening bracket or a colon never ends a value.
  void Separate() {
    if (!text_.empty() && text_.back() != '[' && text_.back() != '{' && text_.back() != ':') {
      text_.push_back(',');
    }
  }

  std::string text_;
  size_t depth_ = 0;
};

// nlohmann's words for what is wrong, without its own name and numbers in front.
std::string ErrorText(const json::exception& error) {
  const std::string_view what = error.what();
  const size_t bracket = what.find("] ");
  const std::string_view text = bracket == std::string_view::npos ? what : what.substr(bracket + 2);
  // An event is one line, so its line number says nothing; the caller knows the right one.
  constexpr std::string_view kWhere = "parse error at line 1, ";
  return text.starts_with(kWhere) ? fmt::format("no JSON at {}", text.substr(kWhere.size()))
                                  : std::string(text);
}

// Forwards a whole JSON text to a TextSink.
class MinifySax : public nlohmann::json_sax<json> {
 public:
  bool null() override { return Scalar("null"); }
  bool boolean(bool value) override { return Scalar(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return Scalar(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return Scalar(std::to_string(value)); }
  bool number_float(number_float_t /*value*/, const string_t& written) override {
    return Scalar(written);
  }
  bool string(string_t& text) override {
    sink_.String(text);
    return true;
  }
  bool binary(binary_t& /*bytes*/) override { return false; }
  bool start_object(size_t /*size*/) override { return Open('{'); }
  bool key(string_t& name) override {
    sink_.Key(name);
    return true;
  }
  bool end_object() override { return Close('}'); }
  bool start_array(size_t /*size*/) override { return Open('['); }
  bool end_array() override { return Close(']'); }
  bool parse_error(size_t /*position*/, const std::string& /*token*/,
                   const json::exception& error) override {
    error_ = ErrorText(error);
    return false;
  }

  std::string Take() { return sink_.Take(); }
  const std::string& error() const { return error_; }

 private:
  bool Scalar(std::string_view text) {
    sink_.Scalar(text);
    return true;
  }
  bool Open(char bracket) {
    sink_.Open(bracket);
    return true;
  }
  bool Close(char bracket) {
    sink_.Close(bracket);
    return true;
  }

  TextSink sink_;
  std::string error_;
};

// The members of an event's object: those of simple type by name, `data` as JSON text beside its
// value when that is a string. Stops at the first thing that no event has.
class MembersSax : public nlohmann::json_sax<json> {
 public:
  using Member = std::variant<bool, int64_t, double, std::string>;

  bool null() override { return in_data() ? DataScalar("null") : Simple(std::nullopt); }
  bool boolean(bool value) override {
    return in_data() ? DataScalar(value ? "true" : "false") : Simple(value);
  }
  bool number_integer(number_integer_t value) override {
    return in_data() ? DataScalar(std::to_string(value)) : Simple(int64_t{value});
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (in_data()) {
      return DataScalar(std::to_string(value));
    }
    return value <= INT64_MAX ? Simple(static_cast<int64_t>(value)) : TooLarge();
  }
  bool number_float(number_float_t value, const string_t& written) override {
    if (in_data()) {
      return DataScalar(written);
    }
    return written.find_first_of(".eE") == std::string::npos ? TooLarge() : Simple(value);
  }
  bool string(string_t& text) override {
    if (!in_data()) {
      return Simple(text);
    }
    if (!inside_data_) {
      data_string_ = text;
    }
    data_.String(text);
    return DataPiece();
  }
  bool binary(binary_t& /*bytes*/) override { return false; }

  bool start_object(size_t /*size*/) override {
    if (!started_) {
      started_ = true;
      return true;
    }
    return Open('{');
  }
  bool key(string_t& name) override {
    if (inside_data_) {
      data_.Key(name);
      return true;
    }
    name_ = name;
    if (!names_.insert(name).second) {
      return Fail("stands there twice");
    }
    return true;
  }
  bool end_object() override { return inside_data_ ? Close('}') : true; }
  bool start_array(size_t /*size*/) override { return Open('['); }
  bool end_array() override { return Close(']'); }
  bool parse_error(size_t /*position*/, const std::string& /*token*/,
                   const json::exception& error) override {
    error_ = ErrorText(error);
    return false;
  }

  const std::string& error() const { return error_; }
  std::map<std::string, Member>* members() { return &members_; }
  // `data`: its JSON text, and its value when that is a string.
  const std::optional<std::string>& data_json() const { return data_json_; }
  const std::optional<std::string>& data_string() const { return data_string_; }

 private:
  bool in_data() const { return name_ == "data"; }

  bool Fail(std::string_view what) {
    error_ = fmt::format("field '{}' {}", name_, what);
    return false;
  }
  bool NoObject() {
    error_ = "an event is a JSON object: {\"type\":\"app.started\"}";
    return false;
  }
  bool TooLarge() {
    if (!started_) {
      return NoObject();
    }
    return Fail("is an integer beyond 64 bits; write it as a string");
  }

  bool Simple(std::optional<Member> value) {
    if (!started_) {
      return NoObject();
    }
    if (value) {
      members_.emplace(name_, *std::move(value));
    }
    return true;
  }

  bool Open(char bracket) {
    if (!started_) {
      return NoObject();
    }
    if (!in_data()) {
      return Fail("is an array or object; only 'data' can be one");
    }
    inside_data_ = true;
    data_.Open(bracket);
    return true;
  }
  bool Close(char bracket) {
    data_.Close(bracket);
    return DataPiece();
  }
  bool DataScalar(std::string_view text) {
    data_.Scalar(text);
    return DataPiece();
  }
  bool DataPiece() {
    if (data_.whole()) {
      inside_data_ = false;
      data_json_ = data_.Take();
    }
    return true;
  }

  bool started_ = false;
  bool inside_data_ = false;
  std::string name_;
  std::set<std::string> names_;
  std::map<std::string, Member> members_;
  TextSink data_;
  std::optional<std::string> data_json_;
  std::optional<std::string> data_string_;
  std::string error_;
};

using Member = MembersSax::Member;

// Takes members out by name and type; the first that has another type is the error.
class Members {
 public:
  explicit Members(std::map<std::string, Member>* members) : members_(*members) {}

  std::optional<std::string> Text(const std::string& name) {
    auto node = members_.extract(name);
    if (node.empty()) {
      return std::nullopt;
    }
    if (auto* text = std::get_if<std::string>(&node.mapped())) {
      return std::move(*text);
    }
    Fail(name, "must be a string");
    return std::nullopt;
  }

  void Text(const std::string& name, std::string* out) {
    *out = Text(name).value_or(std::string());
  }

  std::optional<Timestamp> Time(const std::string& name) {
    const std::optional<std::string> text = Text(name);
    if (!text) {
      return std::nullopt;
    }
    const absl::StatusOr<Timestamp> time = ParseTimestamp(*text);
    if (!time.ok()) {
      Fail(name, std::string(time.status().message()));
      return std::nullopt;
    }
    return *time;
  }

  // A decimal string or a number, as the stamps are.
  template <typename Number>
  Number Unsigned(const std::string& name) {
    auto node = members_.extract(name);
    if (node.empty()) {
      return 0;
    }
    Number number = 0;
    std::string digits;
    if (const auto* text = std::get_if<std::string>(&node.mapped())) {
      digits = *text;
    } else if (const auto* integer = std::get_if<int64_t>(&node.mapped())) {
      digits = std::to_string(*integer);
    }
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, number);
    if (digits.empty() || error != std::errc() || rest != end) {
      Fail(name, "must be a decimal number");
    }
    return number;
  }

  void Drop(const std::string& name) { members_.erase(name); }
  // What nobody has taken.
  std::map<std::string, Member>& rest() { return members_; }

  void Fail(std::string_view name, std::string_view what) {
    if (status_.ok()) {
      status_ = Malformed(fmt::format("field '{}': {}", name, what));
    }
  }
  const absl::Status& status() const { return status_; }

 private:
  std::map<std::string, Member>& members_;
  absl::Status status_;
};

void ReadScope(Scope default_scope, Members* members, Event* event) {
  const std::optional<std::string> scope = members->Text("scope");
  event->scope = default_scope;
  if (!scope) {
    return;
  }
  if (*scope != "global" && *scope != "local") {
    members->Fail("scope", fmt::format("'{}' is neither global nor local", *scope));
  }
  event->scope = *scope == "local" ? Scope::kLocal : Scope::kGlobal;
}

void ReadPublishersFields(Scope default_scope, Members* members, Event* event) {
  const std::optional<std::string> specversion = members->Text("specversion");
  if (specversion && *specversion != "1.0") {
    members->Fail("specversion", fmt::format("is '{}', only 1.0 is known", *specversion));
  }
  members->Text("id", &event->id);
  members->Text("source", &event->source);
  members->Text("type", &event->type);
  members->Text("subject", &event->subject);
  members->Text("datacontenttype", &event->datacontenttype);
  event->time = members->Time("time");
  event->observedfrom = members->Time("observedfrom");
  event->observedto = members->Time("observedto");
  ReadScope(default_scope, members, event);
}

void ReadStamps(Members* members, Event* event) {
  event->sequence = members->Unsigned<uint64_t>("sequence");
  event->globalseq = members->Unsigned<uint64_t>("globalseq");
  event->epoch = members->Unsigned<uint64_t>("epoch");
  event->incarnation = members->Unsigned<uint64_t>("incarnation");
  event->knows = members->Unsigned<uint64_t>("knows");
  event->originuid = members->Unsigned<uint32_t>("originuid");
  event->originpid = members->Unsigned<uint32_t>("originpid");
  members->Text("node", &event->node);
  members->Text("originexe", &event->originexe);
}

void DropStamps(Members* members) {
  for (const char* name : {"sequence", "globalseq", "epoch", "incarnation", "knows", "originuid",
                           "originpid", "node", "originexe"}) {
    members->Drop(name);
  }
}

void ReadData(const MembersSax& sax, Members* members, Event* event) {
  const std::optional<std::string> base64 = members->Text("data_base64");
  const bool has_data = sax.data_json() && *sax.data_json() != "null";
  if (base64) {
    event->data = Base64Decode(*base64);
    if (!event->data) {
      members->Fail("data_base64", "is not base64 (RFC 4648, with padding)");
    }
    if (has_data) {
      members->Fail("data_base64", "stands beside 'data'; one of them is the data");
    }
    return;
  }
  if (!has_data) {
    return;
  }
  // CloudEvents JSON format 3.1: without a content type, `data` is JSON.
  if (event->datacontenttype.empty()) {
    event->datacontenttype = "application/json";
  }
  if (IsJsonContentType(event->datacontenttype)) {
    event->data = sax.data_json();
  } else if (sax.data_string()) {
    event->data = sax.data_string();
  } else {
    members->Fail("data", fmt::format("must be a string with the content type {}; use data_base64 "
                                      "for bytes",
                                      event->datacontenttype));
  }
}

AttributeValue ToAttribute(Member&& member) {
  return std::visit([](auto& held) { return AttributeValue(std::move(held)); }, member);
}

}  // namespace

absl::StatusOr<std::string> MinifyJson(std::string_view text) {
  MinifySax sax;
  if (!json::sax_parse(text.begin(), text.end(), &sax)) {
    return Malformed(sax.error());
  }
  return sax.Take();
}

absl::StatusOr<Event> EventFromJson(std::string_view json_text, const EventJsonOptions& options) {
  MembersSax sax;
  if (!json::sax_parse(json_text.begin(), json_text.end(), &sax)) {
    return Malformed(sax.error());
  }
  Event event;
  Members members(sax.members());
  ReadPublishersFields(options.default_scope, &members, &event);
  if (options.stamps == Stamps::kRead) {
    ReadStamps(&members, &event);
  } else {
    DropStamps(&members);
  }
  ReadData(sax, &members, &event);
  PEAL_RETURN_IF_ERROR(members.status());
  for (auto& [name, member] : members.rest()) {
    event.attributes.emplace(name, ToAttribute(std::move(member)));
  }
  return event;
}

}  // namespace peal::base
