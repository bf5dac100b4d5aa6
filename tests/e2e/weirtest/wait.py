# SPDX-License-Identifier: Apache-2.0
"""Waiting for a fact instead of for time to pass."""
import os
import pathlib
import signal
import time

# Sanitizers and a busy machine make everything slower; a test's own limits are multiplied by this.
SLOWNESS = 3.0 if "asan" in os.environ.get("WEIR_BIN", "") else 1.0
LIMIT = 10.0 * SLOWNESS


def until(fact, what, limit=LIMIT):
    """Asks fact() until it gives something true, and returns that. what: text, or a function that makes it."""
    end = time.monotonic() + limit
    while True:
        found = fact()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {limit:.0f} s: {what() if callable(what) else what}")
        time.sleep(0.01)


def halt(*pids):
    """Stops processes, and returns when they stand: until then one may still do what it was woken for."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    for pid in pids:
        until(lambda: pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt",
              f"process {pid} to stop")
