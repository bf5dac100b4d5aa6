# SPDX-License-Identifier: Apache-2.0
"""TLS 1.3 with a P-256 certificate: handshakes, requests and downloads over it, and what an idle connection takes. The
load beside wrk is tls_load.cc."""
import os
import pathlib
import resource
import subprocess
import sys
import time
from dataclasses import dataclass

import load
from contenders import BACKEND, BODY, compiled, launch, needed, stop, write_files

WEIR = """
[main]
worker_processes = 1
worker_connections = {most}
error_log = {folder}/weir-tls.log error
pid = {folder}/weir-tls.pid
[http]
access_log = off
keepalive_timeout = 600s
client_header_timeout = 600s
keepalive_requests = 1000000000
[upstream b]
server = 127.0.0.1:{backend}
keepalive = 512
keepalive_requests = 1000000000
[server tls]
listen = 127.0.0.1:{tls} ssl
ssl_certificate = {folder}/both.pem
ssl_certificate_key = {folder}/both.pem
ssl_protocols = TLSv1.3
root = {folder}/files
sendfile = on
tcp_nopush = on
open_file_cache = max=100
[location /proxied]
proxy_pass = http://b
[location = /none]
return = 204
"""
NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx-tls.pid; error_log {folder}/nginx-tls.log error;
events {{ worker_connections {most}; }}
http {{
  access_log off; keepalive_timeout 600s; client_header_timeout 600s; keepalive_requests 1000000000;
  proxy_http_version 1.1; proxy_set_header Connection "";
  upstream b {{ server 127.0.0.1:{backend}; keepalive 512; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{tls} ssl reuseport; ssl_protocols TLSv1.3;
    ssl_certificate {folder}/both.pem; ssl_certificate_key {folder}/both.pem; ssl_session_tickets on;
    root {folder}/files; sendfile on; tcp_nopush on; open_file_cache max=100;
    location /proxied {{ proxy_pass http://b; }}
    location = /none {{ return 204; }} }}
}}
"""
HAPROXY = """
global
  nbthread 1
  maxconn {most}
  tune.ssl.default-dh-param 2048
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 60s
  http-reuse always
frontend tls
  bind 127.0.0.1:{tls} ssl crt {folder}/both.pem ssl-min-ver TLSv1.3
  http-request return status 204 if {{ path /none }}
  default_backend b
backend b
  server one 127.0.0.1:{backend}
"""
CONFIGS = {"weir": WEIR, "nginx": NGINX, "haproxy": HAPROXY, "backend": BACKEND}


@dataclass(frozen=True)
class Handshake:
    """A handshake, and a small answer over it."""
    title: str
    kind: str
    threads: int = 16
    divisor = 1

    def runs_with(self, _):
        return True


SCENARIOS = [
    Handshake("full handshake", "full"),
    Handshake("resumed handshake", "resumed"),
    load.Scenario("1 KB proxied, kept connections", target="/proxied", port="tls", scheme="https"),
    load.Scenario("file of 10 MB, per MB", target="/10m", port="tls", scheme="https", megabytes=10, connections=8,
                  least_seconds=2, without=("haproxy",)),
]


@dataclass(frozen=True)
class Idle:
    title: str
    connections: int

    def runs_with(self, _):
        return True

    @property
    def divisor(self):
        return self.connections


def most_connections():
    """10,000, or as many as descriptors suffice for in a proxy that wants two for each."""
    return min(10_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1] // 2 - 500)


def idle_scenarios():
    return [Idle(f"{most_connections():,} idle connections", most_connections())]


class Load:
    """wrk, or tls_load."""

    def __init__(self, program, connections, cores):
        self.program, self.cores = program, cores
        self.wrk = load.Load(connections, cores)

    def run(self, contender, scenario, seconds):
        if isinstance(scenario, load.Scenario):
            return self.wrk.run(contender, scenario, seconds)
        run = subprocess.run([self.program, scenario.kind, str(contender.ports["tls"]), str(scenario.threads),
                              str(seconds)], capture_output=True, text=True,
                             preexec_fn=lambda: os.sched_setaffinity(0, self.cores))
        if run.returncode != 0 or int(run.stdout) == 0:
            sys.exit(f"bench: {contender.name}, {scenario.title}: {run.stderr or 'nothing came back'}")
        return int(run.stdout)

    def idle(self, contender, connections):
        """As many connections, until the input of what is given is closed."""
        def prepare():
            os.sched_setaffinity(0, self.cores)
            most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        process = subprocess.Popen([self.program, "idle", str(contender.ports["tls"]), str(connections)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=prepare)
        if process.stdout.readline() != "ready\n":
            sys.exit(f"bench: {contender.name}: {connections} idle connections could not be made")
        return process


def memory_of_idle(contender, scenario, using, _):
    """Bytes of private memory of all processes that such a connection adds."""
    before = contender.private_bytes()
    process = using.idle(contender, scenario.connections)
    time.sleep(1)
    after = contender.private_bytes()
    process.communicate()
    return (after - before) / scenario.divisor


def make_certificate(folder):
    key, chain = folder / "key.pem", folder / "chain.pem"
    subprocess.run([needed("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", chain, "-days", "30", "-subj", "/CN=localhost"],
                   check=True, capture_output=True)
    both = folder / "both.pem"
    both.touch(mode=0o644)
    both.write_text(chain.read_text() + key.read_text())


def start(weir, folder, server_cores, load_cores, connections):
    """The load, the backend and the servers, all of them listening."""
    program = compiled(pathlib.Path(__file__).with_name("tls_load.cc"), folder, "-lssl", "-lcrypto", "-pthread")
    make_certificate(folder)
    write_files(folder)
    ports = {name: ("plain",) if name == "backend" else ("tls",) for name in CONFIGS}
    started = launch(weir, folder, "tls", CONFIGS, ports, server_cores, load_cores, body="x" * BODY,
                     most=most_connections() + 300)
    return Load(program, connections, load_cores), started
