# SPDX-License-Identifier: Apache-2.0
"""Waiting for a fact instead of for time to pass."""
import os
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
