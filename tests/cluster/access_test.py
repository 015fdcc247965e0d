#!/usr/bin/env python3
"""Who may do what: denied is exit 77, one line in the log, and nothing else happens."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

from harness import BUILD, ClusterTest, documents, wait_for

OK, BAD_DATA, BUSY, DENIED = 0, 65, 75, 77
SOCKET = "/run/peal/peal.sock"

# Numbers that no account has to have.
STRANGER, PUBLISHER, SUBSCRIBER, OPERATOR, MEMBER, LOCKER, MANY, FAST = range(4000, 4008)
GROUP = 4100
RULES = f"""
[[acl]]
uid = {PUBLISHER}
verbs = ["publish"]
types = ["app.*"]
[[acl]]
uid = {SUBSCRIBER}
verbs = ["subscribe"]
types = ["app.*"]
[[acl]]
uid = {OPERATOR}
verbs = ["admin"]
[[acl]]
gid = {GROUP}
verbs = "*"
[[acl]]
uid = {LOCKER}
verbs = ["watch", "lock"]
[[acl]]
uid = {MANY}
verbs = ["subscribe"]
[[acl]]
uid = {FAST}
verbs = ["publish"]
[limits]
sessions_per_uid = 2
publish_rate_per_uid = 5
"""


def event(kind):
    return json.dumps({"specversion": "1.0", "type": kind}) + "\n"


@unittest.skipIf(os.getuid() != 0, "only root can be somebody else")
class AccessCase(ClusterTest):
    node_count = 1

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Somebody else need not be able to read this tree.
        folder = tempfile.mkdtemp(dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        cls.peal = shutil.copy(BUILD / "tools" / "peal" / "peal", folder)
        cls.cluster.wait_whole()
        # The socket's mode lets everybody in, so that it is the rules that refuse.
        cls.cluster.ok("n1", "chmod", "0666", SOCKET)

    def command(self, uid, *argv, groups=None):
        more = ["--clear-groups"] if groups is None else ["--groups", str(groups)]
        return ["setpriv", "--reuid", str(uid), "--regid", str(uid), *more, self.peal, *argv]

    def as_user(self, uid, *argv, stdin="", **more):
        return self.cluster.run("n1", *self.command(uid, *argv, **more), stdin=stdin)

    def log_lines(self, uid):
        return [line for line in self.cluster.devcluster("logs", "n1", "peald").splitlines()
                if f"uid {uid})" in line]

    def state(self):
        """All that a refused request could have changed."""
        status = self.cluster.status("n1")
        durables = [known for known in self.cluster.json("n1", "ls", "subscriptions") if known["durable"]]
        return (self.cluster.history("n1"), status["localseq"], status["members"], status["epoch"], durables)

    def assert_denied(self, uid, words, *argv, stdin="", groups=None):
        before, lines_before = self.state(), len(self.log_lines(uid))
        done = self.as_user(uid, *argv, stdin=stdin, groups=groups)
        self.assertEqual(done.returncode, DENIED, (argv, done.stdout, done.stderr))
        self.assertIn(words, done.stdout + done.stderr)
        self.assertEqual(self.state(), before, argv)
        lines = self.log_lines(uid)[lines_before:]
        self.assertEqual(len(lines), 1, lines)
        self.assertIn(words, lines[0])

    def assert_allowed(self, uid, *argv, stdin="", groups=None):
        done = self.as_user(uid, *argv, stdin=stdin, groups=groups)
        self.assertEqual(done.returncode, OK, (argv, done.stdout, done.stderr))
        return done.stdout


class DefaultAccessTest(AccessCase):
    """Without rules."""

    def test_who_is_neither_root_nor_of_the_group_may_nothing(self):
        for argv in (["publish", "app.x"],
                     ["publish", "app.x", "--scope", "local"],
                     ["publish", "app.x", "--ack", "none"],
                     ["publish", "--stdin"],
                     ["subscribe", "--count", "1"],
                     ["tail", "--count", "1"],
                     ["subscribe", "--durable", "stranger"],
                     ["subscription", "rm", "stranger"],
                     ["ls", "classes"],
                     ["ls", "producers"],
                     ["ls", "subscriptions"],
                     ["ls", "nodes"],
                     ["status"],
                     ["barrier"],
                     ["cluster", "bootstrap"],
                     ["cluster", "admit", "n1"],
                     ["cluster", "forget", "n1"],
                     ["bench", "publish", "--count", "1", "--data", "/tmp"],
                     ["bench", "subscribe", "--subscribers", "1"]):
            with self.subTest(argv=argv):
                self.assert_denied(STRANGER, f"uid {STRANGER} has no rights here", *argv,
                                   stdin=event("app.x"))

    def test_the_sockets_mode_decides_first(self):
        self.cluster.ok("n1", "chmod", "0660", SOCKET)
        self.addCleanup(self.cluster.ok, "n1", "chmod", "0666", SOCKET)

        done = self.as_user(STRANGER, "status")

        self.assertEqual(done.returncode, DENIED, done.stderr)
        self.assertIn(f"{SOCKET}: Permission denied", done.stderr)


class RulesTest(AccessCase):
    """Each rule allows just what it says."""

    up_args = ("--peald-toml", RULES)

    def test_who_may_publish_some_types_publishes_those(self):
        answer = json.loads(self.assert_allowed(PUBLISHER, "--json", "publish", "app.x"))
        self.assert_allowed(PUBLISHER, "publish", "app.y", "--scope", "local")
        published = self.cluster.history("n1")[int(answer["globalseq"]) - 1]
        self.assertEqual((published["type"], int(published["originuid"])), ("app.x", PUBLISHER))
        forged = json.loads(event("app.x")) | {"originuid": 0, "originexe": "/bin/true", "node": "n9"}
        done = self.as_user(PUBLISHER, "--json", "publish", "--stdin", stdin=json.dumps(forged) + "\n")
        if done.returncode == OK:
            published = self.cluster.history("n1")[int(documents(done.stdout)[0]["globalseq"]) - 1]
            self.assertEqual((int(published["originuid"]), published["originexe"], published["node"]),
                             (PUBLISHER, self.peal, "n1"))
        else:
            self.assertEqual(done.returncode, BAD_DATA, done.stdout + done.stderr)

        self.assert_denied(PUBLISHER, "may not publish 'ip.added'", "publish", "ip.added")
        self.assert_denied(PUBLISHER, "may not publish 'application'", "publish", "application",
                           "--scope", "local")
        self.assert_denied(PUBLISHER, "no right to subscribe", "subscribe", "--type", "app.*", "--count", "1")
        self.assert_denied(PUBLISHER, "may not change the voters", "cluster", "forget", "n1")
        for argv in (["status"], ["ls", "nodes"], ["barrier"]):
            self.assert_allowed(PUBLISHER, *argv)

    def test_of_many_lines_those_that_are_allowed_are_published(self):
        lines_before = len(self.log_lines(PUBLISHER))

        done = self.as_user(PUBLISHER, "--json", "publish", "--stdin",
                            stdin=event("app.first") + event("ip.added") + event("app.last"))

        self.assertEqual(done.returncode, DENIED, done.stdout + done.stderr)
        answers = documents(done.stdout)
        self.assertEqual(["globalseq" in answer for answer in answers], [True, False, True])
        self.assertIn("app.*", answers[1]["error"])
        types = [known["type"] for known in self.cluster.history("n1")]
        self.assertEqual([kind for kind in types if kind in ("app.first", "ip.added", "app.last")],
                         ["app.first", "app.last"])
        self.assertEqual(len(self.log_lines(PUBLISHER)), lines_before + 1)

    def test_a_publish_that_waits_for_no_answer_is_dropped_with_a_line_in_the_log(self):
        before, lines_before = self.state(), len(self.log_lines(PUBLISHER))

        self.assert_allowed(PUBLISHER, "publish", "ip.added", "--ack", "none")

        wait_for("a line in the log", lambda: len(self.log_lines(PUBLISHER)) == lines_before + 1)
        self.assertEqual(self.state(), before)

    def test_who_may_subscribe_to_some_types_gets_those(self):
        for kind in ("app.seen", "other.unseen", "app.seen"):
            self.cluster.ok("n1", "peal", "publish", kind)

        got = self.assert_allowed(SUBSCRIBER, "--json", "subscribe", "--type", "app.seen", "--from", "first",
                                  "--count", "2")

        self.assertEqual([known["type"] for known in documents(got)], ["app.seen", "app.seen"])
        for argv in ([], ["--type", "app.*", "--type", "other.*"], ["--type", "*"]):
            self.assert_denied(SUBSCRIBER, "right to subscribe app.*", "subscribe", *argv, "--from", "first",
                               "--count", "1")
        self.assert_denied(SUBSCRIBER, "no right to publish", "publish", "app.x")

    def test_a_durable_subscription_is_its_owners_and_root_takes_and_an_operator_forgets_it(self):
        durable = ["--json", "subscribe", "--type", "app.*", "--durable", "hers", "--idle", "100ms"]
        self.assert_allowed(SUBSCRIBER, *durable)
        theirs = f"belongs to uid {SUBSCRIBER}"

        for uid, groups in ((MEMBER, GROUP), (MANY, None)):
            before, lines = self.cluster.json("n1", "ls", "subscriptions"), self.log_lines(uid)
            done = self.as_user(uid, *durable, groups=groups)
            self.assertEqual((done.returncode, theirs in done.stderr), (DENIED, True), done.stderr)
            self.assertEqual(self.cluster.json("n1", "ls", "subscriptions"), before)
            self.assertEqual(len(self.log_lines(uid)), len(lines) + 1)
        self.assert_denied(MANY, "may not forget the durable subscription 'hers'", "subscription", "rm",
                           "hers")

        self.cluster.ok("n1", "peal", *durable)
        self.assert_allowed(SUBSCRIBER, *durable)
        self.assert_allowed(SUBSCRIBER, "subscription", "rm", "hers")
        self.assert_allowed(SUBSCRIBER, *durable)
        self.assert_allowed(OPERATOR, "subscription", "rm", "hers")
        self.assertEqual(self.cluster.json("n1", "ls", "subscriptions"), [])

    def test_an_operator_changes_the_voters_and_nothing_else(self):
        # Refused by the order, since it is the only voter: the rules let it through.
        done = self.as_user(OPERATOR, "cluster", "forget", "n1", "--timeout", "1s")
        self.assertNotEqual(done.returncode, DENIED, done.stderr)
        self.assert_allowed(OPERATOR, "cluster", "admit", "n1")
        self.assert_denied(OPERATOR, "no right to publish", "publish", "app.x")

    def test_a_group_counts_among_the_others_of_the_caller(self):
        self.assert_allowed(MEMBER, "publish", "any.thing", groups=GROUP)
        self.assert_denied(MEMBER, "has no rights here", "status", groups=GROUP + 1)

    def test_whoever_has_any_right_may_look(self):
        self.assert_allowed(LOCKER, "status")
        self.assert_denied(LOCKER, "no right to publish", "publish", "app.x")


class EachVerbTest(AccessCase):
    """Who may do something is refused what needs another verb."""

    up_args = ("--peald-toml", RULES)

    def test_each_command_needs_its_verb(self):
        self.cluster.ok("n1", "peal", "subscribe", "--durable", "roots", "--idle", "100ms")
        publish, subscribe = "no right to publish", "no right to subscribe"
        for words, argv in ((publish, ["publish", "app.x"]),
                            (publish, ["publish", "app.x", "--scope", "local"]),
                            (publish, ["publish", "app.x", "--expect-subject-seq", "0", "--subject", "s"]),
                            (publish, ["publish", "--stdin"]),
                            (publish, ["bench", "publish", "--count", "1", "--data", "/tmp"]),
                            (subscribe, ["subscribe", "--count", "1"]),
                            (subscribe, ["tail", "--type", "app.*", "--count", "1"]),
                            (subscribe, ["subscribe", "--from", "first", "--count", "1"]),
                            (subscribe, ["subscribe", "--from", "-10m", "--count", "1"]),
                            (subscribe, ["subscribe", "--where", "type = 'app.x'", "--count", "1"]),
                            (subscribe, ["subscribe", "--durable", "new", "--count", "1"]),
                            (subscribe, ["subscribe", "--durable", "roots", "--count", "1"]),
                            (subscribe, ["bench", "subscribe", "--subscribers", "1", "--sessions", "1"]),
                            ("may not forget", ["subscription", "rm", "roots"]),
                            ("may not change the voters", ["cluster", "bootstrap"]),
                            ("may not change the voters", ["cluster", "admit", "n1"]),
                            ("may not change the voters", ["cluster", "forget", "n1"])):
            with self.subTest(argv=argv):
                self.assert_denied(LOCKER, words, *argv, stdin=event("app.x"))


class LogTest(AccessCase):
    up_args = ("--peald-toml", RULES)

    def test_a_client_that_tries_for_ever_does_not_fill_the_log(self):
        done = self.as_user(PUBLISHER, "--json", "publish", "--stdin", stdin=event("ip.added") * 2000)

        self.assertEqual(done.returncode, DENIED)
        self.assertEqual(len(documents(done.stdout)), 2000)
        lines = self.log_lines(PUBLISHER)
        self.assertTrue(lines)
        self.assertLessEqual(len(lines), 60)


class LimitsTest(AccessCase):
    """What the clients of one uid may take together."""

    up_args = ("--peald-toml", RULES)

    def subscriber(self, uid, last):
        """One that ends with an event of this type."""
        count = len(self.cluster.json("n1", "ls", "subscriptions"))
        command = self.cluster.command("exec", "n1", "--",
                                       *self.command(uid, "subscribe", "--type", last, "--count", "1"))
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait, 60)
        self.addCleanup(self.cluster.ok, "n1", "peal", "publish", last)
        wait_for("it is subscribed", lambda: len(self.cluster.json("n1", "ls", "subscriptions")) > count)
        return process

    def test_a_uid_has_so_many_sessions(self):
        first = self.subscriber(MANY, "end.first")
        self.subscriber(MANY, "end.second")

        third = self.as_user(MANY, "status")
        self.assertEqual(third.returncode, BUSY, third.stderr)
        self.assertIn("sessions_per_uid", third.stderr)
        self.assertEqual(len(self.log_lines(MANY)), 1)
        self.assert_allowed(OPERATOR, "status")

        self.cluster.ok("n1", "peal", "publish", "end.first")
        first.wait(60)
        wait_for("there is room again", lambda: self.as_user(MANY, "status").returncode == OK)

    def test_a_uid_publishes_so_many_events_a_second(self):
        done = self.as_user(FAST, "--json", "publish", "--stdin", stdin=event("app.fast") * 50)

        self.assertEqual(done.returncode, BUSY, done.stdout + done.stderr)
        answers = documents(done.stdout)
        published = [answer for answer in answers if "globalseq" in answer]
        self.assertGreaterEqual(len(published), 5)
        self.assertLess(len(published), 50)
        self.assertIn("publish_rate_per_uid", answers[-1]["error"])
        self.assertEqual(len([known for known in self.cluster.history("n1") if known["type"] == "app.fast"]),
                         len(published))
        # A connection of its own for each does not help; root is not held up.
        codes = [self.as_user(FAST, "publish", "app.again", "--ack", "accepted").returncode for _ in range(2)]
        self.assertLessEqual(set(codes), {OK, BUSY})
        self.cluster.ok("n1", "peal", "publish", "--stdin", stdin=event("app.root") * 50)
        wait_for("it may publish again", lambda: self.as_user(FAST, "publish", "app.x").returncode == OK)


if __name__ == "__main__":
    unittest.main()
