# SPDX-License-Identifier: Apache-2.0
"""What a service manager is told (S-9), and the unit file that comes with weir."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys

import pytest
from weirtest.process import BINARY
from weirtest.wait import LIMIT, until

UNIT = pathlib.Path(__file__).resolve().parents[2] / "conf" / "systemd" / "weir.service"


class Manager:
    """Listens where a service manager would."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.settimeout(0.05)
        self.path, self.heard = path, []

    def hear(self):
        try:
            self.heard.append(self.socket.recv(4096).decode())
        except TimeoutError:
            pass
        return self.heard

    def wait_for(self, text, count=1):
        """The message that says so for the count-th time."""
        until(lambda: sum(text in message for message in self.hear()) >= count,
              lambda: f"{text!r} among {self.heard}")
        return [message for message in self.heard if text in message][count - 1]

    def close(self):
        self.socket.close()


@pytest.fixture
def manager(weir):
    made = Manager(str(weir.prefix / "notify"))
    yield made
    made.close()


def config(weir, more=""):
    return f"""
        [main]
        worker_processes = 2
        error_log = stderr info
        pid = weir.pid
        {more}
        [server main]
        listen = {weir.address()}
        return = 200 ok
    """


def test_ready_comes_when_the_first_generation_serves(weir, manager):
    weir.launch(config(weir), env={"NOTIFY_SOCKET": manager.path})
    message = manager.wait_for("READY=1")
    assert f"MAINPID={weir.master}" in message and "STATUS=generation 1 serves with 2 workers" in message
    assert weir.get("/").status == 200


def test_a_reload_is_announced_and_ends_ready(weir, manager):
    weir.launch(config(weir), env={"NOTIFY_SOCKET": manager.path})
    manager.wait_for("READY=1")
    assert weir.reload().returncode == 0
    reloading = manager.wait_for("RELOADING=1")
    assert int(re.search(r"MONOTONIC_USEC=(\d+)", reloading).group(1)) > 0
    assert "generation 2 serves" in manager.wait_for("READY=1", 2)
    assert weir.reload(config(weir, "nonsense = 1")).returncode == 1
    manager.wait_for("RELOADING=1", 2)
    assert "the last reload failed: generation 2 serves" in manager.wait_for("READY=1", 3)


@pytest.mark.parametrize("number, status", [(signal.SIGTERM, "stopping"), (signal.SIGQUIT, "finishing gracefully")])
def test_the_end_is_announced(weir, manager, number, status):
    weir.launch(config(weir), env={"NOTIFY_SOCKET": manager.path})
    manager.wait_for("READY=1")
    weir.kill(number)
    assert f"STATUS={status}" in manager.wait_for("STOPPING=1")
    assert weir.wait() == 0


def test_the_masters_loop_is_watched(weir, manager):
    weir.launch(config(weir), env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "200000"})
    manager.wait_for("WATCHDOG=1", 10)


def test_a_failed_start_says_why(weir, manager, backend):
    other = backend()
    weir.launch(f"[server main]\nlisten = {other.address}\nreturn = 200 x\n", env={"NOTIFY_SOCKET": manager.path})
    weir.crash_expected = True
    assert weir.wait() == 1
    assert "in use" in manager.wait_for("STATUS=")
    assert not any("READY=1" in message for message in manager.heard)


def test_a_daemon_says_who_is_the_master(weir, manager):
    weir.launch(config(weir, "daemon = on"), env={"NOTIFY_SOCKET": manager.path})
    assert weir.wait() == 0
    pid = int(re.search(r"MAINPID=(\d+)", manager.wait_for("READY=1")).group(1))
    assert pid == int((weir.prefix / "weir.pid").read_text()) != weir.process.pid
    assert weir.run("-c", weir.config_path, "-s", "stop").returncode == 0
    until(lambda: not pathlib.Path(f"/proc/{pid}").exists(), "the daemon's end")


# ---- passed sockets

EXEC_WITH = """import os, sys
for number, fd in enumerate(map(int, sys.argv[1].split(",")), 3):
    os.dup2(fd, number)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(number - 2))
os.execv(sys.argv[2], sys.argv[2:])
"""


def launch_with(weir, text, *sockets, **options):
    numbers = ",".join(str(one.fileno()) for one in sockets)
    weir.launch(text, through=[sys.executable, "-c", EXEC_WITH, numbers],
                pass_fds=[one.fileno() for one in sockets], **options)
    weir.wait_for("serves with")


def listener(address, reuseport):
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, reuseport)
    host, port = address.split(":")
    made.bind((host, int(port)))
    made.listen(50)
    return made


def who_serves(weir, count=60):
    return {weir.get("/").body for _ in range(count)}


def who(weir):
    return config(weir).replace("return = 200 ok", "return = 200 $pid")


@pytest.mark.parametrize("reuseport", [0, 1])
def test_a_passed_socket_serves(weir, reuseport):
    """Who connected before the start is served; every worker takes part; the socket outlives weir."""
    with listener(weir.address(), reuseport) as held:
        early = weir.connect().request("GET", "/")
        launch_with(weir, who(weir), held)
        assert early.read().status == 200
        assert "was passed by the service manager" in weir.log()
        until(lambda: len(who_serves(weir)) == 2, "both workers")
        assert weir.reload(who(weir).replace("worker_processes = 2", "worker_processes = 3")).returncode == 0
        until(lambda: len(who_serves(weir)) == 3, "all three workers")
        assert weir.stop() == 0
        assert weir.connect().request("GET", "/") is not None


def test_a_passed_unix_socket_stays(weir, tmp_path):
    path = tmp_path / "main.sock"
    with socket.socket(socket.AF_UNIX) as held:
        held.bind(str(path))
        held.listen(5)
        launch_with(weir, config(weir).replace("return =", f"listen = unix:{path}\n        return ="), held)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200")
        assert weir.stop() == 0
        assert path.exists()


def test_a_socket_that_nothing_names_is_closed(weir):
    with listener(weir.address("other"), 0) as held, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        launch_with(weir, config(weir), held, datagrams)
        assert f"LISTEN_FDS: {weir.address('other')} is no address of the configuration" in weir.log()
        assert "LISTEN_FDS: descriptor 4 is no listening stream socket" in weir.log()
        assert weir.get("/").status == 200


def test_sockets_for_another_process_are_left_alone(weir):
    weir.start(config(weir), env={"LISTEN_FDS": "2", "LISTEN_PID": "1"})
    assert weir.get("/").status == 200 and "LISTEN_FDS" not in weir.log()


# ---- the unit file

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there")


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *map(str, arguments)], capture_output=True, text=True,
                          timeout=6 * LIMIT, env={**os.environ, "LC_ALL": "C.UTF-8"})


@needs_systemd
def test_the_unit_is_correct(tmp_path):
    """With paths of this machine: verify wants the programs to be there."""
    unit = tmp_path / "weir.service"
    unit.write_text(UNIT.read_text().replace("/usr/local/sbin/weir", BINARY).replace(
        "file:/usr/local/share/doc/weir/operations.md", "https://example.com/"))
    result = analyze("verify", "--man=no", "--recursive-errors=no", unit)
    assert result.returncode == 0 and "weir.service" not in result.stderr, result.stderr


@needs_systemd
def test_the_unit_is_confined():
    result = analyze("security", "--offline=true", UNIT)
    exposure = float(re.search(r"Overall exposure level for weir.service: ([0-9.]+)", result.stdout).group(1))
    assert exposure < 2.5, result.stdout
