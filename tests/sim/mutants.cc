#include "tests/sim/mutants.h"

#include <array>
#include <string_view>
#include <vector>

#include "absl/strings/str_split.h"

namespace peal::sim {
namespace {

struct Mutant {
  std::string_view name;
  bool ordering::Rules::*rule = nullptr;
};

constexpr std::array<Mutant, 20> kMutants = {{
    {"view", &ordering::Rules::view},
    {"round", &ordering::Rules::round},
    {"echo", &ordering::Rules::echo},
    {"confirm", &ordering::Rules::confirm},
    {"ambiguity", &ordering::Rules::ambiguity},
    {"chain", &ordering::Rules::chain},
    {"promise", &ordering::Rules::promise},
    {"epoch", &ordering::Rules::epoch},
    {"dedup", &ordering::Rules::dedup},
    {"continuity", &ordering::Rules::continuity},
    {"own_epoch", &ordering::Rules::own_epoch},
    {"truncate_differing", &ordering::Rules::truncate_differing},
    {"sync_before_ack", &ordering::Rules::sync_before_ack},
    {"stream", &ordering::Rules::stream},
    {"standing", &ordering::Rules::standing},
    {"overlap", &ordering::Rules::overlap},
    {"session", &ordering::Rules::session},
    {"interest", &ordering::Rules::interest},
    {"heard", &ordering::Rules::heard},
    {"keep_on_loss", &ordering::Rules::keep_on_loss},
}};

bool BreakOne(std::string_view rule, RunOptions* options) {
  if (rule == "amnesia") {
    options->empty_keeps_id = true;
    return true;
  }
  for (const Mutant& mutant : kMutants) {
    if (mutant.name == rule) {
      options->rules.*mutant.rule = false;
      return true;
    }
  }
  return false;
}

}  // namespace

bool Break(const std::string& rules, RunOptions* options) {
  for (const std::string& rule : std::vector<std::string>(absl::StrSplit(rules, '+'))) {
    if (!BreakOne(rule, options)) {
      return false;
    }
  }
  return true;
}
std::string MutantNames() {
  std::string names = "amnesia";
  for (const Mutant& mutant : kMutants) {
    names += ", " + std::string(mutant.name);
  }
  return names;
}

}  // namespace peal::sim
