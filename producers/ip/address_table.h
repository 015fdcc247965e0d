// The usable IP addresses of a machine, and what changed. Pure; no IO.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace peal::producers {

struct Address {
  int index = 0;       // Of the interface.
  std::string family;  // "ipv4" or "ipv6".
  std::string address;
  int prefix = 0;  // Bits.
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the generated 0 for a pointer.
  auto operator<=>(const Address&) const = default;
};

struct AddressChange {
  bool added = false;
  Address address;
  bool operator==(const AddressChange&) const = default;
};

// Not thread-safe.
class AddressTable {
 public:
  // What is known from one message of the kernel; none when nothing changed.
  std::vector<AddressChange> Set(const Address& address, bool usable);
  // What is known from a whole dump: first what is gone, then what is new, each in order.
  std::vector<AddressChange> Replace(const std::vector<Address>& addresses);

 private:
  std::set<Address> known_;
};

}  // namespace peal::producers
