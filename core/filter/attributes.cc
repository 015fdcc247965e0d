#include "core/filter/attributes.h"

#include <array>
#include <utility>

namespace peal::filter {
namespace {

constexpr std::array<std::pair<std::string_view, Field>, 19> kFields = {{
    {"specversion", Field::kSpecversion},
    {"id", Field::kId},
    {"source", Field::kSource},
    {"type", Field::kType},
    {"subject", Field::kSubject},
    {"time", Field::kTime},
    {"datacontenttype", Field::kDatacontenttype},
    {"scope", Field::kScope},
    {"sequence", Field::kSequence},
    {"globalseq", Field::kGlobalseq},
    {"epoch", Field::kEpoch},
    {"node", Field::kNode},
    {"incarnation", Field::kIncarnation},
    {"knows", Field::kKnows},
    {"observedfrom", Field::kObservedfrom},
    {"observedto", Field::kObservedto},
    {"originuid", Field::kOriginuid},
    {"originpid", Field::kOriginpid},
    {"originexe", Field::kOriginexe},
}};

Field FieldOf(std::string_view name) {
  for (const auto& [text, field] : kFields) {
    if (text == name) {
      return field;
    }
  }
  return Field::kOther;
}

}  // namespace

AttributeName::AttributeName(std::string name) : text(std::move(name)), field(FieldOf(text)) {}

}  // namespace peal::filter
