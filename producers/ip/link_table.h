// The network interfaces of a machine, and what changed. Pure; no IO.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace peal::producers {

struct Link {
  int index = 0;
  std::string name;
  bool up = false;  // Administratively up, and able to carry packets (IFF_RUNNING).
  std::string
      state;  // The kernel's operational state: up, down, lowerlayerdown, dormant, unknown, ...
  bool operator==(const Link&) const = default;
};

struct LinkChange {
  bool up = false;
  Link link;
  bool operator==(const LinkChange&) const = default;
};

// An interface that comes or goes while it is down is no change. One that goes while it is up, went
// down; one that gets another name while it is up, went down under the old and up under the new.
// Not thread-safe.
class LinkTable {
 public:
  // From one message of the kernel.
  std::vector<LinkChange> Set(const Link& link);
  std::vector<LinkChange> Remove(int index);
  // From a whole dump, in the order of the indexes: first those that are gone.
  std::vector<LinkChange> Replace(const std::vector<Link>& links);

  // The name of an interface; "" when there is none.
  std::string NameOf(int index) const;

 private:
  std::map<int, Link> links_;
};

}  // namespace peal::producers
