// A bus of one node, n1, that the contract of libpeal is to hold on: fake, or real.
#pragma once

#include <memory>
#include <string>

#include "peal/client.h"

namespace peal::test {

// What the tests of the contract ask of a bus. One thread.
class ContractBus {
 public:
  virtual ~ContractBus() = default;

  virtual std::unique_ptr<Client> Connect(const ConnectOptions& options) = 0;
  virtual void KillDaemon() = 0;
  // Another one, of the same node, after KillDaemon().
  virtual void StartDaemon() = 0;
  // History up to some event of the order, the first ones at least, cannot be read any more.
  virtual void Trim() = 0;
};

std::unique_ptr<ContractBus> MakeFakeBus();
// A `peald --standalone` with a folder of its own.
std::unique_ptr<ContractBus> MakeRealBus();

}  // namespace peal::test
