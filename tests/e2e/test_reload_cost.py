# SPDX-License-Identifier: Apache-2.0
"""What reloads cost: no memory and no descriptor, however many there are, and little time, however much there is to
load. WEIR_RELOADS=1000 runs the full proof; the figures are printed (pytest -s)."""
import os
import pathlib
import time

import pytest
from weirtest.load import Load
from weirtest.wait import LIMIT, SLOWNESS, until

RELOADS = int(os.environ.get("WEIR_RELOADS", "80"))
SETTLED = 50  # reloads after which nothing may grow any more
SERVERS, LOCATIONS = 1000, 10


def config(weir, number):
    """Every reload changes something: texts, servers, a listener, now and then the number of workers."""
    extra = f"listen = {weir.address('extra')}" if number % 2 else ""
    more = "".join(f"[server s{i}]\nlisten = {weir.address()}\nserver_name = s{i}\n[location /]\nreturn = 200 s{i}\n"
                   for i in range(number % 7))
    return f"""
[main]
worker_processes = {3 if number % 20 == 5 else 2}
error_log = stderr warn
pid = weir.pid
[http]
access_log = logs/access{number % 3}.log
[server main]
listen = {weir.address()}
{extra}
[location /]
return = 200 text{number}
{more}
"""


def kilobytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0])


def figures(weir):
    """By process: private memory in kB, and descriptors."""
    until(lambda: len(weir.workers()) == 2, "two workers")
    return {pid: (kilobytes(pid), len(os.listdir(f"/proc/{pid}/fd")))
            for pid in (weir.master, weir.worker(0), weir.worker(1), weir.monitor())}


@pytest.mark.skipif(SLOWNESS > 1, reason="sanitizers keep freed memory")
def test_reloads_cost_nothing(weir):
    weir.start(config(weir, 0))
    load = Load(weir, kept=1, fresh=1)
    try:
        for number in range(RELOADS + 1):
            result = weir.reload(config(weir, number))
            assert result.returncode == 0, result.stderr
            if number == SETTLED:
                before = figures(weir)
        weir.reload(config(weir, SETTLED))
    finally:
        load.stop()
    # Sockets that a reload has removed are held until nothing can come by them any more.
    until(lambda: all(figures(weir).get(pid, before[pid])[1] <= was for pid, (_, was) in before.items()),
          lambda: f"the descriptors of before: {before}, {figures(weir)}")
    after = figures(weir)
    print(f"\n{RELOADS} reloads: kB and descriptors of master, workers, monitor: {before} then {after}")
    assert not load.failures, load.failures[:5]
    assert after.keys() == before.keys(), "nobody was replaced"
    for pid, (memory, _) in before.items():
        # A page or two comes and goes with what an allocator keeps; 0.5 kB a reload would be a leak.
        assert after[pid][0] - memory < 256 + (RELOADS - SETTLED) / 2, (before, after)
    until(lambda: len(weir.listening()) == 2, lambda: f"no socket to be left over: {weir.listening()}")


def cpu_seconds(weir):
    """Of all its processes that run."""
    fields = [pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
              for pid in (weir.master, *weir.children())]
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def large(weir, text):
    lines = ["[main]", "worker_processes = 2", "error_log = stderr warn", "pid = weir.pid", "[upstream app]",
             "server = 127.0.0.1:9"]
    for server in range(SERVERS):
        lines += [f"[server s{server}]", f"listen = {weir.address()}", f"server_name = s{server}.example"]
        for location in range(LOCATIONS - 1):
            lines += [f"[location /l{location}/]", "proxy_pass = http://app", "proxy_set_header = X-S $server_name"]
        lines += ["[location /]", f"return = 200 {text}"]
    return "\n".join(lines) + "\n"


def test_thousand_servers(weir):
    """Loaded within 1 s and reloaded within 2 s while it serves, on a machine with nothing else to do. Another may need
    several times the CPU time for the same (its caches are others'); what grows faster than the configuration needs
    far more than that."""
    begun = time.monotonic()
    weir.start(large(weir, "one"), limit=6 * LIMIT)
    with weir.connect(limit=6 * LIMIT) as client:
        assert client.get("/", host="s999.example").text == "one"
    started = time.monotonic() - begun
    start_cpu = cpu_seconds(weir)
    load = Load(weir, kept=1, fresh=1)
    try:
        begun = time.monotonic()
        assert weir.reload(large(weir, "two")).returncode == 0
        reloaded = time.monotonic() - begun
    finally:
        load.stop()
    reload_cpu = cpu_seconds(weir) - start_cpu
    print(f"\n{SERVERS} servers with {LOCATIONS} locations: started in {started:.2f} s ({start_cpu:.2f} s of CPU), "
          f"reloaded in {reloaded:.2f} s ({reload_cpu:.2f} s, with the load)")
    assert weir.get("/", host="s999.example").text == "two"
    assert not load.failures, load.failures[:5]
    assert start_cpu < 4 * SLOWNESS and reload_cpu < 6 * SLOWNESS
