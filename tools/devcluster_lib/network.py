"""The network between nodes: cutting it, and making it bad. Runs in the supervisor."""

import subprocess

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


def clear_netem(pid):
    inside = ["nsenter", "-t", str(pid), "--net"]
    subprocess.run(inside + ["tc", "qdisc", "del", "dev", "eth0", "root"],
                   capture_output=True, check=False)
    subprocess.run(inside + ["nft", "delete", "table", "netdev", "devcluster"],
                   capture_output=True, check=False)


def netem(pid, settings):
    """`settings`: tc-netem's words, such as ['loss', '5%', 'delay', '10ms']."""
    clear_netem(pid)
    inside = ["nsenter", "-t", str(pid), "--net"]
    done = subprocess.run(inside + ["tc", "qdisc", "add", "dev", "eth0", "root", "netem"] + settings,
                          capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    if "unknown" not in done.stderr:
        raise Failure(f"tc netem {' '.join(settings)}: {done.stderr.strip()}")
    if settings[0::2] != ["loss"]:
        raise Failure("this kernel has no sch_netem, so only --loss can be had here (by nftables)")
    drop_incoming(pid, float(settings[1].rstrip("%")))


def drop_incoming(pid, percent):
    rules = (
        "table netdev devcluster { chain lossy { "
        "type filter hook ingress device eth0 priority 0; "
        f"numgen random mod 10000 < {round(percent * 100)} counter drop; }}\n}}\n"
    )
    run(["nsenter", "-t", str(pid), "--net", "nft", rules])
