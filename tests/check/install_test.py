#!/usr/bin/env python3
"""What `cmake --install` leaves is all that it takes: programs are built with it, out of this tree, and run.

usage: install_test.py BUILD
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BUILD = None
SECONDS_MAX = 240


def run(*argv, **more):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=SECONDS_MAX, check=False, **more)
    if done.returncode != 0:
        raise AssertionError(f"{[*map(str, argv)]}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def only(found):
    found = list(found)
    if len(found) != 1:
        raise AssertionError(f"one is expected: {found}")
    return found[0]


class Daemon:
    """A bus of this machine alone, of the installed daemon."""

    def __init__(self, prefix, folder):
        self.socket = folder / "peal.sock"
        self.log = open(folder / "log", "w")
        self.process = subprocess.Popen(
            [prefix / "sbin" / "peald", "--standalone", "--node", "n1", "--data", folder / "data", "--socket",
             self.socket], stdout=self.log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + SECONDS_MAX
        while not self.socket.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((folder / "log").read_text())
            time.sleep(0.02)

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(SECONDS_MAX)
        self.log.close()


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        staged = cls.folder / "staged"
        for more in ([], ["--component", "testing"]):
            run("cmake", "--install", BUILD, "--prefix", "/opt/peal", *more,
                env={**os.environ, "DESTDIR": str(staged)})
        # Another place than it was installed for.
        cls.prefix = cls.folder / "moved"
        shutil.move(staged / "opt" / "peal", cls.prefix)
        cls.examples = cls.prefix / "share" / "doc" / "peal" / "examples"
        cls.library = only(cls.prefix.glob("lib/**/libpeal.so.0")).parent
        (cls.folder / "bus").mkdir()
        cls.daemon = Daemon(cls.prefix, cls.folder / "bus")
        cls.addClassCleanup(cls.daemon.close)
        cls.environment = {**os.environ, "PEAL_SOCKET": str(cls.daemon.socket),
                           "PKG_CONFIG_PATH": str(cls.library / "pkgconfig")}

    def run_with_bus(self, *argv):
        return run(*argv, env=self.environment)

    def assert_examples_work(self, folder):
        published = self.run_with_bus(folder / "publish", "app.installed", "2").splitlines()
        self.assertEqual([line.split()[1:] for line in published],
                         [["app.installed", "1"], ["app.installed", "2"]])
        seen = self.run_with_bus(folder / "publish_subscribe", "app.cpp")
        self.assertIn("app.cpp from n1", seen)

    def test_all_that_is_promised_is_there(self):
        for name in ("sbin/peald", "bin/peal", "include/peal.h", "include/peal/client.h",
                     "include/peal/event.h", "include/peal/status.h", "include/peal/types.h",
                     "share/peal/proto/session.proto", "share/peal/proto/event.proto",
                     "share/peal/proto/place.proto"):
            self.assertTrue((self.prefix / name).is_file(), name)
        self.assertEqual(os.readlink(self.library / "libpeal.so"), "libpeal.so.0")
        self.assertRegex(os.readlink(self.library / "libpeal.so.0"), r"^libpeal\.so\.0\.")
        self.assertIn("phase", self.run_with_bus(self.prefix / "bin" / "peal", "status"))

    def test_the_examples_are_built_by_cmake(self):
        build = self.folder / "by_cmake"
        run("cmake", "-S", self.examples, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
            "-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF")
        run("cmake", "--build", build)

        self.assertIn(str(self.library / "libpeal.so"), run("ldd", build / "publish"))
        self.assert_examples_work(build)
        self.assertRegex(run(build / "failover_test"), r"PASSED  \] 4 tests")

    def test_the_examples_are_built_with_pkg_config(self):
        build = self.folder / "by_pkg_config"
        build.mkdir()
        flags = self.run_with_bus("pkg-config", "--cflags", "--libs", "peal").split()
        folders = [os.path.realpath(flag[2:]) for flag in flags if flag.startswith("-L")]
        self.assertEqual(folders, [str(self.library.resolve())])
        flags.append(f"-Wl,-rpath,{self.library}")
        run("cc", "-std=c99", self.examples / "publish.c", "-o", build / "publish", *flags)
        run("c++", "-std=c++20", self.examples / "publish_subscribe.cc", "-o", build / "publish_subscribe",
            *flags)

        self.assert_examples_work(build)

    def test_the_protocol_is_there_for_other_languages(self):
        out = self.folder / "python"
        out.mkdir()

        run("protoc", f"--python_out={out}", f"-I{self.prefix / 'share' / 'peal'}", "proto/session.proto",
            "proto/event.proto", "proto/place.proto")

        self.assertTrue((out / "proto" / "session_pb2.py").is_file())


if __name__ == "__main__":
    BUILD = sys.argv.pop(1)
    unittest.main()
