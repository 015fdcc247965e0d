#!/usr/bin/env python3
"""What corosync does to those who use it, provoked on purpose, under load: docs/hazards.md has the rows.

What all clients saw goes through the nemesis's checker.
"""

import threading
import time
import unittest

from disk import UP_ARGS, Disk
from harness import ClusterTest, wait_for
from load import Publisher, Watcher, wait_answers, wait_shown
from nemesis_lib import history

FLOODS_MAX = 8


class HazardTest(ClusterTest):
    up_args = UP_ARGS
    ever = []  # The publishers of all tests here: their events are in the history too.

    def setUp(self):
        self.cluster.wait_whole()
        self.publishers = []
        self.watchers = [Watcher(self.cluster, node) for node in self.cluster.nodes]
        for watcher in self.watchers:
            self.addCleanup(watcher.stop)

    def publish(self, *nodes, rate=100):
        """Load on these nodes, begun."""
        made = [Publisher(self.cluster, node, f"{node}-{self._testMethodName}", rate) for node in nodes]
        self.publishers += made
        self.ever.extend(made)
        for publisher in made:
            self.addCleanup(publisher.stop)
        wait_answers(made, 20)

    def do(self, what, process, *nodes):
        """To the process of all these nodes at once."""
        doing = [threading.Thread(target=self.cluster.devcluster, args=(what, node, process))
                 for node in nodes]
        for thread in doing:
            thread.start()
        for thread in doing:
            thread.join()

    def cut(self, *argv):
        self.cluster.devcluster("partition", *argv)
        self.addCleanup(self.cluster.devcluster, "heal")

    def heal(self):
        self.cluster.devcluster("heal")
        self.cluster.devcluster("netem", "clear")

    def lasts(self, seconds):
        """How long a fault lasts is a part of it: nothing is waited for."""
        time.sleep(seconds)

    def assert_all_well(self):
        """Everything goes on, all see all of it, and it is one history that keeps every promise."""
        self.cluster.wait_whole()
        wait_answers(self.publishers, 5)
        for publisher in self.publishers:
            publisher.stop()
        wait_shown(self.publishers, self.watchers)
        record = history.take_record(self.cluster.nodes, self.ever, self.watchers)
        record.foreign = {"bench.event"}
        self.assertEqual(history.check(record), [])

    def test_b1_a_sender_that_dies_right_after_it_has_delivered_to_itself(self):
        self.publish("n2")
        self.publish("n1", rate=1000)
        for _ in range(3):
            self.cut("n1", "n2,n3", "--one-way")
            self.do("kill", "all", "n1")
            self.heal()
            self.cluster.wait_whole(["n2", "n3"])
            wait_answers(self.publishers[:1], 5)
            self.do("start", "all", "n1")
            self.cluster.wait_whole()
            wait_answers(self.publishers, 20)

        self.assert_all_well()

    def test_b2_a_hole_and_then_a_partition(self):
        self.publish("n1", "n3", rate=400)
        self.cluster.devcluster("netem", "n2", "--loss", "5%")
        wait_answers(self.publishers, 200)
        self.cut("n2", "n1,n3")
        wait_answers(self.publishers, 20)
        self.do("kill", "all", "n3")
        self.heal()

        self.cluster.wait_whole(["n1", "n2"])
        wait_answers(self.publishers[:1], 20)
        self.do("start", "all", "n3")
        self.assert_all_well()

    def test_b3_a_node_that_joins_again_and_again_while_the_others_saturate_the_ring(self):
        self.publish("n1", "n2")
        joined = threading.Event()
        floods = [threading.Thread(target=self.flood, args=(node, joined)) for node in ("n1", "n2")]
        for flood in floods:
            flood.start()
        try:
            for _ in range(3):
                self.do("kill", "corosync", "n3")
                self.do("start", "corosync", "n3")
                self.cluster.wait_whole()
        finally:
            joined.set()
            for flood in floods:
                flood.join()

        self.assert_all_well()

    def flood(self, node, end):
        """As much as goes: many large events on their way at once."""
        for _ in range(FLOODS_MAX):
            if not end.is_set():
                self.cluster.run(node, "peal", "bench", "publish", "--size", "16000", "--count", "500",
                                 "--outstanding", "300", "--scope", "global")

    def test_b4_a_member_that_was_away_without_a_word(self):
        self.publish("n1", "n2", "n3")
        for away in (0.9, 1.1, 1.3, 1.6):
            self.cut("n3", "n1,n2")
            self.lasts(away)
            self.heal()
            self.lasts(0.3)
            self.cut("n3", "n1,n2")
            self.lasts(away)
            self.heal()
            wait_answers(self.publishers, 20)

        self.assert_all_well()

    def test_b5_a_member_that_dies_while_the_ring_changes(self):
        self.publish("n1", "n2", "n3")
        for pause in (0, 0.1, 0.3, 0.6, 1):
            self.do("kill", "corosync", "n3")
            self.do("start", "corosync", "n3")
            self.lasts(pause)
            self.do("kill", "peald", "n2")
            self.do("kill", "all", "n3")
            self.do("start", "all", "n3")
            self.do("start", "peald", "n2")
            self.cluster.wait_whole()

        self.assert_all_well()

    def test_b6_what_was_sent_in_a_view_and_comes_in_the_next(self):
        self.publish("n1", "n2", "n3", rate=400)
        for _ in range(3):
            # The token is lost with it; what clients publish meanwhile waits in the others' corosyncs.
            self.do("stop", "corosync", "n3")
            self.lasts(2)
            self.do("cont", "corosync", "n3")
            wait_answers(self.publishers, 20)

        self.assert_all_well()

    def test_b7_pauses_of_daemons_and_of_corosync_short_and_long(self):
        self.publish("n1", "n2", "n3")
        for process in ("peald", "corosync"):
            for seconds in (0.3, 1.1, 4):
                for nodes in (("n1",), ("n2", "n3")):
                    self.do("stop", process, *nodes)
                    self.lasts(seconds)
                    self.do("cont", process, *nodes)
                    wait_answers(self.publishers, 5)

        self.assert_all_well()

    def test_b8_corosync_killed_under_load(self):
        self.publish("n1", "n2", "n3", rate=400)
        for nodes in (("n1",), ("n3",), ("n2", "n3"), ("n1", "n2", "n3")):
            self.do("kill", "corosync", *nodes)
            self.lasts(0.5)
            self.do("start", "corosync", *nodes)
            self.cluster.wait_whole()
            wait_answers(self.publishers, 20)

        self.assert_all_well()

    def test_b9_a_minority_that_goes_on_publishing(self):
        self.publish("n1", "n2")
        self.cut("n1", "n2,n3")
        self.cluster.wait_phase("n1", "isolated")
        # A slow subscriber may still be at what was committed before.
        wait_for("n1's subscriber has what n1 has",
                 lambda: self.watchers[0].end > int(self.cluster.status("n1")["globalseq"]))
        before = self.watchers[0].end
        wait_for("n1 refuses", lambda: self.publishers[0].refused)
        wait_answers(self.publishers[1:], 20)
        self.assertEqual(self.watchers[0].end, before, "a minority shows nothing new")
        self.heal()

        self.assert_all_well()

    def test_b12_a_new_disk_for_the_same_node(self):
        self.publish("n1", "n3")
        self.do("kill", "peald", "n3")
        Disk(self.cluster, "n3").wipe()
        wait_answers(self.publishers[:1], 20)
        self.do("start", "peald", "n3")

        self.assert_all_well()

    def test_b13_a_second_daemon_on_a_node(self):
        self.publish("n1")

        same = self.cluster.run("n1", "peald", "--socket", "/run/peal/second.sock", seconds=20)

        self.assertNotEqual(same.returncode, 0)
        self.assertIn("another peald uses /var/lib/peal", same.stderr)
        self.assert_all_well()


if __name__ == "__main__":
    unittest.main()
