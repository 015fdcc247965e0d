"""The network between nodes: cutting it, and making it bad. Runs in the supervisor."""

import json
import subprocess
import sys

from .common import NETWORK, Failure

# Frames to this address leave a node and reach nobody, without a word: what a cut cable does.
NOWHERE = "02:00:00:00:00:00"


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def address(node):
    return f"{NETWORK}.{int(node[1:])}"


def make_switch():
    run(["ip", "link", "set", "lo", "up"])
    run(["ip", "link", "add", "switch", "type", "bridge"])
    run(["ip", "link", "set", "switch", "up"])


def plug_in(node, pid):
    """Connects the network namespace of process `pid` to the switch, as the node's eth0."""
    port = f"port-{node}"
    run(["ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", str(pid)])
    run(["ip", "link", "set", port, "master", "switch", "up"])
    inside = ["nsenter", "-t", str(pid), "--net", "ip"]
    run(inside + ["link", "set", "lo", "up"])
    run(inside + ["address", "add", f"{address(node)}/24", "dev", "eth0"])
    # No address but the one given: the kernel's own come when the test has begun.
    run(inside + ["link", "set", "eth0", "addrgenmode", "none"])
    run(inside + ["link", "set", "eth0", "up"])


def cut(node, pid, peer):
    """What `node` sends to `peer` is lost."""
    run(["nsenter", "-t", str(pid), "--net", "ip", "neigh", "replace", address(peer),
         "lladdr", NOWHERE, "dev", "eth0", "nud", "permanent"])


def heal(pid):
    run(["nsenter", "-t", str(pid), "--net", "ip", "neigh", "flush", "dev", "eth0",
         "nud", "permanent"])


class BadWire:
    """A node's network made bad: its port is taken off the switch, and a relay is put between."""

    def __init__(self, node, script, settings):
        self.port = f"port-{node}"
        self.outer, self.inner = f"out-{node}", f"in-{node}"
        run(["ip", "link", "add", self.outer, "type", "veth", "peer", "name", self.inner])
        run(["ip", "link", "set", self.port, "nomaster"])
        run(["ip", "link", "set", self.inner, "addrgenmode", "none", "up"])
        run(["ip", "link", "set", self.outer, "master", "switch", "up"])
        self.relay = subprocess.Popen(
            [sys.executable, str(script), "--relay", self.port, self.inner, json.dumps(settings)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        if self.relay.stdout.readline() != "ready\n":
            self.remove()
            raise Failure(f"{node}: its network cannot be made bad: the relay does not start")

    def remove(self):
        """What the relay did, as it counted."""
        self.relay.terminate()
        words = self.relay.communicate(timeout=10)[0]
        run(["ip", "link", "delete", self.outer])
        run(["ip", "link", "set", self.port, "master", "switch"])
        return json.loads(words) if words else {}
