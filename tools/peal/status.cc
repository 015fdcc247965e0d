// peal status
#include <CLI/CLI.hpp>

#include "tools/peal/commands.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/output.h"
#include "tools/peal/session.h"
#include "tools/peal/status_text.h"

namespace peal::tool {
namespace {

int RunStatus(const Context& context) {
  const auto client = Connect(context, "status");
  if (!client.ok()) {
    return Fail(client.status());
  }
  const Result<DaemonStatus> status = (*client)->GetStatus(context.timeout);
  if (!status.ok()) {
    return Fail(status.status());
  }
  Output output(1);
  output.buffer()->append(context.json ? StatusJson(*status) + "\n"
                                       : StatusText(*status, context.color));
  return output.Flush().value_or(kExitOk);
}

}  // namespace

void AddStatus(CLI::App* app, const Context* context, Run* run) {
  CLI::App* const command =
      app->add_subcommand("status", "this node, its view of the cluster, and why");
  command->callback([=] { *run = [=] { return RunStatus(*context); }; });
}

}  // namespace peal::tool
