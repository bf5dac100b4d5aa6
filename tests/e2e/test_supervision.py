# SPDX-License-Identifier: Apache-2.0
"""The master over its children: hung ones, drained ones, orphans, what they may do (S-3, S-6, S-9, S-10)."""
import os
import pathlib
import signal
import subprocess
import time

import pytest
from weirtest.backend import answering, silent
from weirtest.client import Closed
from weirtest.config import config, proxied
from weirtest import spin
from weirtest.process import end_with_parent, session_members
from weirtest.wait import LIMIT, SLOWNESS, halt, until

REPLACED_WITHIN = 3.0 * SLOWNESS


def started(weir, text, **options):
    weir.start(text, **options)
    weir.wait_for("serves with")
    return weir


def monitor(weir):
    return next(pid for pid in weir.children() if pid not in weir.workers())


def status(pid, name):
    """A field of /proc/PID/status, or None when the process is gone."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name + ":")), None)


def is_gone(pid):
    return status(pid, "State") is None


# ---- who hangs

def test_stopped_worker_is_replaced_within_three_seconds(weir):
    """S-3: it is aborted, counted, and its slot filled; the other worker goes on meanwhile."""
    started(weir, config(weir))
    victim = weir.workers()[0]
    begun = time.monotonic()
    halt(victim)
    until(lambda: is_gone(victim) and len(weir.workers()) == 2, "a successor")
    assert time.monotonic() - begun < REPLACED_WITHIN
    weir.wait_metric(1, "weir_worker_exits_total", reason="hang")
    assert "was stopped, and was killed by signal 6 (Aborted)" in weir.log()
    assert all(weir.get("/").status == 200 for _ in range(20))


@pytest.mark.skipif(not spin.possible, reason="only root may send a process into a loop")
def test_worker_in_an_endless_loop_is_replaced(weir):
    """S-3: by the CPU time that it burns, however busy the machine is; new connections avoid it at once."""
    started(weir, config(weir))
    victim = weir.workers()[0]
    spin.spin(victim)
    weir.wait_for("does not answer: it burned CPU", limit=12 * LIMIT)
    assert all(weir.get("/").status == 200 for _ in range(20))
    until(lambda: is_gone(victim) and len(weir.workers()) == 2, "a successor", 12 * LIMIT)
    weir.wait_metric(1, "weir_worker_exits_total", reason="hang")


def test_connections_queued_for_a_stopped_worker_are_served(weir):
    """S-3: they wait in the socket that the successor takes over."""
    started(weir, config(weir))
    halt(*weir.workers())
    begun = time.monotonic()
    clients = [weir.connect().request("GET", "/") for _ in range(20)]
    assert all(client.read().status == 200 for client in clients)
    assert time.monotonic() - begun < REPLACED_WITHIN


def test_short_stop_is_forgiven(weir):
    started(weir, config(weir))
    worker = weir.workers()[0]
    halt(worker)
    weir.wait_for(") does not answer: it was stopped")
    os.kill(worker, signal.SIGCONT)
    weir.wait_for("answers again")
    assert not is_gone(worker) and worker in weir.workers()
    assert weir.metrics().sum("weir_worker_exits_total") == 0


def test_stopped_monitor_is_replaced(weir):
    started(weir, config(weir))
    victim = monitor(weir)
    begun = time.monotonic()
    halt(victim)
    until(lambda: is_gone(victim) and len(weir.children()) == 3, "a successor")
    assert time.monotonic() - begun < REPLACED_WITHIN
    weir.wait_metric(1, "weir_monitor_exits_total", reason="hang")
    assert weir.metrics().sum("weir_worker_exits_total") == 0


def test_busy_worker_is_not_taken_for_a_hung_one(weir):
    """Many processes that want the same CPU: starved is not hung."""
    started(weir, config(weir, main="worker_cpu_affinity = auto\nworker_priority = 19"))
    workers = weir.workers()
    spinners = [subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"], preexec_fn=end_with_parent)
                for _ in range(4 * os.cpu_count())]
    try:
        end = time.monotonic() + 5
        while time.monotonic() < end:
            assert weir.get("/").status == 200
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()
    assert weir.workers() == workers
    assert "does not answer" not in weir.log()


@pytest.mark.skipif(pathlib.Path("/proc/sys/kernel/core_pattern").read_text().startswith("|"),
                    reason="cores go to a program here")
def test_hung_worker_leaves_a_core(weir):
    cores = weir.prefix / "cores"
    cores.mkdir()
    cores.chmod(0o777)
    text = config(weir, main=f"working_directory = {cores}\nworker_rlimit_core = 1g")
    started(weir, text)
    victim = weir.workers()[0]
    halt(victim)
    weir.wait_for("(Aborted), core dumped")
    assert any(cores.iterdir())


def test_gauges_of_the_dead_are_zeroed_and_counters_kept(weir, backend):
    """S-6"""
    app = backend(silent)
    started(weir, config(weir, proxied(app.address)))
    clients = [weir.connect().request("GET", "/app") for _ in range(8)]
    app.wait_requests(8)
    assert weir.metrics().sum("weir_worker_connections") == 8
    accepted = weir.metrics().sum("weir_listener_connections_accepted_total")
    for worker in weir.workers():
        os.kill(worker, signal.SIGKILL)
    for client in clients:
        with pytest.raises(Closed):
            client.read()
    weir.wait_metric(0, "weir_worker_connections")
    assert weir.metrics().sum("weir_listener_connections_accepted_total") >= accepted >= 8


def test_queued_connections_wait_less_than_100_ms_for_a_successor(weir):
    """Measured from the workers' death, on the best of ten tries: the machine may be busy. Each try is the first death
    of a new master's workers, because one that has seen them die young takes its time."""
    best = 10.0
    for _ in range(10):
        started(weir, config(weir))
        until(lambda: len(weir.workers()) == 2, "workers", 3 * LIMIT)
        workers = weir.workers()
        halt(*workers)
        clients = [weir.connect().request("GET", "/") for _ in range(10)]
        begun = time.monotonic()
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        assert all(client.read().status == 200 for client in clients)
        best = min(best, time.monotonic() - begun)
        if best < 0.1:
            break
        weir.stop()
    assert best < 0.1 * SLOWNESS


# ---- who drains

@pytest.mark.parametrize("way", ["signal", "command"])
def test_drained_workers_come_back_with_a_reload(weir, backend, way):
    """S-9: requests are finished, who connects meanwhile waits in the sockets, and a reload brings new workers."""
    def app(peer):
        peer.read()
        until((weir.prefix / "go").exists, "the test's word")
        peer.answer(b"finished")
    behind = backend(app)
    text = config(weir, proxied(behind.address))
    started(weir, text)
    slow = weir.connect().request("GET", "/app")
    behind.wait_requests(1)
    if way == "signal":
        weir.kill(signal.SIGWINCH)
    else:
        assert weir.run("-c", weir.config_path, "-s", "drain").returncode == 0
    weir.wait_for("draining the workers")
    (weir.prefix / "go").touch()
    assert slow.read().body == b"finished"
    weir.wait_for("the workers have finished")
    assert weir.workers() == [] and len(weir.children()) == 1
    waiting = [weir.connect().request("GET", "/") for _ in range(10)]
    assert weir.metrics().sum("weir_worker_exits_total", reason="ok") == 2
    weir.kill(signal.SIGHUP)
    assert all(client.read().status == 200 for client in waiting)
    until(lambda: len(weir.workers()) == 2, "workers")


def test_a_reload_need_not_wait_for_the_drained(weir, backend):
    """S-9: workers that have long connections to finish go on with that beside their successors."""
    app = backend(silent)
    started(weir, config(weir, proxied(app.address)))
    weir.connect().request("GET", "/app")
    app.wait_requests(1)
    weir.kill(signal.SIGWINCH)
    weir.wait_for("draining the workers")
    busy = until(lambda: len(weir.workers()) == 1 and weir.workers(), "the idle worker's end")
    assert weir.reload().returncode == 0
    assert all(weir.get("/").status == 200 for _ in range(20))
    assert busy[0] in weir.workers() and len(weir.workers()) == 3
    assert weir.stop() == 0


def test_drained_weir_quits(weir):
    started(weir, config(weir))
    weir.kill(signal.SIGWINCH)
    weir.wait_for("the workers have finished")
    assert weir.stop(signal.SIGQUIT) == 0


# ---- who lost their master

def kill_master(weir):
    weir.crash_expected = True
    os.kill(weir.master, signal.SIGKILL)
    return weir.process.wait(LIMIT)


def test_orphans_finish_their_answers(weir, backend):
    """A killed master's workers let nobody in any more, and end when what they have begun is answered."""
    def app(peer):
        peer.read()
        until((weir.prefix / "go").exists, "the test's word")
        peer.answer(b"finished")
    behind = backend(app)
    started(weir, config(weir, proxied(behind.address)))
    client = weir.connect().request("GET", "/app")
    behind.wait_requests(1)
    session = weir.master
    kill_master(weir)
    (weir.prefix / "go").touch()
    assert client.read().body == b"finished"
    until(lambda: not session_members(session), "the orphans' end")


def test_orphans_do_not_wait_for_ever(weir, backend):
    app = backend(silent)
    started(weir, config(weir, proxied(app.address)))
    client = weir.connect().request("GET", "/app")
    app.wait_requests(1)
    session = weir.master
    kill_master(weir)
    with pytest.raises(Closed):
        client.read()
    until(lambda: not session_members(session), "the orphans' end")


def test_new_master_starts_at_once_after_a_killed_one(weir, backend):
    """Neither the pid file nor the control socket, the ports or a unix socket are in its way, though old workers are
    still busy."""
    app = backend(silent)
    text = config(weir, proxied(app.address)).replace(
        "[location /]", f"listen = unix:{weir.prefix}/main.sock\n[location /]")
    started(weir, text)
    weir.connect().request("GET", "/app")
    app.wait_requests(1)
    session = weir.master
    kill_master(weir)
    begun = time.monotonic()
    weir.start(text)
    weir.wait_for("serves with", 2)
    assert session_members(session), "the old workers are still busy"
    assert time.monotonic() - begun < LIMIT / 2
    assert weir.get("/").status == 200
    assert weir.run("-c", weir.config_path, "-s", "reload").returncode == 0
    until(lambda: not session_members(session), "the orphans' end")
    weir.crash_expected = False


# ---- signals to all

def test_term_to_the_whole_group_is_the_masters_to_handle(weir, backend):
    """S-10: what systemd or a shell sends to every process ends none before the master says so."""
    def app(peer):
        peer.read()
        until((weir.prefix / "go").exists, "the test's word")
        peer.answer(b"finished")
    behind = backend(app)
    started(weir, config(weir, proxied(behind.address), main="graceful_term = on"))
    client = weir.connect().request("GET", "/app")
    behind.wait_requests(1)
    os.killpg(weir.master, signal.SIGTERM)
    weir.wait_for("finishing gracefully")
    (weir.prefix / "go").touch()
    assert client.read().body == b"finished"
    assert weir.wait() == 0


def test_second_term_does_not_wait(weir, backend):
    """S-10"""
    app = backend(silent)
    started(weir, config(weir, proxied(app.address), main="graceful_term = on"))
    client = weir.connect().request("GET", "/app")
    app.wait_requests(1)
    weir.kill(signal.SIGTERM)
    weir.wait_for("finishing gracefully")
    weir.kill(signal.SIGTERM)
    with pytest.raises(Closed):
        client.read()
    assert weir.wait() == 0


# ---- what they may do

@pytest.mark.skipif(os.getuid() != 0, reason="privileges are root's to drop")
def test_privileges_of_every_process(weir):
    started(weir, config(weir))
    for pid in [weir.master, *weir.children()]:
        assert status(pid, "NoNewPrivs") == "1"
    for pid in weir.children():
        for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(status(pid, capabilities), 16) == 0
        assert "0" not in status(pid, "Uid").split() + status(pid, "Gid").split() + status(pid, "Groups").split()
    masters = int(status(weir.master, "CapEff"), 16)
    assert masters == int(status(weir.master, "CapBnd"), 16)
    assert 0 < bin(masters).count("1") <= 10


def test_seccomp_ends_who_runs_a_program(weir):
    """The filter is on where it is asked for, and everything ordinary goes on."""
    started(weir, config(weir, main="worker_seccomp = on"))
    assert all(status(pid, "Seccomp") == "2" for pid in weir.children())
    assert weir.get("/").status == 200
    assert weir.reload().returncode == 0
    assert weir.metrics().sum("weir_worker_exits_total") == 0


def limit(pid, name):
    line = next(line for line in pathlib.Path(f"/proc/{pid}/limits").read_text().splitlines() if line.startswith(name))
    soft, hard = line[len(name):].split()[:2]
    assert soft == hard
    return int(soft)


def test_limits_are_set(weir):
    started(weir, config(weir, main="worker_rlimit_nofile = 1000\nworker_rlimit_core = 1m"))
    for pid in weir.children():
        assert limit(pid, "Max open files") == 1000 and limit(pid, "Max core file size") == 1 << 20


def test_limits_follow_a_reload(weir):
    """Those of processes that run. Of another user's it takes CAP_SYS_RESOURCE, as raising them does."""
    user = "user = root\n" if os.getuid() == 0 else ""
    started(weir, config(weir, main=user + "worker_rlimit_nofile = 1000\nworker_rlimit_core = 1m"))
    children = weir.children()
    less = "worker_rlimit_nofile = 900\nworker_rlimit_core = 512k"
    assert weir.reload(config(weir, main=user + less)).returncode == 0
    assert weir.children() == children
    for pid in children:
        assert limit(pid, "Max open files") == 900 and limit(pid, "Max core file size") == 512 << 10


@pytest.mark.skipif(os.getuid() != 0, reason="another process's priority is root's to raise")
def test_priority_and_cpus_follow_a_reload(weir):
    def granted(pid):
        return os.getpriority(os.PRIO_PROCESS, pid), os.sched_getaffinity(pid)

    cpu = max(os.sched_getaffinity(0))
    started(weir, config(weir, main=f"worker_priority = 5\nworker_cpu_affinity = {'1' + '0' * cpu}"))
    workers = weir.workers()
    assert all(granted(pid) == (5, {cpu}) for pid in workers)
    assert granted(monitor(weir)) == granted(weir.master)
    assert weir.reload(config(weir, main="worker_priority = 4")).returncode == 0
    assert weir.workers() == workers
    assert all(granted(pid) == (4, os.sched_getaffinity(0)) for pid in workers)


def test_working_directory_must_be_there(weir):
    weir.write(config(weir, main="working_directory = nowhere"))
    result = weir.run("-c", weir.config_path, "-t")
    assert result.returncode == 1 and "nowhere: No such file or directory" in result.stderr


def test_what_cannot_change_is_said(weir):
    text = config(weir)
    started(weir, text)
    changed = weir.reload(config(weir, main="worker_seccomp = on\nworking_directory = logs"))
    assert changed.returncode == 0
    for name in ("worker_seccomp", "working_directory"):
        assert f"{name} cannot change at a reload" in changed.stderr
