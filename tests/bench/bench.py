#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make bench: what proxied requests and files cost weir, nginx and HAProxy, in one run on this machine.

One worker each on the first core; wrk and the backend (nginx) on the others. The figure is CPU: user and system time of
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

from contenders import needed, start, stop
from load import SCENARIOS, Load, calls_per_request, cpu_per_request

REFERENCES = ("nginx", "haproxy")


def measure(contenders, load, options):
    """{scenario: {name: [microseconds]}}"""
    found = {scenario: {one.name: [] for one in contenders if scenario.runs_with(one)} for scenario in SCENARIOS}
    for number in range(options.rounds):
        for scenario in SCENARIOS:
            for one in filter(scenario.runs_with, contenders):
                found[scenario][one.name].append(cpu_per_request(one, scenario, load, options.seconds))
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
    return found


def trace(contenders, load):
    """{scenario: {name: system calls per request, or None}}"""
    return {scenario: {one.name: calls_per_request(one, scenario, load, 1)
                       for one in filter(scenario.runs_with, contenders)} for scenario in SCENARIOS}


def report(found, calls, names):
    width = max(len(scenario.title) for scenario in SCENARIOS)
    heads = "".join(f"{name:>24}" for name in names) + "".join(f"{f'weir/{name}':>14}" for name in REFERENCES)
    print("us of CPU per request: median [least, most]")
    print(f"{'':{width}}{heads}")
    for scenario, times in found.items():
        median = {name: statistics.median(taken) for name, taken in times.items()}
        spread = {name: f"{median[name]:.1f} [{min(taken):.1f}, {max(taken):.1f}]" for name, taken in times.items()}
        cells = "".join(f"{spread.get(name, '-'):>24}" for name in names)
        ratio = {name: f"{median['weir'] / median[name]:.2f}" for name in REFERENCES if name in median}
        ratios = "".join(f"{ratio.get(name, '-'):>14}" for name in REFERENCES)
        print(f"{scenario.title:{width}}{cells}{ratios}")
    print(f"\nsystem calls per request\n{'':{width}}" + "".join(f"{name:>24}" for name in names))
    for scenario, counts in calls.items():
        cells = "".join(f"{counted(counts.get(name, '-')):>24}" for name in names)
        print(f"{scenario.title:{width}}{cells}")


def counted(calls):
    """A number; None where it could not be traced."""
    return calls if isinstance(calls, str) else "not traced" if calls is None else f"{calls:.1f}"


def positive(text):
    if int(text) < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", default="build/weir", type=pathlib.Path)
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--seconds", type=positive, default=1, help="of one measurement")
    parser.add_argument("--connections", type=positive, default=64)
    options = parser.parse_args()
    if not os.access(options.weir, os.X_OK):
        sys.exit(f"bench: {options.weir} is not there: make build")
    for program in ("wrk", "strace", "nginx", "haproxy"):
        needed(program)
    cores = sorted(os.sched_getaffinity(0))
    server_cores, load_cores = {cores[0]}, set(cores[1:]) or {cores[0]}
    load = Load(options.connections, load_cores)
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        started = start(options.weir.resolve(), folder, server_cores, load_cores)
        try:
            contenders = started[1:]
            found = measure(contenders, load, options)
            calls = trace(contenders, load)
        finally:
            stop(started)
    report(found, calls, [one.name for one in contenders])


if __name__ == "__main__":
    main()
