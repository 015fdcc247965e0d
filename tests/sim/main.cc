// peal-sim: whole replicas under a seed. tests/sim/README.md tells how to run it.
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <new>
#include <string>
#include <utility>

#include "core/log.h"
#include "tests/sim/mutants.h"
#include "tests/sim/simulation.h"

namespace peal::sim {
namespace {

struct Options {
  std::string seeds = "1..1000";
  uint32_t nodes = 3;
  std::string broken;
  uint64_t replay = 0;
  bool verbose = false;
  bool restore = false;
  bool tear = false;
  bool change_voters = false;
  bool corosync_decides = false;
  bool clients = false;
  bool durables = false;
  bool interest = false;
  bool keep_going = false;
  bool expect_violation = false;
  bool determinism = false;
};

// What the child tells its parent, also when it is aborted. In shared memory.
struct Board {
  uint64_t seed = 0;  // The one that is under way.
  uint64_t violations = 0;
  uint64_t first_seed = 0;
  Stats stats;
};

std::pair<uint64_t, uint64_t> ParseSeeds(const std::string& text) {
  const size_t dots = text.find("..");
  const uint64_t first = std::stoull(text.substr(0, dots));
  return {first, dots == std::string::npos ? first : std::stoull(text.substr(dots + 2))};
}

void Report(const Options& options, uint64_t seed, const std::string& violation, Board* board) {
  board->violations += 1;
  if (board->first_seed == 0) {
    board->first_seed = seed;
  }
  fmt::print("seed {}: {}\n  replay: peal-sim --nodes {}{}{}{}{}{}{}{}{} --replay {}\n", seed,
             violation, options.nodes, options.broken.empty() ? "" : " --break " + options.broken,
             options.restore ? " --restore-disks" : "", options.tear ? " --tear-batches" : "",
             options.change_voters ? " --change-voters" : "", options.clients ? " --clients" : "",
             options.durables ? " --durables" : "", options.interest ? " --interest" : "",
             options.corosync_decides ? " --corosync-decides" : "", seed);
  std::fflush(stdout);
}

void RunSeeds(const Options& options, const RunOptions& run, uint64_t last, Board* board) {
  for (; board->seed <= last; ++board->seed) {
    const RunResult result = Run(board->seed, run, &board->stats);
    if (options.verbose) {
      fmt::print("seed {}: {}\n", board->seed, result.digest);
    }
    if (options.determinism) {
      Stats again;
      if (Run(board->seed, run, &again).digest != result.digest) {
        Report(options, board->seed, "determinism: two runs differ", board);
      }
    }
    if (!result.violation.empty()) {
      Report(options, board->seed, result.violation, board);
      if (!options.keep_going) {
        return;
      }
    }
  }
}

// A broken PEAL_CHECK is a violation too: the seeds run in a child, and another one goes on.
void RunInChildren(const Options& options, const RunOptions& run, uint64_t last, Board* board) {
  while (board->seed <= last && (options.keep_going || board->violations == 0)) {
    const pid_t child = fork();
    if (child == 0) {
      RunSeeds(options, run, last, board);
      std::fflush(stdout);
      _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
      std::perror("peal-sim");
      return;
    }
    if (WIFSIGNALED(status) || WEXITSTATUS(status) != 0) {
      Report(options, board->seed, fmt::format("check: the run was ended, status {}", status),
             board);
      board->seed += 1;
    }
  }
}

void PrintStats(const Stats& stats) {
  for (size_t i = 0; i < kCountNames.size(); ++i) {
    fmt::print("{:>12}  {}\n", stats.counts[i], kCountNames[i]);
  }
}

int Main(const Options& options) {
  RunOptions run;
  run.nodes = options.nodes;
  run.restore_disks = options.restore;
  run.tear_batches = options.tear;
  run.change_voters = options.change_voters;
  run.corosync_decides = options.corosync_decides;
  run.clients = options.clients;
  run.durables = options.durables;
  run.interest = options.interest;
  run.trace = options.replay != 0;
  if (!options.broken.empty() && !Break(options.broken, &run)) {
    fmt::print(stderr, "no rule '{}'; there are: {}\n", options.broken, MutantNames());
    return 2;
  }
  void* const memory =
      mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    std::perror("peal-sim");
    return 2;
  }
  Board* const board = new (memory) Board;
  auto [first, last] = ParseSeeds(options.seeds);
  if (options.replay != 0) {
    first = last = options.replay;
  }
  log::SetLevel(log::Level::kInfo);
  if (options.replay == 0) {
    std::freopen("/dev/null", "w", stderr);
  }
  board->seed = first;
  const auto start = std::chrono::steady_clock::now();
  RunInChildren(options, run, last, board);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const uint64_t runs = std::min(board->seed, last) - first + 1;
  PrintStats(board->stats);
  fmt::print("{} seeds of {} nodes in {:.1f} s ({:.0f}/s), {} violations\n", runs, options.nodes,
             seconds.count(), static_cast<double>(runs) / seconds.count(), board->violations);
  const bool violated = board->violations > 0;
  return violated == options.expect_violation ? 0 : 1;
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Runs whole replicas over a simulated group, disk and clock.");
  app.add_option("--seeds", options.seeds, "A..B");
  app.add_option("--nodes", options.nodes)->check(CLI::Range(1U, 9U));
  app.add_option("--break", options.broken, "Turn one rule off: " + MutantNames());
  app.add_option("--replay", options.replay, "Run this seed, and tell what happens.");
  app.add_flag("--verbose", options.verbose, "Print the digest of each run.");
  app.add_flag("--restore-disks", options.restore, "Older copies of disks come back.");
  app.add_flag("--tear-batches", options.tear, "Receivers miss batches, as with no corosync.");
  app.add_flag("--change-voters", options.change_voters,
               "The nodelist changes, and operators forget and admit nodes.");
  app.add_flag("--corosync-decides", options.corosync_decides,
               "ordering.quorum = \"corosync\": it lets any side of a partition go on.");
  app.add_flag("--clients", options.clients,
               "Clients number their publishes, and send them again, elsewhere too.");
  app.add_flag("--durables", options.durables,
               "Durable subscribers hold, move and forget their places, on any node.");
  app.add_flag("--interest", options.interest, "What the nodes' subscribers want changes.");
  app.add_flag("--keep-going", options.keep_going, "Do not stop at the first violation.");
  app.add_flag("--expect-violation", options.expect_violation, "Fail unless there is one.");
  app.add_flag("--determinism", options.determinism, "Run each seed twice and compare.");
  CLI11_PARSE(app, argc, argv);
  return Main(options);
}

}  // namespace
}  // namespace peal::sim

int main(int argc, char** argv) {
  return peal::sim::Main(argc, argv);
}
