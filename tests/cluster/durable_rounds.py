#!/usr/bin/env python3
"""A durable subscriber under load, of which this and that is killed, and that moves between nodes.

Whatever is done to it, what it has printed is the history, in order, with nothing again that was
confirmed before. The same seed does the same things, though not at the same moments.
"""

import argparse
import collections
import dataclasses
import random
import subprocess
import sys
import tempfile
import time

from harness import Cluster, documents, wait_for
from load import Publisher

NAME = "audit"
EVENTS_PER_SECOND = 60  # On each node.
RUN_SECONDS_MAX = 120
# What is killed, and started again: of the node where the subscriber is.
FAULTS = {"client": [], "peald": ["peald"], "corosync": ["corosync"], "node": ["peald", "corosync"],
          "move": []}


class Run:
    """One `peal subscribe --durable`, killed after `seconds`."""

    def __init__(self, cluster, node, *argv, types=("app.*",), seconds=RUN_SECONDS_MAX):
        self.node = node
        self.output = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            cluster.command("exec", node, "--", "timeout", "-s", "KILL", str(seconds),
                            "peal", "--json", "subscribe", "--scope", "global", "--durable", NAME,
                            "--from", "first", *(f"--type={glob}" for glob in types), *argv),
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.PIPE, text=True)

    def events(self):
        """The globalseq of each whole line; 0: it has none, as a peal.gap."""
        if self.output.closed:
            return self.printed
        self.output.seek(0)
        whole, _, _ = self.output.read().rpartition("\n")
        return [int(event.get("globalseq", 0)) for event in documents(whole)]

    def end(self):
        """Waits for it: its exit code, and what it said."""
        _, errors = self.process.communicate(timeout=RUN_SECONDS_MAX)
        self.printed = self.events()
        self.output.close()
        return self.process.returncode, errors


def audit(cluster, node):
    """What the node lists of the durable subscription."""
    return [row for row in cluster.json(node, "ls", "subscriptions") if row["durable"] == NAME]


def confirmed(cluster, node):
    found = audit(cluster, node)
    return int(found[0]["confirmed"]) if found else 0


@dataclasses.dataclass
class Played:
    run: Run
    fault: str
    confirmed: int  # Before it began.


class Rounds:
    def __init__(self, cluster, seed, say=lambda words: None):
        self.cluster, self.say = cluster, say
        self.random = random.Random(seed)
        self.runs = []  # Of Played.
        self.problems = []
        self.repeated = 0
        self.event_count = 0

    def play(self, count):
        publishers = [Publisher(self.cluster, node, node, EVENTS_PER_SECOND) for node in self.cluster.nodes]
        try:
            for number in range(count):
                self.play_one(number)
        finally:
            for publisher in publishers:
                publisher.stop()
        last = self.start(self.random.choice(self.cluster.nodes), "last", "--idle", "2s")
        last.end()
        self.check()

    def play_one(self, number):
        node, fault = self.random.choice(self.cluster.nodes), self.random.choice(list(FAULTS))
        self.say(f"{number}: {fault} on {node}")
        run = self.start(node, fault)
        wait_for(f"it holds {NAME} on {node}", lambda: run.process.poll() is not None or
                 [row["node"] for row in audit(self.cluster, node)] == [node])
        time.sleep(self.random.uniform(0.1, 1.0))
        daemons = FAULTS[fault]
        for daemon in daemons:
            self.cluster.devcluster("kill", node, daemon)
        if daemons:
            time.sleep(self.random.uniform(0, 2))
            for daemon in reversed(daemons):
                self.cluster.devcluster("start", node, daemon)
            self.cluster.wait_whole()
        if fault == "client":
            run.end()

    def start(self, node, fault, *argv):
        """The next run. The one before it is told, if it is still there."""
        before = self.runs[-1].run if self.runs else None
        at_least = confirmed(self.cluster, node)
        seconds = self.random.uniform(0.2, 2) if fault == "client" else RUN_SECONDS_MAX
        run = Run(self.cluster, node, *argv, types=("test.load",), seconds=seconds)
        self.runs.append(Played(run, fault, at_least))
        if before is not None and not before.output.closed:
            code, errors = before.end()
            if code != 1 or "taken by a newer subscriber" not in errors:
                self.problems.append(f"run {len(self.runs) - 2} was not told that there is a newer one: "
                                     f"exit {code}, {errors!r}")
        return run

    def check(self):
        """Together the runs are the history, and none has what was confirmed before it began."""
        history = [int(event["globalseq"]) for event in self.cluster.history("n1")
                   if event["type"] == "test.load"]
        place = {globalseq: at for at, globalseq in enumerate(history)}
        end = 0
        for number, played in enumerate(self.runs):
            what = f"run {number} ({played.fault} on {played.run.node})"
            for globalseq in played.run.events():
                if globalseq not in place:
                    self.problems.append(f"{what} has an event that is none of the history")
                    continue
                at = place[globalseq]
                if at > end:
                    self.problems.append(f"{what} skips {at - end} events before {globalseq}")
                if globalseq <= played.confirmed:
                    self.problems.append(f"{what} has {globalseq} again, {played.confirmed} was confirmed")
                self.repeated += at < end
                end = max(end, at + 1)
        if end != len(history):
            self.problems.append(f"the last {len(history) - end} of {len(history)} events were not printed")
        self.event_count = len(history)

    def summary(self):
        faults = collections.Counter(played.fault for played in self.runs)
        return (f"{self.event_count} events; {len(self.runs)} runs ({dict(faults)}); {self.repeated} lines "
                f"again, of what was not confirmed; {len(self.problems)} problems")


def main(argv):
    parser = argparse.ArgumentParser(prog="durable_rounds.py", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--rounds", type=int, default=100, metavar="N", help="(default: %(default)s)")
    args = parser.parse_args(argv)
    cluster = Cluster(3, "durablerounds")
    try:
        rounds = Rounds(cluster, args.seed, lambda words: print(words, flush=True))
        rounds.play(args.rounds)
        print(rounds.summary())
        for problem in rounds.problems:
            print(problem)
        return 1 if rounds.problems else 0
    finally:
        cluster.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
