#!/usr/bin/env python3
"""The examples of client/examples on a cluster: C, C++ and GLib see one order; a durable one in C goes on."""

import concurrent.futures
import subprocess
import tempfile
import unittest

from harness import BUILD, ClusterTest, wait_for

EXAMPLES = BUILD / "client" / "examples"
EVENTS = 100


class Example:
    """An example that runs on a node. Its lines are GLOBALSEQ TYPE NUMBER."""

    def __init__(self, cluster, node, name, *argv):
        self.cluster, self.node, self.name = cluster, node, name
        self.output, self.errors = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        program = ["sh", "-c", 'echo $$ >&2; exec "$@"', "sh", str(EXAMPLES / name), *argv]
        self.process = subprocess.Popen(cluster.command("exec", node, "--", *program),
                                        stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.errors)

    @staticmethod
    def text(file):
        size = file.seek(0, 2)
        file.seek(0)
        return file.read(size)

    def lines(self):
        """Those that have come whole."""
        whole, _, _ = self.text(self.output).rpartition("\n")
        return whole.splitlines()

    def wait_lines(self, count):
        wait_for(f"{self.name} on {self.node} prints {count} lines, after {self.text(self.errors)}",
                 lambda: len(self.lines()) >= count or self.process.poll() is not None)
        return self.lines()

    def wait_said(self, text):
        wait_for(f"{self.name} on {self.node} says {text}", lambda: text in self.text(self.errors))

    def kill(self, signal="KILL"):
        if self.process.poll() is None:
            pid = self.text(self.errors).split()[0]
            self.cluster.run(self.node, "sh", "-c", f"kill -{signal} {pid}")
        return self.process.wait(60)

    def close(self):
        self.kill()
        self.output.close()
        self.errors.close()


class ExamplesTest(ClusterTest):
    def start(self, node, name, *argv):
        example = Example(self.cluster, node, name, *argv)
        self.addCleanup(example.close)
        return example

    def publish(self, node, event_type, count):
        return self.cluster.ok(node, str(EXAMPLES / "publish"), event_type, str(count)).splitlines()

    def subscriptions(self, node):
        return self.cluster.json(node, "ls", "subscriptions")

    def start_subscriber(self, node, name, *argv):
        before = len(self.subscriptions(node))
        example = self.start(node, name, *argv)
        wait_for(f"{name} is subscribed", lambda: len(self.subscriptions(node)) > before)
        return example

    def start_durable(self, node, event_type):
        example = self.start(node, "durable", "examples", event_type)
        wait_for(f"durable on {node} holds its name", lambda: self.held_by() == node)
        return example

    def held(self):
        return [row for row in self.subscriptions("n2") if row["durable"] == "examples"]

    def held_by(self):
        return "".join(row["node"] for row in self.held())

    def wait_confirmed(self, lines):
        """Until the cluster keeps that this is the last event that is confirmed."""
        last = int(lines[-1].split()[0])
        wait_for(f"{last} is confirmed", lambda: [int(row["confirmed"]) for row in self.held()] == [last])

    def tearDown(self):
        self.cluster.peal("n1", "subscription", "rm", "examples")

    def test_c_cpp_and_glib_see_what_c_publishes_in_one_order(self):
        cpp = self.start_subscriber("n2", "epoll_loop", "app.order")
        glib = self.start_subscriber("n3", "glib_loop", "app.order")

        with concurrent.futures.ThreadPoolExecutor() as pool:
            published = list(pool.map(lambda node: self.publish(node, "app.order", EVENTS), ("n1", "n2")))

        seen = cpp.wait_lines(2 * EVENTS)
        self.assertEqual(seen, glib.wait_lines(2 * EVENTS))
        self.assertEqual(seen, sorted(sum(published, []), key=lambda line: int(line.split()[0])))
        self.assertEqual(len(seen), 2 * EVENTS)
        self.assertEqual([cpp.kill("TERM"), glib.kill("TERM")], [0, 0])

    def test_cpp_that_waits_sees_its_own_event(self):
        seen = self.cluster.ok("n3", str(EXAMPLES / "publish_subscribe"), "app.own")

        self.assertRegex(seen, r"^\d+ app\.own from n3\n$")

    def test_a_durable_one_goes_on_after_it_was_killed_on_another_node(self):
        first = self.start_durable("n1", "app.killed")
        published = self.publish("n2", "app.killed", 10)
        seen = first.wait_lines(10)
        self.wait_confirmed(published)

        first.kill()
        published += self.publish("n2", "app.killed", 10)
        seen += self.start_durable("n3", "app.killed").wait_lines(10)

        self.assertEqual(seen, published)

    def test_a_durable_one_goes_on_when_its_daemon_is_killed_and_is_back(self):
        durable = self.start_durable("n1", "app.restarted")
        published = self.publish("n2", "app.restarted", 10)
        durable.wait_lines(10)
        self.wait_confirmed(published)

        self.cluster.devcluster("kill", "n1", "peald")
        durable.wait_said("not connected")
        published += self.publish("n2", "app.restarted", 10)
        self.cluster.devcluster("start", "n1", "peald")
        self.cluster.wait_whole()
        published += self.publish("n2", "app.restarted", 10)

        self.assertEqual(durable.wait_lines(30), published)
        durable.wait_said("\nconnected")


if __name__ == "__main__":
    unittest.main()
