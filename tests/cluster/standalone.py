"""A peald of its own, without corosync, and the session protocol's frames as far as tests speak them."""

import os
import pathlib
import resource
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

from harness import BUILD, SECONDS_MAX, documents, wait_for

PEAL, PEALD = BUILD / "tools" / "peal" / "peal", BUILD / "tools" / "peald" / "peald"
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGESIZE")
SOFT_DESCRIPTORS = 1024  # What a service manager starts a process with.

# ServerFrame.body and PublishResult.code, proto/session.proto.
WELCOME, PUBLISHED, SUBSCRIBED, CLOSING = 1, 2, 3, 8


def take_descriptors():
    """As many as this process may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Standalone:
    """Ended at close(), with its files. Its log is kept over restarts."""

    def __init__(self, toml="", descriptors=None):
        """`descriptors`: the hard limit of them; none: this process's."""
        self.descriptors = descriptors
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="peal-"))
        self.socket = self.folder / "peal.sock"
        (self.folder / "peald.toml").write_text(toml)
        self.process = None
        self.start()

    def limit_descriptors(self):
        hard = self.descriptors or resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(SOFT_DESCRIPTORS, hard), hard))

    def start(self):
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                [PEALD, "--standalone", "--node", "n1", "--config", self.folder / "peald.toml", "--data",
                 self.folder / "data", "--socket", self.socket],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=self.limit_descriptors)
        wait_for("peald answers", lambda: self.peal("status").returncode == 0)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        self.process.terminate()
        self.process.wait(SECONDS_MAX)
        shutil.rmtree(self.folder)

    def log(self):
        return (self.folder / "log").read_text()

    def command(self, *argv):
        return [str(PEAL), "--socket", str(self.socket), "--json", *argv]

    def peal(self, *argv, stdin="", seconds=SECONDS_MAX):
        return subprocess.run(self.command(*argv), input=stdin, capture_output=True, text=True,
                              timeout=seconds, check=False)

    def json(self, *argv, **more):
        done = self.peal(*argv, **more)
        if done.returncode != 0:
            raise AssertionError(f"peal {' '.join(argv)}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return documents(done.stdout)

    def status(self):
        return self.json("status")[0]

    def usage(self):
        """Bytes of memory that are resident, and seconds of a core that were taken; proc_pid_stat(5)."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[21]) * PAGE_BYTES, (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def field(number, value):
    """Of a protobuf message: bytes, or a number below 128."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    assert len(value) < 128, "its length takes one byte"
    return bytes([number << 3 | 2, len(value)]) + value


def frame(number, *fields):
    message = field(number, b"".join(fields))
    return struct.pack("<I", len(message)) + message


HELLO = frame(1, field(1, 1))


def subscribe_frame(kind):
    return frame(3, field(1, 1), field(2, kind.encode()))


def publish_frame(kind):
    return frame(2, field(1, 1), field(4, field(3, kind.encode())))


class RawClient:
    """A connection that says what it is told to."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SECONDS_MAX)
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            try:
                self.socket.connect(str(path))
                return
            except BlockingIOError:  # The listener's backlog is full, for which a timeout does not wait.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.001)

    def ask(self, data, kind):
        """Sends this, and takes the answer, which has to be of this kind."""
        self.socket.sendall(data)
        answer = self.next()
        assert answer is not None and answer[0] >> 3 == kind, answer
        return answer

    def greet(self):
        self.ask(HELLO, WELCOME)
        return self

    def subscribe(self, kind):
        answer = self.ask(subscribe_frame(kind), SUBSCRIBED)
        # After its head and the request's number the code, unless that is OK.
        assert answer[2:4] == field(1, 1) and answer[4:5] != b"\x10", answer
        return self

    def publish_seconds(self, kind):
        """How long until a global event is answered as committed."""
        began = time.monotonic()
        answer = self.ask(publish_frame(kind), PUBLISHED)
        assert b"n1" in answer and answer[4:5] != b"\x10", answer
        return time.monotonic() - began

    def next(self):
        """The next frame; none: the daemon has closed the connection."""
        head = self.read(4)
        return self.read(struct.unpack("<I", head)[0]) if head else None

    def read(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                return None
            data += more
        return data

    def close(self):
        self.socket.close()
