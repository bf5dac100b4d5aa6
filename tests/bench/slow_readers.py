#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What many slow readers of a big file cost one worker: its memory, the kernel's, and how late its loop is.

Each reader has a small receive buffer and takes a few kilobytes a second. The figures of docs/static-files.md are from
here; run it on a machine that has nothing else to do.
"""
import argparse
import os
import pathlib
import re
import resource
import select
import socket
import subprocess
import sys
import tempfile
import time

CONFIG = """
[main]
worker_processes = 1
worker_connections = 100000
error_log = stderr warn
pid = {folder}/weir.pid
[metrics]
listen = 127.0.0.1:{metrics}
[server main]
listen = 127.0.0.1:{port} backlog=4096
root = {folder}
send_timeout = 600s
open_file_cache = max=10
"""
FILE_SIZE = 100 << 20
AT_ONCE = 200  # connections that are begun before those before them have their first bytes


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def ask(port, path):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        return b"".join(iter(lambda: client.recv(65536), b"")).decode()


def lag(metrics):
    """{upper bound of a bucket: turns of the worker's loop that took no longer}"""
    rows = re.findall(r'^weir_worker_event_loop_lag_seconds_bucket\{.*le="([^"]+)".*\} (\d+)', ask(metrics, "/metrics"),
                      re.M)
    return {float(bound): int(count) for bound, count in rows}


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def kernel_tcp():
    """Bytes that all TCP sockets of this machine hold in the kernel."""
    pages = re.search(r"^TCP: .* mem (\d+)", pathlib.Path("/proc/net/sockstat").read_text(), re.M)[1]
    return int(pages) * resource.getpagesize()


class Readers:
    def __init__(self, port, count):
        self.port, self.sockets, self.taken = port, [], 0
        while len(self.sockets) < count:
            self._begin(min(AT_ONCE, count - len(self.sockets)))

    def _begin(self, count):
        fresh = []
        for _ in range(count):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(("127.0.0.1", self.port))
            one.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
            fresh.append(one)
        for one in fresh:
            waiting = select.poll()  # select() takes no more than 1024 descriptors
            waiting.register(one, select.POLLIN)
            waiting.poll(30_000)
            one.setblocking(False)
        self.sockets += fresh

    def read_for(self, seconds, each):
        """Every reader takes up to `each` bytes a second."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            begun = time.monotonic()
            for number, one in enumerate(self.sockets):
                try:
                    self.taken += len(one.recv(each))
                except BlockingIOError:
                    pass
                if number % 100 == 0:  # evenly over the second
                    time.sleep(max(0, begun + number / len(self.sockets) - time.monotonic()))
            time.sleep(max(0, begun + 1 - time.monotonic()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", default="build/weir", type=pathlib.Path)
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--rate", type=int, default=8192, help="bytes a second that each takes")
    options = parser.parse_args()
    if not os.access(options.weir, os.X_OK):
        sys.exit(f"slow_readers: {options.weir} is not there: make build")
    needed = options.readers + 1000
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, max(needed, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    with tempfile.TemporaryDirectory(prefix="weir-slow-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        with (folder / "big").open("wb") as big:
            big.truncate(FILE_SIZE)
        port, metrics = free_port(), free_port()
        (folder / "weir.ini").write_text(CONFIG.format(folder=folder, port=port, metrics=metrics))
        master = subprocess.Popen([options.weir.resolve(), "-p", folder, "-c", folder / "weir.ini"])
        try:
            measure(master.pid, port, metrics, options)
        finally:
            master.terminate()
            master.wait()


def measure(master, port, metrics, options):
    while True:
        try:
            ask(port, "/none")
            break
        except OSError:
            time.sleep(0.1)
    children = pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split()
    worker = next(pid for pid in children if "worker 0" in pathlib.Path(f"/proc/{pid}/cmdline").read_text())
    before = resident(worker), kernel_tcp()
    readers = Readers(port, options.readers)
    readers.read_for(2, options.rate)
    turns, taken = lag(metrics), readers.taken
    readers.read_for(options.seconds, options.rate)
    held = (resident(worker) - before[0]) / options.readers, (kernel_tcp() - before[1]) / options.readers
    print(f"{options.readers} readers of {FILE_SIZE >> 20} MB, "
          f"{(readers.taken - taken) / options.seconds / 1e6:.1f} MB/s together")
    print(f"memory per connection: worker {held[0] / 1024:.1f} KiB, kernel (both ends) {held[1] / 1024:.1f} KiB")
    after = lag(metrics)
    total = after[float("inf")] - turns[float("inf")]
    for bound in sorted(after):
        print(f"turns of the loop up to {bound * 1000:g} ms: {(after[bound] - turns[bound]) / total:.4%} of {total}")


if __name__ == "__main__":
    main()
