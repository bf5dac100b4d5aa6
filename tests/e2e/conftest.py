# SPDX-License-Identifier: Apache-2.0
"""Fixtures: `weir`, a load balancer to be configured and started by the test; `backend`, which makes backends."""
import os
import pathlib
import resource
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.dont_write_bytecode = True

from weirtest.backend import Backend, echo  # noqa: E402
from weirtest.process import BINARY, Weir  # noqa: E402


def pytest_configure(config):
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} is not there: make build, or set WEIR_BIN", returncode=2)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@pytest.fixture
def weir():
    server = Weir()
    yield server
    server.finish()


@pytest.fixture
def backend():
    """backend(behaviour): a Backend that ends with the test."""
    made = []

    def make(behaviour=echo, **options):
        made.append(Backend(behaviour, **options))
        return made[-1]
    yield make
    for one in made:
        one.stop()


def pytest_unconfigure(config):
    """The last line says what scripts/test.py adds up."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    failed = len(reporter.stats.get("failed", [])) + len(reporter.stats.get("error", []))
    print(f"{len(reporter.stats.get('passed', []))} passed, {failed} failed")
