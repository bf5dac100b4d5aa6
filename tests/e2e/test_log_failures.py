# SPDX-License-Identifier: Apache-2.0
"""Logs on slow, full and broken ground: traffic goes on, what is lost is counted, lines stay whole (S-56)."""
import json
import os
import resource
import shutil
import subprocess
import time

import pytest
from weirtest.wait import LIMIT, until


def serve(weir, log, http="", **options):
    return weir.start(f"""
        [main]
        worker_processes = 1
        error_log = stderr info
        pid = weir.pid
        [metrics]
        listen = {weir.address('metrics')}
        [http]
        log_format = long '$uri $http_x_filler.'
        keepalive_requests = 100000
        {http}
        access_log = {log}
        [server main]
        listen = {weir.address()}
        return = 200 ok
    """, **options)


def requests(weir, count, filler="f" * 1000, prefix=""):
    """All of them answered, and none of them late: the loop does not wait for the log."""
    with weir.connect() as client:
        for number in range(count):
            begun = time.monotonic()
            assert client.get(f"/{prefix}{number}", f"X-Filler: {filler}").status == 200
            assert time.monotonic() - begun < LIMIT / 2


def dropped(weir):
    return int(weir.metrics().sum("weir_worker_log_dropped_total"))


def whole(lines, filler="f" * 1000):
    assert all(line.startswith("/") and line.endswith(f" {filler}.") for line in lines), lines[:3]
    return len(lines)


class Fifo:
    def __init__(self, path):
        os.mkfifo(path)
        os.chmod(path, 0o666)
        self.fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.rest = b""

    def lines(self):
        """The whole lines that are there now."""
        try:
            while piece := os.read(self.fd, 65536):
                self.rest += piece
        except BlockingIOError:
            pass
        *lines, self.rest = self.rest.decode().split("\n")
        self.rest = self.rest.encode()
        return lines

    def close(self):
        os.close(self.fd)


def test_a_fifo_that_nobody_reads(weir):
    """The ring fills, lines are dropped whole, and every one of them is counted."""
    fifo = Fifo(weir.prefix / "fifo")
    serve(weir, "fifo long")
    total = 1500
    requests(weir, total)
    until(lambda: dropped(weir) > 0, "dropped lines")
    got = []
    until(lambda: got.extend(fifo.lines()) or len(got) + dropped(weir) == total,
          lambda: f"{len(got)} + {dropped(weir)} = {total}")
    assert whole(got) < total
    requests(weir, 1, prefix="after")
    until(lambda: any("after" in line for line in fifo.lines()), "the lines go on")
    assert weir.log().count("log lines dropped") == 1
    fifo.close()


def test_a_fifo_whose_reader_leaves(weir):
    fifo = Fifo(weir.prefix / "fifo")
    serve(weir, "fifo long")
    requests(weir, 1)
    until(fifo.lines, "a line")
    fifo.close()
    requests(weir, 3)
    until(lambda: dropped(weir) == 3, lambda: f"3 dropped lines, not {dropped(weir)}")
    weir.wait_for("log lines dropped, the last of", limit=LIMIT)
    fifo.fd = os.open(weir.prefix / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    requests(weir, 1)
    until(fifo.lines, "a line for the next reader")
    fifo.close()


def test_a_device_that_is_always_full(weir):
    """/dev/full: as many drops as lines, one warning, and the log beside it is complete."""
    weir.start(f"""
        [main]
        worker_processes = 1
        error_log = stderr info
        [metrics]
        listen = {weir.address('metrics')}
        [http]
        access_log = /dev/full
        access_log = beside.log
        [server main]
        listen = {weir.address()}
        return = 200 ok
    """)
    requests(weir, 50)
    assert len(weir.wait_lines("beside.log", 50)) == 50
    weir.wait_metric(50, "weir_worker_log_dropped_total")
    weir.wait_for("of /dev/full: No space left on device")
    assert weir.log().count("log lines dropped") == 1


def test_a_file_that_may_not_grow(weir):
    """RLIMIT_FSIZE in place of a full disk: whole lines up to the limit, then drops; and on when there is room."""
    limit = 100_000

    def limits():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    serve(weir, "small.log long", limits=limits)
    total = 300
    requests(weir, total)
    until(lambda: dropped(weir) > 0, "dropped lines")
    until(lambda: whole(weir.lines("small.log")[:-1]) + 1 + dropped(weir) >= total, "all lines to be accounted for")
    lines = weir.lines("small.log")
    torn = 0 if lines[-1].endswith(".") else 1
    assert len(lines) - torn + dropped(weir) == total
    assert weir.log().count("log lines dropped") == 1
    # Room again, as when somebody has cleaned up: the torn line ends, and the next ones are whole.
    os.truncate(weir.prefix / "small.log", os.path.getsize(weir.prefix / "small.log") - 50_000)
    requests(weir, 20, prefix="after")
    until(lambda: sum(line.startswith("/after") and line.endswith(".") for line in weir.lines("small.log")) == 20,
          "the lines go on")


def mounted(path, size):
    """A small tmpfs; False where mounting is not allowed."""
    path.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=777", "weir-test", str(path)],
                          capture_output=True)
    return made.returncode == 0


def test_a_disk_that_is_full(weir):
    small = weir.prefix / "small"
    if os.geteuid() != 0 or not shutil.which("mount") or not mounted(small, "64k"):
        pytest.skip("no right to mount a tmpfs")
    try:
        serve(weir, "small/access.log long")
        total = 200
        requests(weir, total)
        until(lambda: dropped(weir) > 0, "dropped lines")
        weir.wait_for("small/access.log: No space left on device")
        lines = weir.lines("small/access.log")
        torn = 0 if lines[-1].endswith(".") else 1
        until(lambda: len(lines) - torn + dropped(weir) == total, lambda: f"{len(lines)} + {dropped(weir)} = {total}")
        # Rotation makes room: the renamed file is gone, the fresh one takes lines.
        os.unlink(small / "access.log")
        assert weir.run("-c", weir.config_path, "-s", "reopen").returncode == 0
        requests(weir, 10, prefix="after")
        assert whole(weir.wait_lines("small/access.log", 10)[-10:]) == 10
        assert weir.log().count("log lines dropped") == 1
    finally:
        weir.stop()
        subprocess.run(["umount", str(small)], check=True)


def test_long_lines_are_cut_and_counted(weir):
    """A line of a file is at most 32 KiB: long values are cut with a mark, JSON stays JSON."""
    serve(weir, "access.log json", """log_format = json escape=json '{"uri":"$uri","a":"$http_a","b":"$http_b"}'""")
    client = weir.connect()
    assert client.get("/x", "A: short", "B: " + '"' * 8000).status == 200
    assert client.get("/y", "A: " + '"' * 8000, "B: " + "\xff" * 8000).status == 200
    first, second = [json.loads(line) for line in weir.wait_lines("access.log", 2)]
    assert first == {"uri": "/x", "a": "short", "b": '"' * 8000}
    assert second["uri"] == "/y" and second["a"].endswith("...") and second["b"].endswith("...")
    weir.wait_metric(1, "weir_worker_log_truncated_total")


def test_lines_in_a_pipe_are_atomic(weir):
    """Two workers write long lines to one pipe: none is torn, each is at most PIPE_BUF bytes (4096)."""
    fifo = Fifo(weir.prefix / "fifo")
    weir.start(f"""
        [http]
        log_format = long '$uri $arg_x.'
        access_log = fifo long
        [server main]
        listen = {weir.address()}
        return = 200 ok
    """)
    clients = [weir.connect() for _ in range(8)]
    for number in range(20):
        for index, client in enumerate(clients):
            client.request("GET", f"/{index}?x=" + chr(97 + index) * 6000)
        for client in clients:
            assert client.read().status == 200
    got = []
    until(lambda: got.extend(fifo.lines()) or len(got) == 160, lambda: f"160 lines, not {len(got)}")
    for line in got:
        letter = chr(97 + int(line[1]))
        assert len(line) < 4096 and line[3:].startswith(letter * 2000) and line.endswith("...."), line[:20]
        assert set(line[3:]) == {letter, "."}
    fifo.close()
