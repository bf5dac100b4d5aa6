# SPDX-License-Identifier: Apache-2.0
"""A reload that fails leaves everything as it was: the old configuration serves, no descriptor and no socket is left
over, and whoever asked hears the reason (S-4)."""
import os
import pathlib
import resource
import signal
import subprocess

import pytest
from weirtest.backend import answering
from weirtest.process import BINARY, title
from weirtest.wait import LIMIT, halt, until


def config(weir, text="one", workers=2, main="", more="", http=""):
    return f"""
        [main]
        worker_processes = {workers}
        error_log = stderr info
        pid = weir.pid
        {main}
        [metrics]
        listen = {weir.address("metrics")}
        [http]
        {http}
        [server main]
        listen = {weir.address()}
        {more}
        [location /]
        return = 200 {text}
    """


def connected():
    """As links of descriptors: the sockets of TCP connections, which come and go with the clients of a test."""
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {f"socket:[{row[9]}]" for row in rows if row[3] != "0A"}


def descriptors(weir):
    """By a process' name, what each descriptor is."""
    found = {}
    for pid in [weir.master, *sorted(weir.children())]:
        links = []
        for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            try:
                links.append(os.readlink(entry))
            except OSError:
                pass  # just closed
        clients = connected()
        found[title(pid).split("\0")[0]] = sorted(link.partition(":")[0] for link in links if link not in clients)
    return found


class Unchanged:
    """Within it, a reload fails: afterwards everything is as it was before."""

    def __init__(self, weir):
        self.weir = weir

    def __enter__(self):
        assert self.weir.get("/").text == "one"
        self.before = descriptors(self.weir), sorted(self.weir.listening())
        return self

    def __exit__(self, *problem):
        if problem[0] is not None:
            return
        for _ in range(10):
            assert self.weir.get("/").text == "one"
        assert self.weir.metrics().sum("weir_config_last_reload_successful") == 0
        until(lambda: (descriptors(self.weir), sorted(self.weir.listening())) == self.before,
              lambda: f"{self.before}\nand not\n{descriptors(self.weir), sorted(self.weir.listening())}")
        assert self.weir.reload(config(self.weir, "two")).returncode == 0
        assert self.weir.get("/").text == "two"


def refused(weir, text, *wanted):
    result = weir.reload(text)
    assert result.returncode == 1, "the reload went well"
    for each in wanted:
        assert each in result.stderr, result.stderr
        assert each in weir.log()


def test_address_in_use(weir, backend):
    """Whatever was bound before the address that is taken is let go again."""
    weir.start(config(weir))
    other = backend(answering())
    with Unchanged(weir):
        more = f"listen = {weir.address('new')}\nlisten = {other.address}\nlisten = unix:{weir.prefix}/new.sock"
        refused(weir, config(weir, more=more, workers=4), other.address, "weir.ini:")
        assert not (weir.prefix / "new.sock").exists()


def test_log_that_cannot_be_opened(weir):
    weir.start(config(weir))
    with Unchanged(weir):
        refused(weir, config(weir, http="access_log = missing/access.log"), "missing/access.log")


@pytest.mark.skipif(os.getuid() != 0, reason="mounting is root's")
def test_full_disk(weir):
    """A log that has to be created where nothing more fits."""
    disk = weir.prefix / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", "size=4k,nr_inodes=1"]
    mount = subprocess.run(["mount", *options, "full", str(disk)], capture_output=True)
    if mount.returncode != 0:
        pytest.skip("mounts are not allowed here")
    try:
        weir.start(config(weir))
        with Unchanged(weir):
            refused(weir, config(weir, http="access_log = disk/access.log"), "No space left on device")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def limited(pid, soft):
    _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def many(weir, count):
    return "\n".join(f"listen = {weir.address(f'extra {number}')}" for number in range(count))


def test_master_without_descriptors(weir):
    weir.start(config(weir))
    before, _ = resource.prlimit(weir.master, resource.RLIMIT_NOFILE)
    with Unchanged(weir):
        limited(weir.master, len(os.listdir(f"/proc/{weir.master}/fd")) + 5)
        refused(weir, config(weir, more=many(weir, 20)), "Too many open files")
        limited(weir.master, before)


@pytest.mark.parametrize("room", [0, 1, 3, 8])
def test_worker_without_descriptors(weir, room):
    """It keeps serving, and its clients notice nothing."""
    # Only who shares its identity may limit it.
    weir.start(config(weir, main="user = root" if os.getuid() == 0 else ""))
    worker = weir.worker(1)
    before, _ = resource.prlimit(worker, resource.RLIMIT_NOFILE)
    with Unchanged(weir):
        limited(worker, max(map(int, os.listdir(f"/proc/{worker}/fd"))) + 1 + room)
        refused(weir, config(weir, more=many(weir, 20)), "too few descriptors", "worker_rlimit_nofile")
        limited(worker, before)


def reload_begun(weir, text):
    """A reload that waits for somebody."""
    weir.write(text)
    begun = weir.log().count("reloading the configuration")
    command = [BINARY, "-p", str(weir.prefix), "-c", str(weir.config_path), "-s", "reload"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    weir.wait_for("reloading the configuration", begun + 1)
    return process


@pytest.mark.parametrize("name", ["worker 1", "monitor"])
def test_process_that_dies_while_it_prepares(weir, name):
    weir.crash_expected = True
    weir.start(config(weir))
    find = {"worker 1": lambda: weir.worker(1), "monitor": weir.monitor}[name]
    victim = find()
    halt(victim)
    waiting = reload_begun(weir, config(weir, "never"))
    os.kill(victim, signal.SIGKILL)
    _, text = waiting.communicate(timeout=LIMIT)
    assert waiting.returncode == 1 and f"{name} (pid {victim}) was killed by signal 9" in text, text
    until(lambda: find() not in (None, victim), "its successor")
    for _ in range(10):
        assert weir.get("/").text == "one"
    assert weir.reload(config(weir, "two")).returncode == 0
    assert weir.get("/").text == "two"


def test_new_worker_that_dies_while_it_prepares(weir):
    """What was forked for a reload that failed ends with it."""
    weir.start(config(weir))
    halt(weir.worker(0))
    waiting = reload_begun(weir, config(weir, "never", workers=4))
    until(lambda: weir.worker(3), "the new worker")
    os.kill(weir.worker(3), signal.SIGKILL)
    os.kill(weir.worker(0), signal.SIGCONT)
    _, text = waiting.communicate(timeout=LIMIT)
    assert waiting.returncode == 1 and "worker 3" in text, text
    until(lambda: len(weir.workers()) == 2, "the new workers' end")
    assert weir.get("/").text == "one"
    assert len(weir.listening()) == 3


def test_what_cannot_change_is_reported(weir):
    """And everything else takes effect."""
    weir.start(config(weir, main="user = nobody" if os.getuid() == 0 else ""))
    text = config(weir, "two", main="user = root\ndaemon = on" if os.getuid() == 0 else "daemon = on")
    text = text.replace("pid = weir.pid", "pid = other.pid")
    weir.write(text)
    result = weir.run("-c", weir.config_path, "-g", "pid = weir.pid", "-s", "reload")
    assert result.returncode == 0, result.stderr
    for directive in ("pid", "daemon") + (("user",) if os.getuid() == 0 else ()):
        assert f"{directive} cannot change at a reload" in result.stderr, result.stderr
        assert f"{directive} cannot change at a reload" in weir.log()
    assert weir.get("/").text == "two"
    assert not (weir.prefix / "other.pid").exists()


def hangs(weir, text, victim, why):
    """The reload fails because of that process, which is replaced."""
    waiting = reload_begun(weir, text)
    _, said = waiting.communicate(timeout=6 * LIMIT)
    assert waiting.returncode == 1 and f"(pid {victim}) {why}, and was killed by signal 6" in said, said


def test_stopped_process_fails_the_reload(weir):
    """S-3, S-4: whoever stops while it prepares is found by the watchdog, and not waited for."""
    weir.crash_expected = True
    weir.start(config(weir))
    with Unchanged(weir):
        victim = weir.worker(1)
        halt(victim)
        more = f"listen = {weir.address('never')}"
        hangs(weir, config(weir, "never", more=more), victim, "was stopped")
        until(lambda: weir.worker(1) not in (None, victim), "its successor")
