#include "core/io/account.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "core/base/errno_text.h"
#include "fmt/format.h"

namespace peal::io {
namespace {

// Of an entry, such as a group with all its members.
constexpr size_t kEntryBytesFirst = size_t{4} << 10;
constexpr size_t kEntryBytesMax = size_t{4} << 20;

// getpwnam_r or getgrnam_r, and the field of its entry that is asked for.
template <typename Entry, typename Id>
struct Lookup {
  std::string_view kind;
  int (*find)(const char* name, Entry* entry, char* buffer, size_t size, Entry** found);
  Id Entry::*id;
};

template <typename Entry, typename Id>
absl::StatusOr<Id> Find(const Lookup<Entry, Id>& lookup, const std::string& name) {
  int error = name.find('\0') == std::string::npos ? ERANGE : ENOENT;
  for (size_t size = kEntryBytesFirst; error == ERANGE && size <= kEntryBytesMax; size *= 4) {
    std::vector<char> buffer(size);
    Entry entry{};
    Entry* found = nullptr;
    error = lookup.find(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (error == 0 && found != nullptr) {
      return entry.*lookup.id;
    }
  }
  // Some libraries say so with an error (getpwnam(3), "ERRORS").
  if (error == 0 || error == ENOENT || error == ESRCH) {
    return absl::NotFoundError(fmt::format("there is no {} of this name", lookup.kind));
  }
  return absl::UnavailableError(
      fmt::format("the system cannot look up a {}: {}", lookup.kind, base::ErrnoText(error)));
}

}  // namespace

absl::StatusOr<uid_t> FindUser(const std::string& name) {
  return Find(Lookup<passwd, uid_t>{"user", ::getpwnam_r, &passwd::pw_uid}, name);
}

absl::StatusOr<gid_t> FindGroup(const std::string& name) {
  return Find(Lookup<group, gid_t>{"group", ::getgrnam_r, &group::gr_gid}, name);
}

}  // namespace peal::io
