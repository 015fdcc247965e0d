#!/usr/bin/env python3
"""Many clients, and clients that do not behave: what they cost the daemon, and that others are served."""

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from harness import SECONDS_MAX, documents, wait_for
from standalone import CLOSING, HELLO, RawClient, Standalone, subscribe_frame, take_descriptors

MIB = 1 << 20
GREETING_S = 10  # ServerOptions::hello_timeout.
PROMPT_S = 2     # Of an answer, on a machine that has other things to do.
P99_S = 0.5      # Of a publish that is stored, likewise.

IDLE_SESSIONS, IDLE_SECONDS = 1000, 10
IDLE_BYTES_MAX, IDLE_CORE_MAX = 64 * MIB, 0.005

EVENTS = 100_000
UNREAD_BYTES_MAX = 4 * MIB

STORM_CLIENTS, STORM_SECONDS = 500, 5
BACK_CLIENTS = 200
RETRY_S = 1             # client/backoff.h: the longest wait.
WINDOW_S = 0.1
WINDOW_SHARE_MAX = 0.4  # Of all clients that may come back within any such time.


def p99(seconds):
    return sorted(seconds)[len(seconds) * 99 // 100]


def storm(path, ending, rounds):
    """Until `ending`: many clients connect, subscribe, and are gone before there is an answer."""
    while not ending.is_set():
        clients = [RawClient(path) for _ in range(STORM_CLIENTS)]
        for client in clients:
            client.socket.send(HELLO + subscribe_frame("storm.x"))
        for client in clients:
            client.close()
        rounds.value += 1


class Publisher:
    """Publishes one event after the other, and notes how long each took."""

    def __init__(self, daemon):
        self.client = RawClient(daemon.socket).greet()
        self.close = self.client.close
        self.seconds = []

    def publish_for(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.seconds.append(self.client.publish_seconds("work.done"))


class SessionsCase(unittest.TestCase):
    toml = ""
    descriptors = None

    def setUp(self):
        take_descriptors()
        self.daemon = Standalone(self.toml, self.descriptors)
        self.addCleanup(self.daemon.close)

    def client(self):
        client = RawClient(self.daemon.socket)
        self.addCleanup(client.close)
        return client

    def assert_served(self):
        """Somebody else connects and has an answer at once."""
        began = time.monotonic()
        self.client().greet()
        self.assertLess(time.monotonic() - began, PROMPT_S)

    def subscriber(self, *argv):
        """A `peal subscribe` that runs, and the file that it prints to."""
        output = tempfile.TemporaryFile("w+")
        self.addCleanup(output.close)
        process = subprocess.Popen(self.daemon.command("subscribe", *argv), stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, output

    def wait_subscriptions(self, count):
        wait_for(f"{count} subscriptions", lambda: self.daemon.status()["subscriptions"] == count)


class IdleTest(SessionsCase):
    def test_a_thousand_idle_clients_cost_little(self):
        before, _ = self.daemon.usage()
        for _ in range(IDLE_SESSIONS):
            self.client().greet().subscribe("idle.x")
        status = self.daemon.status()
        self.assertEqual((status["clients"], status["subscriptions"]), (IDLE_SESSIONS + 1, IDLE_SESSIONS))

        _, taken_before = self.daemon.usage()
        time.sleep(IDLE_SECONDS)
        after, taken = self.daemon.usage()

        self.assertLess(after - before, IDLE_BYTES_MAX)
        self.assertLess((taken - taken_before) / IDLE_SECONDS, IDLE_CORE_MAX)


class SilentTest(SessionsCase):
    def test_who_connects_and_says_nothing_is_closed_in_time_and_keeps_nobody_out(self):
        silent, began = self.client(), time.monotonic()
        ended = []
        reader = threading.Thread(target=lambda: ended.append((silent.next(), time.monotonic())))
        reader.start()

        while reader.is_alive():
            self.assert_served()
            reader.join(0.5)
            self.assertLess(time.monotonic() - began, GREETING_S + PROMPT_S)

        [(closing, ended_at)] = ended
        self.assertGreater(ended_at - began, GREETING_S - 0.1)
        self.assertEqual(closing[0] >> 3, CLOSING)
        self.assertIn(b"no Hello within 10000 ms", closing)
        self.assertIsNone(silent.next())


class CrowdedTest(SessionsCase):
    toml = "[limits]\nsessions_max = 20\n"

    def test_the_silent_do_not_take_all_places(self):
        known = [self.client().greet() for _ in range(5)]
        silent = [self.client() for _ in range(100)]

        self.assert_served()

        self.assertIn(b"no Hello yet", silent[0].next())
        for client in known:
            client.subscribe("still.here")

    def test_beyond_the_limit_of_those_that_greeted_others_are_told(self):
        for _ in range(20):
            self.client().greet()

        refused = self.client()

        self.assertIn(b"20 clients are connected, which is the daemon's limit", refused.next())


class FewDescriptorsTest(SessionsCase):
    """(512 - 256) / 3, tools/peald/main.cc."""

    descriptors = 512
    served_max = 85

    def test_no_more_are_served_than_there_are_descriptors_for_and_the_others_are_told(self):
        served = [self.client().greet().subscribe("few.x") for _ in range(self.served_max)]
        for _ in range(3):
            refused = [self.client() for _ in range(200)]
            for client in refused:
                self.assertIn(b"85 clients are connected", client.next())

        self.assertIn("85 clients are served; raise the hard limit", self.daemon.log())
        served.pop().close()
        wait_for("there is room", lambda: self.daemon.peal("publish", "few.x").returncode == 0)
        self.assertIsNotNone(served[0].next())


class UnreadTest(SessionsCase):
    toml = '[memory]\nhistory_bytes = "4MiB"\n'

    def publish_all(self):
        """The globalseq of the last."""
        line = json.dumps({"specversion": "1.0", "type": "load.x"}) + "\n"
        answers = self.daemon.json("publish", "--stdin", stdin=line * EVENTS, seconds=5 * SECONDS_MAX)
        self.assertEqual(len(answers), EVENTS)
        return int(answers[-1]["globalseq"])

    def assert_whole(self, output, first, last):
        """Each global event once and in order, or told as a gap."""
        output.seek(0)
        following = first
        for event in documents(output.read()):
            if event["type"] == "peal.gap":
                self.assertEqual(int(event["from"]), following)
                following = int(event["to"]) + 1
            else:
                self.assertEqual(int(event["globalseq"]), following)
                following += 1
        self.assertEqual(following, last + 1)

    def test_who_never_reads_costs_no_memory_and_gets_all_when_it_reads(self):
        wanted = ("--scope", "global", "--type", "load.*", "--count", str(EVENTS))
        # What the daemon keeps in memory is as much before and after: of its own, and for one who reads.
        reader, _ = self.subscriber(*wanted)
        self.wait_subscriptions(1)
        first = self.publish_all() + 1
        self.assertEqual(reader.wait(SECONDS_MAX), 0)
        self.wait_subscriptions(0)
        stopped, unread = self.subscriber(*wanted)
        self.wait_subscriptions(1)
        reader, read = self.subscriber(*wanted)
        self.wait_subscriptions(2)
        stopped.send_signal(signal.SIGSTOP)
        before, _ = self.daemon.usage()

        last = self.publish_all()
        self.assertEqual(reader.wait(SECONDS_MAX), 0)
        after, _ = self.daemon.usage()

        self.assertEqual(last - first + 1, EVENTS)
        self.assert_whole(read, first, last)
        self.assertLess(after - before, UNREAD_BYTES_MAX)
        self.assertLess(os.fstat(unread.fileno()).st_size, os.fstat(read.fileno()).st_size / 2)

        stopped.send_signal(signal.SIGCONT)
        self.assertEqual(stopped.wait(SECONDS_MAX), 0)
        self.assert_whole(unread, first, last)


class StormTest(SessionsCase):
    def test_clients_that_come_and_go_all_the_time_hold_nobody_up(self):
        publisher = Publisher(self.daemon)
        self.addCleanup(publisher.close)
        publisher.publish_for(1)
        before, _ = self.daemon.usage()
        ending, rounds = multiprocessing.Event(), multiprocessing.Value("i", 0)
        storming = multiprocessing.Process(target=storm, args=(self.daemon.socket, ending, rounds))
        storming.start()
        self.addCleanup(storming.join)
        self.addCleanup(ending.set)

        publisher.seconds.clear()
        publisher.publish_for(STORM_SECONDS)
        ending.set()
        storming.join()

        self.assertGreater(rounds.value, 1)
        self.assertLess(p99(publisher.seconds), P99_S)
        wait_for("they are gone", lambda: self.daemon.status()["clients"] == 2)
        self.assertEqual(self.daemon.status()["subscriptions"], 0)
        after, _ = self.daemon.usage()
        self.assertLess(after - before, IDLE_BYTES_MAX)


class ComeBackTest(SessionsCase):
    def tries(self, seconds):
        """When somebody connected in the daemon's place, who closes each connection at once."""
        os.unlink(self.daemon.socket)
        times = []
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.daemon.socket))
            listener.listen(BACK_CLIENTS)
            listener.settimeout(0.1)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                try:
                    listener.accept()[0].close()
                    times.append(time.monotonic())
                except TimeoutError:
                    pass
        return times

    def test_the_clients_of_a_killed_daemon_all_come_back_and_not_at_one_instant(self):
        subscribers = [self.subscriber("--type", "back.*", "--count", "1")[0] for _ in range(BACK_CLIENTS)]
        self.wait_subscriptions(BACK_CLIENTS)

        self.daemon.kill()
        # The waits have grown to the longest by half of it.
        times = self.tries(8)
        late = [each for each in times if each > times[0] + 4]
        crowd = max(sum(each <= other < each + WINDOW_S for other in late) for each in late)

        self.assertLess(crowd, BACK_CLIENTS * WINDOW_SHARE_MAX)
        self.assertGreater(len(late), BACK_CLIENTS * 2)
        self.assertLess(len(late), BACK_CLIENTS * 4 / (RETRY_S / 2) * 1.2)

        self.daemon.start()
        publisher = Publisher(self.daemon)
        self.addCleanup(publisher.close)
        publisher.publish_for(3)
        self.wait_subscriptions(BACK_CLIENTS)
        self.assertLess(p99(publisher.seconds), P99_S)
        self.daemon.json("publish", "back.now")
        for subscriber in subscribers:
            self.assertEqual(subscriber.wait(SECONDS_MAX), 0)


if __name__ == "__main__":
    unittest.main()
