#include "tests/unit/client/testing/contract_bus.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "peal/testing/fake_bus.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/client/testing/program.h"

namespace peal::test {
namespace {

// The smallest that a daemon may have, so that little is enough to trim.
constexpr const char* kSmall =
    "[journal]\nsegment_bytes = \"1MiB\"\nretain_bytes = \"1MiB\"\n"
    "[memory]\nhistory_bytes = \"1MiB\"\n[log]\nlevel = \"error\"\n";

class FakeContractBus : public ContractBus {
 public:
  std::unique_ptr<Client> Connect(const ConnectOptions& options) override {
    return bus_.Connect("n1", options);
  }
  void KillDaemon() override { bus_.LoseDaemon("n1"); }
  void StartDaemon() override { bus_.RestartDaemon("n1"); }
  void Trim() override {
    for (int i = 0; i < 3; ++i) {
      bus_.Publish("n1", Named("app.filler"));
    }
    bus_.Trim(bus_.history().size() - 1);
  }

 private:
  peal::testing::FakeBus bus_;
};

class RealContractBus : public ContractBus {
 public:
  RealContractBus() {
    std::ofstream(folder_.path() + "/peald.toml") << kSmall;
    RealContractBus::StartDaemon();
  }

  std::unique_ptr<Client> Connect(const ConnectOptions& options) override {
    ConnectOptions here = options;
    here.socket_path = folder_.path() + "/peal.sock";
    for (int i = 0; i < kTurnsMax; ++i) {
      Result<std::unique_ptr<Client>> client = Client::Connect(here);
      if (client.ok()) {
        return *std::move(client);
      }
      // The daemon is starting: it makes its socket when it is ready.
      Pause();
    }
    ADD_FAILURE() << "no daemon";
    return nullptr;
  }
  void KillDaemon() override {
    daemon_->Signal(SIGKILL);
    daemon_->Wait();
    daemon_.reset();
  }
  void StartDaemon() override {
    daemon_.emplace(
        std::vector<std::string>{PEALD_PROGRAM, "--standalone", "--node", "n1", "--config",
                                 folder_.path() + "/peald.toml", "--data", folder_.path() + "/data",
                                 "--socket", folder_.path() + "/peal.sock"},
        "");
  }
  void Trim() override {
    Program program([this](const ConnectOptions& options) { return Connect(options); });
    Event event = Named("app.filler");
    std::mt19937 random(1);  // What repeats is packed.
    for (int i = 0; i < 100; ++i) {
      event.data.emplace();
      for (int byte = 0; byte < (512 << 10); ++byte) {
        event.data->push_back(static_cast<char>(random()));
      }
      ASSERT_TRUE(program.Publish(event).status.ok());
      const auto status = program.client()->GetStatus(std::chrono::seconds(10));
      ASSERT_TRUE(status.ok());
      if (status->first_globalseq > 3) {
        return;
      }
    }
    FAIL() << "nothing is trimmed";
  }

 private:
  // Waits for nothing in particular, without taking the processor from the daemon.
  static void Pause() { poll(nullptr, 0, 10); }

  const testing_support::TempFolder folder_;
  std::optional<ChildProcess> daemon_;
};

}  // namespace

std::unique_ptr<ContractBus> MakeFakeBus() {
  return std::make_unique<FakeContractBus>();
}

std::unique_ptr<ContractBus> MakeRealBus() {
  return std::make_unique<RealContractBus>();
}

}  // namespace peal::test
