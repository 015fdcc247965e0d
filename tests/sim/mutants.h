// The protocol with one rule turned off. What no mutant trips is not a check.
#pragma once

#include <string>

#include "tests/sim/simulation.h"

namespace peal::sim {

// One rule, or several with '+' between them. False: there is no such rule.
bool Break(const std::string& rules, RunOptions* options);
std::string MutantNames();

}  // namespace peal::sim
