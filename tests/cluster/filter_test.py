#!/usr/bin/env python3
"""Filters: a subscriber gets what meets its condition, of history and live, on every node. No more."""

import json
import unittest

from harness import ClusterTest

CONDITION = "usedpct > 75.5 AND subject LIKE '/var%' AND node = 'n1'"


class FilterTest(ClusterTest):
    def publish(self, node, first, count):
        """Events whose data are their numbers; every tenth meets the condition, if it comes from n1."""
        lines = [json.dumps({"type": "fs.sample", "subject": "/var/log" if i % 2 == 0 else "/home",
                             "usedpct": 80.25 if i % 5 == 0 else 12, "number": i})
                 for i in range(first, first + count)]
        answers = self.cluster.json(node, "publish", "--stdin", stdin="\n".join(lines) + "\n")
        self.assertEqual(len(answers), count)

    def numbers(self, events):
        return [event["number"] for event in events]

    def test_history_and_live_are_filtered_alike_on_every_node(self):
        self.publish("n1", 0, 100)
        self.publish("n2", 100, 100)
        subscribers = [self.subscribe(node, "--from", "first", "--where", CONDITION)
                       for node in self.cluster.nodes]
        self.publish("n1", 200, 100)

        expected = [*range(0, 100, 10), *range(200, 300, 10)]
        for subscriber in subscribers:
            self.assertEqual(self.numbers(subscriber.wait_events(len(expected))), expected)
        self.cluster.ok("n1", "peal", "barrier")
        for subscriber in subscribers:
            self.assertEqual(self.numbers(subscriber.events()), expected)

    def test_a_filter_and_what_is_filtered_by_hand_agree(self):
        self.publish("n3", 1000, 200)
        everything = self.cluster.json("n3", "subscribe", "--from", "first", "--type", "fs.*", "--idle", "1s")

        by_filter = self.cluster.json("n3", "subscribe", "--from", "first", "--type", "fs.*", "--idle", "1s",
                                      "--where", "number % 7 = 3 OR NOT (usedpct < 20)")

        self.assertEqual(by_filter, [event for event in everything
                                     if event["number"] % 7 == 3 or not event["usedpct"] < 20])
        self.assertGreater(len(by_filter), 0)

    def test_a_printed_event_is_to_filter_test_what_it_is_in_the_daemon(self):
        self.publish("n2", 2000, 1)
        event, = self.cluster.json("n2", "subscribe", "--from", "first", "--where", "number = 2000",
                                   "--count", "1")

        for where in ("globalseq > 0 AND sequence > 0 AND knows >= 0", "usedpct = 80.25", "scope = 'global'",
                      f"time = '{event['time']}'", "EXISTS originexe", "epoch = 0 OR epoch > 1000000"):
            printed = json.loads(self.cluster.ok("n2", "peal", "filter", "test", "--expr", where, "--event",
                                                 json.dumps(event)))
            found = self.cluster.json("n2", "subscribe", "--from", event["globalseq"], "--where",
                                      f"number = 2000 AND ({where})", "--idle", "300ms")
            self.assertEqual(printed, {"result": bool(found)}, where)

    def test_a_mistake_is_shown_with_its_place(self):
        shown_of = {
            "usedpct >": "filter: expected a value, but the expression ends\n  usedpct >\n",
            "usedpct == 3": "  usedpct == 3\n           ^",
            "LENGHT(type) > 3": "there is no function 'LENGHT'",
            "usedpct + 1": "has to be TRUE or FALSE",
        }
        for where, shown in shown_of.items():
            refused = self.cluster.peal("n1", "subscribe", "--where", where)
            self.assertEqual(refused.returncode, 65, where)
            self.assertIn(shown, refused.stderr)
        self.assertEqual(self.cluster.json("n1", "ls", "subscriptions"), [])


if __name__ == "__main__":
    unittest.main()
