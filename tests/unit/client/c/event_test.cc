// Events in C: what is set is what is got.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/unit/client/c/program.h"

namespace peal::test {
namespace {

using testing::ElementsAre;

peal_value_t Got(const COwnedEvent& event, const char* name) {
  peal_value_t value{};
  EXPECT_EQ(peal_event_get(event.get(), name, &value), PEAL_OK) << name;
  return value;
}

TEST(CEvent, KeepsAnAttributeOfEachType) {
  const COwnedEvent event = CEvent();
  const std::string bytes("a\0b", 3);

  EXPECT_EQ(peal_event_set_bool(event.get(), "flag", 7), PEAL_OK);
  EXPECT_EQ(peal_event_set_int(event.get(), "number", INT64_MIN), PEAL_OK);
  EXPECT_EQ(peal_event_set_double(event.get(), "ratio", 0.5), PEAL_OK);
  EXPECT_EQ(peal_event_set_string(event.get(), "word", "grüß"), PEAL_OK);
  EXPECT_EQ(peal_event_set_bytes(event.get(), "raw", bytes.data(), bytes.size()), PEAL_OK);
  EXPECT_EQ(peal_event_set_timestamp(event.get(), "when", -1), PEAL_OK);

  EXPECT_EQ(Got(event, "flag").type, PEAL_TYPE_BOOL);
  EXPECT_EQ(Got(event, "flag").as.boolean, 1);
  EXPECT_EQ(Got(event, "number").type, PEAL_TYPE_INT);
  EXPECT_EQ(Got(event, "number").as.integer, INT64_MIN);
  EXPECT_EQ(Got(event, "ratio").type, PEAL_TYPE_DOUBLE);
  EXPECT_EQ(Got(event, "ratio").as.number, 0.5);
  EXPECT_EQ(Got(event, "word").type, PEAL_TYPE_STRING);
  EXPECT_STREQ(Got(event, "word").as.text.start, "grüß");
  EXPECT_EQ(Got(event, "word").as.text.length, std::strlen("grüß"));
  EXPECT_EQ(Got(event, "raw").type, PEAL_TYPE_BYTES);
  EXPECT_EQ(std::string(Got(event, "raw").as.text.start, Got(event, "raw").as.text.length), bytes);
  EXPECT_EQ(Got(event, "when").type, PEAL_TYPE_TIMESTAMP);
  EXPECT_EQ(Got(event, "when").as.timestamp_us, -1);
}

TEST(CEvent, GivesItsAttributesByName) {
  const COwnedEvent event = CEvent();
  peal_event_set_int(event.get(), "b", 2);
  peal_event_set_int(event.get(), "c", 3);
  peal_event_set_int(event.get(), "a", 1);
  peal_event_set_int(event.get(), "a", 4);
  peal_event_set_string(event.get(), "subject", "no attribute");

  std::vector<std::string> names;
  std::vector<int64_t> values;
  peal_value_t value{};
  for (const char* name = peal_event_next(event.get(), nullptr, &value); name != nullptr;
       name = peal_event_next(event.get(), name, &value)) {
    names.emplace_back(name);
    values.push_back(value.as.integer);
  }

  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
  EXPECT_THAT(values, ElementsAre(4, 2, 3));
  EXPECT_STREQ(peal_event_next(event.get(), "b", nullptr), "c");
}

TEST(CEvent, FieldsHaveTheirTypes) {
  const COwnedEvent event = CEvent("app.deploy");

  for (const char* name : {"subject", "id", "source", "datacontenttype"}) {
    EXPECT_STREQ(peal_event_string(event.get(), name), "") << name;
    EXPECT_EQ(peal_event_set_string(event.get(), name, name), PEAL_OK) << name;
    EXPECT_EQ(peal_event_set_int(event.get(), name, 1), PEAL_ERR_INVALID) << name;
    EXPECT_STREQ(peal_event_string(event.get(), name), name);
  }
  for (const char* name : {"time", "observedfrom", "observedto"}) {
    EXPECT_EQ(peal_event_set_timestamp(event.get(), name, 5), PEAL_OK) << name;
    EXPECT_EQ(peal_event_set_string(event.get(), name, "2026"), PEAL_ERR_INVALID) << name;
    EXPECT_EQ(Got(event, name).as.timestamp_us, 5) << name;
  }
  EXPECT_STREQ(peal_event_string(event.get(), "type"), "app.deploy");
  EXPECT_EQ(peal_event_next(event.get(), nullptr, nullptr), nullptr);
}

TEST(CEvent, StampsAreNotForPrograms) {
  const COwnedEvent event = CEvent();
  peal_value_t value{};

  for (const char* name : {"globalseq", "epoch", "sequence", "incarnation", "knows", "originuid",
                           "originpid", "originexe", "node"}) {
    EXPECT_EQ(peal_event_set_int(event.get(), name, 1), PEAL_ERR_INVALID) << name;
    EXPECT_EQ(peal_event_get(event.get(), name, &value), PEAL_ERR_NOT_FOUND) << name;
    EXPECT_EQ(peal_event_int(event.get(), name), 0) << name;
  }
  EXPECT_EQ(peal_event_set_string(event.get(), "scope", "local"), PEAL_ERR_INVALID);
}

TEST(CEvent, NamesThatNoAttributeHasAreInvalid) {
  const COwnedEvent event = CEvent();

  for (const char* name : {"", "Upper", "with_line", "grüß", "abcdefghijklmnopqrstu", "data"}) {
    EXPECT_EQ(peal_event_set_int(event.get(), name, 1), PEAL_ERR_INVALID) << name;
    peal_value_t value{};
    EXPECT_EQ(peal_event_get(event.get(), name, &value), PEAL_ERR_NOT_FOUND) << name;
  }
}

TEST(CEvent, ScopeIsGlobalOrLocal) {
  const COwnedEvent event = CEvent();
  EXPECT_STREQ(peal_event_string(event.get(), "scope"), "global");

  EXPECT_EQ(peal_event_set_scope(event.get(), PEAL_SCOPE_LOCAL), PEAL_OK);
  EXPECT_EQ(peal_event_set_scope(event.get(), 2), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_set_scope(event.get(), -1), PEAL_ERR_INVALID);

  EXPECT_STREQ(peal_event_string(event.get(), "scope"), "local");
}

TEST(CEvent, DataIsBytesOrAbsent) {
  const COwnedEvent event = CEvent();
  size_t bytes = 1;
  EXPECT_EQ(peal_event_data(event.get(), &bytes), nullptr);
  EXPECT_EQ(bytes, 0U);

  EXPECT_EQ(peal_event_set_data(event.get(), "a\0b", 3), PEAL_OK);
  EXPECT_EQ(std::memcmp(peal_event_data(event.get(), &bytes), "a\0b", 3), 0);
  EXPECT_EQ(bytes, 3U);
  EXPECT_EQ(peal_event_set_data(event.get(), nullptr, 3), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_set_data(event.get(), "", 0), PEAL_OK);
  EXPECT_NE(peal_event_data(event.get(), nullptr), nullptr);
  EXPECT_EQ(peal_event_set_data(event.get(), nullptr, 0), PEAL_OK);
  EXPECT_EQ(peal_event_data(event.get(), &bytes), nullptr);
}

TEST(CEvent, ACopyIsOnesOwn) {
  const COwnedEvent event = CEvent();
  peal_event_set_int(event.get(), "number", 1);

  const COwnedEvent copy(peal_event_copy(event.get()), peal_event_free);
  peal_event_set_int(event.get(), "number", 2);

  EXPECT_EQ(peal_event_int(copy.get(), "number"), 1);
  EXPECT_EQ(peal_event_set_int(copy.get(), "number", 3), PEAL_OK);
}

TEST(CEvent, NullPointersAreInvalid) {
  const COwnedEvent event = CEvent();
  peal_value_t value{};

  EXPECT_EQ(peal_event_set_string(nullptr, "a", "b"), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_set_string(event.get(), nullptr, "b"), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_set_string(event.get(), "a", nullptr), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_set_bool(nullptr, "a", 1), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_set_int(event.get(), nullptr, 1), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_set_double(event.get(), nullptr, 1), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_set_bytes(event.get(), "a", nullptr, 1), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_set_bytes(event.get(), nullptr, "a", 1), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_set_timestamp(event.get(), nullptr, 1), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_set_data(nullptr, "a", 1), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_set_scope(nullptr, PEAL_SCOPE_LOCAL), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_get(nullptr, "a", &value), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_get(event.get(), nullptr, &value), PEAL_ERR_INVALID);
  EXPECT_EQ(peal_event_get(event.get(), "type", nullptr), PEAL_ERR_INVALID);
  EXPECT_STREQ(peal_event_string(nullptr, "type"), "");
  EXPECT_STREQ(peal_event_string(event.get(), nullptr), "");
  EXPECT_EQ(peal_event_int(nullptr, "a"), 0);
  EXPECT_EQ(peal_event_next(nullptr, nullptr, &value), nullptr);
  EXPECT_EQ(peal_event_data(nullptr, nullptr), nullptr);
  EXPECT_EQ(peal_event_copy(nullptr), nullptr);
  EXPECT_EQ(peal_event_free(nullptr), PEAL_OK);
}

}  // namespace
}  // namespace peal::test
