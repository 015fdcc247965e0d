#!/usr/bin/env python3
"""Shows that each check of .ci/ finds what it is there to find: breaks a small tree, and looks."""

import pathlib
import subprocess
import tempfile
import unittest

CHECKS = pathlib.Path(__file__).resolve().parent.parent.parent / ".ci"

LAYERS = """\
base:
core/base:
core/io: core/base
ordering: core/base
client:
tools/peal: client
door asio: core/io
"""


class Tree:
    def __init__(self, folder):
        self.root = pathlib.Path(folder)
        subprocess.run(["git", "-C", folder, "init", "-q"], check=True)
        self.write("docs/layers.txt", LAYERS)
        self.write("core/base/ids.h", "#pragma once\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def check(self, name):
        return subprocess.run([CHECKS / name, self.root], capture_output=True, text=True, check=False)


class CheckTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = Tree(folder.name)

    def assert_found(self, check, text):
        result = self.tree.check(check)
        self.assertEqual(result.returncode, 1, result)
        self.assertIn(text, result.stdout)

    def test_a_good_tree_passes(self):
        self.tree.write("ordering/log.h", '#pragma once\n#include "core/base/ids.h"\n')

        for check in ("check_layers", "check_files"):
            result = self.tree.check(check)
            self.assertEqual(result.returncode, 0, result)

    def test_an_include_against_the_arrows_is_found(self):
        self.tree.write("core/io/loop.h", "#pragma once\n")
        self.tree.write("ordering/log.h", '#include "core/io/loop.h"\n')

        self.assert_found("check_layers", "ordering/log.h:1: ordering may not include core/io")

    def test_a_library_beside_its_door_is_found(self):
        self.tree.write("ordering/log.h", "#include <asio/ip/tcp.hpp>\n")

        self.assert_found("check_layers", "ordering/log.h:1: <asio/ip/tcp.hpp> is for core/io only")

    def test_the_public_header_of_the_client_is_part_of_its_box(self):
        self.tree.write("client/include/peal/client.h", "#pragma once\n")
        self.tree.write("ordering/log.h", '#include "peal/client.h"\n')

        self.assert_found("check_layers", "ordering may not include client")

    def test_the_header_for_c_is_as_public(self):
        self.tree.write("docs/layers.txt", LAYERS.replace("client:", "client/include/peal:\nclient:"))
        self.tree.write("client/include/peal.h", "#pragma once\n")
        self.tree.write("ordering/log.h", "#include <peal.h>\n")

        self.assert_found("check_layers", "ordering may not include client/include/peal")

    def test_a_source_in_c_is_held_to_the_layers(self):
        self.tree.write("ordering/log.h", "#pragma once\n")
        self.tree.write("core/io/loop.c", '#include "ordering/log.h"\n')

        self.assert_found("check_layers", "core/io/loop.c:1: core/io may not include ordering")

    def test_a_file_outside_of_all_boxes_is_found(self):
        self.tree.write("core/stray.h", "#pragma once\n")

        self.assert_found("check_layers", "core/stray.h: belongs to no box")

    def test_a_long_file_is_found(self):
        self.tree.write("core/base/long.h", "int x;\n" * 601)

        self.assert_found("check_files", "core/base/long.h: 601 lines")

    def test_a_long_line_is_found(self):
        self.tree.write("core/base/wide.h", "//" + "x" * 99 + "\n")

        self.assert_found("check_files", "core/base/wide.h:1: 101 characters")

    def test_white_space_at_the_end_and_tabs_are_found(self):
        self.tree.write("core/base/stray.h", "int x; \n\tint y;\n")

        self.assert_found("check_files", "core/base/stray.h:1: white space at the end")
        self.assert_found("check_files", "core/base/stray.h:2: a tab")

    def test_an_open_end_is_found(self):
        self.tree.write("core/base/open.h", "// " + "TO" + "DO: later\n")

        self.assert_found("check_files", "core/base/open.h:1: an open end")

    def test_a_source_that_nothing_builds_is_found(self):
        self.tree.write("core/base/CMakeLists.txt", "add_library(base ids.cc)\n")
        self.tree.write("core/base/lost.cc", "int x;\n")

        self.assert_found("check_files", "core/base/lost.cc: no CMakeLists.txt")


if __name__ == "__main__":
    unittest.main()
