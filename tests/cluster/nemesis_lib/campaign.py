"""Rounds of faults under load; after each, everything has to work again, and the histories are checked."""

import random
import time

from disk import UP_ARGS
from harness import Cluster, documents, wait_for
from load import Publisher, Watcher, wait_answers, wait_shown

from . import faults, history
from .field import Field, logs_folder

# So long after the faults all nodes are whole and publish, and all subscribers are up to date.
WHOLE_SECONDS_MAX = 60
EVENTS_PER_SECOND = 60  # On each node.


class Campaign:
    def __init__(self, seed, nodes, say=print):
        self.seed, self.say = seed, say
        self.chance = random.Random(seed)
        self.cluster = Cluster(nodes, f"nemesis{seed}", UP_ARGS)
        self.field = Field(self.cluster)
        self.publishers, self.watchers = [], []
        self.began = time.monotonic()
        for number, node in enumerate(self.cluster.nodes):
            self.publishers.append(Publisher(self.cluster, node, node, EVENTS_PER_SECOND, number))
            self.watchers.append(Watcher(self.cluster, node, number))

    def note(self, words):
        self.say(f"{time.monotonic() - self.began:7.1f} {words}")

    def run(self, minutes):
        """Problems, as texts; none: all is well."""
        number = 0
        while time.monotonic() < self.began + 60 * minutes:
            number += 1
            problems = self.round(number)
            if problems:
                return problems
        return []

    def round(self, number):
        for move in faults.plan(self.chance, self.cluster.nodes):
            self.note(f"round {number}: {move}")
            faults.run(self.field, move)
        self.field.mend()
        healed = time.monotonic()
        try:
            self.wait_whole()
        except AssertionError as problem:
            return [f"{WHOLE_SECONDS_MAX} s after the faults: {problem}", *self.problems_of_load(),
                    *self.check()]
        self.note(f"round {number}: whole after {time.monotonic() - healed:.1f} s; {self.summary()}")
        return [*self.field.crashed, *self.problems_of_load(), *self.check()]

    def wait_whole(self):
        """Until all nodes are voters in one primary component, publish, and show what was published."""
        deadline = time.monotonic() + WHOLE_SECONDS_MAX
        left = lambda: max(0, deadline - time.monotonic())  # noqa: E731
        for node in self.cluster.nodes:
            wait_for(f"{node} is whole", lambda node=node: self.is_whole(node), left())
        self.field.blank.clear()
        wait_answers(self.publishers, 1, left())
        wait_shown(self.publishers, self.watchers, left())

    def is_whole(self, node):
        done = self.cluster.peal(node, "--json", "--timeout", "5s", "status")
        if done.returncode != 0:
            return False
        status = documents(done.stdout)[0]
        return status["phase"] == "primary" and all(
            member["online"] and member["voter"] for member in status["members"])

    def problems_of_load(self):
        return [f"{publisher.name}: {publisher.problem!r}" for publisher in self.publishers
                if publisher.problem is not None]

    def check(self):
        return history.check(history.take_record(self.cluster.nodes, self.publishers, self.watchers))

    def summary(self):
        counts = {
            "acknowledged": sum(len(publisher.acknowledged) for publisher in self.publishers),
            "refused": sum(len(publisher.refused) for publisher in self.publishers),
            "uncertain": sum(len(publisher.uncertain) for publisher in self.publishers),
            "seen": max(watcher.end for watcher in self.watchers) - 1,
            "subscriptions": sum(len(watcher.segments) for watcher in self.watchers)}
        return ", ".join(f"{count} {what}" for what, count in counts.items())

    def keep(self, problems):
        """Where what is needed to understand the problems is from now on."""
        folder = logs_folder(self.seed)
        self.field.keep_logs(folder)
        (folder / "problems").write_text("\n".join(problems) + "\n")
        for watcher in self.watchers:
            for number, segment in enumerate(watcher.segments):
                (folder / f"{watcher.node}-seen-{number}-from-{segment.first}").write_text(
                    "".join(segment.lines))
        return folder

    def close(self):
        for one in [*self.publishers, *self.watchers]:
            one.stop()
        self.cluster.close()
