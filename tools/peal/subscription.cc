// peal subscription rm
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "tools/peal/commands.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/session.h"

namespace peal::tool {
namespace {

int RunRemove(const Context& context, const std::string& name) {
  const auto client = Connect(context, "subscription rm");
  if (!client.ok()) {
    return Fail(client.status());
  }
  const Status removed = (*client)->RemoveDurable(name, context.timeout);
  return removed.ok() ? kExitOk : Fail(removed);
}

}  // namespace

void AddSubscription(CLI::App* app, const Context* context, Run* run) {
  CLI::App* const command = app->add_subcommand("subscription", "durable subscriptions");
  command->require_subcommand(1);
  CLI::App* const remove = command->add_subcommand(
      "rm", "forget how far a durable subscription is; who holds it ends (peal ls subscriptions)");
  const auto name = std::make_shared<std::string>();
  remove->add_option("NAME", *name, "as given to peal subscribe --durable")->required();
  remove->callback([=] { *run = [=] { return RunRemove(*context, *name); }; });
}

}  // namespace peal::tool
