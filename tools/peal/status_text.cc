#include "tools/peal/status_text.h"

#include <chrono>
#include <vector>

#include "fmt/format.h"
#include "tools/peal/table.h"

namespace peal::tool {
namespace {

std::string UptimeText(std::chrono::milliseconds uptime) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(uptime).count();
  if (seconds < 60) {
    return fmt::format("{}s", seconds);
  }
  if (seconds < 3600) {
    return fmt::format("{}m{}s", seconds / 60, seconds % 60);
  }
  return fmt::format("{}h{}m", seconds / 3600, seconds / 60 % 60);
}

std::string PhaseText(const DaemonStatus& status, bool color) {
  const bool serving = status.phase == "primary" || status.phase == "standalone";
  const std::string phase = Printable(status.phase);
  return color ? fmt::format("\x1b[{}m{}\x1b[0m", serving ? "32" : "31", phase) : phase;
}

}  // namespace

std::string MembersText(const std::vector<MemberInfo>& members) {
  Table table({"NODE", "ID", "STATE", "VOTES", "VOTER", "APPLIED", "DURABLE"});
  for (const MemberInfo& member : members) {
    table.Row({member.name, std::to_string(member.nodeid), member.online ? "online" : "offline",
               std::to_string(member.votes),
               member.voter       ? "yes"
               : member.forgotten ? "forgotten"
                                  : "no",
               std::to_string(member.applied), std::to_string(member.durable)});
  }
  return table.Text();
}

std::string StatusText(const DaemonStatus& status, bool color) {
  std::string text =
      fmt::format("node       {} (id {}){}\n", Printable(status.node), status.nodeid,
                  status.cluster.empty() ? "" : ", cluster " + Printable(status.cluster));
  text += fmt::format("phase      {}, epoch {}\n", PhaseText(status, color), status.epoch);
  if (!status.reason.empty()) {
    text += fmt::format("why        {}\n", Printable(status.reason));
  }
  text += fmt::format("applied    globalseq {}, local sequence {}, committed index {}\n",
                      status.globalseq, status.localseq, status.committed_index);
  if (status.first_globalseq != 0) {
    text += fmt::format("held       from globalseq {}\n", status.first_globalseq);
  }
  if (!status.journal.empty()) {
    text += fmt::format("journal    {}\n", Printable(status.journal));
  }
  if (!status.local_journal.empty()) {
    text += fmt::format("local      {}\n", Printable(status.local_journal));
  }
  if (status.votes_total != 0) {
    text += fmt::format("votes      {} of {}\n", status.votes_present, status.votes_total);
  }
  text += fmt::format(
      "load       {} clients, {} subscriptions, {:.1f} published/s, {:.1f} delivered/s\n",
      status.clients, status.subscriptions, status.publish_rate, status.deliver_rate);
  text += fmt::format("daemon     peald {}, up {}, incarnation {}\n", Printable(status.version),
                      UptimeText(status.uptime), status.incarnation);
  if (!status.members.empty()) {
    text += "\n" + MembersText(status.members);
  }
  return text;
}

Json MemberJson(const MemberInfo& member) {
  Json object = Json::object();
  object["name"] = member.name;
  object["nodeid"] = member.nodeid;
  object["votes"] = member.votes;
  object["voter"] = member.voter;
  object["forgotten"] = member.forgotten;
  object["online"] = member.online;
  object["applied"] = std::to_string(member.applied);
  object["durable"] = std::to_string(member.durable);
  return object;
}

std::string StatusJson(const DaemonStatus& status) {
  Json object = Json::object();
  object["node"] = status.node;
  object["nodeid"] = status.nodeid;
  object["cluster"] = status.cluster;
  object["phase"] = status.phase;
  object["reason"] = status.reason;
  object["epoch"] = std::to_string(status.epoch);
  object["globalseq"] = std::to_string(status.globalseq);
  object["localseq"] = std::to_string(status.localseq);
  object["incarnation"] = std::to_string(status.incarnation);
  object["committedindex"] = std::to_string(status.committed_index);
  object["firstglobalseq"] = std::to_string(status.first_globalseq);
  object["journal"] = status.journal;
  object["localjournal"] = status.local_journal;
  object["votespresent"] = status.votes_present;
  object["votestotal"] = status.votes_total;
  object["members"] = Json::array();
  for (const MemberInfo& member : status.members) {
    object["members"].push_back(MemberJson(member));
  }
  object["clients"] = status.clients;
  object["subscriptions"] = status.subscriptions;
  object["publishrate"] = status.publish_rate;
  object["deliverrate"] = status.deliver_rate;
  object["uptimems"] = status.uptime.count();
  object["version"] = status.version;
  return JsonLine(object);
}

}  // namespace peal::tool
