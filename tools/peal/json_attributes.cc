#include "tools/peal/json_attributes.h"

#include <charconv>
#include <string>
#include <string_view>

namespace peal::tool {
namespace {

bool IsNumberInText(filter::Field field) {
  switch (field) {
    case filter::Field::kSequence:
    case filter::Field::kGlobalseq:
    case filter::Field::kEpoch:
    case filter::Field::kIncarnation:
    case filter::Field::kKnows:
      return true;
    default:
      return false;
  }
}

filter::Value TextValue(const filter::AttributeName& name, std::string_view text) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  const bool whole = read.ec == std::errc() && read.ptr == end;
  return whole && IsNumberInText(name.field) ? filter::WholeNumber(number) : filter::Value(text);
}

}  // namespace

const nlohmann::json* JsonAttributes::Find(const filter::AttributeName& name) const {
  const auto found = event_->find(name.text);
  const bool attribute =
      found != event_->end() && found->is_primitive() && !found->is_null() && name.text != "data";
  return attribute ? &*found : nullptr;
}

std::optional<filter::Attributes::Found> JsonAttributes::Get(const filter::AttributeName& name,
                                                             filter::Scratch* /*scratch*/) const {
  const nlohmann::json* const member = Find(name);
  if (member == nullptr) {
    return std::nullopt;
  }
  switch (member->type()) {
    case nlohmann::json::value_t::boolean:
      return Found{member->get<bool>()};
    case nlohmann::json::value_t::number_integer:
      return Found{filter::WholeNumber(member->get<int64_t>())};
    case nlohmann::json::value_t::number_unsigned:
      return Found{filter::WholeNumber(member->get<uint64_t>())};
    case nlohmann::json::value_t::number_float:
      return Found{member->get<double>()};
    default:
      return Found{TextValue(name, member->get_ref<const std::string&>())};
  }
}

bool JsonAttributes::Has(const filter::AttributeName& name) const {
  return Find(name) != nullptr;
}

}  // namespace peal::tool
