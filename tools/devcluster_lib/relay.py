"""A bad piece of wire between a node and the switch: every frame passes this process, which loses some,
sends some twice, and keeps them for a while. In place of the kernel's netem, which not every kernel has.
"""

import dataclasses
import heapq
import json
import random
import select
import signal
import socket
import time

from .common import Failure

FRAMES_MAX = 20_000  # That wait; what comes beyond them is lost, as in any switch.
FRAME_BYTES_MAX = 70_000
BUFFER_BYTES = 8 * 1024 * 1024
# linux/if_packet.h, linux/if_ether.h, asm-generic/socket.h
SO_RCVBUFFORCE = 33
SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING, ETH_P_ALL = 263, 15, 23, 3


@dataclasses.dataclass
class Settings:
    """Shares are 0 to 1, of each direction."""

    loss: float = 0
    duplicate: float = 0
    reorder: float = 0  # So many are not delayed, and overtake.
    delay_seconds: float = 0


class End:
    """One side of the wire: an interface of this network namespace, read and written raw."""

    def __init__(self, interface):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        # A header before each frame says which sums the kernel has not made yet; the other end passes it on.
        self.socket.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
        except PermissionError:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self.socket.setblocking(False)
        self.socket.bind((interface, ETH_P_ALL))

    def receive(self):
        try:
            return self.socket.recv(FRAME_BYTES_MAX)
        except BlockingIOError:
            return None

    def send(self, frame):
        try:
            self.socket.send(frame)
            return True
        except OSError:  # Its queue is full, or the interface is going.
            return False


class Relay:
    def __init__(self, ends, settings):
        self.settings = settings
        self.ends = ends
        self.waiting = []  # A heap of (when, number, where to, frame).
        self.number = 0
        self.counts = {"frames": 0, "lost": 0, "twice": 0, "overtook": 0}

    def take(self, frame, target):
        self.counts["frames"] += 1
        if random.random() < self.settings.loss or len(self.waiting) >= FRAMES_MAX:
            self.counts["lost"] += 1
            return
        self.keep(frame, target)
        if random.random() < self.settings.duplicate:
            self.counts["twice"] += 1
            self.keep(frame, target)

    def keep(self, frame, target):
        delay = self.settings.delay_seconds
        if random.random() < self.settings.reorder:
            self.counts["overtook"] += 1
            delay = 0
        self.number += 1
        heapq.heappush(self.waiting, (time.monotonic() + delay, self.number, target, frame))

    def pass_on(self):
        """Sends what is due. Gives the milliseconds until something else is, if anything waits."""
        now = time.monotonic()
        while self.waiting and self.waiting[0][0] <= now:
            _, _, target, frame = heapq.heappop(self.waiting)
            if not self.ends[target].send(frame):
                self.counts["lost"] += 1
        return (self.waiting[0][0] - now) * 1000 if self.waiting else None

    def run(self):
        poll = select.poll()
        for end in self.ends:
            poll.register(end.socket, select.POLLIN)
        while True:
            poll.poll(self.pass_on())
            for source, end in enumerate(self.ends):
                frame = end.receive()
                if frame is not None:
                    self.take(frame, 1 - source)


def run(interfaces, settings):
    """Until SIGTERM; then says what it did."""
    relay = Relay([End(interface) for interface in interfaces], Settings(**settings))

    def stop(*_):
        raise SystemExit

    signal.signal(signal.SIGTERM, stop)
    print("ready", flush=True)
    try:
        relay.run()
    finally:
        print(json.dumps(relay.counts), flush=True)


def parse_share(text, option):
    """'5%' or '5' is 0.05."""
    try:
        share = float(text.removesuffix("%")) / 100
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise Failure(f"{option} {text}: a percentage, such as 5%, is wanted")
    return share


def parse_seconds(text, option):
    for unit, seconds in (("us", 1e-6), ("ms", 1e-3), ("s", 1)):
        if text.endswith(unit) and text.removesuffix(unit).replace(".", "", 1).isdigit():
            return float(text.removesuffix(unit)) * seconds
    raise Failure(f"{option} {text}: a time, such as 10ms, is wanted")
