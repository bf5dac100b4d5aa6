#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make test: builds, then runs everything that must hold; the last line is "N passed, N failed".

Two lanes run side by side: the release build and the ASan+UBSan build, each through the unit tests, the fuzz corpora
and the end-to-end tests. Each part's output is kept in BUILD/test/PART.log and shown when the part fails.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
COUNTS = re.compile(r"^(\d+) passed, (\d+) failed$")
# A part that takes longer hangs.
PART_SECONDS = 1500
# Not detect_stack_use_after_return: g++ 12 does not align over-aligned locals on its fake stack.
SANITIZERS = {
    "ASAN_OPTIONS": "abort_on_error=0:detect_leaks=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}


class Part:
    def __init__(self, name, command, env=None):
        self.name, self.command, self.env = name, [str(word) for word in command], env or {}
        self.passed, self.failed = 0, 0


class Report:
    """Runs parts and adds up what they say."""

    def __init__(self, folder):
        self.folder = folder
        self.parts = []
        self.lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, part):
        log = self.folder / f"{part.name}.log"
        begun = time.monotonic()
        with log.open("w") as output:
            try:
                code = subprocess.run(part.command, cwd=ROOT, env={**os.environ, **part.env}, stdout=output,
                                      stderr=subprocess.STDOUT, timeout=PART_SECONDS).returncode
            except subprocess.TimeoutExpired:
                code = "timeout"
        text = log.read_text(errors="replace")
        found = [COUNTS.match(line) for line in text.splitlines()[-1:]]
        if found and found[0]:
            part.passed, part.failed = map(int, found[0].groups())
        if (code != 0 or part.passed == 0) and part.failed == 0:
            part.failed = 1  # it died, or ran nothing
        with self.lock:
            self.parts.append(part)
            print(f"{part.name:16} {part.passed:5} passed {part.failed:3} failed {time.monotonic() - begun:6.1f} s",
                  flush=True)
            if part.failed:
                last = "\n".join(text.splitlines()[-150:])
                print(f"{last}\n{part.name}: exit {code}, all of it in {log}", flush=True)

    def lane(self, parts):
        for part in parts:
            self.run(part)

    def totals(self):
        return sum(part.passed for part in self.parts), sum(part.failed for part in self.parts)


def make(build, mode, *targets):
    """Names the folder as a `make` by hand does: the objects' dependencies are known by their paths."""
    folder = os.path.relpath(build, ROOT)
    command = ["make", "--no-print-directory", f"-j{os.cpu_count() or 2}", f"BUILD={folder}", f"MODE={mode}", *targets]
    return subprocess.run(command, cwd=ROOT).returncode == 0


def corpora(build, mode, env):
    for target in sorted((build / mode / "replay").glob("*")):
        yield Part(f"{mode}-replay-{target.name}", [target, ROOT / "tests" / "fuzz" / "corpus" / target.name], env)


def suite(build, mode, binary, env):
    workers = str(max(2, os.cpu_count() or 2))
    return [
        Part(f"{mode}-unit", [build / mode / "unit-tests"], env),
        *corpora(build, mode, env),
        Part(f"{mode}-e2e", ["/usr/bin/python3", "-m", "pytest", "-q", "-n", workers, "tests/e2e"],
             {**env, "WEIR_BIN": str(binary)}),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", type=pathlib.Path)
    parser.add_argument("--lanes", default=os.environ.get("TEST_LANES", "release asan"),
                        help="which builds to test; TEST_LANES in the environment sets it too")
    options = parser.parse_args()
    build, chosen = options.build.resolve(), options.lanes.split()
    begun = time.monotonic()
    report = Report(build / "test")
    if not all([make(build, "release", "build", "unit-tests", "replay", "reference"),
                "asan" not in chosen or make(build, "asan", "build", "unit-tests", "replay")]):
        print("the build failed\n0 passed, 1 failed")
        return 1
    checks = Part("check", ["/usr/bin/python3", "scripts/check.py", "--build", build])
    lanes = [
        threading.Thread(target=report.lane, args=([checks, *suite(build, "release", build / "weir", {})],)),
    ]
    if "asan" in chosen:
        sanitized = suite(build, "asan", build / "asan" / "weir", SANITIZERS)
        lanes.append(threading.Thread(target=report.lane, args=(sanitized,)))
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    passed, failed = report.totals()
    print(f"took {(time.monotonic() - begun) / 60:.1f} minutes")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
