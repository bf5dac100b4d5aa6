#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make bench: CPU of weir per proxied request of 1 KB over kept connections, beside nginx's in the same run.

One worker each on the first core; wrk and the backend (nginx, which answers from memory) on the others. CPU is user and
system time of the server's processes from /proc. Rounds are interleaved, the medians compared. Only the ratio means
anything, and less than 5 % is no difference; a machine with other work to do measures noise.
"""
import argparse
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

WEIR = """
[main]
worker_processes = 1
error_log = {folder}/error.log error
pid = {folder}/weir.pid
[http]
access_log = off
keepalive_requests = 1000000000
[upstream b]
server = 127.0.0.1:{backend}
keepalive = 512
keepalive_requests = 1000000000
[server s]
listen = 127.0.0.1:{port}
[location /]
proxy_pass = http://b
"""
NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log error;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000;
  upstream b {{ server 127.0.0.1:{backend}; keepalive 512; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port} reuseport;
    location / {{ proxy_pass http://b; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}
}}
"""
BACKEND = """
worker_processes 1; daemon off; pid {folder}/backend.pid; error_log {folder}/error.log error;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000;
  server {{ listen 127.0.0.1:{port} reuseport; location / {{ default_type text/plain; return 200 "{body}"; }} }}
}}
"""


def free_ports(names):
    """A port for each name, from the kernel."""
    sockets = {name: socket.socket() for name in names}
    for one in sockets.values():
        one.bind(("127.0.0.1", 0))
    ports = {name: one.getsockname()[1] for name, one in sockets.items()}
    for one in sockets.values():
        one.close()
    return ports


PORTS = free_ports(("backend", "weir", "nginx"))


class Server:
    """A server pinned to some cores; its processes are those of its session."""

    def __init__(self, name, command, cores):
        self.name = name
        self.process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL,
                                        preexec_fn=lambda: os.sched_setaffinity(0, cores))

    def cpu_seconds(self):
        ticks = 0
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if int(fields[3]) == self.process.pid:
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def wait_listening(self, seconds=10):
        end = time.monotonic() + seconds
        while True:
            try:
                return socket.create_connection(("127.0.0.1", PORTS[self.name]), timeout=1).close()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    sys.exit(f"{self.name} does not listen")
                time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def load(port, seconds, connections, cores):
    """Runs wrk; gives the number of answered requests."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"http://127.0.0.1:{port}/"]
    output = subprocess.run(command, capture_output=True, text=True, check=True,
                            preexec_fn=lambda: os.sched_setaffinity(0, cores)).stdout
    failed = re.search(r"Non-2xx.*|Socket errors.*", output)
    if failed:
        sys.exit(f"port {port}: {failed.group(0)}")
    return int(re.search(r"(\d+) requests in", output).group(1))


def start(folder, weir, server_cores, load_cores):
    """Starts the backend and both proxies."""
    def written(name, text, port):
        path = folder / name
        path.write_text(text.format(folder=folder, port=port, backend=PORTS["backend"], body="x" * 1024))
        return str(path)
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    prefix = ["-p", str(folder)]
    return [
        Server("backend", [nginx, *prefix, "-c", written("backend.conf", BACKEND, PORTS["backend"])], load_cores),
        Server("weir", [weir, *prefix, "-c", written("weir.ini", WEIR, PORTS["weir"])], server_cores),
        Server("nginx", [nginx, *prefix, "-c", written("nginx.conf", NGINX, PORTS["nginx"])], server_cores),
    ]


def measure(servers, arguments, load_cores):
    """Microseconds of CPU per request, a list for each server."""
    found = {server.name: [] for server in servers}
    for _ in range(arguments.rounds):
        for server in servers:
            before = server.cpu_seconds()
            requests = load(PORTS[server.name], arguments.seconds, arguments.connections, load_cores)
            found[server.name].append((server.cpu_seconds() - before) / requests * 1e6)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=64)
    arguments = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    server_cores, load_cores = {cores[0]}, set(cores[1:]) or {cores[0]}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        backend, *proxies = start(folder, str(pathlib.Path(arguments.weir).resolve()), server_cores, load_cores)
        try:
            for server in [backend, *proxies]:
                server.wait_listening()
            found = measure(proxies, arguments, load_cores)
        finally:
            for server in [*proxies, backend]:
                server.stop()
    for name, values in found.items():
        print(f"{name:6} {statistics.median(values):6.2f} us per request [{min(values):.2f} .. {max(values):.2f}]")
    print(f"weir / nginx: {statistics.median(found['weir']) / statistics.median(found['nginx']):.2f}")


if __name__ == "__main__":
    main()
