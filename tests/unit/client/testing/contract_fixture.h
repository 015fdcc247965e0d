// A test of the contract: it runs on each bus, and says the same of both.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "tests/unit/client/testing/contract_bus.h"
#include "tests/unit/client/testing/program.h"

namespace peal::test {

using Attributes = std::map<std::string, AttributeValue>;

enum class Kind { kFake, kReal };

inline Event Local(const std::string& type, const std::string& subject = "") {
  Event event = Named(type, subject);
  event.scope = Scope::kLocal;
  return event;
}

class ContractFixture : public ::testing::TestWithParam<Kind> {
 protected:
  ContractFixture() : bus_(GetParam() == Kind::kFake ? MakeFakeBus() : MakeRealBus()) {}

  Program::Connect Connect() {
    return [this](const ConnectOptions& options) { return bus_->Connect(options); };
  }

  const std::unique_ptr<ContractBus> bus_;
};

inline const auto kBuses = ::testing::Values(Kind::kFake, Kind::kReal);
inline std::string NameOf(const ::testing::TestParamInfo<Kind>& info) {
  return info.param == Kind::kFake ? "Fake" : "Real";
}

}  // namespace peal::test
