#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make bench: what a request for a proxy or a file, a stream's byte, message and connection, and a TLS handshake cost
weir, nginx and HAProxy, in one run on this machine.

One worker each on the first core; the load and what is behind on the others. The figure is CPU: user and system time of
all the server's processes per answered request. Rounds are interleaved and their medians compared, so that what else
the machine does hits all alike; still only ratios mean anything, less than 5 % is no difference, and a machine with
other work to do measures noise. System calls are counted by strace in a run of their own.
"""
import argparse
import os
import pathlib
import statistics
import sys
import tempfile
from dataclasses import dataclass
from typing import Callable

import contenders
import load
import streams
import tls
from contenders import needed, stop
from load import calls_per_request, cpu_per_request

REFERENCES = ("nginx", "haproxy")


def taking_part(scenario, found):
    """Those of the contenders that can do it at all."""
    return [one for one in found if scenario.runs_with(one)]


def measure(suite, options):
    """{scenario: {name: [figures]}}"""
    found = {scenario: {one.name: [] for one in taking_part(scenario, suite.contenders)}
             for scenario in suite.scenarios}
    for number in range(options.rounds):
        for scenario in suite.scenarios:
            for one in taking_part(scenario, suite.contenders):
                found[scenario][one.name].append(suite.measure(one, scenario, suite.load, options.seconds))
        print(f"{suite.name}: round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
    return found


def trace(suite):
    """{scenario: {name: system calls per request, or None}}"""
    return {scenario: {one.name: calls_per_request(one, scenario, suite.load, 1)
                       for one in taking_part(scenario, suite.contenders)} for scenario in suite.scenarios}


def spread(figures):
    if not figures:
        return "-"
    digits = 0 if min(figures) >= 1000 else 1
    return f"{statistics.median(figures):.{digits}f} [{min(figures):.{digits}f}, {max(figures):.{digits}f}]"


def ratio(times, name):
    return f"{statistics.median(times['weir']) / statistics.median(times[name]):.2f}" if name in times else "-"


def report(suite, found, calls):
    names = [one.name for one in suite.contenders]
    width = max(len(scenario.title) for scenario in suite.scenarios)
    heads = "".join(f"{name:>24}" for name in names) + "".join(f"{f'weir/{name}':>14}" for name in REFERENCES)
    print(f"{suite.name}: {suite.figure} per {suite.unit}: median [least, most]")
    print(f"{'':{width}}{heads}")
    for scenario, times in found.items():
        cells = "".join(f"{spread(times.get(name)):>24}" for name in names)
        print(f"{scenario.title:{width}}{cells}" + "".join(f"{ratio(times, name):>14}" for name in REFERENCES))
    if calls:
        print(f"\nsystem calls per {suite.unit}\n{'':{width}}" + "".join(f"{name:>24}" for name in names))
    for scenario, counts in calls.items():
        texts = {name: "not traced" if count is None else f"{count:.1f}" for name, count in counts.items()}
        print(f"{scenario.title:{width}}" + "".join(f"{texts.get(name, '-'):>24}" for name in names))
    print()


@dataclass
class Suite:
    """Scenarios, who takes part in them, and what is done to those."""
    name: str
    unit: str
    scenarios: list
    load: object
    contenders: list
    figure: str = "us of CPU"
    measure: Callable = cpu_per_request
    traced: bool = True


def http_suite(weir, folder, server_cores, load_cores, options):
    started = contenders.start(weir, folder, server_cores, load_cores)
    return Suite("http", "request", load.SCENARIOS, load.Load(options.connections, load_cores), started[1:]), started


def stream_suite(weir, folder, server_cores, load_cores, _):
    using, started = streams.start(weir, folder, server_cores, load_cores)
    return Suite("streams", "unit", streams.SCENARIOS, using, started[1:]), started


def tls_suite(weir, folder, server_cores, load_cores, options):
    using, started = tls.start(weir, folder, server_cores, load_cores, options.connections)
    return Suite("tls", "unit", tls.SCENARIOS, using, started[1:]), started


def idle_suite(weir, folder, server_cores, load_cores, options):
    using, started = tls.start(weir, folder, server_cores, load_cores, options.connections)
    return Suite("idle", "connection", tls.idle_scenarios(), using, started[1:], "bytes of private memory",
                 tls.memory_of_idle, traced=False), started


SUITES = {"http": http_suite, "streams": stream_suite, "tls": tls_suite, "idle": idle_suite}


def positive(text):
    if int(text) < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


def run(name, options, folder):
    cores = sorted(os.sched_getaffinity(0))
    server_cores, load_cores = {cores[0]}, set(cores[1:]) or {cores[0]}
    suite, started = SUITES[name](options.weir.resolve(), folder, server_cores, load_cores, options)
    try:
        found = measure(suite, options)
        calls = trace(suite) if suite.traced else {}
    finally:
        stop(started)
    report(suite, found, calls)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", default="build/weir", type=pathlib.Path)
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--seconds", type=positive, default=1, help="of one measurement")
    parser.add_argument("--connections", type=positive, default=64)
    parser.add_argument("--only", choices=SUITES, help="one of the suites")
    options = parser.parse_args()
    if not os.access(options.weir, os.X_OK):
        sys.exit(f"bench: {options.weir} is not there: make build")
    for program in ("wrk", "strace", "nginx", "haproxy", "g++"):
        needed(program)
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        for suite in [options.only] if options.only else SUITES:
            run(suite, options, folder)


if __name__ == "__main__":
    main()
