"""The show of tools/quickstart.sh: makes real things happen on a cluster of devcluster, and prints what a
subscriber on each node sees, a column a node. Ends with an error when the nodes saw different orders.
"""

import json
import pathlib
import queue
import shutil
import subprocess
import sys
import threading
import time

DEVCLUSTER = pathlib.Path(__file__).resolve().parent / "devcluster"
NODES = ("n1", "n2", "n3")
TYPES = ("ip.*", "app.*", "node.*", "peal.view")
ADDRESS = "10.77.0.101/32"
PUBLISHES = 4
SECONDS_MAX = 30


class Problem(Exception):
    """Ends the tour with a message."""


def cell(event):
    if event is None:
        return ""
    what = event["members"] if event["type"] == "peal.view" else event["subject"]
    return f"{event['globalseq']:>4} {event['type']} {what}"


class Tour:
    def __init__(self, cluster):
        self.cluster = cluster
        self.width = max(24, (shutil.get_terminal_size((96, 24)).columns - 4) // len(NODES))
        self.news = queue.Queue()
        self.subscribers = {}
        self.away = {}  # Those of a node that is dead.
        self.seen = {node: {} for node in NODES}  # Events by globalseq.
        self.printed = 0

    def command(self, *argv):
        return [sys.executable, str(DEVCLUSTER), "--name", self.cluster, *argv]

    def run(self, *argv):
        done = subprocess.run(self.command(*argv), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Problem(f"{' '.join(argv)}: {done.stderr.strip()}")
        return done.stdout

    def peal(self, node, *argv):
        return self.run("exec", node, "--", "peal", *argv)

    # What is seen.

    def subscribe(self, node):
        before = len(self.peal(node, "--json", "ls", "subscriptions").splitlines())
        types = [word for kind in TYPES for word in ("--type", kind)]
        process = subprocess.Popen(
            self.command("exec", node, "--", "peal", "--json", "subscribe", "--scope", "global", *types),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.subscribers[node] = process
        threading.Thread(target=self.read, args=(node, process), daemon=True).start()
        self.wait(f"{node} has a subscriber", lambda: before < len(
            self.peal(node, "--json", "ls", "subscriptions").splitlines()))

    def read(self, node, process):
        for line in process.stdout:
            self.news.put((node, json.loads(line)))

    def wait(self, what, done):
        """Shows what comes until `done`."""
        deadline = time.monotonic() + SECONDS_MAX
        while not done():
            try:
                self.take(*self.news.get(timeout=0.05))
            except queue.Empty:
                pass
            if time.monotonic() > deadline:
                raise Problem(f"not within {SECONDS_MAX} s: {what}")

    def take(self, node, event):
        sequence = int(event["globalseq"])
        self.seen[node][sequence] = event
        if sequence <= self.printed:
            # What others have had already: this node was away.
            self.row({node: event})
        for row in sorted(number for number in self.seen[node] if number > self.printed):
            cells = {each: self.seen[each].get(row) for each in self.subscribers}
            if None in cells.values():
                break
            self.row(cells)
            self.printed = row

    def row(self, cells):
        texts = []
        for node in NODES:
            event = cells.get(node)
            texts.append(f"{cell(event)[:self.width - 2]:<{self.width}}")
        print("".join(texts).rstrip(), flush=True)

    def wait_for(self, words, count, since, nodes=None):
        """Until that many events of such a type came to these nodes after `since`."""
        for node in nodes or tuple(self.subscribers):
            self.wait(f"{node} sees {count} {words}", lambda node=node: count <= sum(
                event["type"].startswith(words) for sequence, event in self.seen[node].items()
                if sequence > since))

    # What happens.

    def say(self, text):
        print(f"\n-- {text}", flush=True)

    def address(self):
        self.say("n1: an address is added, and removed again (nobody told Peal: it listens to the kernel)")
        since = self.printed
        self.run("exec", "n1", "ip", "address", "add", ADDRESS, "dev", "eth0")
        self.run("exec", "n1", "ip", "address", "del", ADDRESS, "dev", "eth0")
        self.wait_for("ip.", 2, since)

    def publishes(self):
        self.say(f"all nodes publish {PUBLISHES} events, at once")
        since = self.printed
        publishers = []
        for node in NODES:
            publisher = subprocess.Popen(self.command("exec", node, "--", "peal", "publish", "--stdin"),
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            publishers.append(publisher)
        for number in range(1, PUBLISHES + 1):
            for node, publisher in zip(NODES, publishers):
                event = {"specversion": "1.0", "type": "app.hello", "subject": f"{node}-{number}"}
                publisher.stdin.write(json.dumps(event) + "\n")
                publisher.stdin.flush()
            for publisher in publishers:
                publisher.stdout.readline()  # Its answer; the first also shows that it has begun.
        for publisher in publishers:
            publisher.stdin.close()
            if publisher.wait(SECONDS_MAX) != 0:
                raise Problem("a publisher failed")
        self.wait_for("app.", PUBLISHES * len(NODES), since)

    def death(self):
        self.say("n3 is killed: peald and corosync, by SIGKILL")
        since = self.printed
        self.run("kill", "n3", "all")
        self.away["n3"] = self.subscribers.pop("n3")
        self.wait_for("node.left", 1, since)
        self.say("n1 publishes, while n3 is dead")
        self.peal("n1", "publish", "app.meanwhile", "--subject", "missed")
        self.wait_for("app.", 1, since)

    def life(self):
        self.say("n3 is started again: its subscriber connects by itself, gets what it missed, then what is "
                 "new")
        since = self.printed
        self.subscribers["n3"] = self.away.pop("n3")
        self.run("start", "n3", "all")
        self.wait_for("node.joined", 1, since)
        self.peal("n3", "publish", "app.back", "--subject", "n3")
        self.wait_for("app.back", 1, since, NODES)

    def compare(self):
        """Every global event from the first on, as each node gives it."""
        last = int(json.loads(self.peal("n1", "--json", "status"))["globalseq"])
        orders = {}
        for node in NODES:
            self.peal(node, "barrier")
            lines = self.peal(node, "--json", "subscribe", "--scope", "global", "--from", "first",
                              "--count", str(last)).splitlines()
            orders[node] = [tuple(json.loads(line).get(stamp) for stamp in
                                  ("globalseq", "node", "sequence", "id")) for line in lines]
        if any(order != orders["n1"] for order in orders.values()):
            raise Problem("the nodes have different orders; please report this, with the daemons' logs")
        self.say(f"checked: from the first to number {last}, all {len(NODES)} nodes have the same events "
                 "in the same order")

    def show(self):
        for node in NODES:
            self.subscribe(node)
        print("".join(f"{node:<{self.width}}" for node in NODES).rstrip(), flush=True)
        self.address()
        self.publishes()
        self.death()
        self.life()
        self.compare()

    def close(self):
        for process in [*self.subscribers.values(), *self.away.values()]:
            process.terminate()
            process.wait(SECONDS_MAX)


def main():
    tour = Tour(sys.argv[1])
    try:
        tour.show()
    except (Problem, subprocess.TimeoutExpired) as problem:
        print(f"\nquickstart: {problem}", file=sys.stderr)
        return 1
    finally:
        tour.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
