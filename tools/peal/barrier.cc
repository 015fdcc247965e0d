// peal barrier
#include <CLI/CLI.hpp>

#include "fmt/format.h"
#include "tools/peal/commands.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/json_text.h"
#include "tools/peal/output.h"
#include "tools/peal/session.h"

namespace peal::tool {
namespace {

int RunBarrier(const Context& context) {
  const auto client = Connect(context, "barrier");
  if (!client.ok()) {
    return Fail(client.status());
  }
  const Result<uint64_t> applied = (*client)->Barrier(context.timeout);
  if (!applied.ok()) {
    return Fail(applied.status());
  }
  Output output(1);
  output.Line(context.json ? JsonLine({{"globalseq", std::to_string(*applied)}})
                           : fmt::format("globalseq={}", *applied));
  return output.Flush().value_or(kExitOk);
}

}  // namespace

void AddBarrier(CLI::App* app, const Context* context, Run* run) {
  CLI::App* const command = app->add_subcommand(
      "barrier", "wait until this node has applied everything that was committed before");
  command->callback([=] { *run = [=] { return RunBarrier(*context); }; });
}

}  // namespace peal::tool
