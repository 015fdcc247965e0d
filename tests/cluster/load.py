"""Load on a cluster while things happen to it: who publishes and who subscribes goes on through everything,
and keeps what it was told."""

import collections
import dataclasses
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

from harness import SECONDS_MAX, documents, wait_for

SOURCE = "/load"
IN_FLIGHT_MAX = 64
UNKNOWN_MAX = 10_000
AGAIN_SECONDS = 0.2  # Between two commands, of which the first failed.


def local_events(prefix, count, start=0, **fields):
    """So many events, a line each, with these ids: PREFIX-START and on."""
    return "".join(json.dumps({"specversion": "1.0", "type": "test.local", "source": "/test",
                               "id": f"{prefix}-{i}", **fields}) + "\n" for i in range(start, start + count))


def answered_locals(cluster, node, lines, end_daemon):
    """The ids of the local events of `lines` that were answered as committed until `end_daemon` ended the
    node's daemon, which it does when there are answers."""
    with tempfile.TemporaryFile("w+") as events, tempfile.TemporaryFile("w+") as answers:
        events.write(lines)
        events.seek(0)
        command = cluster.command("exec", node, "--", "peal", "--json", "--timeout", "5s", "publish",
                                  "--stdin", "--scope", "local")
        publisher = subprocess.Popen(command, stdin=events, stdout=answers, stderr=subprocess.DEVNULL)
        try:
            wait_for("answers", lambda: os.fstat(answers.fileno()).st_size > 1000)
            end_daemon()
        finally:
            # What its daemon has not answered it would send again to the next one, as a second event.
            publisher.kill()
            publisher.wait()
        answers.seek(0)
        text = answers.read()
    answered = [answer["id"] for answer in documents(text[:text.rfind("\n") + 1])]
    assert len(answered) < lines.count("\n"), "it was ended too late"
    return answered


class Publisher:
    """Publishes events with ids of its own on one node, through `peal publish --stdin`, one process after
    the other, and publishes again, with the same ids, what has an unknown outcome."""

    SOURCE = SOURCE

    def __init__(self, cluster, node, name, events_per_second=100, seed=0):
        self.cluster, self.node, self.name = cluster, node, name
        self.pause = 1 / events_per_second
        self.random = random.Random(seed)
        self.published = set()      # What may be in the order.
        self.acknowledged = {}      # id: what the answer said.
        self.newest = 0             # The highest globalseq of those.
        self.refused = {}           # id: the message that says that it never will be in the order.
        self.unknown = collections.deque()  # To be published again.
        self.uncertain = set()      # What was unknown once: a later refusal says nothing of that attempt.
        self.errors = collections.Counter()
        self.count = 0
        self.process = None
        self.problem = None
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run, name=name, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while not self.ending.is_set():
                self.run_command()
                self.ending.wait(AGAIN_SECONDS)
        except Exception as problem:  # Told by stop(), to who waits for this.
            self.problem = problem

    def run_command(self):
        command = self.cluster.command("exec", self.node, "--", "peal", "--json", "--timeout", "5s",
                                       "publish", "--stdin")
        with tempfile.TemporaryFile("w+") as said:
            # Its standard input has an owner of its own: it may break while there is more to write.
            reading, writing = os.pipe()
            self.process = subprocess.Popen(command, stdin=reading, stdout=subprocess.PIPE, stderr=said,
                                            text=True)
            os.close(reading)
            in_flight = collections.deque()
            room = threading.Semaphore(IN_FLIGHT_MAX)
            feeder = threading.Thread(target=self.feed, args=(writing, in_flight, room))
            feeder.start()
            for line in self.process.stdout:
                if line.endswith("\n"):
                    self.take_answer(in_flight.popleft(), json.loads(line))
                    room.release()
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            room.release()
            feeder.join()
            # No answer: nobody knows.
            for event_id in in_flight:
                self.take_unknown(event_id)
            said.seek(0)
            words = said.read().strip().splitlines()
            if words:
                self.errors[words[-1][:120]] += 1

    def feed(self, stdin, in_flight, room):
        try:
            while not self.ending.wait(self.pause):
                room.acquire()
                event_id = self.next_id()
                self.published.add(event_id)
                in_flight.append(event_id)
                event = {"specversion": "1.0", "type": "test.load", "source": SOURCE, "id": event_id,
                         "subject": self.name}
                os.write(stdin, (json.dumps(event) + "\n").encode())
        except OSError:
            pass  # The command has ended; its answers say what became of what it read.
        finally:
            os.close(stdin)

    def next_id(self):
        if self.unknown and self.random.random() < 0.5:
            return self.unknown.popleft()
        self.count += 1
        return f"{self.name}-{self.count}"

    def take_answer(self, event_id, answer):
        if "globalseq" in answer:
            self.acknowledged[event_id] = answer
            self.newest = max(self.newest, int(answer["globalseq"]))
            return
        self.errors[answer["error"][:120]] += 1
        if "outcome is unknown" in answer["error"]:
            self.take_unknown(event_id)
        elif event_id not in self.uncertain:
            self.refused[event_id] = answer["error"]

    def take_unknown(self, event_id):
        self.uncertain.add(event_id)
        if len(self.unknown) < UNKNOWN_MAX:
            self.unknown.append(event_id)

    def stop(self):
        """Waits for the answers to what was published; what hangs after that is ended."""
        self.ending.set()
        self.thread.join(30)
        if self.thread.is_alive():
            self.process.kill()
            self.thread.join(30)
        if self.problem is not None:
            raise self.problem


@dataclasses.dataclass
class Segment:
    """What one subscription was shown."""

    node: str
    first: int  # The globalseq that was asked for.
    lines: list = dataclasses.field(default_factory=list)

    @property
    def end(self):
        return self.first + len(self.lines)


class Watcher:
    """Subscribes to the global events on one node, through one `peal subscribe` after the other: from the
    first, or from where the last one ended."""

    def __init__(self, cluster, node, seed=0):
        self.cluster, self.node = cluster, node
        self.random = random.Random(seed)
        self.segments = []
        self.errors = collections.Counter()
        self.process = None
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run, name=f"watch-{node}", daemon=True)
        self.thread.start()

    def run(self):
        while not self.ending.is_set():
            self.run_command(1 if self.random.random() < 0.3 else self.end)
            self.ending.wait(AGAIN_SECONDS)

    @property
    def end(self):
        """The globalseq that it has not seen yet."""
        return max((segment.end for segment in self.segments), default=1)

    def run_command(self, first):
        command = self.cluster.command("exec", self.node, "--", "peal", "--json", "--timeout", "5s",
                                       "subscribe", "--scope", "global", "--from", str(first))
        segment = Segment(self.node, first)
        with tempfile.TemporaryFile("w+") as said:
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said,
                                  text=True) as self.process:
                for line in self.process.stdout:
                    if line.endswith("\n"):
                        # Every node's line is the same, as long as all is well: one copy does for all.
                        segment.lines.append(sys.intern(line))
                        if len(segment.lines) == 1:
                            self.segments.append(segment)
            said.seek(0)
            words = said.read().strip().splitlines()
            if words:
                self.errors[words[-1][:120]] += 1

    def stop(self):
        self.ending.set()
        if self.process is not None:
            self.process.terminate()
        self.thread.join(30)


def wait_answers(publishers, more, seconds=SECONDS_MAX):
    """Until each of them has been answered so many more times."""
    deadline = time.monotonic() + seconds
    wanted = {publisher: len(publisher.acknowledged) + more for publisher in publishers}
    for publisher in publishers:
        wait_for(f"{publisher.node} publishes, and has had {dict(publisher.errors)}",
                 lambda publisher=publisher: len(publisher.acknowledged) >= wanted[publisher],
                 max(0, deadline - time.monotonic()))


def wait_shown(publishers, watchers, seconds=SECONDS_MAX):
    """Until what has been acknowledged until now is shown on all nodes."""
    deadline = time.monotonic() + seconds
    newest = max(publisher.newest for publisher in publishers)
    for watcher in watchers:
        wait_for(f"{watcher.node} shows {newest}, and has had {dict(watcher.errors)}",
                 lambda watcher=watcher: watcher.end > newest, max(0, deadline - time.monotonic()))
