# SPDX-License-Identifier: Apache-2.0
"""A reload swaps the configuration in place: nothing that goes on is dropped, nothing half-right is taken (S-4)."""
import contextlib
import os
import signal

import pytest
from weirtest.backend import answering, upgrading
from weirtest.load import Load
from weirtest.wait import halt, until


def config(weir, text, workers=2, more=""):
    return f"""
        [main]
        worker_processes = {workers}
        error_log = stderr info
        pid = weir.pid
        [server main]
        listen = {weir.address()}
        {more}
        [location /]
        return = 200 {text}
    """


def test_new_configuration_serves_when_the_command_ends(weir):
    weir.start(config(weir, "one"))
    assert weir.get("/").text == "one"
    result = weir.reload(config(weir, "two"))
    assert result.returncode == 0, result.stderr
    for _ in range(20):
        assert weir.get("/").text == "two"


def test_hup(weir):
    weir.start(config(weir, "one"))
    weir.write(config(weir, "two"))
    weir.kill(signal.SIGHUP)
    until(lambda: weir.get("/").text == "two", "the new configuration")


def test_workers_stay(weir):
    weir.start(config(weir, "one"))
    before = sorted(weir.children())
    for number in range(5):
        assert weir.reload(config(weir, number)).returncode == 0
    assert sorted(weir.children()) == before


def test_open_connection_gets_the_new_configuration(weir):
    weir.start(config(weir, "one"))
    with weir.connect() as client:
        assert client.get("/").text == "one"
        weir.reload(config(weir, "two"))
        assert client.get("/").text == "two"


BROKEN = """
        [server main]
        listen = {address}
        listne = 80
        [location /]
        return = 2000 x
        proxy_read_timeout = soon
        [upstram app]
        server = 127.0.0.1:1
"""


def test_broken_file_changes_nothing(weir):
    weir.start(config(weir, "one"))
    result = weir.reload(BROKEN.format(address=weir.address()))
    assert result.returncode == 1
    for wanted in ("listne", "listen", "2000", "soon", "upstram", "upstream"):
        assert wanted in result.stderr, f"{wanted} in {result.stderr}"
    assert result.stderr.count("weir.ini:") >= 4, "every error with its place"
    assert weir.get("/").text == "one"
    assert weir.reload(config(weir, "two")).returncode == 0
    assert weir.get("/").text == "two"


def test_broken_file_is_reported_in_the_log_after_hup(weir):
    weir.start(config(weir, "one"))
    weir.write(BROKEN.format(address=weir.address()))
    weir.kill(signal.SIGHUP)
    weir.wait_for("listne")
    assert weir.get("/").text == "one"


def test_address_in_use_changes_nothing(weir, backend):
    """Binding fails before anything is committed."""
    weir.start(config(weir, "one"))
    other = backend(answering())
    result = weir.reload(config(weir, "two", more=f"listen = {other.address}"))
    assert result.returncode == 1 and str(other.port) in result.stderr
    assert weir.get("/").text == "one"


def test_what_only_workers_can_find_wrong_changes_nothing(weir):
    weir.start(config(weir, "one"))
    result = weir.reload(config(weir, "two") + "[location ~ (unbalanced]\nreturn = 200 x\n")
    assert result.returncode == 1
    assert weir.get("/").text == "one"


def test_listener_is_added_and_removed(weir):
    weir.start(config(weir, "one"))
    more = f"listen = {weir.address('second')}"
    assert weir.reload(config(weir, "two", more=more)).returncode == 0
    assert weir.get("/", name="second").text == "two"
    assert weir.get("/").text == "two"
    with weir.connect("second") as client:
        assert client.get("/").text == "two"
        assert weir.reload(config(weir, "three")).returncode == 0
        assert client.get("/").status == 200, "an open connection of a removed listener is served on"

    def refused():
        try:
            weir.connect("second").close()
        except ConnectionRefusedError:
            return True
    until(refused, "the removed listener to close")
    assert weir.get("/").text == "three"


@pytest.mark.parametrize("before, after", [(1, 4), (4, 1)])
def test_number_of_workers(weir, before, after):
    weir.start(config(weir, "one", workers=before))
    count = len(weir.children())
    assert weir.reload(config(weir, "two", workers=after)).returncode == 0
    until(lambda: len(weir.children()) == count + after - before, lambda: f"{after} workers: {weir.children()}")
    for _ in range(50):
        assert weir.get("/").text == "two"


def test_twenty_reloads_under_load(weir, backend):
    """0 failed requests, a WebSocket from before still echoes, and so does what is proxied."""
    app, chat = backend(answering(b"ok")), backend(upgrading)
    proxying = f"""
        [main]
        worker_processes = 2
        error_log = stderr info
        pid = weir.pid
        [upstream app]
        server = {app.address}
        keepalive = 16
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://app
        [location /chat]
        proxy_pass = http://{chat.address}
    """
    weir.start(proxying)
    client = weir.connect().request("GET", "/chat", "Connection: upgrade", "Upgrade: websocket")
    assert client.read().status == 101
    load = Load(weir)
    try:
        for number in range(20):
            extra = f"listen = {weir.address('extra')}\n" if number % 2 else ""
            text = proxying.replace("[location /]", f"{extra}[location /]")
            result = weir.reload(text)
            assert result.returncode == 0, result.stderr
            client.send(b"%02d" % number)
            assert client.reader.exactly(2) == b"%02d" % number
    finally:
        load.stop()
    assert not load.failures, load.failures[:5]
    assert load.good > 200


def test_resizing_under_load(weir):
    """S-2: workers come and go, some while those before them still drain, and no connection fails."""
    weir.start(config(weir, "x", workers=2))
    load = Load(weir)
    try:
        for number, workers in enumerate(3 * [4, 1, 3, 2]):
            assert weir.reload(config(weir, "x", workers=workers)).returncode == 0
            if number % 3 == 0:
                until(lambda: len(weir.workers()) == workers, "the surplus workers' end")
    finally:
        load.stop()
    assert not load.failures, load.failures[:5]
    assert load.good > 500
    assert weir.reload(config(weir, "x", workers=1)).returncode == 0
    until(lambda: len(weir.listening()) == 1, lambda: f"no socket to be left over: {weir.listening()}")


def test_queue_of_a_surplus_worker_that_dies(weir):
    """S-2: who waits in the queue of a worker that is to go, and is killed instead, is served by another. On a slow
    machine the watchdog is quicker than the test, with the same effect."""
    weir.start(config(weir, "x", workers=2))
    hung = weir.worker(1)
    halt(hung)
    clients = [weir.connect().request("GET", "/") for _ in range(40)]
    until(lambda: weir.queued() > 0 or weir.worker(1) != hung, "clients in the queue of the stopped worker")
    assert weir.reload(config(weir, "x", workers=1)).returncode == 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(hung, signal.SIGKILL)
    assert [client.read().status for client in clients] == 40 * [200]
    until(lambda: len(weir.listening()) == 1, "its socket to close")
    assert weir.get("/").text == "x"


def test_download_outlives_a_reload(weir, backend):
    app = backend(answering(b"x" * (8 << 20)))
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{app.address}
    """)
    client = weir.connect().request("GET", "/")
    client.reader.until(b"\r\n\r\n")
    assert weir.reload(config(weir, "two")).returncode == 0
    assert len(client.reader.exactly(8 << 20)) == 8 << 20
    assert client.get("/").text == "two"


def test_reload_without_a_running_master(weir):
    weir.write(config(weir, "one"))
    assert weir.run("-c", weir.config_path, "-s", "reload").returncode == 1


def test_hups_close_together(weir):
    weir.start(config(weir, "one"))
    weir.write(config(weir, "two"))
    for _ in range(20):
        weir.kill(signal.SIGHUP)
    until(lambda: weir.get("/").text == "two", "the new configuration")
    assert weir.reload(config(weir, "three")).returncode == 0
    assert weir.get("/").text == "three"
