#include "core/server/answer_queue.h"

#include <gtest/gtest.h>

#include <vector>

namespace peal::server {
namespace {

class AnswerQueueTest : public testing::Test {
 protected:
  void Fill(AnswerSlot slot, uint64_t request) {
    proto::PublishResult result;
    result.set_request(request);
    queue_.Fill(slot, result,
                [this](const proto::PublishResult* each) { sent_.push_back(each->request()); });
  }

  AnswerQueue queue_;
  std::vector<uint64_t> sent_;
};

TEST_F(AnswerQueueTest, AnswersInTheOrderOfThePublishes) {
  const AnswerSlot first = queue_.Open(false);
  const AnswerSlot second = queue_.Open(false);
  const AnswerSlot third = queue_.Open(false);

  Fill(third, 3);
  Fill(second, 2);
  EXPECT_TRUE(sent_.empty());
  EXPECT_EQ(queue_.size(), 3U);

  Fill(first, 1);
  EXPECT_EQ(sent_, (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_EQ(queue_.size(), 0U);
}

TEST_F(AnswerQueueTest, ASilentOneTakesItsPlaceAndIsNotAnswered) {
  const AnswerSlot first = queue_.Open(true);
  const AnswerSlot second = queue_.Open(false);
  Fill(second, 2);
  EXPECT_TRUE(sent_.empty());

  Fill(first, 1);

  EXPECT_EQ(sent_, (std::vector<uint64_t>{2}));
}

}  // namespace
}  // namespace peal::server
