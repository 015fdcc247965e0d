// The replica's side for operators: changes of the voters, and its status.
#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "ordering/replica/replica.h"

namespace peal::ordering {

void Replica::ChangeVoters(proto::ClusterRequest::Action action, const std::string& node,
                           std::chrono::milliseconds timeout, server::StatusCallback done) {
  const auto refuse = [this, &done](const absl::Status& status) {
    loop_->Post([done = std::move(done), status] { done(status); });
  };
  const absl::StatusOr<VoterWish> wish = WishFor(action, node);
  if (!wish.ok()) {
    return refuse(wish.status());
  }
  if (wish_) {
    return refuse(absl::ResourceExhaustedError("another change of the voters waits at this node"));
  }
  wish_ = PendingWish{*wish, std::move(done), loop_->After(timeout, [this] { GiveUpWish(); })};
  Step(WishSet{*wish});
}

absl::StatusOr<VoterWish> Replica::WishFor(proto::ClusterRequest::Action action,
                                           const std::string& node) const {
  if (standalone_) {
    return absl::AbortedError("this daemon is a bus by itself, without other voters");
  }
  if (action == proto::ClusterRequest::BOOTSTRAP) {
    if (machine_.log().empty() || machine_.voters().HasRule(QuorumRule::kCorosync)) {
      return VoterWish{VoterWish::Kind::kBootstrap, NodeId(0)};
    }
    return absl::AbortedError("this node has a log already: there is nothing to begin");
  }
  const auto kind =
      action == proto::ClusterRequest::ADMIT ? VoterWish::Kind::kAdmit : VoterWish::Kind::kForget;
  for (const ConfiguredNode& configured : machine_.nodelist().nodes) {
    if (configured.name == node) {
      return VoterWish{kind, configured.node};
    }
  }
  return absl::NotFoundError(fmt::format("corosync's nodelist has no node '{}'", node));
}

void Replica::GiveUpWish() {
  std::string why;
  FinishWish(machine_.IsPrimary(&why)
                 ? absl::AbortedError(
                       "not done: the nodes that are here would not hold a majority of the votes")
                 : absl::UnavailableError(why));
}

void Replica::FinishWish(const absl::Status& status) {
  const server::StatusCallback done = std::move(wish_->done);
  wish_.reset();
  Step(WishSet{std::nullopt});
  loop_->Post([done, status] { done(status); });
}

proto::Member Replica::MemberStatus(const ConfiguredNode& node) const {
  proto::Member member;
  member.set_name(node.name);
  member.set_nodeid(node.node.value());
  member.set_votes(node.votes);
  member.set_online(machine_.view_members().contains(node.node));
  const auto journal = machine_.install().journals.find(node.node);
  member.set_voter(journal != machine_.install().journals.end()
                       ? machine_.voters().current.Has(node.node, journal->second)
                       : machine_.voters().current.Find(node.node) != nullptr);
  member.set_forgotten(machine_.voters().current.forgotten.contains(node.node));
  if (node.node == machine_.self()) {
    member.set_applied(applied().value());
  } else if (const auto said = machine_.members_applied().find(node.node);
             said != machine_.members_applied().end()) {
    member.set_applied(said->second.value());
  }
  const auto ack = machine_.acks().positions().find(node.node);
  if (ack != machine_.acks().positions().end()) {
    const auto after = sequence_at_.upper_bound(ack->second.index);
    if (after != sequence_at_.begin()) {
      member.set_durable(std::prev(after)->second.value());
    }
  }
  return member;
}

void Replica::FillStatus(proto::StatusReply* reply) const {
  std::string why;
  const bool primary = machine_.IsPrimary(&why);
  if (standalone_) {
    reply->set_phase("standalone");
  } else {
    reply->set_phase(primary ? "primary" : machine_.IsJoining() ? "joining" : "isolated");
  }
  reply->set_reason(why);
  reply->set_nodeid(machine_.self().value());
  reply->set_cluster(machine_.nodelist().cluster);
  reply->set_epoch(machine_.epoch().value());
  reply->set_globalseq(applied().value());
  reply->set_committed_index(machine_.log().anchor().position.index.value());
  reply->set_votes_present(machine_.install().votes_present);
  reply->set_votes_total(machine_.install().votes_total);
  if (mender_) {
    reply->set_journal(mender_->Text());
  }
  for (const ConfiguredNode& node : machine_.nodelist().nodes) {
    *reply->add_members() = MemberStatus(node);
  }
}

}  // namespace peal::ordering
