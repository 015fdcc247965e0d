#include "core/server/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/server/accounts.h"

namespace peal::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr gid_t kStaff = 50;
constexpr gid_t kUsers = 100;

std::vector<filter::TypeGlob> Globs(const std::vector<std::string>& texts) {
  std::vector<filter::TypeGlob> globs;
  globs.reserve(texts.size());
  for (const std::string& text : texts) {
    globs.push_back(*filter::TypeGlob::Parse(text));
  }
  return globs;
}

io::PeerCredentials Caller(uid_t uid, gid_t gid = kUsers, std::vector<gid_t> groups = {}) {
  io::PeerCredentials caller;
  caller.uid = uid;
  caller.gid = gid;
  caller.groups = std::move(groups);
  return caller;
}

AccessRule For(uid_t uid, std::set<Verb> verbs, const std::vector<std::string>& types = {}) {
  return {.uid = uid, .verbs = std::move(verbs), .types = Globs(types)};
}

Rights RightsOf(const io::PeerCredentials& caller, std::vector<AccessRule> rules) {
  return Access(kOwner, std::move(rules)).RightsOf(caller);
}

std::string TextOf(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  return std::string(status.message());
}

// "connect publish subscribe admin", of what is allowed for the type `app.x`.
std::string Summary(const Rights& rights) {
  std::string text;
  text += rights.MayConnect().ok() ? "connect " : "";
  text += rights.MayPublish("app.x").ok() ? "publish " : "";
  text += rights.MaySubscribe(Globs({"app.x"})).ok() ? "subscribe " : "";
  text += rights.MaySubscribe({}).ok() ? "all " : "";
  text += rights.MayAdminister("").ok() ? "admin " : "";
  return text;
}

constexpr const char* kEverything = "connect publish subscribe all admin ";

TEST(Access, RootAndTheOwnerMayEverythingWhateverTheRulesSay) {
  const Access access(kOwner, {For(0, {Verb::kLock}), For(kOwner, {Verb::kLock})});

  for (const uid_t uid : {uid_t{0}, kOwner}) {
    EXPECT_TRUE(access.Trusts(uid));
    EXPECT_EQ(Summary(access.RightsOf(Caller(uid))), kEverything);
  }
  EXPECT_FALSE(access.Trusts(kAlice));
}

TEST(Access, WithoutARuleNobodyElseMayAnything) {
  EXPECT_EQ(Summary(RightsOf(Caller(kAlice), {})), "");
  EXPECT_EQ(Summary(Access().RightsOf(Caller(kOwner))), "");
  EXPECT_EQ(Summary(Access().RightsOf(Caller(0))), kEverything);
}

TEST(Access, ARuleIsForItsUidAndItsGidAlsoAmongTheOtherGroups) {
  struct Case {
    std::optional<uid_t> uid;
    std::optional<gid_t> gid;
    io::PeerCredentials caller;
    bool allowed;
  };
  const std::vector<Case> cases = {
      {kAlice, std::nullopt, Caller(kAlice), true},
      {kAlice, std::nullopt, Caller(kBob), false},
      {std::nullopt, kStaff, Caller(kBob, kStaff), true},
      {std::nullopt, kStaff, Caller(kBob, kUsers, {7, kStaff}), true},
      {std::nullopt, kStaff, Caller(kBob, kUsers, {7}), false},
      {std::nullopt, kStaff, Caller(kStaff), false},
      {kAlice, kStaff, Caller(kAlice, kStaff), true},
      {kAlice, kStaff, Caller(kAlice, kUsers), false},
      {kAlice, kStaff, Caller(kBob, kStaff), false},
      {std::nullopt, std::nullopt, Caller(kBob, kStaff), false},
  };
  for (const Case& each : cases) {
    const Rights rights =
        RightsOf(each.caller, {{.uid = each.uid, .gid = each.gid, .verbs = AllVerbs()}});
    EXPECT_EQ(Summary(rights), each.allowed ? kEverything : "")
        << each.caller.uid << " " << each.caller.gid;
  }
}

TEST(Access, AVerbAllowsItselfAndToConnect) {
  EXPECT_EQ(Summary(RightsOf(Caller(kAlice), {For(kAlice, {Verb::kPublish})})), "connect publish ");
  EXPECT_EQ(Summary(RightsOf(Caller(kAlice), {For(kAlice, {Verb::kSubscribe})})),
            "connect subscribe all ");
  EXPECT_EQ(Summary(RightsOf(Caller(kAlice), {For(kAlice, {Verb::kAdmin})})), "connect admin ");
  EXPECT_EQ(Summary(RightsOf(Caller(kAlice), {For(kAlice, {Verb::kWatch})})), "connect ");
  EXPECT_EQ(Summary(RightsOf(Caller(kAlice), {For(kAlice, {Verb::kLock})})), "connect ");
}

TEST(Access, ARuleForSomeTypesDoesNotAllowToAdminister) {
  EXPECT_EQ(Summary(RightsOf(Caller(kAlice), {For(kAlice, AllVerbs(), {"app.*"})})),
            "connect publish subscribe ");
}

TEST(Access, RulesAddUp) {
  const Rights rights = RightsOf(Caller(kAlice, kStaff),
                                 {For(kAlice, {Verb::kPublish}, {"app.*"}),
                                  For(kBob, {Verb::kAdmin}),
                                  {.gid = kStaff, .verbs = {Verb::kPublish}, .types = Globs({"x"})},
                                  For(kAlice, {Verb::kSubscribe})});

  EXPECT_TRUE(rights.MayPublish("app.x").ok());
  EXPECT_TRUE(rights.MayPublish("x").ok());
  EXPECT_FALSE(rights.MayPublish("y").ok());
  EXPECT_TRUE(rights.MaySubscribe({}).ok());
  EXPECT_FALSE(rights.MayAdminister("").ok());
}

TEST(Rights, EachWantedGlobHasToBeCovered) {
  const Rights rights =
      RightsOf(Caller(kAlice), {For(kAlice, {Verb::kSubscribe}, {"app.*", "ip.?dded"})});

  EXPECT_TRUE(rights.MaySubscribe(Globs({"app.*"})).ok());
  EXPECT_TRUE(rights.MaySubscribe(Globs({"app.disk.*", "ip.added", "ip.?dded"})).ok());
  EXPECT_FALSE(rights.MaySubscribe(Globs({"app.*", "ip.*"})).ok());
  EXPECT_FALSE(rights.MaySubscribe(Globs({"ip.*dded"})).ok());
  EXPECT_FALSE(rights.MaySubscribe(Globs({"*"})).ok());
  EXPECT_FALSE(rights.MaySubscribe({}).ok());
}

TEST(Rights, RefusalsSayWhatIsAllowed) {
  const Rights none = RightsOf(Caller(kAlice), {});
  EXPECT_THAT(TextOf(none.MayConnect()),
              AllOf(HasSubstr("uid 1000"), HasSubstr("[[acl]]"), HasSubstr("group peal")));

  const Rights some = RightsOf(Caller(kAlice), {For(kAlice, {Verb::kPublish}, {"app.*", "x"})});
  EXPECT_THAT(TextOf(some.MayPublish("ip.added")),
              AllOf(HasSubstr("'ip.added'"), HasSubstr("publish app.*, x")));
  EXPECT_THAT(TextOf(some.MaySubscribe(Globs({"ip.*"}))),
              AllOf(HasSubstr("'ip.*'"), HasSubstr("no right to subscribe")));
  EXPECT_THAT(TextOf(some.MaySubscribe({})), HasSubstr("every type"));
  EXPECT_THAT(TextOf(some.MayAdminister("change the voters")), HasSubstr("change the voters"));
}

TEST(Rights, RefusalsAreShortWhateverIsAskedFor) {
  std::vector<std::string> many;
  constexpr int kMany = 100;
  many.reserve(kMany);
  for (int i = 0; i < kMany; ++i) {
    many.push_back(std::string(200, 'a') + std::to_string(i));
  }
  const Rights rights = RightsOf(Caller(kAlice), {For(kAlice, {Verb::kPublish}, many)});

  const std::string text = TextOf(rights.MayPublish(std::string(1 << 20, 'x')));

  EXPECT_LT(text.size(), 2500U);
  EXPECT_THAT(text, AllOf(HasSubstr("1048576 bytes"), HasSubstr(", ..."), Not(HasSubstr("xx"))));
}

TEST(Rights, ATypeThatNoEventCanHaveIsNotAllowed) {
  const Rights rights = RightsOf(Caller(kAlice), {For(kAlice, {Verb::kPublish}, {"x*"})});

  EXPECT_TRUE(rights.MayPublish(std::string(1024, 'x')).ok());
  EXPECT_FALSE(rights.MayPublish(std::string(1025, 'x')).ok());
}

}  // namespace
}  // namespace peal::server
