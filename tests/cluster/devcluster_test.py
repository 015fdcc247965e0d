#!/usr/bin/env python3
"""The tool that makes the clusters: side by side, gone without a trace, also when it is killed."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from harness import BUILD, ROOT, Cluster, wait_for

USER = "nobody"
NO_CLUSTER, NO_NAMESPACES, USAGE = 105, 69, 64


def devcluster(*argv, **more):
    return subprocess.run([sys.executable, str(ROOT / "tools" / "devcluster"), *argv], capture_output=True,
                          text=True, timeout=120, check=False, **more)


def record(name):
    folder = pathlib.Path(tempfile.gettempdir()) / f"peal-devcluster-{os.getuid()}" / name
    return json.loads((folder / "supervisor.json").read_text())


def descendants(pid):
    """The processes of a cluster, as this machine sees them."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def alive(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat[stat.rindex(")") + 2] != "Z"


class DevclusterTest(unittest.TestCase):
    def cluster(self, nodes=2, name="dev"):
        cluster = Cluster(nodes, name)
        self.addCleanup(cluster.close)
        return cluster

    def test_clusters_side_by_side_have_nothing_to_do_with_each_other(self):
        one, two = self.cluster(name="one"), self.cluster(name="two")

        one.ok("n1", "peal", "publish", "test.one")

        self.assertIn("test.one", {event["type"] for event in one.history("n2")})
        self.assertNotIn("test.one", {event["type"] for event in two.history("n2")})
        self.assertEqual(two.status("n1")["cluster"], two.name)

    def test_what_down_ends_is_all_there_was(self):
        cluster = self.cluster()
        supervisor = record(cluster.name)["pid"]
        processes = [supervisor, *descendants(supervisor)]
        self.assertGreaterEqual(len(processes), 7, "a supervisor, and three processes a node")

        cluster.devcluster("down")

        self.assertEqual([pid for pid in processes if alive(pid)], [])
        self.assertNotIn(cluster.name, devcluster("list").stdout)
        self.assertEqual(cluster.run("n1", "true").returncode, NO_CLUSTER)

    def test_a_killed_supervisor_takes_everything_along(self):
        cluster = self.cluster()
        supervisor = record(cluster.name)["pid"]
        processes = descendants(supervisor)

        os.kill(supervisor, signal.SIGKILL)

        wait_for("all of it is gone", lambda: not any(alive(pid) for pid in processes))
        self.assertIn("ended; 'down' removes it", devcluster("list").stdout)
        cluster.devcluster("down")
        self.assertNotIn(cluster.name, devcluster("list").stdout)

    def assert_killed_up_leaves_nothing(self, name, wait):
        cluster = f"{name}-{os.getpid()}"
        self.addCleanup(devcluster, "--name", cluster, "down")
        command = [sys.executable, str(ROOT / "tools" / "devcluster"), "--name", cluster]
        with subprocess.Popen([*command, "up", "3", "--build", str(BUILD)], stdout=subprocess.PIPE,
                              text=True) as up:
            wait(cluster, up)
            processes = descendants(up.pid)
            self.assertTrue(processes)

            up.kill()

            wait_for("all of it is gone", lambda: not any(alive(pid) for pid in processes), 30)

    def test_a_killed_up_leaves_nothing(self):
        self.assert_killed_up_leaves_nothing(
            "killed", lambda _, up: self.assertIn("nodes on a network", up.stdout.readline()))

    def test_an_up_that_is_killed_while_it_waits_leaves_nothing(self):
        self.assert_killed_up_leaves_nothing(
            "waiting", lambda cluster, _: wait_for(
                "the cluster answers",
                lambda: devcluster("--name", cluster, "status").returncode == 0))

    def test_a_tied_cluster_ends_with_who_made_it(self):
        script = ("import harness, sys; cluster = harness.Cluster(1, 'tied');"
                  "print(cluster.name, flush=True); sys.stdin.read()")
        with subprocess.Popen([sys.executable, "-c", script], cwd=pathlib.Path(__file__).parent,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as maker:
            name = maker.stdout.readline().strip()
            self.addCleanup(devcluster, "--name", name, "down")
            supervisor = record(name)["pid"]
            self.assertTrue(alive(supervisor))

            maker.kill()

            wait_for("the cluster has ended", lambda: not alive(supervisor))

    def test_up_again_is_quick_and_says_so(self):
        cluster = self.cluster()
        before = record(cluster.name)

        self.assertIn("is up already", cluster.devcluster("up", "2", "--build", str(BUILD)))

        self.assertEqual(record(cluster.name), before)
        other = devcluster("--name", cluster.name, "up", "3", "--build", str(BUILD))
        self.assertEqual(other.returncode, 1)
        self.assertIn("is up with 2 nodes", other.stderr)

    def test_a_command_on_a_node_ends_with_what_runs_it(self):
        cluster = self.cluster(1)
        with subprocess.Popen(cluster.command("exec", "n1", "--", "sh", "-c", "echo up; exec sleep 1000"),
                              stdout=subprocess.PIPE, text=True) as command:
            self.assertEqual(command.stdout.readline(), "up\n")
            supervisor = record(cluster.name)["pid"]

            command.terminate()

            self.assertEqual(command.stdout.readline(), "")
        self.assertTrue(alive(supervisor))
        self.assertEqual(cluster.run("n1", "sh", "-c", "exit 42").returncode, 42)

    def test_mistakes_have_messages(self):
        cluster = self.cluster(1)
        for code, words, argv in (
                (USAGE, "no node 'n9'", ["exec", "n9", "true"]),
                (NO_CLUSTER, "no cluster 'none' is up", ["--name", "none", "status"]),
                (USAGE, "invalid choice", ["kill", "n1", "sshd"]),
                (USAGE, "no name of a cluster", ["--name", "../x", "down"]),
                (1, "is running on n1", ["start", "n1", "peald"]),
                (1, "two sides", ["partition", "n1", "n1"])):
            done = devcluster(*([] if "--name" in argv else ["--name", cluster.name]), *argv)
            self.assertEqual(done.returncode, code, (argv, done.stderr))
            self.assertIn(words, done.stderr)

    @unittest.skipIf(os.getuid() != 0, "it runs as an ordinary user anyway")
    def test_an_ordinary_user_can_have_one(self):
        # Such a user need not be able to read this tree.
        folder = pathlib.Path(tempfile.mkdtemp(dir="/tmp"))
        self.addCleanup(shutil.rmtree, folder)
        for tool in ("peald", "peal"):
            target = folder / "build" / "tools" / tool
            target.mkdir(parents=True)
            shutil.copy(BUILD / "tools" / tool / tool, target)
        shutil.copytree(ROOT / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        folder.chmod(0o755)
        name = f"user-{os.getpid()}"

        def try_as_user(*argv):
            # Debian's Python, since root may have one that others cannot reach.
            command = ["setpriv", "--reuid", USER, "--regid", "nogroup", "--clear-groups",
                       "/usr/bin/python3", str(folder / "tools" / "devcluster"), "--name", name]
            return subprocess.run([*command, *argv], capture_output=True, text=True, timeout=120,
                                  check=False, cwd="/")

        def as_user(*argv):
            done = try_as_user(*argv)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            return done.stdout

        self.addCleanup(as_user, "down")
        up = try_as_user("up", "3", "--build", str(folder / "build"))
        if up.returncode == NO_NAMESPACES:
            self.skipTest(up.stderr)
        self.assertEqual(up.returncode, 0, up.stdout + up.stderr)
        as_user("exec", "n1", "peal", "publish", "test.user")
        as_user("exec", "n3", "peal", "barrier")
        self.assertIn("test.user", as_user("exec", "n3", "peal", "subscribe", "--from", "first", "--type",
                                           "test.user", "--count", "1"))
        as_user("partition", "n1", "n2,n3")
        as_user("heal")


if __name__ == "__main__":
    unittest.main()
