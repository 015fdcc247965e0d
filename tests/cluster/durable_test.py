#!/usr/bin/env python3
"""The order outlives the daemons: killed all at once, started in any order, on damaged or emptied disks."""

import itertools
import json
import unittest

from harness import ClusterTest

JOURNAL = "/var/lib/peal/journal"


class DurableTest(ClusterTest):
    round = itertools.count(1)

    def publish_many(self, node, count=200):
        """Publishes so many events; the ids and numbers that were answered as committed."""
        name = f"{node}-{next(self.round)}"
        lines = "".join(json.dumps({"specversion": "1.0", "type": "test.durable", "source": "/test",
                                    "id": f"{name}-{i}", "data": {"i": i}}) + "\n" for i in range(count))
        answers = self.cluster.json(node, "publish", "--stdin", stdin=lines)
        self.assertEqual(len(answers), count)
        return {answer["id"]: answer["globalseq"] for answer in answers}

    def each(self, what, nodes, process):
        for node in nodes:
            self.cluster.devcluster(what, node, process)

    def start(self, nodes, process="peald"):
        self.each("start", nodes, process)
        for node in nodes:
            self.cluster.wait_answering(node)

    def assert_holds(self, acknowledged, history):
        """Every acknowledged event is in the history, once, at its number."""
        numbers = {}
        for event in history:
            self.assertNotIn((event["source"], event["id"]), numbers, "twice in the order")
            numbers[event["source"], event["id"]] = event["globalseq"]
        for event_id, globalseq in acknowledged.items():
            self.assertEqual(numbers.get(("/test", event_id)), globalseq, event_id)

    def test_all_daemons_killed_at_once_lose_nothing(self):
        acknowledged = {}
        for node in self.cluster.nodes:
            acknowledged |= self.publish_many(node)
        before = self.assert_one_history()
        self.each("kill", self.cluster.nodes, "peald")

        self.start(["n3", "n1", "n2"])
        self.cluster.wait_whole()

        after = self.assert_one_history()
        self.assertEqual(after[:len(before)], before)
        self.assert_holds(acknowledged, after)
        self.assert_holds(self.publish_many("n2", 10), self.cluster.history("n1"))

    def test_everything_killed_at_once_loses_nothing(self):
        acknowledged = self.publish_many("n1")
        before = self.assert_one_history()
        self.each("kill", self.cluster.nodes, "all")

        self.start(["n2", "n3", "n1"], "all")
        self.cluster.wait_whole()

        after = self.assert_one_history()
        self.assertEqual(after[:len(before)], before)
        self.assert_holds(acknowledged, after)

    def test_a_majority_is_enough_after_all_were_killed(self):
        acknowledged = self.publish_many("n3")
        self.each("kill", self.cluster.nodes, "peald")

        self.start(["n1", "n2"])
        self.cluster.wait_whole(["n1", "n2"])
        acknowledged |= self.publish_many("n1", 10)
        self.start(["n3"])
        self.cluster.wait_whole()

        self.assert_holds(acknowledged, self.assert_one_history())

    def test_one_that_comes_back_alone_shows_what_it_knows_and_orders_nothing(self):
        self.publish_many("n1")
        before = self.assert_one_history()
        self.each("kill", self.cluster.nodes, "peald")

        self.start(["n2"])
        alone = self.cluster.json("n2", "subscribe", "--scope", "global", "--from", "first", "--idle", "2s")
        refused = self.cluster.peal("n2", "publish", "test.alone", "--timeout", "1s")
        self.start(["n1", "n3"])
        self.cluster.wait_whole()

        self.assertGreater(len(alone), 0)
        self.assertEqual(alone, before[:len(alone)])
        self.assertEqual(refused.returncode, 106, refused.stderr)
        self.assertEqual(self.assert_one_history()[:len(before)], before)

    def test_a_node_with_an_emptied_disk_gets_the_log_and_its_vote(self):
        acknowledged = self.publish_many("n1")
        self.cluster.devcluster("kill", "n3", "peald")
        self.cluster.ok("n3", "rm", "-r", JOURNAL)

        acknowledged |= self.publish_many("n2")
        self.start(["n3"])
        self.cluster.wait_whole()

        self.assert_holds(acknowledged, self.assert_one_history())

    def test_a_damaged_journal_is_named_set_aside_and_fetched_again(self):
        acknowledged = self.publish_many("n1", 1000)
        self.cluster.devcluster("kill", "n2", "peald")
        segment = self.cluster.ok("n2", "sh", "-c", f"ls {JOURNAL}/segment-* | tail -n 1").strip()
        flip = ("import sys; f = open(sys.argv[1], 'r+b'); f.seek(20000); b = f.read(1)[0]; "
                "f.seek(20000); f.write(bytes([b ^ 1]))")
        self.cluster.ok("n2", "python3", "-c", flip, segment)

        self.start(["n2"])
        self.cluster.wait_whole()

        self.assertIn(segment.rsplit("/", 1)[1], self.cluster.devcluster("logs", "n2", "peald"))
        self.assertIn("damaged-1", self.cluster.ok("n2", "ls", JOURNAL))
        self.assert_holds(acknowledged, self.assert_one_history())


if __name__ == "__main__":
    unittest.main()
