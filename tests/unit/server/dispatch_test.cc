#include "core/server/dispatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

namespace peal::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<filter::TypeGlob> Globs(std::initializer_list<const char*> texts) {
  std::vector<filter::TypeGlob> globs;
  for (const char* const text : texts) {
    globs.push_back(*filter::TypeGlob::Parse(text));
  }
  return globs;
}

SubscriptionSpec To(std::initializer_list<const char*> types,
                    proto::Subscribe::Scope scope = proto::Subscribe::ALL) {
  SubscriptionSpec spec;
  spec.types = Globs(types);
  spec.scope = scope;
  return spec;
}

Interest Narrowing(std::vector<std::string> types) {
  return {.classes = {}, .types = std::move(types), .narrowed = {"fs.*"}};
}

class DispatchTest : public ::testing::Test {
 protected:
  std::set<std::string> Asked(const std::vector<SubscriptionSpec>& specs) const {
    std::vector<const SubscriptionSpec*> pointers;
    pointers.reserve(specs.size());
    for (const SubscriptionSpec& spec : specs) {
      pointers.push_back(&spec);
    }
    return dispatch_.Asked(pointers);
  }

  Dispatch dispatch_{Globs({"fs.*"}), Globs({"fs.full"})};
};

TEST_F(DispatchTest, WithoutConfigurationEverythingIsWanted) {
  Dispatch dispatch({}, {});
  dispatch.SetInterests({{"n1", {}}});

  EXPECT_TRUE(dispatch.Wants("fs.sample"));
  EXPECT_FALSE(dispatch.Concerns(To({})));
  EXPECT_THAT(dispatch.Asked({}), IsEmpty());
}

TEST_F(DispatchTest, ATypeByInterestIsWantedWhileOneDaemonAsksForIt) {
  dispatch_.SetInterests({{"n1", Narrowing({})}, {"n2", Narrowing({})}});
  EXPECT_FALSE(dispatch_.Wants("fs.sample"));
  EXPECT_TRUE(dispatch_.Wants("app.x"));

  dispatch_.SetInterests({{"n1", Narrowing({})}, {"n2", Narrowing({"fs.s*"})}});
  EXPECT_TRUE(dispatch_.Wants("fs.sample"));
  EXPECT_FALSE(dispatch_.Wants("fs.mounted"));

  dispatch_.SetInterests({{"n1", Narrowing({})}});
  EXPECT_FALSE(dispatch_.Wants("fs.sample"));
}

TEST_F(DispatchTest, WhoDoesNotNarrowATypeWantsIt) {
  dispatch_.SetInterests({{"n1", Narrowing({})}, {"n2", {}}});
  EXPECT_TRUE(dispatch_.Wants("fs.sample"));

  Interest other = Narrowing({});
  other.narrowed = {"fs.s*"};
  dispatch_.SetInterests({{"n1", Narrowing({})}, {"n2", other}});
  EXPECT_FALSE(dispatch_.Wants("fs.sample"));
  EXPECT_TRUE(dispatch_.Wants("fs.mounted"));
}

TEST_F(DispatchTest, AGlobThatItCannotReadIsTakenForEverything) {
  dispatch_.SetInterests({{"n2", Narrowing({"[a-z]"})}});

  EXPECT_TRUE(dispatch_.Wants("fs.sample"));
}

TEST_F(DispatchTest, TheBussOwnEventsAreAlwaysWanted) {
  Dispatch dispatch(Globs({"*"}), {});

  EXPECT_TRUE(dispatch.Wants("peal.orphaned"));
  EXPECT_FALSE(dispatch.Wants("app.x"));
}

TEST_F(DispatchTest, ForgetsTypesRatherThanRememberAnyNumber) {
  for (size_t i = 0; i <= 2 * Dispatch::kRememberedMax; ++i) {
    ASSERT_FALSE(dispatch_.Wants("fs." + std::to_string(i)));
  }
  EXPECT_TRUE(dispatch_.Wants("app.x"));
}

TEST_F(DispatchTest, AsksForWhatSubscriptionsToGlobalEventsWantOfItsTypesEachOnce) {
  EXPECT_THAT(Asked({To({"fs.sample", "app.*"}), To({"fs.sample", "f*"}, proto::Subscribe::GLOBAL),
                     To({"fs.local"}, proto::Subscribe::LOCAL)}),
              ElementsAre("f*", "fs.full", "fs.sample"));
  EXPECT_THAT(Asked({To({"app.*"})}), ElementsAre("fs.full"));
  EXPECT_THAT(Asked({To({})}), ElementsAre("*"));
  EXPECT_THAT(Asked({To({}, proto::Subscribe::LOCAL)}), ElementsAre("fs.full"));
}

TEST_F(DispatchTest, AsksForEverythingRatherThanForTooMuch) {
  std::vector<SubscriptionSpec> specs;
  for (size_t i = 0; i < Dispatch::kTypesMax; ++i) {
    specs.push_back(To({("fs." + std::to_string(i)).c_str()}));
  }
  EXPECT_THAT(Asked(specs), ElementsAre("*"));  // With fs.full one too many.
  specs.pop_back();
  EXPECT_EQ(Asked(specs).size(), Dispatch::kTypesMax);

  specs.clear();
  for (size_t i = 0; i < Dispatch::kTypesBytesMax / filter::kGlobBytesMax; ++i) {
    std::string type = "fs." + std::to_string(i);
    type.append(filter::kGlobBytesMax - type.size(), 'x');
    specs.push_back(To({type.c_str()}));
  }
  EXPECT_THAT(Asked(specs), ElementsAre("*"));
}

TEST_F(DispatchTest, ConcernsSubscriptionsThatAreServedByAsking) {
  EXPECT_TRUE(dispatch_.Concerns(To({})));
  EXPECT_TRUE(dispatch_.Concerns(To({"app.x", "*.sample"})));
  EXPECT_FALSE(dispatch_.Concerns(To({"app.x"})));
  EXPECT_FALSE(dispatch_.Concerns(To({"fs.*"}, proto::Subscribe::LOCAL)));
}

}  // namespace
}  // namespace peal::server
