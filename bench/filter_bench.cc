#include "bench/filter_bench.h"

#include <array>
#include <vector>

#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "core/filter/encoded_event.h"
#include "core/filter/evaluator.h"
#include "core/filter/filter.h"
#include "core/filter/filter_index.h"
#include "fmt/format.h"
#include "proto/event.pb.h"

namespace peal::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kEventsCount = 64;

double Seconds(Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// A sample of a file system, as a producer would give it.
std::string Sample(const std::string& subject, double usedpct) {
  proto::Event event;
  event.set_id("n1-1-1");
  event.set_source("/n1");
  event.set_type("a.b");
  event.set_subject(subject);
  event.set_time_us(1'769'903'999'000'250);
  event.set_sequence(4711);
  event.set_node("n1");
  event.set_incarnation(1);
  event.set_globalseq(4711);
  proto::Attribute* attribute = event.add_attributes();
  attribute->set_name("free");
  attribute->mutable_value()->set_integer(1'000'000);
  attribute = event.add_attributes();
  attribute->set_name("usedpct");
  attribute->mutable_value()->set_number(usedpct);
  return event.SerializeAsString();
}

std::vector<std::string> Samples() {
  std::vector<std::string> samples;
  for (size_t i = 0; i < kEventsCount; ++i) {
    samples.push_back(Sample("/var/log", i % 2 == 0 ? 80.5 : 12.25));
  }
  return samples;
}

// How often a second `step` runs on all samples, times their number.
template <class Step>
double RateOf(std::chrono::milliseconds time, Step step) {
  uint64_t rounds = 0;
  const Clock::time_point start = Clock::now();
  Clock::duration ran{};
  do {
    step();
    ++rounds;
    ran = Clock::now() - start;
  } while (ran < time);
  return static_cast<double>(rounds * kEventsCount) / Seconds(ran);
}

}  // namespace

absl::StatusOr<FilterBenchRow> RunFilterBench(const std::string& expression,
                                              std::chrono::milliseconds time) {
  PEAL_ASSIGN_OR_RETURN(const filter::Program program, filter::ParseFilter(expression));
  const std::vector<std::string> samples = Samples();
  std::array<filter::EncodedEvent, kEventsCount> events;
  size_t bad = 0;
  FilterBenchRow row;
  row.reads_per_s = RateOf(time, [&] {
    for (size_t i = 0; i < kEventsCount; ++i) {
      bad += events[i].Read(samples[i]) ? 0 : 1;
    }
  });
  PEAL_CHECK(bad == 0);
  filter::Evaluator evaluator;
  uint64_t evaluated = 0;
  uint64_t passed = 0;
  row.evaluations_per_s = RateOf(time, [&] {
    for (const filter::EncodedEvent& event : events) {
      passed += evaluator.Passes(program, event) ? 1 : 0;
    }
    evaluated += kEventsCount;
  });
  row.passed_share = static_cast<double>(passed) / static_cast<double>(evaluated);
  return row;
}

IndexBenchRow RunIndexBench(size_t subscriptions, std::chrono::milliseconds time) {
  filter::FilterIndex index;
  const Clock::time_point start = Clock::now();
  for (size_t i = 0; i < subscriptions; ++i) {
    const auto added = index.Add(
        {}, fmt::format("type = 'a.b' AND subject = '/fs/{}' AND usedpct > {}.5", i, i % 75));
    PEAL_CHECK(added.ok());
  }
  IndexBenchRow row;
  row.add_us = Seconds(Clock::now() - start) * 1e6 / static_cast<double>(subscriptions);

  std::vector<std::string> samples;
  for (size_t i = 0; i < kEventsCount; ++i) {
    samples.push_back(Sample(fmt::format("/fs/{}", i * subscriptions / kEventsCount), 80));
  }
  uint64_t events = 0;
  uint64_t matches = 0;
  row.event_us = 1e6 / RateOf(time, [&] {
                   for (const std::string& sample : samples) {
                     matches += index.Match(sample).size();
                   }
                   events += samples.size();
                 });
  row.matches = static_cast<double>(matches) / static_cast<double>(events);
  return row;
}

}  // namespace peal::bench
