# SPDX-License-Identifier: Apache-2.0
"""make bench says what it lacks. Its figures are for people: a test measures nothing."""
import os
import pathlib
import subprocess

from weirtest.process import BINARY

BENCH = pathlib.Path(__file__).resolve().parents[1] / "bench" / "bench.py"


def bench(*arguments, path=os.environ["PATH"]):
    run = subprocess.run(["/usr/bin/python3", str(BENCH), *arguments], capture_output=True, text=True, timeout=30,
                         env={**os.environ, "PATH": path})
    assert run.returncode != 0
    return run.stderr


def test_a_program_that_is_missing_is_named():
    assert "there is no wrk: `make deps`" in bench("--weir", BINARY, path="/nowhere")


def test_a_weir_that_is_missing_is_named():
    assert "no-weir is not there: make build" in bench("--weir", "no-weir")


def test_numbers_are_checked():
    assert "must be at least 1" in bench("--weir", BINARY, "--rounds", "0")
