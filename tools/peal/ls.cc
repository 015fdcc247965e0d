// peal ls
#include <CLI/CLI.hpp>
#include <functional>
#include <map>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "tools/peal/commands.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/json_text.h"
#include "tools/peal/output.h"
#include "tools/peal/session.h"
#include "tools/peal/status_text.h"
#include "tools/peal/table.h"

namespace peal::tool {
namespace {

std::string Joined(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ","));
}

// The unit stands behind the name: usedpct(percent).
std::string AttributesText(const ClassInfo& info) {
  std::vector<std::string> names;
  for (const auto& attribute : info.attributes) {
    names.push_back(attribute.unit.empty() ? attribute.name
                                           : fmt::format("{}({})", attribute.name, attribute.unit));
  }
  return Joined(names);
}

std::string ClassesText(const Listing& listing) {
  Table table({"CLASS", "MODE", "TYPES", "ATTRIBUTES", "COST", "DESCRIPTION"});
  for (const ClassInfo& info : listing.classes) {
    table.Row({info.name, info.mode, Joined(info.types), AttributesText(info), info.cost,
               info.description});
  }
  return table.Text();
}

Json ClassesJson(const Listing& listing) {
  Json rows = Json::array();
  for (const ClassInfo& info : listing.classes) {
    Json row = {{"name", info.name},
                {"description", info.description},
                {"mode", info.mode},
                {"types", info.types},
                {"cost", info.cost}};
    row["attributes"] = Json::array();
    for (const auto& attribute : info.attributes) {
      row["attributes"].push_back({{"name", attribute.name},
                                   {"type", attribute.type},
                                   {"unit", attribute.unit},
                                   {"meaning", attribute.meaning}});
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string ProducersText(const Listing& listing) {
  Table table({"PRODUCER", "STATE", "WANTED BY", "EVENTS"});
  for (const ProducerInfo& info : listing.producers) {
    table.Row({info.name, info.active ? "active" : "quiet", Joined(info.wanted_by),
               std::to_string(info.events)});
  }
  return table.Text();
}

Json ProducersJson(const Listing& listing) {
  Json rows = Json::array();
  for (const ProducerInfo& info : listing.producers) {
    rows.push_back({{"name", info.name},
                    {"active", info.active},
                    {"wantedby", info.wanted_by},
                    {"events", std::to_string(info.events)}});
  }
  return rows;
}

std::string SubscriptionsText(const Listing& listing) {
  Table table(
      {"CLIENT", "PID", "UID", "SCOPE", "TYPES", "DELIVERED", "LAG", "DURABLE", "NODE", "WHERE"});
  for (const SubscriptionInfo& info : listing.subscriptions) {
    table.Row({info.client, std::to_string(info.pid), std::to_string(info.uid), info.scope,
               info.types.empty() ? "*" : Joined(info.types), std::to_string(info.delivered),
               std::to_string(info.lag), info.durable, info.node, info.where});
  }
  return table.Text();
}

Json SubscriptionsJson(const Listing& listing) {
  Json rows = Json::array();
  for (const SubscriptionInfo& info : listing.subscriptions) {
    rows.push_back({{"client", info.client},
                    {"pid", info.pid},
                    {"uid", info.uid},
                    {"scope", info.scope},
                    {"types", info.types},
                    {"delivered", std::to_string(info.delivered)},
                    {"lag", std::to_string(info.lag)},
                    {"durable", info.durable},
                    {"confirmed", std::to_string(info.confirmed)},
                    {"node", info.node},
                    {"where", info.where}});
  }
  return rows;
}

std::string NodesText(const Listing& listing) {
  return MembersText(listing.nodes);
}

Json NodesJson(const Listing& listing) {
  Json rows = Json::array();
  for (const MemberInfo& member : listing.nodes) {
    rows.push_back(MemberJson(member));
  }
  return rows;
}

struct Kind {
  ListWhat what;
  std::function<std::string(const Listing&)> text;
  std::function<Json(const Listing&)> json;
};

const std::map<std::string, Kind>& Kinds() {
  static const std::map<std::string, Kind> kinds = {
      {"classes", {ListWhat::kClasses, ClassesText, ClassesJson}},
      {"nodes", {ListWhat::kNodes, NodesText, NodesJson}},
      {"producers", {ListWhat::kProducers, ProducersText, ProducersJson}},
      {"subscriptions", {ListWhat::kSubscriptions, SubscriptionsText, SubscriptionsJson}},
  };
  return kinds;
}

int RunLs(const Context& context, const std::string& name) {
  const auto found = Kinds().find(name);
  if (found == Kinds().end()) {
    return Fail(kExitUsage,
                fmt::format("ls needs one of classes, producers, subscriptions, nodes{}",
                            name.empty() ? "" : ", not '" + name + "'"));
  }
  const Kind& kind = found->second;
  const auto client = Connect(context, "ls");
  if (!client.ok()) {
    return Fail(client.status());
  }
  const Result<Listing> listing = (*client)->List(kind.what, context.timeout);
  if (!listing.ok()) {
    return Fail(listing.status());
  }
  Output output(1);
  if (context.json) {
    for (const Json& row : kind.json(*listing)) {
      output.Line(JsonLine(row));
    }
  } else {
    output.buffer()->append(kind.text(*listing));
  }
  return output.Flush().value_or(kExitOk);
}

}  // namespace

void AddLs(CLI::App* app, const Context* context, Run* run) {
  CLI::App* const command =
      app->add_subcommand("ls", "what can be watched, what is active and for whom, who is there");
  const auto what = std::make_shared<std::string>();
  command->add_option("what", *what, "classes, producers, subscriptions or nodes")
      ->type_name("WHAT");
  command->callback([=] { *run = [=] { return RunLs(*context, *what); }; });
}

}  // namespace peal::tool
