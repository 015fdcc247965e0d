#include "ordering/batch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/prng.h"
#include "ordering/packing.h"
#include "proto/event.pb.h"
#include "proto/group.pb.h"

namespace peal::ordering {
namespace {

const BatchId kId{NodeId(300), Incarnation(1'700'000'000'000), BatchNumber(7)};

std::string WriteSome(const std::string& large) {
  BatchWriter writer;
  writer.Add({.event = "first", .key = "sixteen bytes id"});
  writer.Add({});
  writer.Add({.event = large, .subject = "of 16 bytes subj", .expect_subject = Sequence(0)});
  writer.Add({.event = "last", .expect_subject = Sequence(~uint64_t{0})});
  return writer.Finish(kId);
}

// As protobuf reads it.
proto::BatchRecord RecordOf(const std::string& payload) {
  proto::BatchRecord record;
  EXPECT_TRUE(record.ParseFromString(payload));
  if (const auto unpacked = UnpackBatch(record.packed(), record.unpacked_bytes())) {
    EXPECT_TRUE(record.ParseFromString(*unpacked));
  }
  return record;
}

// No two pieces of it are alike.
std::string Random(size_t size) {
  base::Prng random(1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(random.Below(256));
  }
  return bytes;
}

TEST(BatchWriter, WritesABatchRecord) {
  const std::string large(70'000, 'x');

  const proto::BatchRecord record = RecordOf(WriteSome(large));

  EXPECT_EQ(record.node(), 300U);
  EXPECT_EQ(record.incarnation(), 1'700'000'000'000U);
  EXPECT_EQ(record.number(), 7U);
  ASSERT_EQ(record.events_size(), 4);
  EXPECT_EQ(record.events(0).event(), "first");
  EXPECT_EQ(record.events(0).key(), "sixteen bytes id");
  EXPECT_FALSE(record.events(0).has_expect_subject_seq());
  EXPECT_EQ(record.events(1).ByteSizeLong(), 0U);
  EXPECT_EQ(record.events(2).event(), large);
  EXPECT_EQ(record.events(2).subject(), "of 16 bytes subj");
  EXPECT_TRUE(record.events(2).has_expect_subject_seq());
  EXPECT_EQ(record.events(2).expect_subject_seq(), 0U);
  EXPECT_EQ(record.events(3).expect_subject_seq(), ~uint64_t{0});
}

TEST(BatchWriter, WritesAndReadsAChangeOfACursor) {
  BatchWriter writer;
  writer.Add({.event = "e"});
  writer.Add({.cursor = "a change"});

  const std::string payload = writer.Finish(kId);

  EXPECT_EQ(RecordOf(payload).events(1).cursor(), "a change");
  const std::optional<Batch> batch = ReadBatch(payload);
  ASSERT_TRUE(batch.has_value());
  EXPECT_EQ(batch->events[0].cursor, "");
  EXPECT_EQ(batch->events[1].cursor, "a change");
}

ClientPublish Publish(char session, uint64_t sequence, uint64_t unanswered_from) {
  ClientPublish publish{.sequence = ClientSequence(sequence),
                        .unanswered_from = ClientSequence(unanswered_from)};
  publish.session.fill(session);
  return publish;
}

TEST(BatchWriter, NamesAClientSessionOnceForItsEventsInARow) {
  const std::vector<ClientPublish> publishes = {
      Publish('a', 7, 7), Publish('a', 8, 1), {},
      Publish('a', 9, 9), Publish('b', 1, 1), Publish('a', 1 << 20, 10)};
  BatchWriter writer;
  for (const ClientPublish& publish : publishes) {
    writer.Add({.event = "e", .client = publish});
  }

  const std::string payload = writer.Finish(kId);

  const proto::BatchRecord record = RecordOf(payload);
  ASSERT_EQ(record.events_size(), 6);
  EXPECT_EQ(record.events(0).session(), std::string(16, 'a'));
  EXPECT_EQ(record.events(0).client_sequence(), 7U);
  EXPECT_EQ(record.events(0).outstanding(), 0U);
  EXPECT_EQ(record.events(1).session(), "");
  EXPECT_EQ(record.events(1).outstanding(), 7U);
  EXPECT_EQ(record.events(2).client_sequence(), 0U);
  EXPECT_EQ(record.events(3).session(), "");
  EXPECT_EQ(record.events(4).session(), std::string(16, 'b'));
  EXPECT_EQ(record.events(5).session(), std::string(16, 'a'));
  const std::optional<Batch> batch = ReadBatch(payload);
  ASSERT_TRUE(batch.has_value());
  for (size_t i = 0; i < publishes.size(); ++i) {
    EXPECT_EQ(batch->events[i].client, publishes[i]) << i;
  }
}

TEST(BatchWriter, NamesASessionAgainInTheNextBatch) {
  BatchWriter writer;
  writer.Add({.event = "e", .client = Publish('a', 1, 1)});
  writer.Finish(kId);

  writer.Add({.event = "e", .client = Publish('a', 2, 2)});

  const std::string payload = writer.Finish(kId);
  EXPECT_EQ(ReadBatch(payload)->events[0].client, Publish('a', 2, 2));
}

TEST(ReadBatch, AClientSessionThatCannotBeIsRefused) {
  proto::BatchRecord record;
  proto::BatchEvent* const event = record.add_events();
  event->set_event("e");
  event->set_session(std::string(16, 'a'));
  event->set_client_sequence(3);
  event->set_outstanding(2);
  ASSERT_TRUE(ReadBatch(record.SerializeAsString()).has_value());

  event->set_outstanding(3);
  EXPECT_FALSE(ReadBatch(record.SerializeAsString()).has_value());
  event->set_outstanding(2);
  event->set_session(std::string(15, 'a'));
  EXPECT_FALSE(ReadBatch(record.SerializeAsString()).has_value());
}

TEST(BatchWriter, BeginsAgainAfterEachBatch) {
  BatchWriter writer;
  writer.Add({.event = "a"});
  writer.Finish(kId);

  writer.Add({.event = "b"});

  const std::string payload = writer.Finish(kId);
  ASSERT_EQ(ReadBatch(payload)->events.size(), 1U);
  EXPECT_EQ(ReadBatch(payload)->events[0].event, "b");
}

TEST(ReadBatch, ReadsWhatABatchRecordHolds) {
  const std::string large(70'000, 'x');
  const std::string payload = RecordOf(WriteSome(large)).SerializeAsString();

  const std::optional<Batch> batch = ReadBatch(payload);

  ASSERT_TRUE(batch.has_value());
  EXPECT_EQ(batch->id, kId);
  ASSERT_EQ(batch->events.size(), 4U);
  EXPECT_EQ(batch->events[0].event, "first");
  EXPECT_EQ(batch->events[0].key, "sixteen bytes id");
  EXPECT_EQ(batch->events[0].expect_subject, std::nullopt);
  EXPECT_TRUE(batch->events[1].event.empty());
  EXPECT_EQ(batch->events[2].event, large);
  EXPECT_EQ(batch->events[2].subject, "of 16 bytes subj");
  EXPECT_EQ(batch->events[2].expect_subject, Sequence(0));
  EXPECT_EQ(batch->events[3].expect_subject, Sequence(~uint64_t{0}));
}

TEST(BatchWriter, PacksWhatIsSmallerPacked) {
  const std::string alike(10'000, 'x');

  const std::string payload = WriteSome(alike);

  EXPECT_LT(payload.size(), 300U);
  const std::optional<Batch> batch = ReadBatch(payload);
  ASSERT_TRUE(batch.has_value());
  EXPECT_EQ(batch->id, kId);
  EXPECT_EQ(batch->events[2].event, alike);
}

// docs/decisions/010 says so.
TEST(BatchWriter, EventsOf256RandomBytesTakeSevenTenthsPacked) {
  constexpr size_t kEvents = 85;
  constexpr size_t kDataBytes = 256;
  const std::string random = Random(kEvents * kDataBytes);
  BatchWriter writer;
  size_t event_bytes = 0;
  for (uint64_t i = 0; i < kEvents; ++i) {
    proto::Event event;
    event.set_id(fmt::format("n1-1795738677038-{}", 1'000'000 + i));
    event.set_source("/n1");
    event.set_type("bench.event");
    event.set_time_us(1'795'738'677'038'000 + static_cast<int64_t>(i) * 17);
    event.set_datacontenttype("application/octet-stream");
    event.set_data(random.substr(i * kDataBytes, kDataBytes));
    event.set_sequence(1'000'000 + i);
    event.set_node("n1");
    event.set_incarnation(1'795'738'677'038);
    event.set_knows(1'000'000);
    event.set_originpid(10'000);
    event.set_originexe("/usr/local/lib/an/application/of/some/depth");
    const std::string encoded = event.SerializeAsString();
    event_bytes += encoded.size();
    writer.Add({.event = encoded, .client = Publish('a', 1'000'000 + i, 1'000'000)});
  }

  const std::string payload = writer.Finish(kId);

  EXPECT_LT(payload.size(), event_bytes * 7 / 10);
}

TEST(BatchWriter, LeavesWhatIsNotSmallerPacked) {
  const std::string random = Random(10'000);

  const std::string payload = WriteSome(random);

  EXPECT_NE(payload.find(random), payload.npos);
  EXPECT_LT(payload.size(), random.size() + 200);
}

TEST(ReadBatch, APackedBatchOutlivesItsMove) {
  const std::string payload = WriteSome(std::string(10'000, 'x'));
  std::optional<Batch> batch = ReadBatch(payload);

  const Batch moved = std::move(*batch);
  batch.reset();

  EXPECT_EQ(moved.events[3].event, "last");
}

TEST(ReadBatch, WhatDoesNotUnpackToItsSizeIsRefused) {
  proto::BatchRecord packing;
  ASSERT_TRUE(packing.ParseFromString(WriteSome(std::string(10'000, 'x'))));
  ASSERT_GT(packing.unpacked_bytes(), 10'000U);
  for (const uint32_t size :
       {0U, packing.unpacked_bytes() - 1, packing.unpacked_bytes() + 1, ~uint32_t{0}}) {
    proto::BatchRecord wrong = packing;
    wrong.set_unpacked_bytes(size);
    EXPECT_FALSE(ReadBatch(wrong.SerializeAsString()).has_value()) << size;
  }
  for (size_t i = 0; i < packing.packed().size(); ++i) {
    proto::BatchRecord cut = packing;
    cut.mutable_packed()->resize(i);
    // Nothing packed at all is a batch without events.
    EXPECT_EQ(ReadBatch(cut.SerializeAsString()).has_value(), i == 0) << i;
  }
}

TEST(ReadBatch, PassesOverFieldsOfLaterVersions) {
  proto::BatchRecord record;
  record.set_number(7);
  record.add_events()->set_event("a");
  const auto add_unknown = [](google::protobuf::Message* message) {
    message->GetReflection()->MutableUnknownFields(message)->AddLengthDelimited(99, "later");
    message->GetReflection()->MutableUnknownFields(message)->AddFixed64(98, 1);
  };
  add_unknown(&record);
  add_unknown(record.mutable_events(0));
  const std::string payload = record.SerializeAsString();

  const std::optional<Batch> batch = ReadBatch(payload);

  ASSERT_TRUE(batch.has_value());
  EXPECT_EQ(batch->id.number, BatchNumber(7));
  EXPECT_EQ(batch->events[0].event, "a");
}

TEST(ReadBatch, WhatIsNoBatchRecordIsRefused) {
  const std::string whole = WriteSome("large");
  ASSERT_TRUE(ReadBatch(whole).has_value());

  EXPECT_FALSE(ReadBatch(whole + '\0').has_value());
  EXPECT_FALSE(ReadBatch(whole.substr(0, whole.size() - 1)).has_value());
  EXPECT_FALSE(ReadBatch("no batch").has_value());
  // An event whose own field is longer than the event.
  EXPECT_FALSE(ReadBatch(std::string("\x22\x03\x0a\x7f", 4) + "a").has_value());
}

TEST(ReadBatch, EveryCutOfABatchIsSafeToRead) {
  const std::string whole = WriteSome("large");
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    proto::BatchRecord record;
    // A cut between two fields is a batch too, for either reader.
    EXPECT_EQ(ReadBatch(cut).has_value(), record.ParseFromString(cut)) << size;
  }
}

TEST(AppendBatchBody, IsTheEnvelopesBody) {
  proto::Envelope header;
  header.set_seq(5);
  std::string bytes = header.SerializeAsString();
  const std::string payload = WriteSome(std::string(70'000, 'x'));

  AppendBatchBody(payload, &bytes);

  proto::Envelope envelope;
  ASSERT_TRUE(envelope.ParseFromString(bytes));
  EXPECT_EQ(envelope.seq(), 5U);
  EXPECT_EQ(envelope.batch().payload(), payload);
}

}  // namespace
}  // namespace peal::ordering
