# SPDX-License-Identifier: Apache-2.0
"""What is done to a server, and what it costs it."""
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass

from contenders import needed


@dataclass(frozen=True)
class Scenario:
    title: str
    target: str = "/"
    port: str = "plain"
    fields: tuple = ()
    megabytes: int = 0       # of an answer, where figures are those of a megabyte
    connections: int = 0     # at the same time; 0: as the options say
    least_seconds: int = 1   # of one measurement
    scheme: str = "http"
    without: tuple = ()      # who cannot do it

    def runs_with(self, contender):
        return self.port in contender.ports and contender.name not in self.without

    @property
    def divisor(self):
        """Of what a request costs."""
        return self.megabytes or 1


CLOSE = ("Connection: close",)
SCENARIOS = [
    Scenario("1 KB, kept connections"),
    Scenario("1 KB, kept connections, access log", port="logged"),
    Scenario("100 KB, kept connections", target="/large"),
    Scenario("100 KB, kept connections, access log", target="/large", port="logged"),
    Scenario("1 KB, connection per request", fields=CLOSE),
    Scenario("1 KB, connection per request, access log", port="logged", fields=CLOSE),
    Scenario("file of 1 KB", target="/1k", port="files"),
    Scenario("file of 100 KB", target="/100k", port="files"),
    Scenario("file of 1 MB, per MB", target="/1m", port="files", megabytes=1, connections=16),
    Scenario("file of 100 MB, per MB", target="/100m", port="files", megabytes=100, connections=2, least_seconds=5),
]


class Load:
    """wrk on some cores."""

    def __init__(self, connections, cores):
        self.connections, self.cores = connections, cores
        self.wrk = needed("wrk")

    def run(self, contender, scenario, seconds):
        """Gives the number of answered requests; anything but an answer of 2xx ends the benchmark."""
        fields = [word for field in scenario.fields for word in ("-H", field)]
        url = f"{scenario.scheme}://127.0.0.1:{contender.ports[scenario.port]}{scenario.target}"
        connections, seconds = scenario.connections or self.connections, max(seconds, scenario.least_seconds)
        run = subprocess.run([self.wrk, "-t1", f"-c{connections}", f"-d{seconds}s", *fields, url],
                             capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, self.cores))
        counted = re.search(r"(\d+) requests in", run.stdout)
        failed = re.search(r"Non-2xx.*|Socket errors.*", run.stdout)
        if failed or run.returncode != 0 or not counted or int(counted.group(1)) == 0:
            problem = failed.group(0) if failed else run.stderr or "no answer"
            sys.exit(f"bench: {contender.name}, {scenario.title}: {problem}")
        return int(counted.group(1))


def cpu_per_request(contender, scenario, load, seconds):
    """Microseconds of user and system time, of a request or a megabyte."""
    before = contender.cpu_seconds()
    requests = load.run(contender, scenario, seconds)
    return (contender.cpu_seconds() - before) / requests / scenario.divisor * 1e6


def calls_per_request(contender, scenario, load, seconds):
    """System calls, or None where they cannot be traced."""
    pids = [pid for pid, _ in contender.processes()]
    report = contender.output.with_name(f"{contender.name}-strace.log")
    tracer = subprocess.Popen([needed("strace"), "-f", "-c", "-o", str(report), *(f"-p{pid}" for pid in pids)],
                              stderr=subprocess.PIPE, text=True)
    # It says so of each process; when it may not trace, its output ends.
    attached = 0
    for line in tracer.stderr:
        attached += "attached" in line
        if attached >= len(pids):
            break
    if attached < len(pids):
        tracer.wait()
        return None
    requests = load.run(contender, scenario, seconds)
    tracer.send_signal(signal.SIGINT)
    tracer.communicate()
    total = re.search(r"^\s*100\.00\s+\S+\s+(?:\S+\s+)?(\d+)\s+(?:\d+\s+)?total$", report.read_text(), re.M)
    return int(total.group(1)) / requests / scenario.divisor if total else None
