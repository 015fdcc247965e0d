#!/usr/bin/env python3
"""Damage to old files of a journal is found, named, and mended from other nodes; nobody sees anything wrong.

To the newest file: durable_test.py.
"""

import json
import random
import unittest

from harness import ClusterTest, wait_for

JOURNAL = "/var/lib/peal/journal"
CONFIG = """[journal]
segment_bytes = "1MiB"
cache_bytes = "64KiB"
scrub_interval = "1s"
[memory]
history_bytes = "1MiB"
"""
# What whoever has the disk in hand does to one file, given another one of the same journal and an older
# copy of the newest.
DAMAGES = {
    "flipped": "f = open(a, 'r+b'); f.seek(10**5); c = f.read(1)[0]; f.seek(10**5); f.write(bytes([c ^ 4]))",
    "removed": "os.remove(a)",
    "swapped": "os.rename(a, a + '.x'); os.rename(b, a); os.rename(a + '.x', b)",
    "truncated": "os.truncate(a, 500000)",
    "older": "os.truncate(a, 0); open(a, 'wb').write(open('/tmp/older', 'rb').read())",
}


class DamageTest(ClusterTest):
    up_args = ("--peald-toml", CONFIG)
    published = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cluster.wait_whole()
        cls.fill(3)
        # A file as it was before the journal went on in it: what a restored backup holds.
        cls.old = cls.segments("n2")[-1]
        cls.cluster.ok("n2", "cp", f"{JOURNAL}/{cls.old}", "/tmp/older")
        cls.fill(8)

    @classmethod
    def start(cls, node):
        cls.cluster.devcluster("start", node, "peald")
        cls.cluster.wait_answering(node)

    @classmethod
    def segments(cls, node):
        names = cls.cluster.ok(node, "ls", JOURNAL).split()
        return [name for name in names if name.startswith("segment-") and not name.endswith(".new")]

    @classmethod
    def fill(cls, count):
        """Publishes until n2's journal has so many files, of 1 MiB each."""
        while len(cls.segments("n2")) < count:
            assert cls.published < 4000 * count, "the journal begins no new files"
            lines = "".join(json.dumps({"specversion": "1.0", "type": "test.damage", "source": "/test",
                                        "id": f"{cls.published + i}",
                                        "data": {"text": random.randbytes(450).hex()}}) + "\n"
                            for i in range(500))
            cls.cluster.ok("n1", "peal", "publish", "--stdin", stdin=lines)
            cls.published += 500

    def harm(self, kind):
        """Damages an old file of n2; its name."""
        names = self.segments("n2")
        victim = self.old if kind == "older" else names[2]
        other = names[4]
        self.cluster.ok("n2", "python3", "-c",
                        f"import os; a = '{JOURNAL}/{victim}'; b = '{JOURNAL}/{other}'; {DAMAGES[kind]}")
        return victim

    def log(self):
        return self.cluster.devcluster("logs", "n2", "peald")

    def assert_mended(self, victim, log_before):
        """The file is named in the log and made anew, n2 has its vote, and shows what n1 shows."""
        def named():
            news = self.log()[log_before:]
            return f"damaged: {victim}" in news and "mended from other nodes" in news
        wait_for(f"{victim} is named and mended", named)
        wait_for("n2 tells of no damage", lambda: self.cluster.status("n2")["journal"] == "")
        self.cluster.wait_whole()
        self.assertIn(victim, self.segments("n2"))
        self.assertNotIn("damaged-", self.cluster.ok("n2", "ls", JOURNAL))
        self.assert_shows_all()

    def assert_shows_all(self):
        last = int(self.cluster.status("n1")["globalseq"])
        self.cluster.ok("n2", "peal", "barrier", "--timeout", "20s")
        shown = [self.cluster.ok(node, "peal", "--json", "subscribe", "--scope", "global", "--from", "first",
                                 "--count", str(last)) for node in ("n1", "n2")]
        # Not by assertEqual, which would take minutes to show the difference.
        self.assertTrue(shown[0] == shown[1], "n2 shows another history")
        self.assertNotIn('"peal.gap"', shown[1])

    def test_while_running(self):
        for kind in DAMAGES:
            with self.subTest(kind):
                log_before = len(self.log())
                victim = self.harm(kind)
                # Who reads it before it is mended waits, and sees no hole.
                self.assert_shows_all()
                self.assert_mended(victim, log_before)

    def test_at_a_start(self):
        for kind in DAMAGES:
            with self.subTest(kind):
                self.cluster.devcluster("kill", "n2", "peald")
                log_before = len(self.log())
                victim = self.harm(kind)
                self.start("n2")
                self.assert_mended(victim, log_before)

    def test_that_nobody_can_mend_is_told_and_the_node_goes_on(self):
        log_before = len(self.log())
        self.cluster.devcluster("partition", "n2", "n1,n3")
        self.cluster.wait_phase("n2", "isolated")
        victim = self.harm("flipped")
        told = wait_for("n2's status names the file", lambda: self.cluster.status("n2")["journal"])
        self.assertIn(victim, told)

        self.cluster.devcluster("heal")

        self.assert_mended(victim, log_before)


if __name__ == "__main__":
    unittest.main()
