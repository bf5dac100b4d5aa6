# SPDX-License-Identifier: Apache-2.0
"""The options of `listen` change at a reload, in place or by other sockets, and no client notices (S-1)."""
import re
import subprocess

from weirtest.load import Load
from weirtest.wait import until

STEPS = ("", "backlog=64", "backlog=64 so_keepalive=30m::10 rcvbuf=64k", "so_keepalive=on", "deferred",
         "fastopen=16 sndbuf=32k", "", "rcvbuf=128k", "")


def config(weir, options, workers=2):
    return f"""
        [main]
        worker_processes = {workers}
        error_log = stderr info
        pid = weir.pid
        [server main]
        listen = {weir.address()} {options}
        listen = unix:{weir.prefix}/s {"backlog=9" if options else ""}
        [location /]
        return = 200 x
    """


def backlogs(weir):
    port = weir.address().rpartition(":")[2]
    lines = subprocess.run(["ss", "-Hltn", f"sport = :{port}"], capture_output=True, text=True, check=True).stdout
    return {int(re.split(r"\s+", line)[2]) for line in lines.splitlines()}


def test_options_change_under_load(weir):
    weir.start(config(weir, ""))
    load = Load(weir, kept=2, fresh=3)
    try:
        for options in STEPS:
            result = weir.reload(config(weir, options))
            assert result.returncode == 0 and result.stderr == "", result.stderr
            until(lambda: len(weir.listening()) == 2, lambda: f"two sockets after {options!r}: {weir.listening()}")
            wanted = int(options.partition("backlog=")[2].partition(" ")[0] or 511)
            assert backlogs(weir) == {wanted}, options
    finally:
        load.stop()
    assert not load.failures, load.failures[:5]
    assert load.good > 100


def test_what_was_rejected_is_not_applied(weir):
    """Options that a candidate brought are on no socket when it fails."""
    weir.start(config(weir, ""))
    before = sorted(weir.listening())
    text = config(weir, "backlog=7 so_keepalive=1m::3").replace("return = 200 x", "return = 2000 x")
    assert weir.reload(text).returncode == 1
    assert backlogs(weir) == {511} and sorted(weir.listening()) == before
