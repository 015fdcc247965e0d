// Shell-like globs over event types: `*` is any run of characters, dots included, `?` is one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace peal::filter {

inline constexpr size_t kGlobBytesMax = 256;

// A value. Matching takes no memory and a time of at most glob length times type length.
class TypeGlob {
 public:
  // InvalidArgument for a glob that is empty, too long, or has a character that no type can have.
  static absl::StatusOr<TypeGlob> Parse(std::string_view text);

  // The whole of `type` matches.
  bool Matches(std::string_view type) const;

  // Whether, letter by letter, this one's stars and question marks take in what `other` is made of:
  // then every type that `other` matches, this one matches. That can be so where this says no.
  bool Covers(const TypeGlob& other) const { return Matches(other.text_); }

  const std::string& text() const { return text_; }

 private:
  explicit TypeGlob(std::string text) : text_(std::move(text)) {}

  std::string text_;  // Without two stars in a row.
};

// Whether there is a text that both match.
bool Overlap(const TypeGlob& a, const TypeGlob& b);

bool MatchesOne(const std::vector<TypeGlob>& globs, std::string_view type);
// One of `globs` matches, or there are none.
bool MatchesAny(const std::vector<TypeGlob>& globs, std::string_view type);

}  // namespace peal::filter
