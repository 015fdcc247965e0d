#!/usr/bin/env python3
"""What the quickstart shows of a new cluster, to its end."""

import subprocess
import sys
import unittest

from harness import ROOT, ClusterTest


class QuickstartTest(ClusterTest):
    def test_the_tour_shows_one_order_also_to_who_was_away(self):
        tour = subprocess.run([sys.executable, str(ROOT / "tools" / "quickstart_tour.py"), self.cluster.name],
                              capture_output=True, text=True, timeout=180, check=False)

        self.assertEqual(tour.returncode, 0, tour.stdout + tour.stderr)
        rows = [line.split() for line in tour.stdout.splitlines()]
        for what, nodes in (("ip.added 10.77.0.101", 3), ("app.meanwhile missed", 2), ("app.back n3", 3)):
            cells = [[row[0], *what.split()] for row in rows if row[1:3] == what.split()]
            self.assertIn(cells[0] * nodes, rows)
        self.assertIn(next(row for row in rows if row[1:3] == ["app.meanwhile", "missed"])[:3], rows,
                      "n3 got what it had missed, alone")
        self.assertIn("have the same events in the same order", tour.stdout)


if __name__ == "__main__":
    unittest.main()
