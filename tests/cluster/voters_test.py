#!/usr/bin/env python3
"""Who votes: the nodelist at run time, the operator's hand, the first log without all."""

import unittest

from harness import UNREACHABLE, ClusterTest, wait_for


class VotersTest(ClusterTest):
    node_count = 4

    def tearDown(self):
        self.cluster.devcluster("heal")
        self.cluster.devcluster("nodelist", *self.cluster.nodes)
        for node in filter(self.ended, self.cluster.nodes):
            self.cluster.devcluster("start", node, "all")
        self.cluster.wait_whole()

    def ended(self, node):
        return self.cluster.peal(node, "status").returncode == UNREACHABLE

    def voters(self, node):
        return {member["name"] for member in self.cluster.status(node)["members"] if member["voter"]}

    def wait_votes(self, node, total):
        wait_for(f"{node} counts {total} votes",
                 lambda: int(self.cluster.status(node)["votestotal"]) == total)

    def test_a_node_that_leaves_the_nodelist_has_no_vote_and_gets_it_again(self):
        self.cluster.ok("n1", "peal", "publish", "test.before")
        self.cluster.devcluster("kill", "n4", "all")
        self.cluster.devcluster("nodelist", "n1", "n2", "n3")
        self.wait_votes("n1", 3)
        # Of three votes two are enough; of four they would not be.
        self.cluster.devcluster("kill", "n3", "all")
        self.cluster.ok("n1", "peal", "publish", "test.two", "--timeout", "20s")

        self.cluster.devcluster("nodelist", *self.cluster.nodes)
        self.cluster.devcluster("start", "n3", "all")
        self.cluster.devcluster("start", "n4", "all")
        self.cluster.wait_whole()

        self.assertEqual(int(self.cluster.status("n4")["votestotal"]), 4)
        self.assert_one_history()

    def test_a_shorter_nodelist_makes_no_minority_primary(self):
        self.cluster.devcluster("kill", "n3", "all")
        self.cluster.devcluster("kill", "n4", "all")
        self.cluster.wait_phase("n1", "isolated")
        self.cluster.devcluster("nodelist", "n1", "n2")

        refused = self.cluster.peal("n1", "publish", "test.minority", "--timeout", "5s")

        self.assertEqual(refused.returncode, 106, refused.stdout)
        self.assertIn("2 of 4 votes", self.cluster.status("n1")["reason"])

    def test_a_forgotten_node_votes_again_when_it_is_admitted(self):
        self.cluster.devcluster("kill", "n4", "all")
        self.cluster.ok("n1", "peal", "cluster", "forget", "n4", "--timeout", "20s")
        self.assertEqual(int(self.cluster.status("n1")["votestotal"]), 3)

        self.cluster.devcluster("start", "n4", "all")
        wait_for("n4 learns", lambda: not self.ended("n4") and
                 self.cluster.status("n4")["phase"] == "primary")
        self.assertEqual(self.voters("n4"), {"n1", "n2", "n3"})
        self.assertIn("forgotten", self.cluster.ok("n2", "peal", "status"))

        self.cluster.ok("n4", "peal", "cluster", "admit", "n4", "--timeout", "20s")
        self.cluster.wait_whole()

    def test_the_first_log_begins_without_all_when_the_operator_says_so(self):
        for node in self.cluster.nodes:
            self.cluster.devcluster("kill", node, "peald")
            self.cluster.ok(node, "rm", "-r", "/var/lib/peal/journal")
        for node in ("n1", "n2", "n3"):
            self.cluster.devcluster("start", node, "peald")
        wait_for("n1 misses n4", lambda: not self.ended("n1") and
                 "missing n4" in self.cluster.status("n1")["reason"])

        self.cluster.ok("n1", "peal", "cluster", "bootstrap", "--timeout", "20s")
        first = self.cluster.json("n1", "publish", "test.first", "--timeout", "20s")[0]
        self.assertEqual(self.voters("n1"), {"n1", "n2", "n3"})

        self.cluster.devcluster("start", "n4", "peald")
        self.cluster.wait_whole()
        self.assertIn(first["globalseq"], [event["globalseq"] for event in self.assert_one_history()])

    def test_what_cannot_be_done_is_refused_with_the_reason(self):
        unknown = self.cluster.peal("n1", "cluster", "forget", "n9")
        self.assertEqual((unknown.returncode, unknown.stderr),
                         (105, "peal: corosync's nodelist has no node 'n9'\n"))
        again = self.cluster.peal("n1", "cluster", "bootstrap")
        self.assertEqual(again.returncode, 1)
        self.assertIn("has a log already", again.stderr)

        self.cluster.devcluster("partition", "n1")
        self.cluster.wait_phase("n1", "isolated")
        alone = self.cluster.peal("n1", "cluster", "forget", "n2", "--timeout", "2s")
        self.assertEqual(alone.returncode, 106, alone.stderr)
        self.assertIn("1 of 4 votes", alone.stderr)


if __name__ == "__main__":
    unittest.main()
