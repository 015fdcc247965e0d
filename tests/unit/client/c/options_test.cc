// Options that an older or a newer program gives.
#include <gmock/gmock.h>

#include <cstring>

#include "tests/unit/client/c/program.h"

namespace peal::test {
namespace {

using testing::HasSubstr;

// What a newer header would have.
struct NewerPublishOptions {
  peal_publish_options known;
  uint64_t newer;
};

class COptions : public CProgram {
 protected:
  void SetUp() override { Start(); }

  peal_error_t Publish(const peal_publish_options* options) {
    return peal_publish(peal_, CEvent().get(), options, nullptr);
  }
};

TEST_F(COptions, OfAnOlderProgramAreTheFirstOnes) {
  peal_publish_options options{};
  options.size = offsetof(peal_publish_options, timeout_ms);
  options.ack = PEAL_ACK_ACCEPTED;
  options.timeout_ms = -1;  // What follows an older program's options in its memory.
  options.expects = 1;

  EXPECT_EQ(Publish(&options), PEAL_OK);

  EXPECT_EQ(daemon_->publishes().at(0).ack(), proto::ACK_ACCEPTED);
  EXPECT_FALSE(daemon_->publishes().at(0).has_expect_subject_seq());
}

TEST_F(COptions, OfANewerProgramMustBeKnownOrZero) {
  NewerPublishOptions options{};
  options.known.size = sizeof(options);

  EXPECT_EQ(Publish(&options.known), PEAL_OK);
  options.newer = 1;
  EXPECT_EQ(Publish(&options.known), PEAL_ERR_INVALID);

  EXPECT_THAT(text(), HasSubstr("the others are not 0"));
}

TEST_F(COptions, WithoutTheirSizeAreInvalid) {
  const peal_publish_options options{};

  EXPECT_EQ(Publish(&options), PEAL_ERR_INVALID);

  EXPECT_THAT(text(), HasSubstr("`size` is not set"));
}

TEST_F(COptions, NumbersThatNameNothingAreInvalid) {
  for (const int wrong : {-1, 99}) {
    peal_publish_options publish{};
    publish.size = sizeof(publish);
    publish.ack = wrong;
    EXPECT_EQ(Publish(&publish), PEAL_ERR_INVALID);
    EXPECT_THAT(text(), HasSubstr("PEAL_ACK_*"));
    EXPECT_EQ(peal_publish_async(peal_, CEvent().get(), &publish, nullptr, nullptr),
              PEAL_ERR_INVALID);
    for (int peal_subscribe_options::*member :
         {&peal_subscribe_options::scope, &peal_subscribe_options::from,
          &peal_subscribe_options::confirm, &peal_subscribe_options::gaps}) {
      peal_subscribe_options subscribe{};
      subscribe.size = sizeof(subscribe);
      subscribe.*member = wrong;
      EXPECT_EQ(peal_subscribe(peal_, &subscribe, Keep, this, nullptr), PEAL_ERR_INVALID);
      EXPECT_THAT(text(), HasSubstr("has the number " + std::to_string(wrong)));
    }
    EXPECT_EQ(peal_dispatch(peal_, wrong), PEAL_ERR_INVALID);
  }
  EXPECT_EQ(peal_dispatch(peal_, 0), PEAL_ERR_INVALID);
}

TEST_F(COptions, NegativeTimeoutsAreInvalid) {
  peal_publish_options options{};
  options.size = sizeof(options);
  options.timeout_ms = -1;

  EXPECT_EQ(Publish(&options), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_dispatch_wait(peal_, -1), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_flush(peal_, -1), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_barrier(peal_, -1, nullptr), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_remove_durable(peal_, "a", -1), PEAL_ERR_INVALID);
}

}  // namespace
}  // namespace peal::test
