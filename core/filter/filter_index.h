// Many filters over one event: finds those that it passes in a time that goes by how many may let
// it pass, not by how many there are.
//
// Filters that are alike are one. Each is kept under the tests of its Access: text by hash,
// prefixes by hash and length, numbers by hash, ranges in the order of their bounds. An event
// brings the values of the attributes that any filter is kept under; whom they lead to is
// evaluated. What has no Access is evaluated for every event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "core/base/ids.h"
#include "core/filter/access.h"
#include "core/filter/encoded_event.h"
#include "core/filter/evaluator.h"
#include "core/filter/glob.h"
#include "core/filter/program.h"

namespace peal::filter {

// One for all that are alike.
using FilterId = Id<struct FilterIdTag, uint32_t>;

// One thread at a time.
class FilterIndex {
 public:
  // Attributes that filters are kept under; one more, and those are evaluated for every event.
  static constexpr size_t kNamesMax = 64;

  // What passes has one of `types`, if there are any, and meets `where`, if that is not empty and
  // a filter (ParseFilter). Each Add() takes a Remove().
  absl::StatusOr<FilterId> Add(const std::vector<TypeGlob>& types, std::string_view where);
  void Remove(FilterId id);

  // Whether an event of this type passes one of them.
  bool Passes(FilterId id, std::string_view type, std::string_view encoded);

  // The filters that the event passes, each once, in no order. Lives until the next call.
  const std::vector<FilterId>& Match(std::string_view encoded);

  // Different ones.
  size_t size() const { return ids_.size(); }

 private:
  struct Filter {
    std::vector<TypeGlob> types;
    std::optional<Program> where;
    std::string key;
    std::optional<Access> access;
    size_t count = 0;      // Of Add()s.
    uint64_t seen_in = 0;  // The last Match() that looked at it.
  };
  using Ids = std::vector<uint32_t>;

  // The filters that are kept under tests of one attribute.
  struct Attribute {
    explicit Attribute(const std::string& text) : name(text) {}

    AttributeName name;
    absl::flat_hash_map<std::string, Ids> texts;
    std::map<size_t, absl::flat_hash_map<std::string, Ids>> prefixes;  // By length.
    absl::flat_hash_map<double, Ids> numbers;
    std::multimap<double, uint32_t> above;  // By the lower bound; the bound itself is in it.
    std::multimap<double, uint32_t> below;
    Ids exist;
    size_t size = 0;
  };

  bool Keep(uint32_t id, const Filter& filter);
  void Keep(uint32_t id, const AccessTest& test, Attribute* attribute);
  void Drop(uint32_t id, const AccessTest& test);
  void LookUp(const Attribute& attribute);
  void LookUpText(const Attribute& attribute, std::string_view text);
  void LookUpNumber(const Attribute& attribute, double number);
  bool Passes(const Filter& filter, std::string_view type, const EncodedEvent& event);
  void Try(const Ids& ids);
  void Try(uint32_t id);

  std::vector<std::unique_ptr<Filter>> filters_;  // By id; nullptr: free.
  Ids free_;
  absl::flat_hash_map<std::string, uint32_t> ids_;  // By Filter::key.
  std::map<std::string, std::unique_ptr<Attribute>> attributes_;
  Ids others_;  // Without Access.

  EncodedEvent event_;      // Of Match().
  EncodedEvent one_event_;  // Of Passes().
  std::optional<std::string_view> type_;
  Evaluator evaluator_;
  Scratch scratch_;
  uint64_t matches_ = 0;
  std::vector<FilterId> passed_;
};

}  // namespace peal::filter
