#!/usr/bin/env python3
"""What libpeal.so shows to programs: what tests/check/libpeal_symbols.txt lists, and nothing else.

What is in PEAL_0 is never taken out again while the library is libpeal.so.0. Once it is released, what is
added gets a node of its own in client/c/libpeal.map.in. To see what there is:
  python3 tests/check/libpeal_test.py LIBRARY --list

usage: libpeal_test.py LIBRARY
"""

import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
HEADER = HERE.parent.parent / "client" / "include" / "peal.h"
LIBRARY = None


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def exported():
    """Each symbol with its node, as NODE NAME; C++ names as people write them."""
    symbols = set()
    for line in run("nm", "-D", "-C", "--defined-only", "--with-symbol-versions", LIBRARY).splitlines():
        kind, name = line.split(maxsplit=2)[1:]
        if kind != "A":  # The nodes themselves.
            name, _, node = name.partition("@@")
            symbols.add(f"{node} {name}")
    return symbols


def listed():
    lines = (HERE / "libpeal_symbols.txt").read_text().splitlines()
    return {line for line in lines if not line.startswith("#")}


class LibpealTest(unittest.TestCase):
    maxDiff = None

    def test_what_is_listed_is_exported_and_nothing_else(self):
        self.assertEqual(sorted(exported() - listed()), [], "exported and not listed")
        self.assertEqual(sorted(listed() - exported()), [], "listed and not exported")

    def test_each_function_of_the_header_is_exported_and_no_other(self):
        text = re.sub(r"//[^\n]*", "", HEADER.read_text())
        declared = set(re.findall(r"\b(peal_\w+)\([^;]*?\)\s*PEAL_NOEXCEPT;", text))

        self.assertEqual({line.split()[1] for line in exported() if line.startswith("PEAL_0 ")}, declared)

    def test_its_name_is_that_of_its_first_interface(self):
        self.assertIn("soname: [libpeal.so.0]", run("readelf", "-d", LIBRARY))

    def test_it_has_no_descriptors_of_messages(self):
        needed = re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", LIBRARY))

        self.assertIn("libprotobuf-lite", "".join(needed))
        self.assertNotIn("libprotobuf.so", "".join(needed))


if __name__ == "__main__":
    LIBRARY = sys.argv.pop(1)
    if "--list" in sys.argv:
        print("\n".join(sorted(exported())))
    else:
        unittest.main()
