"""What the cluster tests share: a cluster of real nodes, commands on them, and waiting for a state.

Nothing here sleeps for a state: it is waited for, with a deadline, and the failure says what was there
instead.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("PEAL_BUILD", ROOT / "build" / "release"))
UNREACHABLE = 69  # The exit code of a `peal` that finds no daemon.
SECONDS_MAX = 60


def wait_for(what, probe, seconds=SECONDS_MAX):
    """Calls `probe` until it gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}; last seen: {found!r}")
        time.sleep(0.05)


def documents(text):
    return [json.loads(line) for line in text.splitlines()]


class Cluster:
    """Real corosync nodes with a peald each; ended, and its logs shown if asked, at close()."""

    def __init__(self, nodes=3, name="t", up_args=()):
        self.name = f"{name}-{os.getpid()}"
        self.nodes = [f"n{i}" for i in range(1, nodes + 1)]
        # When this process ends, however it ends, the pipe closes, and the cluster ends too.
        tie, self.tie = os.pipe()
        try:
            self.devcluster("up", str(nodes), "--tied", "--build", str(BUILD), *up_args, stdin=tie)
        except BaseException:
            self.close()
            raise
        finally:
            os.close(tie)

    def close(self):
        self.devcluster("down")
        if self.tie is not None:
            os.close(self.tie)
            self.tie = None

    def command(self, *argv):
        return [sys.executable, str(ROOT / "tools" / "devcluster"), "--name", self.name, *argv]

    def devcluster(self, *argv, stdin=subprocess.DEVNULL):
        done = subprocess.run(self.command(*argv), stdin=stdin, capture_output=True, text=True, timeout=120,
                              check=False)
        if done.returncode != 0:
            raise AssertionError(f"devcluster {' '.join(argv)}: exit {done.returncode}\n"
                                 f"{done.stdout}{done.stderr}")
        return done.stdout

    def logs(self):
        return "\n".join(self.devcluster("logs", node, "peald") for node in self.nodes)

    # Commands on a node.

    def run(self, node, *argv, stdin="", seconds=SECONDS_MAX):
        return subprocess.run(self.command("exec", node, "--", *argv), input=stdin, capture_output=True,
                              text=True, timeout=seconds, check=False)

    def peal(self, node, *argv, **more):
        return self.run(node, "peal", *argv, **more)

    def ok(self, node, *argv, **more):
        """The output of a command that has to succeed."""
        done = self.run(node, *argv, **more)
        if done.returncode != 0:
            raise AssertionError(f"{node}: {' '.join(argv)}: exit {done.returncode}: "
                                 f"{done.stdout}{done.stderr}")
        return done.stdout

    def json(self, node, *argv, **more):
        return documents(self.ok(node, "peal", "--json", *argv, **more))

    def status(self, node):
        return self.json(node, "--timeout", "5s", "status")[0]

    # States.

    def wait_phase(self, node, phase, seconds=SECONDS_MAX):
        def probe():
            status = self.status(node)
            return status if status["phase"] == phase else None
        return wait_for(f"{node} is {phase}", probe, seconds)

    def wait_answering(self, node):
        """Until its daemon, which may have been started just now, listens."""
        wait_for(f"{node} answers", lambda: self.peal(node, "status").returncode == 0)

    def wait_whole(self, nodes=None):
        """Until these nodes, and no others, are in a primary component, each with its vote."""
        nodes = nodes or self.nodes

        def probe(node):
            status = self.status(node)
            online = {member["name"] for member in status["members"] if member["online"]}
            voters = {member["name"] for member in status["members"] if member["voter"]}
            return status["phase"] == "primary" and online == set(nodes) and online <= voters
        for node in nodes:
            self.wait_answering(node)
            wait_for(f"{node} is in a primary component of {nodes}", lambda node=node: probe(node))

    def history(self, node, *more):
        """All global events that the node's memory holds, as of a barrier."""
        self.ok(node, "peal", "barrier", "--timeout", "20s")
        last = int(self.status(node)["globalseq"])
        return self.json(node, "subscribe", "--scope", "global", "--from", "first", "--count", str(last),
                         *more)

    def subscribe(self, node, *argv):
        return Subscriber(self, node, argv)


class Subscriber:
    """A `peal subscribe --json` that runs; made when the daemon has it. Its output goes to a file."""

    def __init__(self, cluster, node, argv):
        self.what = f"{node}: peal subscribe {' '.join(argv)}"
        before = len(cluster.json(node, "ls", "subscriptions"))
        self.output = tempfile.TemporaryFile("w+")
        self.errors = tempfile.TemporaryFile("w+")
        command = cluster.command("exec", node, "--", "peal", "--json", "subscribe", *argv)
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.output,
                                        stderr=self.errors)
        wait_for(f"{self.what} is subscribed", lambda: self.process.poll() is not None or
                 len(cluster.json(node, "ls", "subscriptions")) > before)

    def text(self):
        # Not by the file's own position, which the writing process shares.
        size = os.fstat(self.output.fileno()).st_size
        return os.pread(self.output.fileno(), size, 0).decode()

    def events(self):
        """Those that have come whole."""
        return documents(self.text()[:self.text().rfind("\n") + 1])

    def wait_events(self, count, seconds=SECONDS_MAX):
        wait_for(f"{self.what}: {count} events", lambda: self.text().count("\n") >= count, seconds)
        return self.events()

    def wait_end(self, seconds=SECONDS_MAX):
        """What a subscriber that ends by itself has printed."""
        code = self.process.wait(seconds)
        if code != 0:
            self.errors.seek(0)
            raise AssertionError(f"{self.what}: exit {code}: {self.errors.read()[-400:]}")
        return self.events()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(SECONDS_MAX)
        self.output.close()
        self.errors.close()


class ClusterTest(unittest.TestCase):
    """Tests on one cluster, which each of them leaves whole. A failed one shows the daemons' logs."""

    node_count = 3
    up_args = ()

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(cls.node_count, cls.__name__.lower(), cls.up_args)
        cls.addClassCleanup(cls.cluster.close)

    def run(self, result=None):
        failed_before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > failed_before:
            print(self.cluster.logs(), file=sys.stderr)

    def subscribe(self, node, *argv):
        subscriber = self.cluster.subscribe(node, *argv)
        self.addCleanup(subscriber.close)
        return subscriber

    def assert_one_history(self):
        """All nodes hold the same global events, numbered without a hole. Returns them."""
        histories = {node: self.cluster.history(node) for node in self.cluster.nodes}
        length = min(len(history) for history in histories.values())
        first = histories[self.cluster.nodes[0]]
        for node, history in histories.items():
            self.assertEqual([int(event["globalseq"]) for event in history],
                             list(range(1, len(history) + 1)), f"{node} has holes")
            self.assertEqual(history[:length], first[:length], f"{node} has another order")
        return first
