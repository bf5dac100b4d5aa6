# SPDX-License-Identifier: Apache-2.0
"""[stream]: sides that end halfway, are reset, stall or are slow: what the other side sees (S-50, the table in
docs/streams.md)."""
import hashlib
import os
import pathlib
import socket
import struct
import threading
import time

import pytest
from weirtest.wait import LIMIT, until

MUCH = os.urandom(1 << 20) * 24


def dial(weir):
    host, port = weir.address().rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=LIMIT)


def receive_all(sock):
    digest, size = hashlib.sha256(), 0
    while more := sock.recv(65536):
        digest.update(more)
        size += len(more)
    return size, digest.hexdigest()


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def streaming(weir, app, more=""):
    return weir.start(f"""
        [metrics]
        listen = {weir.address('metrics')}
        [stream app]
        listen = {weir.address()}
        proxy_pass = {app.address}
        {more}
    """)


class Held:
    """A backend that hands its connection, the first on which a byte came, to the test."""

    def __init__(self):
        self.ready, self.done = threading.Event(), threading.Event()

    def __call__(self, peer):
        peer.socket.settimeout(LIMIT)
        first = peer.socket.recv(1)
        if not first:
            return
        self.socket = peer.socket
        self.ready.set()
        self.done.wait(6 * LIMIT)

    def take(self):
        assert self.ready.wait(LIMIT)
        return self.socket


@pytest.fixture
def held(backend):
    behaviour = Held()
    behaviour.backend = backend(behaviour)
    yield behaviour
    behaviour.done.set()


def joined(weir, held, more=""):
    """Both ends of a session through which one byte has gone."""
    streaming(weir, held.backend, more)
    client = dial(weir)
    client.sendall(b"!")
    return client, held.take()


def ended(weir, reason):
    until(lambda: weir.metrics().sum("weir_stream_sessions_total", reason=reason) >= 1, f"a session's end by {reason}")


def test_s50_each_side_may_end_first_and_hear_the_rest(weir, held):
    client, server = joined(weir, held)
    server.sendall(b"last words")
    server.shutdown(socket.SHUT_WR)
    assert client.recv(100) == b"last words" and client.recv(1) == b""
    client.sendall(MUCH[:3_000_000])
    client.shutdown(socket.SHUT_WR)
    assert receive_all(server) == (3_000_000, hashlib.sha256(MUCH[:3_000_000]).hexdigest())


def test_s50_without_half_close_what_was_read_is_delivered(weir, held):
    client, server = joined(weir, held, "proxy_half_close = off")
    server.sendall(b"last words")
    server.shutdown(socket.SHUT_WR)
    assert client.recv(100) == b"last words" and client.recv(1) == b""
    assert server.recv(1) == b""


@pytest.mark.parametrize("who", ["client", "server"])
def test_s50_a_reset_is_a_reset_on_the_other_side(weir, held, who):
    client, server = joined(weir, held)
    one, other = (client, server) if who == "client" else (server, client)
    reset(one)
    with pytest.raises(ConnectionResetError):
        while other.recv(100):
            pass
    ended(weir, "client_aborted" if who == "client" else "upstream_reset")


@pytest.mark.parametrize("who", ["client", "server"])
def test_s50_a_reset_behind_bytes_is_seen(weir, held, who):
    client, server = joined(weir, held)
    one, other = (client, server) if who == "client" else (server, client)
    one.sendall(b"bye")
    reset(one)
    with pytest.raises(ConnectionResetError):
        while other.recv(100):
            pass


@pytest.mark.parametrize("who", ["client", "server"])
def test_s50_a_side_that_does_not_read_holds_the_other_up(weir, held, who):
    client, server = joined(weir, held, "proxy_timeout = 1500ms")
    sender, stalled = (client, server) if who == "server" else (server, client)
    sender.settimeout(0.5)
    sent = 0
    with pytest.raises(TimeoutError):
        while sent < 1 << 30:  # the kernel's buffers take some
            sent += sender.send(MUCH[:65536])
    sizes = [int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 for pid in weir.workers()]
    assert max(sizes) < 64 << 20
    ended(weir, "session_idle")
    sender.settimeout(LIMIT)
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        while True:
            sender.send(b"x" * 65536)


@pytest.mark.parametrize("who", ["client", "server"])
def test_s50_a_slow_reader_gets_everything(weir, held, who):
    client, server = joined(weir, held, "proxy_timeout = 5s")
    sender, reader = (client, server) if who == "server" else (server, client)

    def send():
        sender.sendall(MUCH)
        sender.shutdown(socket.SHUT_WR)
    thread = threading.Thread(target=send)
    thread.start()
    digest, size, turn = hashlib.sha256(), 0, 0
    while more := reader.recv(4096 if turn % 3 else 300_000):
        digest.update(more)
        size, turn = size + len(more), turn + 1
        if turn < 300:
            threading.Event().wait(0.002)
    thread.join()
    assert (size, digest.hexdigest()) == (len(MUCH), hashlib.sha256(MUCH).hexdigest())


def test_s50_both_ways_at_once(weir, backend):
    def echo(peer):
        while data := peer.socket.recv(1 << 16):
            peer.socket.sendall(data)
    streaming(weir, backend(echo))
    with dial(weir) as client:
        thread = threading.Thread(target=lambda: (client.sendall(MUCH), client.shutdown(socket.SHUT_WR)))
        thread.start()
        assert receive_all(client) == (len(MUCH), hashlib.sha256(MUCH).hexdigest())
        thread.join()


def test_rates_slow_one_direction_only(weir, held):
    client, server = joined(weir, held, "proxy_upload_rate = 200k")
    begun = time.monotonic()
    server.sendall(MUCH[:4_000_000])
    got = 0
    while got < 4_000_000:
        got += len(client.recv(65536))
    assert time.monotonic() - begun < 5
    threading.Thread(target=client.sendall, args=(MUCH[:500_000],), daemon=True).start()
    got, begun = 0, time.monotonic()
    while got < 500_000:
        got += len(server.recv(65536))
    assert time.monotonic() - begun > 1, "200 KB at once, the rest by time"
