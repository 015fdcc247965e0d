#include "ordering/log_choice.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

namespace peal::ordering {
namespace {

struct Contender {
  Journals members;
  Epoch epoch;
  const Voters* voters = nullptr;  // Of a log of that epoch.
};

using Contenders = std::map<std::string, Contender>;

Contenders ContendersOf(const MemberStates& states) {
  Contenders contenders;
  for (const auto& [node, state] : states) {
    if (state.log_empty()) {
      continue;
    }
    Contender& contender = contenders[state.voters().log_id];
    contender.members.emplace(node, state.journal);
    if (contender.voters == nullptr || state.log_epoch > contender.epoch) {
      contender.epoch = state.log_epoch;
      contender.voters = &state.voters();
    }
  }
  return contenders;
}

bool IsBehind(const Contenders::value_type& a, const Contenders::value_type& b) {
  const auto rank = [](const Contenders::value_type& log) {
    const Contender& contender = log.second;
    return std::tuple(contender.voters->MayOrder(contender.members), contender.members.size(),
                      contender.epoch);
  };
  return rank(a) < rank(b);
}

}  // namespace

OneLog ChooseLog(const MemberStates& states) {
  OneLog out{states, {}};
  const Contenders contenders = ContendersOf(states);
  if (contenders.size() < 2) {
    return out;
  }
  const std::string& chosen =
      std::max_element(contenders.begin(), contenders.end(), IsBehind)->first;
  const Journals journals = JournalsOf(states);
  for (auto& [node, state] : out.states) {
    const std::string& log = state.voters().log_id;
    if (!state.log_empty() && log != chosen) {
      if (state.confirmed.position.index > Index(0) ||
          state.voters().MayHaveSufficed(contenders.at(log).members, journals)) {
        out.others.insert(node);
      }
      state.log_epoch = Epoch(0);
      state.confirmed = {};
      state.committed = Index(0);
      state.tail.clear();
    }
  }
  return out;
}

}  // namespace peal::ordering
