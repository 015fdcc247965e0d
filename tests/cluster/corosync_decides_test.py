"""Two nodes with `ordering.quorum = "corosync"`, which says who goes on: here by two_node, no fencing."""

import unittest

from harness import Cluster, ClusterTest, wait_for

RULE = "[ordering]\nquorum = \"corosync\"\n"


class CorosyncDecides(ClusterTest):
    @classmethod
    def setUpClass(cls):
        pass  # Each test has a cluster of its own.

    def run(self, result=None):
        self.cluster = Cluster(2, "two", ["--peald-toml", RULE, "--quorum", "two_node: 1"])
        try:
            super().run(result)
        finally:
            self.cluster.close()

    def setUp(self):
        self.cluster.wait_whole()

    def publish(self, node, *subjects):
        for subject in subjects:
            self.cluster.ok(node, "peal", "publish", "test.event", "--subject", subject, "--timeout", "20s")

    def subjects(self, node):
        return [event["subject"] for event in self.cluster.history(node) if event["type"] == "test.event"]

    def reason(self, node):
        return self.cluster.status(node)["reason"]

    def test_the_one_that_is_left_goes_on_and_the_other_catches_up(self):
        self.publish("n1", "both")
        self.cluster.devcluster("kill", "n2", "all")
        self.publish("n1", "alone")
        self.cluster.devcluster("start", "n2", "all")
        self.cluster.wait_whole()

        self.publish("n2", "both again")

        self.assertEqual(self.subjects("n2"), ["both", "alone", "both again"])
        self.assert_one_history()

    def test_who_may_lack_something_waits_for_who_may_have_it_or_for_the_operator(self):
        self.cluster.devcluster("kill", "n2", "all")
        self.publish("n1", "only n1 has it")
        self.cluster.devcluster("kill", "n1", "all")
        for daemon in (("n1", "corosync"), ("n2", "all")):
            self.cluster.devcluster("start", *daemon)
        wait_for("n2 misses n1", lambda: "missing n1" in self.reason("n2"))
        refused = self.cluster.peal("n2", "publish", "test.event", "--timeout", "1s")
        self.assertEqual(refused.returncode, 106, refused.stdout)

        self.cluster.ok("n2", "peal", "cluster", "bootstrap", "--timeout", "20s")
        self.publish("n2", "by the operator's word")
        self.cluster.devcluster("start", "n1", "peald")
        self.cluster.wait_whole()

        self.assertEqual(self.subjects("n1"), ["by the operator's word"])
        self.assert_orphan("n1")
        self.assert_one_history()

    def test_of_two_logs_that_were_ordered_apart_one_is_set_aside_whole_and_announced(self):
        self.publish("n1", "before")
        self.cluster.devcluster("partition", "n1", "n2")
        for node, other in (("n1", "n2"), ("n2", "n1")):
            wait_for(f"{node} is alone", lambda node=node, other=other: [
                member["name"] for member in self.cluster.status(node)["members"]
                if member["online"]] == [node])
        self.publish("n1", "n1 1", "n1 2", "n1 3")
        self.publish("n2", "n2 1")
        self.cluster.devcluster("heal")
        self.cluster.wait_whole()

        self.publish("n2", "after")

        self.assertEqual(self.subjects("n2"), ["before", "n1 1", "n1 2", "n1 3", "after"])
        self.assert_orphan("n2")
        self.assert_one_history()

    def assert_orphan(self, node):
        """Its former log is there, and every node was told where."""
        told = wait_for(f"{node} announces it", lambda: [
            event for event in self.cluster.history("n1") if event["type"] == "peal.orphaned"])
        self.assertEqual([event["node"] for event in told], [node])
        files = self.cluster.ok(node, "ls", told[0]["folder"]).split()
        self.assertIn("head", files)
        self.assertTrue([file for file in files if file.startswith("segment-")], files)


if __name__ == "__main__":
    unittest.main()
