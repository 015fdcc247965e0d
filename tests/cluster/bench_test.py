#!/usr/bin/env python3
"""peal bench on a cluster: every measurement has beside it what the machine does without Peal."""

import unittest

from harness import ClusterTest, documents

# The peald that shares the mount namespace of the node where this runs.
OWN_PEALD = """for pid in $(pidof peald); do
  [ "$(readlink /proc/$pid/ns/mnt)" = "$(readlink /proc/self/ns/mnt)" ] && echo $pid
done; true"""


class BenchTest(ClusterTest):
    def test_publish_has_the_disk_and_raw_cpg_beside_it(self):
        self.cluster.wait_whole()

        rows = self.cluster.json("n1", "bench", "publish", "--count", "2000", "--publishers", "2")

        self.assertEqual([row["outstanding"] for row in rows], [2, 1000])
        for row in rows:
            self.assertEqual(row["events"], 2000)
            self.assertGreater(row["limits"]["syncp50us"], 0)
            self.assertGreater(row["limits"]["cpgp50us"], 0)
            moved = row["eventspersecond"] * row["size"]
            self.assertAlmostEqual(row["shareofcpg"], moved / row["limits"]["cpgbytespersecond"])

    def test_delivery_is_measured_from_one_node_to_another(self):
        self.cluster.wait_whole()
        pid = self.cluster.ok("n2", "sh", "-c", OWN_PEALD).strip()
        socket = f"/proc/{pid}/root/run/peal/peal.sock"

        rows = self.cluster.json("n1", "bench", "publish", "--seconds", "1s", "--outstanding", "100",
                                 "--subscriber", socket)

        load, delivery = rows
        self.assertEqual((delivery["bench"], delivery["subscribernode"]), ("delivery", "n2"))
        self.assertGreater(delivery["events"], load["eventspersecond"] / 4)
        self.assertLessEqual(delivery["eventspersecond"], load["eventspersecond"] / 2 * 1.01)
        self.assertGreater(delivery["p50us"], 0)
        self.assertGreaterEqual(delivery["p99us"], delivery["p50us"])

    def test_subscribers_get_all_also_beside_one_that_reads_nothing(self):
        self.cluster.wait_whole()

        rows = self.cluster.json("n1", "bench", "subscribe", "--seconds", "500ms", "--subscribers", "5",
                                 "--behind", "20000", "--sessions", "20")

        idle, fan_out, alone, beside, behind = rows
        self.assertEqual([row["bench"] for row in rows],
                         ["idle", "fanout", "delivery", "delivery", "catchup"])
        self.assertLess(idle["coreshare"], 1)
        self.assertGreater(fan_out["deliveriespersecond"], fan_out["events"] * 5 / 2)
        self.assertEqual([row["stopped"] for row in (alone, beside)], [0, 1])
        for row in (alone, beside):
            self.assertLessEqual(row["eventspersecond"] * 5, fan_out["deliveriespersecond"] / 2 * 1.01)
            self.assertGreaterEqual(row["p99us"], row["p50us"])
            self.assertIn("daemongrowthbytes", row)
        self.assertEqual(behind["events"], 20000)
        self.assertAlmostEqual(behind["eventspersecond"], 20000 / behind["seconds"])

    def test_text_begins_with_the_limits(self):
        lines = self.cluster.ok("n3", "peal", "bench", "publish", "--count", "10").splitlines()

        self.assertRegex(lines[0], r"^limits: fdatasync of 4KiB .* raw CPG: .* at \d+ bytes$")
        self.assertRegex(lines[-1], r"of raw CPG=\d+\.\d%$")
        self.assertEqual(documents(self.cluster.ok("n3", "peal", "--json", "bench", "cpg", "--size",
                                                   "64", "--seconds", "100ms"))[0]["size"], 64)


if __name__ == "__main__":
    unittest.main()
