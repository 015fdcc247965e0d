// From the messages of proto/session.proto to the values of peal/types.h and back.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "peal/types.h"
#include "proto/session.pb.h"

namespace peal::client {

// Ok for OK; a code that this client does not know becomes kUnknown.
absl::Status ToStatus(proto::Code code, const std::string& message);

PublishResult ToPublishResult(const proto::PublishResult& answer);
DaemonStatus ToDaemonStatus(const proto::StatusReply& reply);
Listing ToListing(const proto::ListReply& reply);

void FillSubscribe(const SubscribeOptions& options, proto::Subscribe* subscribe);
proto::Ack ToProtoAck(Ack ack);
proto::ListRequest::What ToProtoWhat(ListWhat what);
proto::ClusterRequest::Action ToProtoAction(VoterChange change);

}  // namespace peal::client
