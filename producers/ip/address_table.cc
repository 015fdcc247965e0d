#include "producers/ip/address_table.h"

#include <utility>

namespace peal::producers {

std::vector<AddressChange> AddressTable::Set(const Address& address, bool usable) {
  const bool changed = usable ? known_.insert(address).second : known_.erase(address) > 0;
  if (!changed) {
    return {};
  }
  return {{.added = usable, .address = address}};
}

std::vector<AddressChange> AddressTable::Replace(const std::vector<Address>& addresses) {
  std::set<Address> now(addresses.begin(), addresses.end());
  std::vector<AddressChange> changes;
  for (const Address& address : known_) {
    if (!now.contains(address)) {
      changes.push_back({.added = false, .address = address});
    }
  }
  for (const Address& address : now) {
    if (!known_.contains(address)) {
      changes.push_back({.added = true, .address = address});
    }
  }
  known_ = std::move(now);
  return changes;
}

}  // namespace peal::producers
