#!/usr/bin/env python3
"""Mistakes: each has a message that says what is wrong, the contract's exit code, and harms nobody else."""

import base64
import json
import socket
import struct
import subprocess
import unittest

from harness import UNREACHABLE, ClusterTest, documents

USAGE, BAD_DATA, NO_INPUT = 64, 65, 66
DATA_BYTES_MAX = 1 << 20

# A program on the node that sends its standard input to the socket and prints what comes back until the end.
SEND_RAW = """
import socket, sys
daemon = socket.socket(socket.AF_UNIX)
daemon.settimeout(20)
daemon.connect("/run/peal/peal.sock")
try:
    daemon.sendall(bytes.fromhex(sys.stdin.read()))
    if "torn" in sys.argv:
        daemon.shutdown(socket.SHUT_WR)
    while data := daemon.recv(65536):
        sys.stdout.write(data.decode("latin-1"))
except ConnectionResetError:
    pass
"""


class BadInputTest(ClusterTest):
    node_count = 1

    def setUp(self):
        self.incarnation = self.cluster.status("n1")["incarnation"]

    def tearDown(self):
        # Whatever was sent, the daemon lives, and is the same.
        status = self.cluster.status("n1")
        self.assertEqual((status["phase"], status["incarnation"]), ("primary", self.incarnation))

    def assert_fails(self, code, words, *argv, stdin=""):
        done = self.cluster.peal("n1", *argv, stdin=stdin)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn(words, done.stderr)
        self.assertTrue(done.stderr.startswith("peal: "), done.stderr)

    def send_raw(self, data, *argv):
        """What the daemon answers to these bytes before it closes the connection."""
        return self.cluster.ok("n1", "python3", "-c", SEND_RAW, *argv, stdin=data.hex())

    def test_unknown_commands_and_flags_are_named(self):
        self.assert_fails(USAGE, "unknown command 'frobnicate'", "frobnicate")
        self.assert_fails(USAGE, "did you mean 'status'?", "statsu")
        self.assert_fails(USAGE, "unknown flag '--frob'", "status", "--frob")
        self.assert_fails(USAGE, "a command is missing")
        self.assert_fails(USAGE, "'5' is not a duration", "status", "--timeout", "5")
        self.assert_fails(USAGE, "not a whole number", "subscribe", "--count", "0")

    def test_a_daemon_that_is_not_there_is_named(self):
        self.assert_fails(UNREACHABLE, "/run/none.sock", "--socket", "/run/none.sock", "status")
        self.assert_fails(UNREACHABLE, "Connection refused", "--socket", "/etc/hostname", "status")

    def test_a_socket_of_another_program_is_noticed(self):
        with socket.socket(socket.AF_UNIX) as listener:
            # A file, since each network namespace has abstract names of its own.
            path = f"/tmp/{self.cluster.name}.sock"
            listener.bind(path)
            self.addCleanup(subprocess.run, ["rm", "-f", path], check=True)
            listener.listen(1)
            with subprocess.Popen(
                    self.cluster.command("exec", "n1", "--", "peal", "--socket", path, "status"),
                    stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
                connection, _ = listener.accept()
                with connection:
                    connection.sendall(b"220 mail.example ESMTP\r\n")
                    _, words = client.communicate(timeout=30)
        self.assertEqual(client.returncode, UNREACHABLE, words)
        self.assertIn(path, words)

    def test_bad_events_are_refused_before_they_are_sent(self):
        self.assert_fails(USAGE, "NAME=VALUE is expected", "publish", "test.x", "--attr", "novalue")
        self.assert_fails(BAD_DATA, "'Bad'", "publish", "test.x", "--attr", "Bad=3")
        self.assert_fails(BAD_DATA, "reserved", "publish", "peal.x")
        self.assert_fails(BAD_DATA, "not a dotted name", "publish", "bad type")
        self.assert_fails(NO_INPUT, "/nowhere", "publish", "test.x", "--data", "@/nowhere")

    def test_data_up_to_the_limit_is_taken_and_beyond_refused(self):
        self.assert_fails(BAD_DATA, f"at most {DATA_BYTES_MAX}", "publish", "test.x", "--data", "-",
                          stdin="x" * (DATA_BYTES_MAX + 1))
        answer = self.cluster.json("n1", "publish", "test.big", "--data", "-", stdin="x" * DATA_BYTES_MAX)[0]
        event = self.cluster.json("n1", "subscribe", "--from", answer["globalseq"], "--count", "1",
                                  "--scope", "global")[0]
        self.assertEqual(base64.b64decode(event["data_base64"]), b"x" * DATA_BYTES_MAX)

    def test_bad_lines_do_not_stop_the_good_ones(self):
        lines = [json.dumps({"specversion": "1.0", "type": "test.line", "subject": "first"}),
                 "this is no JSON",
                 json.dumps({"specversion": "1.0", "type": 5}),
                 json.dumps({"specversion": "1.0", "type": "test.line", "subject": "last"})]

        done = self.cluster.peal("n1", "--json", "publish", "--stdin", stdin="\n".join(lines) + "\n")

        self.assertEqual(done.returncode, BAD_DATA, done.stdout + done.stderr)
        self.assertIn("2 of 4 lines failed", done.stderr)
        answers = documents(done.stdout)
        self.assertEqual(["globalseq" in answer for answer in answers], [True, False, False, True])
        self.assertEqual([answer["line"] for answer in answers[1:3]], [2, 3])
        self.assertIn("JSON", answers[1]["error"])
        self.assertIn("type", answers[2]["error"])
        seen = self.cluster.json("n1", "subscribe", "--from", answers[0]["globalseq"], "--type", "test.line",
                                 "--count", "2")
        self.assertEqual([event["subject"] for event in seen], ["first", "last"])

    def assert_closed(self, words, data, *argv):
        lines_before = len(self.cluster.devcluster("logs", "n1", "peald").splitlines())
        answer = self.send_raw(data, *argv)
        log = self.cluster.devcluster("logs", "n1", "peald").splitlines()[lines_before:]
        self.assertEqual(len([line for line in log if "client '" in line and words in line]), 1, log)
        return answer

    def test_garbage_closes_its_own_session_and_is_logged(self):
        watcher = self.subscribe("n1", "--type", "test.after")

        self.assertIn("allowed", self.assert_closed("a frame of", b"GET / HTTP/1.1\r\n\r\n"))
        self.assert_closed("a frame of", struct.pack("<I", 0xFFFFFFFF) + b"\x00" * 64)
        self.assert_closed("no ClientFrame", struct.pack("<I", 16) + b"\xff" * 16)
        self.assert_closed("in the middle of a frame", struct.pack("<I", 100) + b"\x0a", "torn")

        self.cluster.ok("n1", "peal", "publish", "test.after")
        self.assertEqual(len(watcher.wait_events(1)), 1)


if __name__ == "__main__":
    unittest.main()
