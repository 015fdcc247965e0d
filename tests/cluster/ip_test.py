#!/usr/bin/env python3
"""Real things that happen on a node are events on all nodes; while nobody asks, nobody listens."""

import unittest

from harness import ClusterTest, wait_for

ADDRESS = "10.9.9.9"


class IpTest(ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What corosync has open, and whatever else is not ours.
        cls.before = {node: cls.route_sockets(node) for node in cls.cluster.nodes}

    @classmethod
    def route_sockets(cls, node):
        """The local addresses of netlink route sockets, as `ss` shows them: rtnl:PROGRAM/PID, or a number."""
        columns = [line.split() for line in cls.cluster.ok(node, "ss", "-H", "-f", "netlink").splitlines()]
        return {column[2] for column in columns if column[2].startswith("rtnl:")}

    def listens(self, node):
        return any("peald/" in address for address in self.route_sockets(node))

    def quiet(self):
        return all(self.route_sockets(node) == self.before[node] for node in self.cluster.nodes)

    def everybody_listens(self):
        return all(self.listens(node) for node in self.cluster.nodes)

    def test_an_address_is_an_event_on_every_node(self):
        subscribers = {node: self.subscribe(node, "--type", "ip.*") for node in self.cluster.nodes}
        wait_for("every node listens", self.everybody_listens)

        self.cluster.ok("n2", "ip", "address", "add", f"{ADDRESS}/32", "dev", "eth0")
        self.cluster.ok("n2", "ip", "address", "del", f"{ADDRESS}/32", "dev", "eth0")

        seen = {node: subscriber.wait_events(2) for node, subscriber in subscribers.items()}
        self.assertEqual(seen["n1"], seen["n2"])
        self.assertEqual(seen["n1"], seen["n3"])
        added, removed = seen["n1"]
        self.assertEqual((added["type"], removed["type"]), ("ip.added", "ip.removed"))
        self.assertEqual((added["node"], added["subject"]), ("n2", ADDRESS))
        self.assertEqual((added["address"], added["prefix"], added["interface"], added["family"]),
                         (ADDRESS, 32, "eth0", "ipv4"))
        self.assertIn("globalseq", added)

    def test_nobody_listens_without_a_subscriber(self):
        wait_for("nobody listens at first", self.quiet)
        subscriber = self.subscribe("n1", "--type", "link.*")
        wait_for("every node listens", self.everybody_listens)

        subscriber.close()

        wait_for("nobody listens any more", self.quiet)

    def test_a_link_that_goes_is_an_event(self):
        subscriber = self.subscribe("n1", "--type", "link.*")
        wait_for("n3 listens", lambda: self.listens("n3"))
        self.cluster.ok("n3", "ip", "link", "add", "spare", "type", "veth", "peer", "name", "far")
        self.addCleanup(self.cluster.ok, "n3", "ip", "link", "del", "spare")
        self.cluster.ok("n3", "ip", "link", "set", "far", "up")

        self.cluster.ok("n3", "ip", "link", "set", "spare", "up")
        self.cluster.ok("n3", "ip", "link", "set", "spare", "down")

        # Each end of the pair goes up and down.
        seen = [event for event in subscriber.wait_events(4) if event["subject"] == "spare"]
        self.assertEqual([(event["type"], event["node"]) for event in seen],
                         [("link.up", "n3"), ("link.down", "n3")])

    def test_a_node_that_goes_and_comes_is_an_event_in_the_order(self):
        subscribers = [self.subscribe(node, "--type", "node.*", "--type", "peal.view")
                       for node in ("n1", "n2")]

        self.cluster.devcluster("kill", "n3", "peald")
        self.cluster.wait_whole(["n1", "n2"])
        self.cluster.devcluster("start", "n3", "peald")

        seen = [subscriber.wait_events(4) for subscriber in subscribers]
        self.assertEqual([(event["type"], event.get("subject")) for event in seen[0][:2]],
                         [("peal.view", seen[0][0]["epoch"]), ("node.left", "n3")])
        self.assertIn(("node.joined", "n3"), [(event["type"], event.get("subject")) for event in seen[0]])
        self.assertEqual(seen[0][:4], seen[1][:4])
        self.cluster.wait_answering("n3")
        self.cluster.wait_whole()


if __name__ == "__main__":
    unittest.main()
