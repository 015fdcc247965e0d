#!/usr/bin/env python3
"""Local events outlive their node's daemon: what was acknowledged is in its history, once and in order."""

import unittest

from harness import ClusterTest
from load import answered_locals, local_events

LOCAL = "/var/lib/peal/local"


class LocalCluster(ClusterTest):
    def publish(self, node, count, start=0, scope="local"):
        """The ids of so many events that were answered as committed."""
        answers = self.cluster.json(node, "publish", "--stdin", "--scope", scope,
                                    stdin=local_events(self.id(), count, start))
        self.assertEqual(len(answers), count)
        return [answer["id"] for answer in answers]

    def history(self, node, *more):
        return self.cluster.json(node, "subscribe", "--from", "first", "--idle", "2s", *more)

    def ids(self, events):
        """Of this test's own."""
        return [event["id"] for event in events if event["id"].startswith(self.id())]

    def restart(self, node, how="kill"):
        self.cluster.devcluster(how, node, "peald")
        self.cluster.devcluster("start", node, "peald")
        self.cluster.wait_answering(node)


class LocalTest(LocalCluster):
    def test_a_local_event_acknowledged_as_committed_is_in_its_nodes_history_after_a_crash(self):
        acknowledged = self.publish("n1", 300)
        acknowledged += answered_locals(self.cluster, "n1", local_events(self.id(), 50_000, 300),
                                        lambda: self.cluster.devcluster("kill", "n1", "peald"))
        self.cluster.devcluster("start", "n1", "peald")
        self.cluster.wait_answering("n1")

        for _ in range(2):
            got = self.ids(self.history("n1", "--scope", "local"))
            self.assertEqual(got[:len(acknowledged)], acknowledged)
            self.assertEqual(len(set(got)), len(got), "twice in the history")
            self.restart("n1")

    def test_what_every_incarnation_acknowledged_is_shown_once_in_order(self):
        acknowledged = []
        for how in ("kill", "term", "kill"):
            acknowledged += self.publish("n2", 100, len(acknowledged))
            self.restart("n2", how)
        acknowledged += self.publish("n2", 10, len(acknowledged))

        events = self.history("n2", "--scope", "local")

        self.assertEqual(self.ids(events), acknowledged)
        self.assertNotIn("peal.gap", {event["type"] for event in events})
        incarnations = [int(event["incarnation"]) for event in events if event["id"] in set(acknowledged)]
        self.assertEqual(incarnations, sorted(incarnations))
        self.assertEqual(len(set(incarnations)), 4)
        for other in ("n1", "n3"):
            self.assertEqual(self.ids(self.history(other)), [], "a local event left its node")

    def test_local_and_global_events_are_merged_as_they_were_shown(self):
        expected = []
        for i in range(0, 60, 6):
            expected += self.publish("n3", 3, i, "local") + self.publish("n3", 3, i + 3, "global")
            if i == 30:
                self.restart("n3")
                self.cluster.wait_whole()

        everything = self.history("n3", "--scope", "all")
        self.assertEqual(self.ids(everything), expected)
        globals_only = self.history("n3", "--scope", "global")
        self.assertEqual([event for event in everything if "globalseq" in event], globals_only)
        middle = next(event for event in everything if event["id"] == expected[33])
        later = self.cluster.json("n3", "subscribe", "--from", str(int(middle["globalseq"]) + 1),
                                  "--idle", "2s")
        self.assertEqual(self.ids(later), expected[34:])

    def test_a_damaged_local_journal_is_named_and_set_aside(self):
        self.publish("n1", 1000)
        self.cluster.devcluster("kill", "n1", "peald")
        segment = self.cluster.ok("n1", "sh", "-c", f"ls {LOCAL}/segment-* | tail -n 1").strip()
        flip = ("import sys; f = open(sys.argv[1], 'r+b'); f.seek(2000); b = f.read(1)[0]; "
                "f.seek(2000); f.write(bytes([b ^ 1]))")
        self.cluster.ok("n1", "python3", "-c", flip, segment)
        self.cluster.devcluster("start", "n1", "peald")
        self.cluster.wait_answering("n1")

        self.assertIn(f"{LOCAL} is damaged: {segment.rsplit('/', 1)[1]}",
                      self.cluster.devcluster("logs", "n1", "peald"))
        self.assertIn("damaged-1", self.cluster.ok("n1", "ls", LOCAL))
        self.assertEqual(self.ids(self.history("n1", "--scope", "local")), [])
        kept = self.publish("n1", 5, 1000)
        self.assertEqual(self.ids(self.history("n1", "--scope", "local")), kept)


class RetentionTest(LocalCluster):
    node_count = 1
    up_args = ("--peald-toml", '[journal]\nlocal_retain_bytes = "1MiB"\n[memory]\nhistory_bytes = "1MiB"\n')

    def test_what_retention_removed_is_told_as_a_gap(self):
        lines = local_events(self.id(), 1500, data="x" * 5000)
        self.assertEqual(len(self.cluster.json("n1", "publish", "--stdin", "--scope", "local", stdin=lines)),
                         1500)

        for _ in range(2):
            gap, *events = self.history("n1", "--scope", "local")
            self.assertEqual((gap["type"], gap["cause"]), ("peal.gap", "trimmed"))
            self.assertNotIn("peal.gap", {event["type"] for event in events})
            mine = self.ids(events)
            self.assertGreater(len(mine), 100)
            self.assertEqual(mine, [f"{self.id()}-{i}" for i in range(1500 - len(mine), 1500)])
            # Before them the daemon told of quorum and primary component.
            self.assertLess(int(gap["locals"]) - (1500 - len(mine)), 10)
            self.restart("n1")


if __name__ == "__main__":
    unittest.main()
