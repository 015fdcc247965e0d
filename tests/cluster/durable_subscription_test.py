#!/usr/bin/env python3
"""A durable subscription goes on where it was: on any node, and whatever of it is killed."""

import json
import unittest

import durable_rounds
from durable_rounds import Run
from harness import ClusterTest, wait_for

SEED = 4
ROUNDS = 12


class DurableSubscriptionTest(ClusterTest):
    def publish(self, node, count):
        lines = "".join(json.dumps({"type": "app.x", "data": i}) + "\n" for i in range(count))
        answers = self.cluster.json(node, "publish", "--stdin", stdin=lines)
        return [int(answer["globalseq"]) for answer in answers]

    def audit(self, node):
        return durable_rounds.audit(self.cluster, node)

    def confirmed(self, node):
        return durable_rounds.confirmed(self.cluster, node)

    def take(self, node, *argv):
        run = Run(self.cluster, node, *argv)
        code, errors = run.end()
        self.assertEqual(code, 0, errors)
        return run.events()

    def forget(self):
        self.cluster.peal("n1", "subscription", "rm", "audit")

    def setUp(self):
        self.forget()

    def test_the_next_one_on_another_node_goes_on_after_the_last_event(self):
        before = len(self.take("n1", "--idle", "500ms"))
        self.forget()
        published = self.publish("n1", 30)

        taken = self.take("n2", "--count", str(before + 10))
        taken += self.take("n3", "--count", "10")
        taken += self.take("n1", "--idle", "500ms")

        self.assertEqual(taken[before:], published)
        self.assertEqual(self.confirmed("n2"), self.confirmed("n3"))

    def test_the_newer_one_has_it_and_the_older_one_is_told(self):
        older = Run(self.cluster, "n1")
        wait_for("the older one holds it", lambda: [row["node"] for row in self.audit("n2")] == ["n1"])

        # Long enough to be seen: a daemon looks ten times a second.
        newer = Run(self.cluster, "n2", "--idle", "2s")

        code, errors = older.end()
        self.assertEqual(code, 1)
        self.assertIn("taken by a newer subscriber on node n2", errors)
        self.assertEqual(newer.end()[0], 0)

    def test_a_subscriber_outlives_its_daemon_without_a_duplicate(self):
        run = Run(self.cluster, "n1", seconds=30)
        published = self.publish("n2", 50)
        wait_for("the first are printed", lambda: published[-1] in run.events())
        self.cluster.devcluster("kill", "n1", "peald")
        published += self.publish("n2", 50)
        self.cluster.devcluster("start", "n1", "peald")
        wait_for("the others are printed", lambda: published[-1] in run.events())

        events = run.events()

        self.assertEqual(events[-100:], published)
        self.assertEqual(events, sorted(set(events)))
        self.take("n2", "--idle", "100ms")
        code, said = run.end()
        self.assertEqual(code, 1)
        self.assertRegex(said, r"peald at \S+ .*; it goes on when there is one again\n"
                               r"peal: connected again\n")

    def test_whatever_is_killed_under_load_the_runs_are_the_history(self):
        rounds = durable_rounds.Rounds(self.cluster, SEED)

        rounds.play(ROUNDS)

        self.assertEqual(rounds.problems, [], rounds.summary())
        self.assertGreater(rounds.event_count, 100)


if __name__ == "__main__":
    unittest.main()
