#!/usr/bin/env python3
"""One order: what several publishers on several nodes send at once is seen alike everywhere."""

import concurrent.futures
import json
import subprocess
import threading
import unittest

from harness import ClusterTest, documents

EVENTS = 2000


def stamps(event):
    return event["globalseq"], event["node"], event["sequence"], event["id"]


class OrderTest(ClusterTest):
    def publish_at_once(self):
        """A `publish --stdin` of EVENTS events on each node, at the same time. Gives the answers."""
        all_there = threading.Barrier(len(self.cluster.nodes))

        def publish(node):
            source = f"/test/{node}"
            events = [{"specversion": "1.0", "type": "test.order", "source": source,
                       "id": f"{node}-{i}", "data": {"i": i}} for i in range(EVENTS)]
            lines = "".join(json.dumps(event) + "\n" for event in events)
            with subprocess.Popen(
                    self.cluster.command("exec", node, "--", "peal", "--json", "publish", "--stdin"),
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
                first, rest = lines.split("\n", 1)
                process.stdin.write(first + "\n")
                process.stdin.flush()
                answer = process.stdout.readline()  # It is connected.
                all_there.wait(60)
                output = answer + process.communicate(rest, timeout=120)[0]
                self.assertEqual(process.returncode, 0, output[-400:])
                return documents(output)

        with concurrent.futures.ThreadPoolExecutor() as pool:
            return dict(zip(self.cluster.nodes, pool.map(publish, self.cluster.nodes)))

    def test_three_publishers_give_one_order_on_every_node(self):
        count = EVENTS * len(self.cluster.nodes)
        subscribers = [self.subscribe(node, "--type", "test.order", "--count", str(count))
                       for node in self.cluster.nodes]

        answers = self.publish_at_once()

        seen = [[stamps(event) for event in subscriber.wait_end(120)] for subscriber in subscribers]
        self.assertEqual(len(seen[0]), count)
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(seen[0], seen[2])
        self.assertEqual({stamp[3] for stamp in seen[0]},
                         {f"{node}-{i}" for node in self.cluster.nodes for i in range(EVENTS)})
        changes = sum(a[1] != b[1] for a, b in zip(seen[0], seen[0][1:]))
        self.assertGreater(changes, 10, "the publishers did not overlap: this shows no order")
        numbers = [int(stamp[0]) for stamp in seen[0]]
        self.assertTrue(all(a < b for a, b in zip(numbers, numbers[1:])))
        for node in self.cluster.nodes:
            local = [int(stamp[2]) for stamp in seen[0] if stamp[1] == node]
            self.assertTrue(all(a < b for a, b in zip(local, local[1:])), f"{node}'s own order")
            self.assertEqual([stamp[3] for stamp in seen[0] if stamp[1] == node],
                             [f"{node}-{i}" for i in range(EVENTS)])
            # What the publisher was told is what everybody sees.
            self.assertEqual([(answer["globalseq"], answer["sequence"]) for answer in answers[node]],
                             [(stamp[0], stamp[2]) for stamp in seen[0] if stamp[1] == node])
        self.assert_one_history()

    def test_local_events_stay_on_their_node_and_have_the_next_sequence(self):
        everywhere = {node: self.subscribe(node, "--type", "test.local.*") for node in self.cluster.nodes}

        answers = [self.cluster.json("n2", "publish", "test.local.mix", "--scope", scope)[0]
                   for scope in ("global", "local", "local", "global")]

        sequences = [int(answer["sequence"]) for answer in answers]
        self.assertEqual(sequences, list(range(sequences[0], sequences[0] + 4)))
        own = everywhere["n2"].wait_events(4)
        self.assertEqual([event["scope"] for event in sorted(own, key=lambda event: event["sequence"])],
                         ["global", "local", "local", "global"])
        for event in own:
            self.assertEqual("globalseq" in event, event["scope"] == "global")
        for node in ("n1", "n3"):
            # A later global event shows that nothing of before is still on its way.
            self.cluster.ok(node, "peal", "publish", "test.local.end")
        for node in ("n1", "n3"):
            seen = everywhere[node].wait_events(4)
            self.assertEqual([event["scope"] for event in seen], ["global"] * 4)

    def test_of_two_publishes_on_one_condition_one_is_refused(self):
        first = self.cluster.json("n1", "publish", "test.condition", "--subject", "s",
                                  "--expect-subject-seq", "0")[0]
        condition = ("peal", "publish", "test.condition", "--subject", "s",
                     "--expect-subject-seq", first["globalseq"])

        with concurrent.futures.ThreadPoolExecutor() as pool:
            ends = list(pool.map(lambda node: self.cluster.run(node, *condition), ("n2", "n3")))

        self.assertEqual(sorted(end.returncode for end in ends), [0, 108])
        refused = next(end for end in ends if end.returncode == 108)
        self.assertIn("the subject's last event has globalseq", refused.stderr)

    def test_a_barrier_waits_for_what_was_committed_before(self):
        answer = self.cluster.json("n1", "publish", "test.barrier")[0]

        self.cluster.ok("n3", "peal", "barrier")

        self.assertGreaterEqual(int(self.cluster.status("n3")["globalseq"]), int(answer["globalseq"]))


if __name__ == "__main__":
    unittest.main()
