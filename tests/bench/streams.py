# SPDX-License-Identifier: Apache-2.0
"""Streams: TCP and UDP passed on as they are. The load and the servers behind are stream_load.cc."""
import os
import pathlib
import subprocess
import sys
from dataclasses import dataclass

from contenders import Contender, compiled, free_ports, launch, stop

WEIR = """
[main]
worker_processes = 1
error_log = {folder}/weir-stream.log error
pid = {folder}/weir-stream.pid
[stream echo]
listen = 127.0.0.1:{echo}
proxy_pass = 127.0.0.1:{to_echo}
[stream sink]
listen = 127.0.0.1:{sink}
proxy_pass = 127.0.0.1:{to_sink}
[stream datagrams]
listen = 127.0.0.1:{echo} udp
proxy_pass = 127.0.0.1:{to_echo}
"""
NGINX = """
load_module {module};
worker_processes 1; daemon off; pid {folder}/nginx-stream.pid; error_log {folder}/nginx-stream.log error;
events {{ worker_connections 4096; }}
stream {{
  server {{ listen 127.0.0.1:{echo} reuseport; proxy_pass 127.0.0.1:{to_echo}; }}
  server {{ listen 127.0.0.1:{sink} reuseport; proxy_pass 127.0.0.1:{to_sink}; }}
  server {{ listen 127.0.0.1:{echo} udp reuseport; proxy_pass 127.0.0.1:{to_echo}; }}
}}
"""
HAPROXY = """
global
  nbthread 1
  maxconn 4096
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option splice-auto
listen echo
  bind 127.0.0.1:{echo}
  server one 127.0.0.1:{to_echo}
listen sink
  bind 127.0.0.1:{sink}
  server one 127.0.0.1:{to_sink}
"""
MODULES = ("/usr/lib/nginx/modules/ngx_stream_module.so", "/usr/lib64/nginx/modules/ngx_stream_module.so")


@dataclass(frozen=True)
class Scenario:
    title: str
    kind: str
    port: str = "echo"
    connections: int = 64
    without: str = ""        # who cannot do it
    divisor = 1              # of what one costs

    def runs_with(self, contender):
        return contender.name != self.without


SCENARIOS = [
    Scenario("bulk, one stream, us per MB", "bulk", "sink", 1),
    Scenario("bulk, 16 streams, us per MB", "bulk", "sink", 16),
    Scenario("64 bytes there and back", "pingpong"),
    Scenario("a connection with one message", "connect"),
    Scenario("64 bytes there and back, UDP", "udp", without="haproxy"),
]


class Load:
    def __init__(self, program, cores):
        self.program, self.cores = program, cores

    def run(self, contender, scenario, seconds):
        """How much was done: megabytes, round trips or connections."""
        run = subprocess.run([self.program, scenario.kind, str(contender.ports[scenario.port]),
                              str(scenario.connections), str(seconds)], capture_output=True, text=True,
                             preexec_fn=lambda: os.sched_setaffinity(0, self.cores))
        if run.returncode != 0 or float(run.stdout) == 0:
            sys.exit(f"bench: {contender.name}, {scenario.title}: {run.stderr or 'nothing came back'}")
        return float(run.stdout)


def start(weir, folder, server_cores, load_cores):
    """The load, and the servers behind and between, all of them listening."""
    load = Load(compiled(pathlib.Path(__file__).with_name("stream_load.cc"), folder), load_cores)
    behind = free_ports(("echo", "sink"))
    module = next((path for path in MODULES if os.path.exists(path)), None)
    if module is None:
        sys.exit("bench: nginx has no stream module: `make deps` installs what the benchmark needs")
    configs = {"weir": WEIR, "nginx": NGINX, "haproxy": HAPROXY}
    serve = [str(load.program), "serve", str(behind["echo"]), str(behind["sink"])]
    started = [Contender("behind", serve, behind, folder, load_cores)]
    try:
        started[0].wait_listening()
        started += launch(weir, folder, "stream", configs, dict.fromkeys(configs, ("echo", "sink")), server_cores,
                          load_cores, module=module, to_echo=behind["echo"], to_sink=behind["sink"])
    except BaseException:
        stop(started)
        raise
    return load, started
