# SPDX-License-Identifier: Apache-2.0
"""The servers that are compared, each with one worker and the same task: what comes in by the port `plain` is passed on
to the backend over kept connections; what comes in by `logged` is logged too; `files` serves those of a folder."""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

BODY = 1024
LARGE = 100 * 1024
FILES = {"1k": 1 << 10, "100k": 100 << 10, "1m": 1 << 20, "10m": 10 << 20, "100m": 100 << 20}  # under /, by their names

WEIR = """
[main]
worker_processes = 1
error_log = {folder}/weir-error.log error
pid = {folder}/weir.pid
[http]
access_log = off
keepalive_requests = 1000000000
[upstream b]
server = 127.0.0.1:{backend}
keepalive = 512
keepalive_requests = 1000000000
[server plain]
listen = 127.0.0.1:{plain}
[location /]
proxy_pass = http://b
[server logged]
listen = 127.0.0.1:{logged}
access_log = {folder}/weir-access.log
[location /]
proxy_pass = http://b
[server files]
listen = 127.0.0.1:{files}
root = {folder}/files
sendfile = on
tcp_nopush = on
open_file_cache = max=100
"""
NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log error;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; proxy_http_version 1.1; proxy_set_header Connection "";
  upstream b {{ server 127.0.0.1:{backend}; keepalive 512; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{plain} reuseport; location / {{ proxy_pass http://b; }} }}
  server {{ listen 127.0.0.1:{logged} reuseport; access_log {folder}/nginx-access.log;
    location / {{ proxy_pass http://b; }} }}
  server {{ listen 127.0.0.1:{files} reuseport; root {folder}/files;
    sendfile on; tcp_nopush on; open_file_cache max=100; }}
}}
"""
HAPROXY = """
global
  nbthread 1
  maxconn 4096
  log stdout format raw local0
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
  default_backend b
frontend plain
  bind 127.0.0.1:{plain}
frontend logged
  bind 127.0.0.1:{logged}
  log global
  option httplog
backend b
  server one 127.0.0.1:{backend}
"""
BACKEND = """
worker_processes 1; daemon off; pid {folder}/backend.pid; error_log {folder}/backend-error.log error;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; sendfile on; tcp_nopush on; open_file_cache max=10;
  server {{ listen 127.0.0.1:{plain} reuseport;
    location / {{ default_type text/plain; return 200 "{body}"; }}
    location /large {{ root {folder}; }} }}
}}
"""
CONFIGS = {"weir": WEIR, "nginx": NGINX, "haproxy": HAPROXY, "backend": BACKEND}
PORTS = {"weir": ("plain", "logged", "files"), "nginx": ("plain", "logged", "files"), "haproxy": ("plain", "logged"),
         "backend": ("plain",)}


def needed(program):
    """The path of a program, or the end with what to do."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if path is None:
        sys.exit(f"bench: there is no {program}: `make deps` installs what the benchmark needs")
    return path


def free_ports(names):
    """A port for each name, from the kernel."""
    sockets = {name: socket.socket() for name in names}
    for one in sockets.values():
        one.bind(("127.0.0.1", 0))
    ports = {name: one.getsockname()[1] for name, one in sockets.items()}
    for one in sockets.values():
        one.close()
    return ports


class Contender:
    """A server pinned to some cores; its processes are those of its session."""

    def __init__(self, name, command, ports, folder, cores):
        self.name, self.ports = name, ports
        with (folder / f"{name}-output.log").open("w") as output:
            self.process = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output, preexec_fn=lambda: os.sched_setaffinity(0, cores))
        self.output = folder / f"{name}-output.log"

    def processes(self):
        """[(pid, fields of its stat after the name)]."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if int(fields[3]) == self.process.pid:
                    found.append((int(entry.name), fields))
        return found

    def cpu_seconds(self):
        """User and system time of all its processes."""
        ticks = sum(int(fields[11]) + int(fields[12]) for _, fields in self.processes())
        return ticks / os.sysconf("SC_CLK_TCK")

    def private_bytes(self):
        """Of memory that it shares with nobody, all its processes."""
        return sum(int(line.split()[1]) * 1024 for pid, _ in self.processes()
                   for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                   if line.startswith("Private_"))

    def wait_listening(self, seconds=10):
        end = time.monotonic() + seconds
        for port in self.ports.values():
            while not self._accepts(port):
                if self.process.poll() is not None or time.monotonic() > end:
                    sys.exit(f"bench: {self.name} does not listen; it said:\n{self.output.read_text()}")
                time.sleep(0.05)

    @staticmethod
    def _accepts(port):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def compiled(source, folder, *libraries):
    program = folder / source.stem
    subprocess.run([needed("g++"), "-std=c++20", "-O2", "-o", program, source, *libraries], check=True)
    return program


def write_files(folder):
    (folder / "large").write_bytes(b"x" * LARGE)
    (folder / "files").mkdir(exist_ok=True)
    for name, size in FILES.items():
        (folder / "files" / name).write_bytes(b"x" * size)


def command(name, weir, folder, config):
    if name == "weir":
        return [weir, "-p", folder, "-c", config]
    if name == "haproxy":
        return [needed("haproxy"), "-db", "-f", config]
    return [needed("nginx"), "-p", folder, "-c", config]


def launch(weir, folder, suite, configs, port_names, server_cores, load_cores, **values):
    """Servers by their configurations, the backend on the load's cores, the others on the servers'; all of them listen.
    What the backend listens on is {backend} in the configurations of the others."""
    ports = {name: free_ports(port_names[name]) for name in configs}
    if "backend" in ports:
        values["backend"] = ports["backend"]["plain"]
    started = []
    try:
        for name in sorted(configs, key=lambda name: name != "backend"):
            config = folder / f"{name}-{suite}.conf"
            config.write_text(configs[name].format(folder=folder, **values, **ports[name]))
            cores = load_cores if name == "backend" else server_cores
            words = [str(word) for word in command(name, weir, folder, config)]
            started.append(Contender(name, words, ports[name], folder, cores))
            started[-1].wait_listening()
    except BaseException:
        stop(started)
        raise
    return started


def start(weir, folder, server_cores, load_cores):
    write_files(folder)
    return launch(weir, folder, "http", CONFIGS, PORTS, server_cores, load_cores, body="x" * BODY)


def stop(contenders):
    for one in reversed(contenders):
        one.stop()
