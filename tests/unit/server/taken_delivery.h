// What a subscription writes, as its client reads it.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/base/frame.h"
#include "core/server/delivery.h"
#include "proto/session.pb.h"

namespace peal::server {

class TakenDelivery {
 public:
  Delivery* out() { return &delivery_; }

  // Ends the delivery. Empty: there was no event, and so no frame.
  proto::Deliver Take(const proto::Place& place = {}) {
    delivery_.Finish(place);
    base::FrameReader reader(size_t{64} << 20);
    reader.Append(output_);
    const absl::StatusOr<std::optional<std::string_view>> bytes = reader.Next();
    EXPECT_TRUE(bytes.ok());
    proto::ServerFrame frame;
    if (bytes.ok() && *bytes) {
      EXPECT_TRUE(frame.ParseFromString(std::string(**bytes)));
      EXPECT_TRUE(frame.has_deliver());
    }
    EXPECT_EQ(reader.pending_bytes(), 0U);
    return frame.deliver();
  }

 private:
  std::string output_;
  Delivery delivery_{1, &output_};
};

}  // namespace peal::server
