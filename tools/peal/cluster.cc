// peal cluster
#include <CLI/CLI.hpp>
#include <memory>

#include "fmt/format.h"
#include "tools/peal/commands.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/json_text.h"
#include "tools/peal/output.h"
#include "tools/peal/session.h"

namespace peal::tool {
namespace {

int RunChange(const Context& context, VoterChange change, const std::string& node) {
  const auto client = Connect(context, "cluster");
  if (!client.ok()) {
    return Fail(client.status());
  }
  const Status changed = (*client)->ChangeVoters(change, node, context.timeout);
  if (!changed.ok()) {
    return Fail(changed);
  }
  const Result<DaemonStatus> status = (*client)->GetStatus(context.timeout);
  if (!status.ok()) {
    return Fail(status.status());
  }
  Output output(1);
  output.Line(context.json ? JsonLine({{"epoch", std::to_string(status->epoch)},
                                       {"votes", std::to_string(status->votes_total)}})
                           : fmt::format("epoch={} votes={}", status->epoch, status->votes_total));
  return output.Flush().value_or(kExitOk);
}

void AddChange(CLI::App* command, VoterChange change, const Context* context, Run* run) {
  const auto node = std::make_shared<std::string>();
  if (change != VoterChange::kBootstrap) {
    command->add_option("node", *node, "its name in corosync's nodelist")
        ->type_name("NODE")
        ->required();
  }
  command->callback([=] { *run = [=] { return RunChange(*context, change, *node); }; });
}

}  // namespace

void AddCluster(CLI::App* app, const Context* context, Run* run) {
  CLI::App* const cluster =
      app->add_subcommand("cluster", "the operator's hand on who votes on the order");
  AddChange(cluster->add_subcommand(
                "bootstrap",
                "begin the first log with the nodes that are here, without those that "
                "are not: never while one of those may have a log"),
            VoterChange::kBootstrap, context, run);
  AddChange(cluster->add_subcommand("admit", "let a node that was forgotten vote again"),
            VoterChange::kAdmit, context, run);
  AddChange(cluster->add_subcommand("forget",
                                    "take a node's vote, so that the others' majority is of "
                                    "fewer; it takes a majority now, and lasts until `admit`"),
            VoterChange::kForget, context, run);
}

}  // namespace peal::tool
