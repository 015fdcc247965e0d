#!/usr/bin/env python3
"""What a client publishes while its daemon, corosync or the network goes and comes back is in the order once,
in its order, and is answered with where it is. The events have no ids of their own."""

import collections
import json
import subprocess
import tempfile
import unittest

from harness import ClusterTest, documents, wait_for

TIMEOUT = "50s"


class Publisher:
    """One `peal publish --stdin` that goes on through everything."""

    def __init__(self, cluster, node, scope="global"):
        self.source = f"/{node}"
        self.scope = scope
        self.count = 0
        self.output = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            cluster.command("exec", node, "--", "peal", "--json", "--timeout", TIMEOUT, "publish", "--stdin"),
            stdin=subprocess.PIPE, stdout=self.output, stderr=subprocess.STDOUT, text=True)

    def write(self, count):
        """So many events more."""
        for _ in range(count):
            event = {"specversion": "1.0", "type": "test.retry", "source": self.source, "scope": self.scope,
                     "data": self.count}
            self.process.stdin.write(json.dumps(event) + "\n")
            self.count += 1
        self.process.stdin.flush()

    def answers(self):
        self.output.seek(0)
        text = self.output.read()
        return documents(text[:text.rfind("\n") + 1])

    def wait_answers(self, count):
        wait_for(f"{self.source} has {count} answers", lambda: len(self.answers()) >= count)

    def end(self):
        """The answers, one for each event, all good."""
        self.process.stdin.close()
        code = self.process.wait(90)
        answers = self.answers()
        assert code == 0, f"{self.source}: exit {code}: {answers[-3:]}"
        assert len(answers) == self.count, f"{len(answers)} answers to {self.count} events"
        return answers

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        self.output.close()


class RetryTest(ClusterTest):
    def setUp(self):
        self.cluster.wait_whole()

    def publisher(self, node, **more):
        publisher = Publisher(self.cluster, node, **more)
        self.addCleanup(publisher.close)
        return publisher

    def wait_served(self, node):
        self.cluster.wait_answering(node)

    def assert_once_in_order(self, before, publishers):
        """Each publisher's events are in the history once, in their order, each where its answer says."""
        self.cluster.wait_whole()
        history = [event for event in self.assert_one_history()[before:] if event["type"] == "test.retry"]
        data = collections.defaultdict(list)
        for event in history:
            data[event["source"]].append(event["data"])
        by_number = {event["globalseq"]: event for event in history}
        for publisher in publishers:
            answers = publisher.end()
            self.assertEqual(data[publisher.source], list(range(publisher.count)), publisher.source)
            for number, answer in enumerate(answers):
                event = by_number[answer["globalseq"]]
                self.assertEqual((event["source"], event["data"]), (publisher.source, number))
                for stamp in ("id", "sequence", "node", "epoch"):
                    self.assertEqual(answer[stamp], event[stamp], f"{stamp} of {answer}")

    def published_through(self, nodes, disturb):
        """Publishers on these nodes write before, while and after `disturb` is called."""
        before = len(self.assert_one_history())
        publishers = [self.publisher(node) for node in nodes]
        for publisher in publishers:
            publisher.write(300)
        for publisher in publishers:
            publisher.wait_answers(100)
        for publisher in publishers:
            publisher.write(600)
        disturb(publishers)
        for publisher in publishers:
            publisher.write(100)
            publisher.process.stdin.flush()
        for publisher in publishers:
            publisher.wait_answers(publisher.count)
        self.assert_once_in_order(before, publishers)

    def test_a_daemon_that_is_killed_again_and_again(self):
        def kill(publishers):
            for _ in range(3):
                done = len(publishers[0].answers())
                publishers[0].write(300)
                self.cluster.devcluster("kill", "n1", "peald")
                self.cluster.devcluster("start", "n1", "peald")
                publishers[0].wait_answers(done + 100)
        self.published_through(["n1", "n2"], kill)

    def test_a_daemon_that_is_stopped_in_order(self):
        def restart(publishers):
            self.cluster.devcluster("term", "n2", "peald")
            publishers[0].write(300)
            self.cluster.devcluster("start", "n2", "peald")
        self.published_through(["n2"], restart)

    def test_all_daemons_are_killed(self):
        def kill(_publishers):
            for node in self.cluster.nodes:
                self.cluster.devcluster("kill", node, "peald")
            for node in self.cluster.nodes:
                self.cluster.devcluster("start", node, "peald")
        self.published_through(self.cluster.nodes, kill)

    def test_corosync_is_killed(self):
        def kill(publishers):
            self.cluster.devcluster("kill", "n3", "corosync")
            publishers[0].write(100)
            self.cluster.wait_whole(["n1", "n2"])
            self.cluster.devcluster("start", "n3", "corosync")
        self.published_through(["n3", "n1"], kill)

    def test_a_partition_and_a_killed_daemon_in_the_minority(self):
        def cut(publishers):
            self.cluster.devcluster("partition", "n1", "n2,n3")
            self.addCleanup(self.cluster.devcluster, "heal")
            self.cluster.wait_phase("n1", "isolated")
            # What n1 still has in its hands is lost with it.
            self.cluster.devcluster("kill", "n1", "peald")
            publishers[0].write(100)
            self.cluster.devcluster("start", "n1", "peald")
            self.wait_served("n1")
            self.cluster.devcluster("heal")
        self.published_through(["n1", "n2"], cut)

    def test_a_single_publish_waits_for_its_daemon(self):
        before = len(self.assert_one_history())
        self.cluster.devcluster("partition", "n1", "n2,n3")
        self.addCleanup(self.cluster.devcluster, "heal")
        self.cluster.wait_phase("n1", "isolated")
        clients = self.cluster.status("n1")["clients"]
        waiting = subprocess.Popen(
            self.cluster.command("exec", "n1", "--", "peal", "--timeout", TIMEOUT, "publish", "test.retry"),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(waiting.stdout.close)
        wait_for("it is connected", lambda: self.cluster.status("n1")["clients"] > clients)

        self.cluster.devcluster("kill", "n1", "peald")
        self.cluster.devcluster("start", "n1", "peald")
        self.cluster.devcluster("heal")

        self.assertEqual(waiting.wait(60), 0, waiting.stdout.read())
        self.cluster.wait_whole()
        history = self.assert_one_history()[before:]
        self.assertEqual(len([event for event in history if event["type"] == "test.retry"]), 1)


if __name__ == "__main__":
    unittest.main()
