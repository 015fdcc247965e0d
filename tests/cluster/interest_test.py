#!/usr/bin/env python3
"""With dispatch by interest only what somebody on some node subscribes to is ordered."""

import os
import pathlib
import tempfile
import unittest

from harness import ClusterTest, wait_for

RULE = '[[dispatch]]\ntypes = ["fs.*"]\nmode = "interest"\n'
BROADCAST = '[[dispatch]]\ntypes = ["fs.*"]\nmode = "broadcast"\n'


class InterestTest(ClusterTest):
    up_args = ("--peald-toml", RULE)

    def setUp(self):
        self.cluster.wait_whole()
        self.wait_asked("n1", False)

    def publish(self, node="n1", kind="fs.sample", *more):
        return self.cluster.json(node, "publish", kind, "--timeout", "20s", *more)[0]

    def asked(self, node, kind="fs.sample"):
        """Whether an event that is published there is ordered."""
        return "globalseq" in self.publish(node, kind)

    def wait_asked(self, node, asked, kind="fs.sample"):
        wait_for(f"{kind} on {node} is {'' if asked else 'not '}asked for",
                 lambda: self.asked(node, kind) == asked)

    def folder(self, node):
        clusters = pathlib.Path(tempfile.gettempdir()) / f"peal-devcluster-{os.getuid()}"
        return clusters / self.cluster.name / node

    def journal_bytes(self, node):
        folder = self.folder(node) / "peal" / "journal"
        return b"".join(path.read_bytes() for path in sorted(folder.glob("*")) if path.name != "head")

    def test_what_nobody_subscribes_to_is_neither_sent_nor_kept(self):
        before = [(self.cluster.status(node)["committedindex"], self.journal_bytes(node))
                  for node in self.cluster.nodes]

        answers = [self.publish() for _ in range(20)]

        self.assertEqual(answers, [{"dispatched": False, "node": "n1"}] * 20)
        self.assertEqual(self.cluster.ok("n1", "peal", "publish", "fs.sample").strip(),
                         "dispatched=false node=n1")
        after = [(self.cluster.status(node)["committedindex"], self.journal_bytes(node))
                 for node in self.cluster.nodes]
        self.assertEqual(after, before)
        # Other types are ordered as ever, and so is what only the order can answer.
        self.assertIn("globalseq", self.publish("n1", "app.x"))
        self.assertIn("globalseq", self.publish("n1", "fs.sample", "--subject", "/var",
                                                "--expect-subject-seq", "0"))

    def test_what_is_published_after_a_subscription_was_answered_reaches_it(self):
        for round_number in range(5):
            subscriber = self.subscribe("n3", "--type", "fs.sample", "--count", "10")
            published = [self.publish(node)["globalseq"] for node in ("n1", "n2", "n3", "n1", "n2")]
            self.assertFalse(self.asked("n1", "fs.mounted"))
            published += [self.publish(node)["globalseq"] for node in ("n1", "n2", "n3", "n1", "n2")]

            seen = subscriber.wait_end()

            self.assertEqual([event["globalseq"] for event in seen], published, f"round {round_number}")
            self.wait_asked("n1", False)
        self.assert_one_history()

    def test_a_local_subscription_asks_nobody_and_one_on_the_origin_counts(self):
        self.subscribe("n1", "--type", "fs.*", "--scope", "local")
        self.assertFalse(self.asked("n1"))

        here = self.subscribe("n1", "--type", "fs.*")
        self.assertTrue(self.asked("n1"))

        self.assertEqual([event["type"] for event in here.wait_events(1)], ["fs.sample"])
        here.close()
        self.wait_asked("n1", False)

    def test_a_killed_subscriber_asks_no_more(self):
        self.subscribe("n3", "--type", "fs.*")
        self.assertTrue(self.asked("n1"))
        pids = [entry["pid"] for entry in self.cluster.json("n3", "ls", "subscriptions")]

        self.cluster.ok("n3", "kill", "-9", *map(str, pids))

        self.wait_asked("n1", False)

    def test_a_killed_daemon_asks_no_more_and_asks_again_for_who_comes_back(self):
        subscriber = self.subscribe("n3", "--type", "fs.*", "--scope", "global")
        self.assertTrue(self.asked("n1"))

        self.cluster.devcluster("kill", "n3", "peald")
        self.cluster.wait_whole(["n1", "n2"])
        self.assertFalse(self.asked("n1"))

        self.cluster.devcluster("start", "n3", "peald")
        self.cluster.wait_whole()
        # The subscriber has come back by itself.
        self.wait_asked("n1", True)
        self.wait_asked("n2", True)
        wait_for("it is served again", lambda: len(subscriber.events()) >= 3)
        subscriber.close()
        self.wait_asked("n1", False)

    def test_a_partition_takes_its_subscribers_out_and_brings_them_back(self):
        self.subscribe("n3", "--type", "fs.*")
        self.assertTrue(self.asked("n1"))

        self.cluster.devcluster("partition", "n1,n2", "n3")
        self.addCleanup(self.cluster.devcluster, "heal")
        self.cluster.wait_whole(["n1", "n2"])
        self.assertFalse(self.asked("n1"))
        # It asks while it is cut off.
        self.cluster.wait_phase("n3", "isolated")
        other = self.subscribe("n3", "--type", "fs.other")
        self.assertFalse(self.asked("n2", "fs.other"))
        self.cluster.devcluster("heal")
        self.cluster.wait_whole()

        self.assertTrue(self.asked("n1"))
        self.assertTrue(self.asked("n2", "fs.other"))
        self.assertEqual([event["type"] for event in other.wait_events(1)], ["fs.other"])

    def test_a_hanging_daemon_holds_a_subscription_up_for_a_moment_only(self):
        self.cluster.devcluster("stop", "n2", "peald")
        self.addCleanup(self.cluster.devcluster, "cont", "n2", "peald")

        self.subscribe("n3", "--type", "fs.*")

        self.cluster.devcluster("cont", "n2", "peald")
        self.wait_asked("n2", True)

    def restart(self, node, toml):
        """With this beside its configuration."""
        folder = self.folder(node) / "conf.d"
        folder.mkdir(exist_ok=True)
        (folder / "dispatch.toml").write_text(toml)
        self.cluster.devcluster("term", node, "peald")
        self.cluster.devcluster("start", node, "peald")
        self.cluster.wait_whole()

    def test_the_mode_is_a_matter_of_configuration_one_node_after_the_other(self):
        self.assertFalse(self.asked("n1"))

        self.restart("n2", BROADCAST)
        # One that is not configured for it wants everything.
        self.assertTrue(self.asked("n1"))
        self.assertTrue(self.asked("n2"))
        self.restart("n2", "")

        self.assertFalse(self.asked("n1"))
        self.assertFalse(self.asked("n2"))


if __name__ == "__main__":
    unittest.main()
