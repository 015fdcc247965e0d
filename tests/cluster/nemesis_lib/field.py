"""What the nemesis has its hands on: the processes, the network, the disks and the clocks of a cluster.

Everything may be asked for in any state: to kill what is dead, or start what runs, does nothing.
"""

import json
import pathlib
import random
import socket
import sys
import time

from disk import Disk
from harness import ROOT

sys.path.insert(0, str(ROOT / "tools"))

from devcluster_lib.common import Cluster as Folder  # noqa: E402
from devcluster_lib.common import clusters_folder  # noqa: E402

ALREADY = ("is running on", "is not running on")


class Field:
    def __init__(self, cluster):
        self.cluster = cluster
        self.nodes = cluster.nodes
        self.folder = Folder(cluster.name, clusters_folder() / cluster.name)
        self.disks = {node: Disk(cluster, node) for node in cluster.nodes}
        self.bad_disks = set()  # Nodes whose disk was bad in this round.
        self.blank = set()      # Nodes whose journal is gone, until all are whole again.
        self.crashed = []       # Daemons that ended though nobody ended them.

    def ask(self, **request):
        """Of the supervisor, without the time that a command takes."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(str(self.folder.control))
            connection.sendall((json.dumps(request) + "\n").encode())
            answer = json.loads(connection.makefile().readline())
        words = answer.get("error", "")
        if words and not any(known in words for known in ALREADY):
            raise AssertionError(words)
        return answer

    def each(self, do, nodes, process):
        """`process` of all `nodes`, at once."""
        for node in nodes:
            for one in ("corosync", "peald") if process == "all" else (process,):
                self.ask(do=do, node=node, process=one)

    def states(self):
        return self.ask(do="status")["nodes"]

    def note_crashes(self):
        """What ended by itself. A peald may not start on a bad disk; corosync has reasons of its own."""
        for node, states in self.states().items():
            state = states["peald"]
            if state in ("running", "stopped", "ended by signal 9"):
                continue
            if state.startswith("exited") and node in self.bad_disks:
                continue
            self.crashed.append(f"{node}: peald {state}")

    def cut(self, sides, one_way=False, only=False):
        self.ask(do="partition", sides=sides, one_way=one_way, only=only)

    def bad_network(self, nodes, settings):
        for node in nodes:
            self.ask(do="netem", node=node, settings=settings)

    def fail_disks(self, nodes, fault, text=""):
        for node in nodes:
            self.disks[node].fault(fault, text)
            self.bad_disks.add(node)

    def lose_power(self, nodes, seed):
        self.each("kill", nodes, "all")
        chance = random.Random(seed)
        for node in nodes:
            self.disks[node].lose_power(chance)

    def wipe(self, nodes):
        """No more than a minority's journals may be gone: beyond that nothing is promised."""
        self.each("kill", nodes, "peald")
        for node in nodes:
            if 2 * len(self.blank | {node}) < len(self.nodes):
                self.blank.add(node)
                self.disks[node].wipe()

    def mend(self):
        """Everything that was done is undone, and what ended is started."""
        self.note_crashes()
        for process in ("corosync", "peald"):
            self.each("cont", self.nodes, process)
        self.ask(do="heal")
        self.ask(do="netem", node="clear", settings={})
        for disk in self.disks.values():
            disk.mend()
            disk.shift_clock(0)
        # A disk that has failed is not trusted again until then.
        self.each("kill", self.bad_disks, "peald")
        self.bad_disks.clear()
        self.each("start", self.nodes, "all")

    def keep_logs(self, target):
        target.mkdir(parents=True, exist_ok=True)
        for log in (self.folder.folder / "logs").iterdir():
            (target / log.name).write_bytes(log.read_bytes())


def wait(seconds):
    """How long a fault lasts is a part of it: nothing is waited for."""
    time.sleep(seconds)


def logs_folder(seed):
    return pathlib.Path("/tmp") / f"peal-nemesis-{seed}-{time.strftime('%H%M%S')}"
