# SPDX-License-Identifier: Apache-2.0
"""Draining: what has begun is finished, what waits is served, and what lasts is ended near the limit, not all at once
(S-7)."""
import os
import signal
import threading
import time

import pytest
from weirtest.backend import answering, upgrading
from weirtest.client import Closed
from weirtest.wait import LIMIT, halt, until

CLIENTS = 24
SHUTDOWN = 4.0


def config(weir, chat, workers=2, limit="60s"):
    return f"""
        [main]
        worker_processes = {workers}
        worker_shutdown_timeout = {limit}
        error_log = stderr info
        pid = weir.pid
        [metrics]
        listen = {weir.address("metrics")}
        [server main]
        listen = {weir.address()}
        add_header = X-Worker $pid always
        [location /]
        return = 200 ok
        [location /chat]
        proxy_pass = http://{chat.address}
        [stream echo]
        listen = {weir.address("stream")}
        proxy_pass = {chat.address}
    """


def chatting(weir):
    client = weir.connect().request("GET", "/chat", "Connection: upgrade", "Upgrade: websocket")
    assert client.read().status == 101
    return client


def echoes(client):
    client.send(b"ping")
    return client.reader.exactly(4) == b"ping"


class Ends:
    """When each of the clients was closed; None while it was not."""

    def __init__(self, clients):
        self.begun, self.at = time.monotonic(), [None] * len(clients)
        self.threads = [threading.Thread(target=self.wait, args=(i, client)) for i, client in enumerate(clients)]
        for thread in self.threads:
            thread.start()

    def wait(self, i, client):
        client.socket.settimeout(LIMIT + SHUTDOWN)
        try:
            client.reader.to_end()
        except Closed:
            pass
        except OSError:
            return
        self.at[i] = time.monotonic() - self.begun

    def join(self):
        for thread in self.threads:
            thread.join()
        return self.at


@pytest.mark.parametrize("kind", ["http", "stream"])
def test_what_lasts_is_ended_bit_by_bit(weir, backend, kind):
    """Those of a surplus worker: over the last fifth of worker_shutdown_timeout, and they are counted."""
    chat = backend(upgrading)
    weir.start(config(weir, chat, limit=f"{SHUTDOWN:.0f}s"))
    clients = [weir.connect("stream") if kind == "stream" else None for _ in range(CLIENTS)]
    for i, client in enumerate(clients):
        if client is None:
            clients[i] = chatting(weir)
        else:
            assert client.request("GET", "/", "Upgrade: websocket").read().status == 101
    assert weir.reload(config(weir, chat, workers=1, limit=f"{SHUTDOWN:.0f}s")).returncode == 0
    ends = Ends(clients)
    until(lambda: len(weir.workers()) == 1, "the surplus worker's end", limit=LIMIT + SHUTDOWN)
    ended = sorted(at for at in ends.at if at is not None)
    assert 1 < len(ended) < CLIENTS
    assert ended[0] > SHUTDOWN * 0.7 and ended[-1] < SHUTDOWN + 1.5
    assert ended[-1] - ended[0] > 0.05 * SHUTDOWN, ended
    weir.wait_metric(len(ended), "weir_drain_ended_connections_total")
    others = [client for client, at in zip(clients, ends.at) if at is None]
    assert all(client.send(b"x") for client in others), "the others go on"
    weir.stop()
    ends.join()


def test_ends_as_soon_as_nothing_is_left(weir, backend):
    chat = backend(upgrading)
    weir.start(config(weir, chat))
    client = chatting(weir)
    weir.kill(signal.SIGQUIT)
    weir.wait_for("finishing gracefully")
    until(lambda: len(weir.workers()) == 1, "the end of the worker that has nothing")
    assert echoes(client)
    client.close()
    assert weir.wait(LIMIT / 2) == 0


def test_a_surplus_worker_serves_on_and_ends(weir, backend):
    """What a worker that is to go has begun goes on; nothing new comes to it."""
    chat = backend(upgrading)
    weir.start(config(weir, chat))
    surplus = weir.worker(1)
    clients = [chatting(weir) for _ in range(CLIENTS)]
    assert weir.reload(config(weir, chat, workers=1)).returncode == 0
    until(lambda: len(weir.listening()) == 3, "its sockets to close")
    assert all(echoes(client) for client in clients)
    assert {int(weir.get("/").get("X-Worker")) for _ in range(20)} == {weir.worker(0)}
    assert surplus in weir.workers()
    for client in clients:
        client.close()
    until(lambda: surplus not in weir.workers(), "the surplus worker's end")


def test_accept_queues_are_emptied(weir, backend):
    """Who waited when the end began is served."""
    weir.start(config(weir, backend(upgrading)))
    workers = weir.workers()
    halt(*workers)
    clients = [weir.connect().request("GET", "/") for _ in range(CLIENTS)]
    until(lambda: weir.queued() == CLIENTS, "all of them to wait")
    weir.kill(signal.SIGQUIT)
    until(lambda: {worker["state"] for worker in weir.status()["workers"]} == {"draining"}, "all of them to be told")
    for pid in workers:
        os.kill(pid, signal.SIGCONT)
    for client in clients:
        answer = client.read()
        assert answer.status == 200 and answer.get("Connection") == "close"
    assert weir.wait() == 0


def test_idle_clients_are_closed_after_a_grace(weir, backend):
    weir.start(config(weir, backend(answering())))
    clients = [weir.connect() for _ in range(4)]
    for client in clients:
        client.get("/")
    begun = time.monotonic()
    weir.kill(signal.SIGQUIT)
    assert all(client.ended() is True for client in clients)
    assert 0.5 < time.monotonic() - begun < LIMIT / 2
    assert weir.wait() == 0
