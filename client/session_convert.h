// From the messages of proto/session.proto to the values of peal/types.h and back.
#pragma once

#include <cstdint>
#include <string>

#include "peal/types.h"
#include "proto/session.pb.h"

namespace peal::client {

// Ok for OK; a code that this client does not know becomes kOther.
Status ToStatus(proto::Code code, const std::string& message);

PublishResult ToPublishResult(const proto::PublishResult& answer);
DaemonStatus ToDaemonStatus(const proto::StatusReply& reply);
Listing ToListing(const proto::ListReply& reply);

// Of a durable subscription that names none. The header of SubscribeOptions tells it.
inline constexpr uint32_t kDurableWindow = 1000;
// 0: it has none, and nothing is to be confirmed.
uint32_t WindowOf(const SubscribeOptions& options);

// `subscribe` asks for what `options` say.
void FillSubscribe(const SubscribeOptions& options, proto::Subscribe* subscribe);
proto::Ack ToProtoAck(Ack ack);
proto::ListRequest::What ToProtoWhat(ListWhat what);
proto::ClusterRequest::Action ToProtoAction(VoterChange change);

}  // namespace peal::client
