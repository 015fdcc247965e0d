#!/usr/bin/env python3
"""All nodes lose power under load, and what was not synced is gone, torn or garbled: nothing acknowledged is
lost. And disks that fail, are slow or full: the node leaves the order, says why, and nobody is told a lie."""

import random
import threading
import time
import unittest

from disk import UP_ARGS, Disk
from harness import ClusterTest, wait_for
from load import SOURCE, Publisher, answered_locals, local_events

ROUNDS = 5
ANSWERS_A_ROUND = 300


class DiskTest(ClusterTest):
    up_args = UP_ARGS

    def setUp(self):
        self.disks = {node: Disk(self.cluster, node) for node in self.cluster.nodes}
        self.cluster.wait_whole()

    def publishers(self, kind):
        made = [Publisher(self.cluster, node, f"{node}-{kind}", 400) for node in self.cluster.nodes]
        for publisher in made:
            self.addCleanup(publisher.stop)
        return made

    def each_at_once(self, do, process):
        doing = [threading.Thread(target=self.cluster.devcluster, args=(do, node, process))
                 for node in self.cluster.nodes]
        for thread in doing:
            thread.start()
        for thread in doing:
            thread.join()

    def power_off(self):
        self.each_at_once("kill", "all")

    def power_on(self):
        self.each_at_once("start", "all")
        for node in self.cluster.nodes:
            self.cluster.wait_answering(node)
        self.cluster.wait_whole()

    def publish(self, node, kind, count=20):
        publisher = Publisher(self.cluster, node, f"{node}-{kind}", 400)
        try:
            wait_for(f"{count} events are committed on {node}", lambda: len(publisher.acknowledged) >= count)
        finally:
            publisher.stop()
        return publisher

    def assert_holds(self, publishers, history):
        """What was acknowledged is there, once, at its number; what was refused is not; nothing else is."""
        loaded = [event for event in history if event["source"] == SOURCE]
        numbers = {event["id"]: event["globalseq"] for event in loaded}
        self.assertEqual(len(numbers), len(loaded), "twice in the order")
        for publisher in publishers:
            for event_id, answer in publisher.acknowledged.items():
                self.assertEqual(numbers.get(event_id), answer["globalseq"], f"{event_id}: {answer}")
            for event_id, words in publisher.refused.items():
                self.assertNotIn(event_id, numbers, words)
        known = set().union(*(publisher.published for publisher in publishers))
        self.assertLessEqual(set(numbers), known | self.earlier_ids)

    earlier_ids = frozenset()


class PowerLossTest(DiskTest):
    def test_all_nodes_lose_power_under_load_and_nothing_acknowledged_is_lost(self):
        publishers, before = [], []
        for seed in range(1, ROUNDS + 1):
            with self.subTest(seed=seed):
                publishers += self.lose_power_under_load(seed)
                history = self.assert_one_history()
                self.assertEqual(history[:len(before)], before)
                epochs = [int(event["epoch"]) for event in history if event["type"] == "peal.view"]
                self.assertEqual(epochs, sorted(set(epochs)), "epochs grow, though the rings begin anew")
                self.assert_holds(publishers, history)
                before = history

    def lose_power_under_load(self, seed):
        chance = random.Random(seed)
        publishers = self.publishers(f"round{seed}")
        for publisher in publishers:
            wait_for(f"answers on {publisher.node}",
                     lambda publisher=publisher: len(publisher.acknowledged) >= ANSWERS_A_ROUND)
        self.power_off()
        for publisher in publishers:
            publisher.stop()
        for disk in self.disks.values():
            disk.lose_power(chance)
        self.power_on()
        return publishers


class LocalPowerLossTest(DiskTest):
    def test_local_events_acknowledged_as_committed_are_on_the_disk(self):
        # Else there is hardly a moment in which one can be answered too early.
        self.disks["n1"].fault("slow_sync", "300")
        self.addCleanup(self.disks["n1"].mend)
        acknowledged = answered_locals(self.cluster, "n1", local_events("local", 100_000), self.power_off)
        for disk in self.disks.values():
            disk.lose_power(random.Random(1), keeps=False)
        self.power_on()

        kept = self.cluster.json("n1", "subscribe", "--from", "first", "--scope", "local", "--type",
                                 "test.local", "--idle", "2s")
        self.assertEqual([event["id"] for event in kept][:len(acknowledged)], acknowledged)


class LyingDiskTest(DiskTest):
    """The test of the test above: where syncs do nothing, it has to find that events are lost."""

    def test_a_disk_that_lies_is_found_out(self):
        for disk in self.disks.values():
            disk.fault("lying_sync")
        publisher = self.publish("n1", "lied", ANSWERS_A_ROUND)
        self.assert_holds([publisher], self.assert_one_history())

        self.power_off()
        for disk in self.disks.values():
            disk.lose_power(random.Random(1), keeps=False)
        self.power_on()

        with self.assertRaisesRegex(AssertionError, "n1-lied-[0-9]+: "):
            self.assert_holds([publisher], self.assert_one_history())


class FailingDiskTest(DiskTest):
    def setUp(self):
        super().setUp()
        for disk in self.disks.values():
            self.addCleanup(disk.mend)
        # What earlier tests here published is there as well.
        self.earlier_ids = frozenset(event["id"] for event in self.cluster.history("n1"))

    def assert_out_of_the_order(self, node, words):
        status = self.cluster.wait_phase(node, "isolated")
        self.assertRegex(status["reason"], words)
        self.cluster.wait_whole([other for other in self.cluster.nodes if other != node])

    def restart(self, node):
        self.cluster.devcluster("kill", node, "peald")
        self.cluster.devcluster("start", node, "peald")
        self.cluster.wait_answering(node)
        self.cluster.wait_whole()

    def assert_leaves_for_good(self, fault, words):
        publishers = [self.publish("n3", f"before-{fault}")]
        self.disks["n3"].fault(fault)

        publishers.append(self.publish("n1", f"during-{fault}"))
        self.assert_out_of_the_order("n3", words)
        # Once is enough: nobody knows what is on the disk, though it works now.
        self.disks["n3"].mend()
        publishers.append(self.publish("n2", f"after-{fault}"))
        self.assert_out_of_the_order("n3", words)
        self.restart("n3")

        publishers.append(self.publish("n3", f"again-{fault}"))
        self.assert_holds(publishers, self.assert_one_history())

    def test_a_sync_that_fails_once_ends_the_nodes_part(self):
        self.assert_leaves_for_good("sync_fails_once", "sync: Input/output error")

    def test_a_write_that_fails_once_ends_the_nodes_part(self):
        self.assert_leaves_for_good("write_fails_once", "write: Input/output error")

    def publish_bulk(self, node):
        """More than the journal has taken room for in advance; nothing makes it smaller."""
        for _ in range(8):
            self.cluster.ok(node, "sh", "-c",
                            "head -c 1000000 /dev/urandom | peal publish test.bulk --data - --timeout 20s")

    def test_a_full_disk_takes_the_node_out_until_there_is_room(self):
        self.disks["n3"].fault("full")

        self.publish_bulk("n1")
        self.assert_out_of_the_order("n3", "No space left")
        publisher = self.publish("n2", "full")
        self.disks["n3"].mend()
        self.cluster.wait_whole()

        again = self.publish("n3", "room")
        self.assert_holds([publisher, again], self.assert_one_history())

    def test_full_disks_of_a_majority_stop_the_order_until_there_is_room(self):
        for node in ("n2", "n3"):
            self.disks[node].fault("full")
        bulk = threading.Thread(target=self.publish_until_refused)
        bulk.start()
        self.addCleanup(bulk.join)

        for node in ("n1", "n2", "n3"):
            self.cluster.wait_phase(node, "isolated")
        refused = self.cluster.peal("n1", "publish", "test.refused", "--timeout", "1s")
        self.assertEqual(refused.returncode, 106, refused.stderr)
        for disk in self.disks.values():
            disk.mend()
        self.cluster.wait_whole()

        publisher = self.publish("n1", "majority")
        history = self.assert_one_history()
        self.assert_holds([publisher], history)
        self.assertNotIn("test.refused", {event["type"] for event in history})

    def publish_until_refused(self):
        for _ in range(32):
            done = self.cluster.run("n1", "sh", "-c", "head -c 1000000 /dev/urandom | "
                                    "peal publish test.bulk --data - --timeout 5s")
            if done.returncode != 0:
                return

    def test_a_slow_disk_keeps_its_node_in_and_the_others_waiting_for_nothing(self):
        self.disks["n3"].fault("slow_sync", "700")

        began = time.monotonic()
        publishers = [self.publish(node, "slow", 100) for node in ("n1", "n2")]
        self.assertEqual({self.cluster.status(node)["phase"] for node in self.cluster.nodes}, {"primary"})
        # One after the other on n3's disk they would take 140 s.
        self.assertLess(time.monotonic() - began, 60)
        self.disks["n3"].mend()

        self.cluster.wait_whole()
        self.assert_holds(publishers, self.assert_one_history())


if __name__ == "__main__":
    unittest.main()
