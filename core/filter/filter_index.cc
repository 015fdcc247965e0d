#include "core/filter/filter_index.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/event_wire.h"
#include "core/base/status_macros.h"
#include "core/filter/cast.h"
#include "core/filter/filter.h"

namespace peal::filter {
namespace {

// Text that two filters share when they are alike.
std::string KeyOf(const std::vector<TypeGlob>& types, std::string_view where) {
  std::string key;
  for (const TypeGlob& glob : types) {
    // No type has a line feed.
    key.append(glob.text()).push_back('\n');
  }
  key.push_back('\n');
  key.append(where);
  return key;
}

void Erase(uint32_t id, std::vector<uint32_t>* ids) {
  const auto found = std::find(ids->begin(), ids->end(), id);
  PEAL_CHECK(found != ids->end());
  *found = ids->back();
  ids->pop_back();
}

template <class Map, class Key>
void EraseAt(const Key& key, uint32_t id, Map* map) {
  const auto found = map->find(key);
  PEAL_CHECK(found != map->end());
  Erase(id, &found->second);
  if (found->second.empty()) {
    map->erase(found);
  }
}

void EraseBound(double bound, uint32_t id, std::multimap<double, uint32_t>* bounds) {
  auto [at, end] = bounds->equal_range(bound);
  at = std::find_if(at, end, [id](const auto& entry) { return entry.second == id; });
  PEAL_CHECK(at != end);
  bounds->erase(at);
}

// Abseil's own type, by which its maps of std::string are searched.
absl::string_view Key(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

absl::StatusOr<FilterId> FilterIndex::Add(const std::vector<TypeGlob>& types,
                                          std::string_view where) {
  std::string key = KeyOf(types, where);
  if (const auto alike = ids_.find(key); alike != ids_.end()) {
    ++filters_[alike->second]->count;
    return FilterId(alike->second);
  }
  auto filter = std::make_unique<Filter>();
  if (!where.empty()) {
    PEAL_ASSIGN_OR_RETURN(filter->where, ParseFilter(where));
  }
  filter->types = types;
  filter->key = std::move(key);
  filter->count = 1;
  filter->access = FindAccess(types, filter->where ? &*filter->where : nullptr);
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(filters_.size()));
    filters_.emplace_back();
  }
  const uint32_t id = free_.back();
  free_.pop_back();
  if (!Keep(id, *filter)) {
    filter->access.reset();
    others_.push_back(id);
  }
  ids_.emplace(filter->key, id);
  filters_[id] = std::move(filter);
  return FilterId(id);
}

void FilterIndex::Remove(FilterId id) {
  Filter* const filter = filters_[id.value()].get();
  PEAL_CHECK(filter != nullptr);
  if (--filter->count > 0) {
    return;
  }
  if (filter->access) {
    for (const AccessTest& test : *filter->access) {
      Drop(id.value(), test);
    }
  } else {
    Erase(id.value(), &others_);
  }
  ids_.erase(filter->key);
  filters_[id.value()].reset();
  free_.push_back(id.value());
}

bool FilterIndex::Keep(uint32_t id, const Filter& filter) {
  if (!filter.access) {
    return false;
  }
  for (const AccessTest& test : *filter.access) {
    if (!attributes_.contains(test.name) && attributes_.size() == kNamesMax) {
      return false;
    }
    std::unique_ptr<Attribute>& attribute = attributes_[test.name];
    if (attribute == nullptr) {
      attribute = std::make_unique<Attribute>(test.name);
    }
  }
  for (const AccessTest& test : *filter.access) {
    Keep(id, test, attributes_.at(test.name).get());
  }
  return true;
}

void FilterIndex::Keep(uint32_t id, const AccessTest& test, Attribute* attribute) {
  ++attribute->size;
  switch (test.kind) {
    case AccessTest::Kind::kExists:
      attribute->exist.push_back(id);
      return;
    case AccessTest::Kind::kText:
      attribute->texts[test.text].push_back(id);
      return;
    case AccessTest::Kind::kPrefix:
      attribute->prefixes[test.text.size()][test.text].push_back(id);
      return;
    case AccessTest::Kind::kNumber:
      attribute->numbers[test.low].push_back(id);
      return;
    case AccessTest::Kind::kRange:
      if (test.bounded_below()) {
        attribute->above.emplace(test.low, id);
      } else {
        attribute->below.emplace(test.high, id);
      }
  }
}

void FilterIndex::Drop(uint32_t id, const AccessTest& test) {
  const auto found = attributes_.find(test.name);
  PEAL_CHECK(found != attributes_.end());
  Attribute* const attribute = found->second.get();
  switch (test.kind) {
    case AccessTest::Kind::kExists:
      Erase(id, &attribute->exist);
      break;
    case AccessTest::Kind::kText:
      EraseAt(test.text, id, &attribute->texts);
      break;
    case AccessTest::Kind::kPrefix: {
      const auto length = attribute->prefixes.find(test.text.size());
      EraseAt(test.text, id, &length->second);
      if (length->second.empty()) {
        attribute->prefixes.erase(length);
      }
      break;
    }
    case AccessTest::Kind::kNumber:
      EraseAt(test.low, id, &attribute->numbers);
      break;
    case AccessTest::Kind::kRange:
      EraseBound(test.bounded_below() ? test.low : test.high, id,
                 test.bounded_below() ? &attribute->above : &attribute->below);
  }
  if (--attribute->size == 0) {
    attributes_.erase(found);
  }
}

const std::vector<FilterId>& FilterIndex::Match(std::string_view encoded) {
  passed_.clear();
  type_ = base::TypeOf(encoded);
  if (!type_ || !event_.Read(encoded)) {
    return passed_;
  }
  ++matches_;
  Try(others_);
  for (const auto& [name, attribute] : attributes_) {
    LookUp(*attribute);
  }
  return passed_;
}

void FilterIndex::LookUp(const Attribute& attribute) {
  if (!event_.Has(attribute.name)) {
    return;
  }
  Try(attribute.exist);
  scratch_.Clear();
  const std::optional<Attributes::Found> found = event_.Get(attribute.name, &scratch_);
  if (!found) {
    return;  // A value that cannot be read.
  }
  if (!attribute.texts.empty() || !attribute.prefixes.empty()) {
    if (const std::optional<std::string_view> text = ToText(found->value, &scratch_)) {
      LookUpText(attribute, *text);
    }
  }
  if (const std::optional<double> number = ToNumber(found->value)) {
    LookUpNumber(attribute, *number);
  }
}

void FilterIndex::LookUpText(const Attribute& attribute, std::string_view text) {
  if (const auto same = attribute.texts.find(Key(text)); same != attribute.texts.end()) {
    Try(same->second);
  }
  for (const auto& [length, prefixes] : attribute.prefixes) {
    if (length > text.size()) {
      break;
    }
    if (const auto prefix = prefixes.find(Key(text.substr(0, length))); prefix != prefixes.end()) {
      Try(prefix->second);
    }
  }
}

void FilterIndex::LookUpNumber(const Attribute& attribute, double number) {
  if (const auto same = attribute.numbers.find(number); same != attribute.numbers.end()) {
    Try(same->second);
  }
  const auto above_end = attribute.above.upper_bound(number);
  for (auto at = attribute.above.begin(); at != above_end; ++at) {
    Try(at->second);
  }
  for (auto at = attribute.below.lower_bound(number); at != attribute.below.end(); ++at) {
    Try(at->second);
  }
}

bool FilterIndex::Passes(FilterId id, std::string_view type, std::string_view encoded) {
  const Filter& filter = *filters_[id.value()];
  return (!filter.where || one_event_.Read(encoded)) && Passes(filter, type, one_event_);
}

bool FilterIndex::Passes(const Filter& filter, std::string_view type, const EncodedEvent& event) {
  return MatchesAny(filter.types, type) &&
         (!filter.where || evaluator_.Passes(*filter.where, event));
}

void FilterIndex::Try(const Ids& ids) {
  for (const uint32_t id : ids) {
    Try(id);
  }
}

void FilterIndex::Try(uint32_t id) {
  Filter* const filter = filters_[id].get();
  if (std::exchange(filter->seen_in, matches_) == matches_) {
    return;
  }
  if (Passes(*filter, *type_, event_)) {
    passed_.push_back(FilterId(id));
  }
}

}  // namespace peal::filter
