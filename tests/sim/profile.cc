#include "tests/sim/profile.h"

#include <array>
#include <cstddef>

namespace peal::sim {
namespace {

// Mostly `calm`, else one of the wild values.
template <std::size_t kSize>
double Draw(base::Prng* prng, double calm, const std::array<double, kSize>& wild) {
  return prng->Chance(0.5) ? calm : prng->Pick(wild);
}

}  // namespace

Profile DrawProfile(uint32_t nodes, base::Prng* prng) {
  constexpr std::array<double, 3> kRare = {0.02, 0.1, 0.4};
  constexpr std::array<int64_t, 4> kFaultUs = {20'000, 80'000, 300'000, 1'000'000};
  constexpr std::array<int64_t, 4> kTokenUs = {5'000, 60'000, 400'000, 3'000'000};
  constexpr std::array<int64_t, 3> kSyncUs = {500, 5'000, 100'000};
  constexpr std::array<int64_t, 4> kVisitUs = {50, 200, 1'000, 5'000};
  constexpr std::array<int64_t, 4> kQuorumUs = {500, 5'000, 50'000, 1'000'000};
  constexpr std::array<int64_t, 3> kDeliveryUs = {50, 300, 5'000};
  constexpr std::array<int64_t, 4> kFsyncUs = {200, 2'000, 20'000, 150'000};
  constexpr std::array<int64_t, 3> kReadUs = {200, 5'000, 100'000};
  constexpr std::array<int64_t, 3> kSubmitUs = {10'000, 40'000, 200'000};
  Profile profile;
  profile.nodes = nodes;
  profile.received = Draw<3>(prng, 0.95, {0.5, 0.8, 1.0});
  profile.retransmitted = Draw<2>(prng, 0.3, {0.1, 0.8});
  profile.sync_aborted = Draw(prng, 0.05, kRare);
  profile.partly_formed = Draw(prng, 0.1, kRare);
  profile.torn = Draw<2>(prng, 0, {0.2, 0.7});
  profile.ghost = Draw<2>(prng, 0, {0.1, 0.5});
  profile.old_token = Draw<2>(prng, 0.3, {0, 0.9});
  profile.quorum_missing = Draw(prng, 0, kRare);
  profile.quorum_lies = Draw<2>(prng, 0, {0.2, 1.0});
  profile.dropped = Draw<2>(prng, 0, {0.001, 0.01});
  profile.reused_pid = Draw<2>(prng, 0, {0.3, 1.0});
  profile.events_dropped = Draw<2>(prng, 0.5, {0, 1.0});
  profile.token_timeout_us = prng->Pick(kTokenUs);
  profile.sync_us = prng->Pick(kSyncUs);
  profile.visit_us = prng->Pick(kVisitUs);
  profile.quorum_delay_us = prng->Pick(kQuorumUs);
  profile.delivery_us = prng->Pick(kDeliveryUs);
  profile.fsync_us = prng->Pick(kFsyncUs);
  profile.read_us = prng->Pick(kReadUs);
  profile.log_epoch_falls = prng->Chance(0.5) ? 1 : 0;
  profile.checkpoint = Draw<2>(prng, 0, {0.02, 0.2});
  profile.segmented = prng->Chance(0.6);
  profile.segment_bytes = prng->Pick(std::array<uint64_t, 3>{4'000, 20'000, 1'000'000});
  profile.cache_bytes = prng->Pick(std::array<uint64_t, 3>{500, 5'000, 1'000'000});
  profile.retain_bytes = prng->Pick(std::array<uint64_t, 3>{10'000, 100'000, 100'000'000});
  profile.transfer_bytes = prng->Pick(std::array<size_t, 3>{1'000, 20'000, 500'000});
  profile.submit_us = prng->Pick(kSubmitUs);
  profile.chaos_us = prng->Between(2'000'000, 12'000'000);
  profile.fault_us = prng->Pick(kFaultUs);
  profile.burst = Draw<2>(prng, 0.5, {0, 1.0});
  profile.emptied_max = prng->Chance(0.25) ? (nodes - 1) / 2 : 0;
  return profile;
}

}  // namespace peal::sim
