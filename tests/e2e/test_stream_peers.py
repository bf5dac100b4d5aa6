# SPDX-License-Identifier: Apache-2.0
"""[stream]: sides that end halfway, are reset, stall or are slow: what the other side sees (S-50, the table in
docs/streams.md)."""
import contextlib
import hashlib
import os
import pathlib
import socket
import struct
import threading
import time

import pytest
from weirtest.elsewhere import Elsewhere
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


# -- a side is gone, and nothing says so

@pytest.fixture
def elsewhere():
    place = Elsewhere()
    yield place
    place.remove()


def apart(weir, elsewhere, held, who, more="", reloads=None):
    """Both ends of a session through which one byte has gone; that of who, the client or the server, is elsewhere.
    reloads: what `listen` says more after a reload."""
    listener = elsewhere.socket()
    listener.bind((elsewhere.there, 0))
    listener.listen()
    port = weir.address().rsplit(":", 1)[1]
    config = f"""
        [metrics]
        listen = {weir.address('metrics')}
        [http]
        log_format = how '$termination'
        [stream app]
        listen = 0.0.0.0:{port}
        proxy_pass = {held.backend.address if who == "client" else f"{elsewhere.there}:{listener.getsockname()[1]}"}
        access_log = how.log how
        {more}
    """
    weir.start(config)
    if who == "server":
        accepted(listener).close()
    weir.wait_lines("how.log", 1)  # the start's look whether it listens
    if reloads:
        assert weir.reload(config.replace(f":{port}\n", f":{port} {reloads}\n")).returncode == 0
    client = elsewhere.socket() if who == "client" else socket.socket()
    client.settimeout(LIMIT)
    client.connect((elsewhere.here if who == "client" else "127.0.0.1", int(port)))
    client.sendall(b"!")
    if who == "client":
        return client, held.take()
    server = accepted(listener)
    assert server.recv(1) == b"!"
    return client, server


def accepted(listener):
    server = listener.accept()[0]
    server.settimeout(LIMIT)
    return server


def gone(weir, how):
    """The session has ended like this, and left nothing behind."""
    assert weir.wait_lines("how.log", 2)[1:] == [how]
    weir.wait_metric(1, "weir_stream_sessions_total", reason=how.split(":")[1])
    weir.wait_metric(0, "weir_stream_sessions_active")


GONE = {"client": "client:client_aborted", "server": "upstream:upstream_reset"}


@pytest.mark.parametrize("who", ["client", "server"])
def test_s50_a_side_that_vanished_with_bytes_on_their_way_to_it(weir, elsewhere, held, who):
    client, server = apart(weir, elsewhere, held, who, more="proxy_timeout = 2s")
    other = server if who == "client" else client
    elsewhere.vanish()
    begun = time.monotonic()
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        while time.monotonic() - begun < LIMIT:  # never idle: only the kernel can know that nobody is there
            other.sendall(b"are you there?")
            time.sleep(0.2)
    assert 1.5 < time.monotonic() - begun < 6
    gone(weir, GONE[who])


@pytest.mark.parametrize("who", ["client", "server"])
def test_s50_a_side_that_vanished_in_silence(weir, elsewhere, held, who):
    client, server = apart(weir, elsewhere, held, who, more="proxy_timeout = 1500ms")
    elsewhere.vanish()
    assert (server if who == "client" else client).recv(1) == b""
    gone(weir, "client:session_idle")


def test_s50_keepalive_finds_a_silent_client_that_vanished(weir, elsewhere, held):
    client, server = apart(weir, elsewhere, held, "client", "proxy_timeout = 10m", reloads="so_keepalive=1:1:2")
    elsewhere.vanish()
    with pytest.raises(ConnectionResetError):
        server.recv(1)
    gone(weir, GONE["client"])


# -- a client that leaves while a server is sought

class Unreachable:
    """An address at which nobody answers for now: its backlog is full."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.socket.settimeout(LIMIT)
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.filling = []
        for _ in range(3):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(self.socket.getsockname())
            self.filling.append(one)

    def open(self):
        """The first connection on which a byte comes, which is taken."""
        for one in self.filling:
            one.close()
        while True:
            server = accepted(self.socket)
            if server.recv(1):
                return server


@pytest.fixture
def unreachable():
    where = Unreachable()
    yield where
    where.socket.close()
    for one in where.filling:
        one.close()


def seeking(weir, unreachable, more="", listen=""):
    """A client for which weir seeks a server; the probe of start() is over."""
    weir.start(f"""
        [metrics]
        listen = {weir.address('metrics')}
        [http]
        log_format = how '$termination $session_time $upstream_addr'
        [stream app]
        listen = {weir.address()} {listen}
        proxy_pass = {unreachable.address}
        proxy_connect_timeout = 60s
        access_log = how.log how
        {more}
    """)
    weir.wait_lines("how.log", 1)
    descriptors = open_descriptors(weir)
    client = dial(weir)
    weir.wait_metric(1, "weir_stream_sessions_active")
    return client, descriptors


def open_descriptors(weir):
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in weir.workers())


def given_up(weir, descriptors, unreachable):
    weir.wait_metric(0, "weir_stream_sessions_active")
    how, seconds, peer = weir.wait_lines("how.log", 2)[-1].split()
    assert (how, peer) == ("client:client_aborted", unreachable.address)
    until(lambda: open_descriptors(weir) == descriptors, "as many descriptors as before")
    assert weir.metrics().sum("weir_upstream_connect_failures_total") == 0, "no fault of the server's"
    return float(seconds)


@pytest.mark.parametrize("sent", [b"", b"question"])
def test_a_client_that_resets_while_a_server_is_sought(weir, unreachable, sent):
    client, before = seeking(weir, unreachable)
    client.sendall(sent)
    reset(client)
    assert given_up(weir, before, unreachable) < 1


def test_a_client_that_leaves_without_a_byte_while_a_server_is_sought(weir, unreachable):
    client, before = seeking(weir, unreachable)
    client.close()
    assert given_up(weir, before, unreachable) < 3


def test_a_client_that_asked_and_ended_its_direction_gets_its_answer(weir, unreachable):
    client, _ = seeking(weir, unreachable)
    client.sendall(b"!")
    client.shutdown(socket.SHUT_WR)
    time.sleep(1.5)
    server = unreachable.open()
    assert server.recv(1) == b""
    server.sendall(b"answer")
    server.close()
    assert receive_all(client)[0] == 6
    client.close()
