#!/usr/bin/env python3
"""Cases of CESQL against `peal filter test --cases`: what it prints is what each case expects.

usage: cesql.py PEAL CASES...

A file that is not there is skipped and named; with none there, nothing was tested: exit 77.
"""

import json
import pathlib
import subprocess
import sys

SKIPPED = 77


def same(expected, got):
    # TRUE is not 1, and 3 is not 3.0.
    return type(expected) is type(got) and expected == got


def wrong(case, line):
    """What is wrong with the line printed for a case, or None."""
    if line.get("error") != case.get("error"):
        return f"error {line.get('error')}, expected {case.get('error')}"
    if "result" in case and not same(case["result"], line["result"]):
        return f"result {line['result']!r}, expected {case['result']!r}"
    return None


def check(peal, path):
    """How many cases there are, and how many of them failed."""
    # Not splitlines(): it splits at U+2028 too.
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    done = subprocess.run([peal, "filter", "test", "--cases", path], capture_output=True, encoding="utf-8",
                          timeout=60, check=False)
    lines = [json.loads(line) for line in done.stdout.split("\n") if line]
    if done.returncode != 0 or len(lines) != len(cases):
        sys.exit(f"{path}: exit {done.returncode}, {len(lines)} lines for {len(cases)} cases\n{done.stderr}")
    failed = 0
    for case, line in zip(cases, lines):
        if reason := wrong(case, line):
            failed += 1
            print(f"{case['suite']}: {case['expression']}: {reason}")
    print(f"{path.name}: {len(cases) - failed} of {len(cases)}")
    return len(cases), failed


def main(peal, *paths):
    total = 0
    failures = 0
    for path in map(pathlib.Path, paths):
        if not path.exists():
            print(f"{path} is not there: skipped")
            continue
        cases, failed = check(peal, path)
        total += cases
        failures += failed
    sys.exit(1 if failures else 0 if total else SKIPPED)


if __name__ == "__main__":
    main(*sys.argv[1:])
