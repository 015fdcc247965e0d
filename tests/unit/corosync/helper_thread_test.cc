#include "ordering/corosync/helper_thread.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>

namespace peal::ordering::corosync {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ThreadControl, TheStrongerWishStands) {
  ThreadControl control;

  control.Ask(Wish::kLeave);
  control.Ask(Wish::kReconnect);
  EXPECT_EQ(control.wish(), Wish::kLeave);

  control.Ask(Wish::kStop);
  EXPECT_EQ(control.wish(), Wish::kStop);
}

TEST(ThreadControl, ForgetsAReconnectButNothingElse) {
  ThreadControl control;

  control.Ask(Wish::kReconnect);
  control.Reconnected();
  EXPECT_EQ(control.wish(), Wish::kRun);

  control.Ask(Wish::kLeave);
  control.Reconnected();
  EXPECT_EQ(control.wish(), Wish::kLeave);
}

TEST(HelperThread, EndsWhenAsked) {
  auto control = std::make_shared<ThreadControl>();
  HelperThread thread([control] {
    while (control->wish() != Wish::kStop) {
      control->PauseFor(seconds(60));
    }
  });

  control->Ask(Wish::kStop);

  EXPECT_TRUE(thread.Join(seconds(60)));
}

TEST(HelperThread, LetsGoOfABlockedThread) {
  auto unblock = std::make_shared<std::promise<void>>();
  auto ended = std::make_shared<std::promise<void>>();
  HelperThread thread([future = std::make_shared<std::future<void>>(unblock->get_future()), ended] {
    future->wait();
    ended->set_value();
  });

  EXPECT_FALSE(thread.Join(milliseconds(1)));

  unblock->set_value();
  ended->get_future().wait();
}

}  // namespace
}  // namespace peal::ordering::corosync
