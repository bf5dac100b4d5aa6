# SPDX-License-Identifier: Apache-2.0
"""Master, workers, monitor: who they are, and how they end (S-3, S-7, S-10)."""
import os
import pathlib
import signal
import time

import pytest
from weirtest.backend import answering, silent
from weirtest.client import Closed
from weirtest.config import config, proxied
from weirtest.wait import LIMIT, halt, until


def refused(weir):
    try:
        weir.connect().close()
    except ConnectionRefusedError:
        return True


def test_two_workers_and_a_monitor(weir):
    weir.start(config(weir))
    until(lambda: len(weir.children()) == 3, lambda: f"three children: {weir.children()}")


def test_pid_file(weir):
    weir.start(config(weir))
    until(lambda: (weir.prefix / "weir.pid").exists(), "the pid file")
    assert int((weir.prefix / "weir.pid").read_text()) == weir.master
    weir.stop()
    assert not (weir.prefix / "weir.pid").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="privileges are root's to drop")
def test_children_drop_privileges(weir):
    weir.start(config(weir))
    until(lambda: len(weir.children()) == 3, "the children")
    weir.get("/")
    for pid in weir.children():
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        assert "Uid:\t0" not in status and "Gid:\t0" not in status
        assert "CapEff:\t0000000000000000" in status
    assert "Uid:\t0" in pathlib.Path(f"/proc/{weir.master}/status").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_idle_weir_ends_at_once(weir, number):
    weir.start(config(weir))
    weir.get("/")
    begun = time.monotonic()
    assert weir.stop(number) == 0
    assert time.monotonic() - begun < LIMIT / 2
    assert refused(weir)


def test_term_does_not_wait_for_requests(weir, backend):
    app = backend(silent)
    weir.start(config(weir, proxied(app.address)))
    client = weir.connect().request("GET", "/app")
    app.wait_requests(1)
    assert weir.stop(signal.SIGTERM) == 0
    with pytest.raises(Closed):
        client.read()


def test_quit_finishes_requests(weir, backend):
    """S-7: the answer is complete and says Connection: close; nobody new is let in."""
    def app(peer):
        peer.read()
        time.sleep(1)
        peer.answer(b"finished")
    behind = backend(app)
    weir.start(config(weir, proxied(behind.address)))
    client = weir.connect().request("GET", "/app")
    behind.wait_requests(1)
    weir.kill(signal.SIGQUIT)
    until(lambda: refused(weir), "the listener to close")
    answer = client.read()
    assert answer.body == b"finished" and answer.get("Connection") == "close"
    assert client.ended()
    assert weir.wait() == 0


def test_quit_answers_idle_connections_once_more(weir):
    """S-7: an idle kept connection may have a request on its way."""
    weir.start(config(weir))
    with weir.connect() as client:
        client.get("/")
        weir.kill(signal.SIGQUIT)
        until(lambda: refused(weir), "the listener to close")
        answer = client.get("/")
        assert answer.status == 200 and answer.get("Connection") == "close"
        assert client.ended()
    assert weir.wait() == 0


def test_quit_ends_at_worker_shutdown_timeout(weir, backend):
    app = backend(silent)
    weir.start(config(weir, proxied(app.address), main="worker_shutdown_timeout = 1s"))
    weir.connect().request("GET", "/app")
    app.wait_requests(1)
    begun = time.monotonic()
    weir.kill(signal.SIGQUIT)
    assert weir.wait() == 0
    assert time.monotonic() - begun >= 0.9


def quitting(weir, backend):
    """It waits for a request that will not end."""
    app = backend(silent)
    weir.start(config(weir, proxied(app.address)))
    weir.connect().request("GET", "/app")
    app.wait_requests(1)
    weir.kill(signal.SIGQUIT)
    until(lambda: refused(weir), "the listener to close")


@pytest.mark.parametrize("word", ["reload", "reopen", "drain"])
def test_a_change_is_refused_while_it_quits(weir, backend, word):
    """At once, whatever the requests that are waited for still take."""
    quitting(weir, backend)
    begun = time.monotonic()
    result = weir.run("-c", weir.config_path, "-s", word)
    assert time.monotonic() - begun < LIMIT / 2
    assert result.returncode == 1 and "weir is ending" in result.stderr
    assert weir.status()["state"] == "quitting"
    assert weir.stop(signal.SIGTERM) == 0


def test_term_after_quit(weir, backend):
    quitting(weir, backend)
    assert weir.stop(signal.SIGTERM) == 0


def test_dead_worker_is_replaced(weir):
    """S-3: into its slot, so that nothing that waits in its queue is lost."""
    weir.start(config(weir))
    until(lambda: len(weir.children()) == 3, "the children")
    with weir.connect() as client:
        client.get("/")
    before = set(weir.children())
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(set(weir.children()) - before) == 3, "replacements")
    for _ in range(30):
        assert weir.get("/").status == 200
    assert weir.metrics().sum("weir_worker_exits_total") >= 2


def test_connections_queued_for_a_dead_worker_are_served(weir):
    weir.start(config(weir))
    weir.get("/")
    children = weir.children()
    halt(*children)
    clients = [weir.connect().request("GET", "/") for _ in range(20)]
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    assert all(client.read().status == 200 for client in clients)


def test_worker_that_keeps_dying_is_not_respawned_in_a_rush(weir):
    """S-3: back-off."""
    weir.start(config(weir))
    until(lambda: len(weir.children()) == 3, "the children")
    seen = set(weir.children())
    end = time.monotonic() + 3
    while time.monotonic() < end:
        for pid in weir.children():
            seen.add(pid)
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.005)
    assert len(seen) < 60
    until(lambda: len(weir.children()) == 3, "the children again", 3 * LIMIT)
    until(lambda: weir.get("/").status == 200, "service again", 3 * LIMIT)


def test_children_end_with_their_master(weir):
    weir.start(config(weir))
    until(lambda: len(weir.children()) == 3, "the children")
    weir.crash_expected = True
    os.kill(weir.master, signal.SIGKILL)
    weir.wait()
    from weirtest.process import session_members
    until(lambda: not session_members(weir.master), "the orphans' end")


@pytest.mark.parametrize("word", ["stop", "quit"])
def test_stop_and_quit_commands(weir, word):
    weir.start(config(weir))
    until(lambda: (weir.prefix / "weir.pid").exists(), "the pid file")
    assert weir.run("-c", weir.config_path, "-s", word).returncode == 0
    assert weir.wait() == 0


def test_second_master_on_the_same_address_does_not_start(weir):
    """Or two of them would share the connections unnoticed."""
    weir.start(config(weir))
    until(lambda: (weir.prefix / "weir.pid").exists(), "the pid file")
    second = weir.prefix / "second.ini"
    second.write_text(weir.config_path.read_text())
    result = weir.run("-c", second)
    assert result.returncode != 0
    assert weir.get("/").status == 200
    assert int((weir.prefix / "weir.pid").read_text()) == weir.master


def test_address_in_use(weir, backend):
    other = backend(answering())
    weir.launch(f"""
        [server main]
        listen = {other.address}
        return = 200 x
    """)
    weir.crash_expected = True
    assert weir.wait() == 1
    assert str(other.port) in weir.log() and "in use" in weir.log()


def test_daemon(weir):
    weir.launch(config(weir, main="daemon = on"))
    assert weir.wait() == 0
    until(lambda: (weir.prefix / "weir.pid").exists(), "the pid file")
    until(lambda: not refused(weir), "the daemon to listen")
    assert weir.get("/").status == 200
    daemon = int((weir.prefix / "weir.pid").read_text())
    assert daemon != weir.process.pid
    assert weir.run("-c", weir.config_path, "-s", "stop").returncode == 0
    until(lambda: not pathlib.Path(f"/proc/{daemon}").exists(), "the daemon's end")


def test_no_descriptors_leak_into_children(weir):
    """A child holds its own sockets, not its siblings'."""
    weir.start(config(weir))
    until(lambda: len(weir.children()) == 3, "the children")
    for pid in weir.children():
        links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        assert len(links) < 40
        assert not any("weir.ini" in link or "weir.pid" in link for link in links)
