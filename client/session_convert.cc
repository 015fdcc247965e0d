#include "client/session_convert.h"

#include <utility>

#include "client/status_convert.h"
#include "core/base/check.h"

namespace peal::client {
namespace {

template <typename Repeated>
std::vector<std::string> ToStrings(const Repeated& repeated) {
  return {repeated.begin(), repeated.end()};
}

MemberInfo ToMember(const proto::Member& member) {
  return {.name = member.name(),
          .nodeid = member.nodeid(),
          .votes = member.votes(),
          .voter = member.voter(),
          .online = member.online(),
          .applied = member.applied(),
          .durable = member.durable(),
          .forgotten = member.forgotten()};
}

ClassInfo ToClass(const proto::ClassInfo& info) {
  ClassInfo out{.name = info.name(),
                .description = info.description(),
                .mode = info.mode(),
                .types = ToStrings(info.types()),
                .attributes = {},
                .cost = info.cost()};
  for (const auto& attribute : info.attributes()) {
    out.attributes.push_back(
        {attribute.name(), attribute.type(), attribute.unit(), attribute.meaning()});
  }
  return out;
}

}  // namespace

Status ToStatus(proto::Code code, const std::string& message) {
  // The numbers are Abseil's (session.proto); one that is not in the list may mean anything.
  const absl::StatusCode known =
      proto::Code_IsValid(code) ? static_cast<absl::StatusCode>(code) : absl::StatusCode::kUnknown;
  return FromAbsl(absl::Status(known, message));
}

PublishResult ToPublishResult(const proto::PublishResult& answer) {
  return {.status = ToStatus(answer.code(), answer.message()),
          .submitted = answer.submitted(),
          .globalseq = answer.globalseq(),
          .sequence = answer.sequence(),
          .node = answer.node(),
          .epoch = answer.epoch(),
          .id = answer.id(),
          .duplicate = answer.duplicate(),
          .unasked = answer.unasked()};
}

DaemonStatus ToDaemonStatus(const proto::StatusReply& reply) {
  DaemonStatus out{.node = reply.node(),
                   .nodeid = reply.nodeid(),
                   .cluster = reply.cluster(),
                   .phase = reply.phase(),
                   .reason = reply.reason(),
                   .epoch = reply.epoch(),
                   .globalseq = reply.globalseq(),
                   .localseq = reply.localseq(),
                   .incarnation = reply.incarnation(),
                   .members = {},
                   .clients = reply.clients(),
                   .subscriptions = reply.subscriptions(),
                   .votes_present = reply.votes_present(),
                   .votes_total = reply.votes_total(),
                   .committed_index = reply.committed_index(),
                   .first_globalseq = reply.first_globalseq(),
                   .journal = reply.journal(),
                   .local_journal = reply.local_journal(),
                   .publish_rate = reply.publish_rate(),
                   .deliver_rate = reply.deliver_rate(),
                   .uptime = std::chrono::milliseconds(reply.uptime_ms()),
                   .version = reply.version()};
  for (const proto::Member& member : reply.members()) {
    out.members.push_back(ToMember(member));
  }
  return out;
}

Listing ToListing(const proto::ListReply& reply) {
  Listing out;
  for (const auto& info : reply.classes()) {
    out.classes.push_back(ToClass(info));
  }
  for (const auto& info : reply.producers()) {
    out.producers.push_back({.name = info.name(),
                             .active = info.active(),
                             .wanted_by = ToStrings(info.wanted_by()),
                             .events = info.events()});
  }
  for (const auto& info : reply.subscriptions()) {
    out.subscriptions.push_back({.client = info.client(),
                                 .pid = info.pid(),
                                 .uid = info.uid(),
                                 .types = ToStrings(info.types()),
                                 .scope = info.scope(),
                                 .delivered = info.delivered(),
                                 .lag = info.lag(),
                                 .where = info.where(),
                                 .durable = info.durable(),
                                 .confirmed = info.confirmed(),
                                 .node = info.node()});
  }
  for (const auto& member : reply.nodes()) {
    out.nodes.push_back(ToMember(member));
  }
  return out;
}

uint32_t WindowOf(const SubscribeOptions& options) {
  const bool needs_one = options.window == 0 && !options.durable.empty();
  return needs_one ? kDurableWindow : options.window;
}

void FillSubscribe(const SubscribeOptions& options, proto::Subscribe* subscribe) {
  subscribe->set_where(options.where);
  subscribe->set_window(WindowOf(options));
  subscribe->set_durable(options.durable);
  subscribe->set_gaps(options.gaps == SubscribeOptions::Gaps::kEnd ? proto::Subscribe::END
                                                                   : proto::Subscribe::TELL);
  for (const std::string& type : options.types) {
    subscribe->add_types(type);
  }
  switch (options.scope) {
    case SubscribeScope::kAll:
      subscribe->set_scope(proto::Subscribe::ALL);
      break;
    case SubscribeScope::kGlobal:
      subscribe->set_scope(proto::Subscribe::GLOBAL);
      break;
    case SubscribeScope::kLocal:
      subscribe->set_scope(proto::Subscribe::LOCAL);
      break;
  }
  switch (options.from) {
    case SubscribeOptions::From::kNew:
      subscribe->set_from(proto::Subscribe::NEW);
      break;
    case SubscribeOptions::From::kFirst:
      subscribe->set_from(proto::Subscribe::FIRST);
      break;
    case SubscribeOptions::From::kSequence:
      subscribe->set_from(proto::Subscribe::SEQUENCE);
      subscribe->set_from_sequence(options.from_sequence);
      break;
    case SubscribeOptions::From::kTime:
      subscribe->set_from(proto::Subscribe::TIME);
      subscribe->set_from_time_us(options.from_time.us);
      break;
  }
}

proto::Ack ToProtoAck(Ack ack) {
  switch (ack) {
    case Ack::kCommitted:
      return proto::ACK_COMMITTED;
    case Ack::kAccepted:
      return proto::ACK_ACCEPTED;
    case Ack::kNone:
      return proto::ACK_NONE;
  }
  PEAL_CHECK(false);
}

proto::ListRequest::What ToProtoWhat(ListWhat what) {
  switch (what) {
    case ListWhat::kClasses:
      return proto::ListRequest::CLASSES;
    case ListWhat::kProducers:
      return proto::ListRequest::PRODUCERS;
    case ListWhat::kSubscriptions:
      return proto::ListRequest::SUBSCRIPTIONS;
    case ListWhat::kNodes:
      return proto::ListRequest::NODES;
  }
  PEAL_CHECK(false);
}

proto::ClusterRequest::Action ToProtoAction(VoterChange change) {
  switch (change) {
    case VoterChange::kBootstrap:
      return proto::ClusterRequest::BOOTSTRAP;
    case VoterChange::kAdmit:
      return proto::ClusterRequest::ADMIT;
    case VoterChange::kForget:
      return proto::ClusterRequest::FORGET;
  }
  PEAL_CHECK(false);
}

}  // namespace peal::client
