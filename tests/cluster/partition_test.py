#!/usr/bin/env python3
"""Partitions, pauses and crashes: a minority orders nothing, the majority goes on, and all agree after."""

import json
import re
import time
import unittest

from harness import ClusterTest, wait_for

EXIT_NO_PRIMARY = 106


class PartitionTest(ClusterTest):
    def setUp(self):
        self.cluster.wait_whole()

    def publish(self, node, kind, count=20):
        for i in range(count):
            self.cluster.ok(node, "peal", "publish", f"test.{kind}", "--subject", str(i))

    def assert_cut_off(self, node):
        """It takes no global event, says so within the timeout, and tells why; local events go on."""
        status = self.cluster.wait_phase(node, "isolated")
        self.assertTrue(status["reason"], status)
        began = time.monotonic()
        done = self.cluster.peal(node, "publish", "test.minority", "--timeout", "2s")
        self.assertLess(time.monotonic() - began, 4)
        self.assertEqual(done.returncode, EXIT_NO_PRIMARY, done.stdout + done.stderr)
        self.assertIn("primary", done.stderr)
        local = self.cluster.json(node, "publish", "test.local", "--scope", "local")[0]
        self.assertNotIn("globalseq", local)

    def assert_return(self, node, watcher, kind, count=20):
        """The returned node's subscriber, there all the while, sees what it missed, once and in order."""
        self.cluster.wait_whole()
        history = self.assert_one_history()
        expected = [event["id"] for event in history if event["type"] == f"test.{kind}"]
        self.assertEqual(len(expected), count)
        seen = watcher.wait_events(count)
        self.assertEqual([event["id"] for event in seen], expected, f"{node}'s subscriber")
        self.assertNotIn("test.minority", {event["type"] for event in history})
        self.publish(node, "again", 1)

    def test_a_minority_orders_nothing_and_catches_up(self):
        watcher = self.subscribe("n1", "--type", "test.cut", "--scope", "global")
        self.cluster.devcluster("partition", "n1", "n2,n3")
        self.addCleanup(self.cluster.devcluster, "heal")

        self.assert_cut_off("n1")
        self.cluster.wait_whole(["n2", "n3"])
        self.publish("n2", "cut")
        self.assertEqual(watcher.events(), [])
        self.cluster.devcluster("heal")

        self.assert_return("n1", watcher, "cut")

    def test_three_nodes_alone_order_nothing(self):
        self.cluster.devcluster("partition", "n1", "n2", "n3")
        self.addCleanup(self.cluster.devcluster, "heal")

        for node in self.cluster.nodes:
            self.assert_cut_off(node)
        self.cluster.devcluster("heal")

        self.cluster.wait_whole()
        self.publish("n1", "merged", 1)
        self.assert_one_history()

    def test_a_paused_daemon_comes_back(self):
        watcher = self.subscribe("n2", "--type", "test.paused", "--scope", "global")
        self.cluster.devcluster("stop", "n2", "peald")
        self.addCleanup(self.cluster.devcluster, "cont", "n2", "peald")
        stopped = time.monotonic()

        self.publish("n1", "paused")
        # The pause itself is the thing under test, so its length is what it is.
        time.sleep(max(0, 10 - (time.monotonic() - stopped)))
        self.cluster.devcluster("cont", "n2", "peald")

        self.assert_return("n2", watcher, "paused")

    def test_a_paused_corosync_comes_back(self):
        watcher = self.subscribe("n3", "--type", "test.cspaused", "--scope", "global")
        self.cluster.devcluster("stop", "n3", "corosync")
        self.addCleanup(self.cluster.devcluster, "cont", "n3", "corosync")

        self.cluster.wait_whole(["n1", "n2"])
        self.publish("n1", "cspaused")
        self.assert_cut_off("n3")
        self.cluster.devcluster("cont", "n3", "corosync")

        self.assert_return("n3", watcher, "cspaused")

    def test_a_killed_corosync_comes_back(self):
        watcher = self.subscribe("n3", "--type", "test.killed", "--scope", "global")
        self.cluster.devcluster("kill", "n3", "corosync")

        self.cluster.wait_whole(["n1", "n2"])
        self.publish("n2", "killed")
        self.assert_cut_off("n3")
        self.cluster.devcluster("start", "n3", "corosync")

        self.assert_return("n3", watcher, "killed")

    def test_a_killed_daemon_comes_back_as_a_voter(self):
        incarnation = int(self.cluster.status("n2")["incarnation"])
        self.cluster.devcluster("kill", "n2", "peald")
        self.cluster.wait_whole(["n1", "n3"])
        self.publish("n1", "restart")
        self.cluster.devcluster("start", "n2", "peald")

        self.cluster.wait_answering("n2")
        self.cluster.wait_whole()
        self.assertEqual(int(self.cluster.status("n2")["incarnation"]), incarnation + 1)
        self.assert_one_history()
        self.publish("n2", "again", 1)

    def test_a_daemon_that_is_told_to_end_leaves_in_order(self):
        views = self.subscribe("n1", "--type", "peal.view")
        self.cluster.devcluster("term", "n3", "peald")

        self.cluster.wait_whole(["n1", "n2"])
        self.assertEqual(len(views.wait_events(1)), 1)
        wait_for("n3's daemon has ended",
                 lambda: "peald exited with 0" in self.cluster.devcluster("status").splitlines()[3])
        self.cluster.devcluster("start", "n3", "peald")
        self.cluster.wait_whole()
        self.assert_one_history()

    def test_a_bad_network_loses_no_event(self):
        for settings in (["--loss", "10%"],
                         ["--loss", "10%", "--duplicate", "20%", "--delay", "5ms", "--reorder", "20%"]):
            with self.subTest(settings):
                self.assert_bad_network_loses_nothing(settings, "-".join(settings))

    def assert_bad_network_loses_nothing(self, settings, name):
        self.cluster.devcluster("netem", "n3", *settings)
        self.addCleanup(self.cluster.devcluster, "netem", "clear")

        for node in self.cluster.nodes:
            events = [{"specversion": "1.0", "type": "test.bad", "subject": f"{name}/{node}-{i}"}
                      for i in range(100)]
            self.cluster.ok(node, "peal", "--timeout", "50s", "publish", "--stdin",
                            stdin="".join(json.dumps(event) + "\n" for event in events))

        done = self.cluster.devcluster("netem", "clear")
        counts = {what: int(count) for count, what in re.findall(r"(\d+) (\w+)", done)}
        bad = {"--loss": "lost", "--duplicate": "twice", "--reorder": "overtook"}
        for option, what in bad.items():
            self.assertEqual(counts[what] > 0, option in settings, f"this shows nothing: {done}")
        self.cluster.wait_whole()
        subjects = [event["subject"] for event in self.assert_one_history()
                    if event["type"] == "test.bad" and event["subject"].startswith(f"{name}/")]
        self.assertEqual(subjects, [f"{name}/{node}-{i}" for node in self.cluster.nodes for i in range(100)])


if __name__ == "__main__":
    unittest.main()
