# SPDX-License-Identifier: Apache-2.0
"""Beside whatever strangers do, a good client is always served."""
import os
import pwd
import random
import resource
import socket
import struct
import threading
import time

import pytest
from weirtest.backend import answering
from weirtest.wait import LIMIT, SLOWNESS, until


def serving(weir, app, main="", **options):
    return weir.start(f"""
        [main]
        worker_processes = 2
        error_log = stderr crit
        {main}
        [http]
        client_header_timeout = 3s
        client_body_timeout = 3s
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{app.address}
        [location /direct]
        return = 200 direct
    """, **options)


class GoodClient:
    """Asks all the time, over kept and new connections; every request must be answered in time."""

    def __init__(self, weir, limit=5.0):
        self.weir, self.limit = weir, limit * SLOWNESS
        self.count, self.worst, self.failures, self.ending = 0, 0.0, [], False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ending:
            begun = time.monotonic()
            try:
                with self.weir.connect(limit=self.limit) as client:
                    for target in ("/", "/direct"):
                        assert client.get(target).status == 200
            except Exception as error:
                self.failures.append(repr(error))
            self.worst = max(self.worst, time.monotonic() - begun)
            self.count += 1
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            until(lambda: self.count > 3 or self.failures, "a few rounds of the good client")
        self.ending = True
        self.thread.join()
        if kind is None:
            assert not self.failures, self.failures[:5]
            assert self.count > 3 and self.worst < self.limit, f"{self.count} rounds, the slowest {self.worst:.1f} s"


def host_port(weir):
    host, port = weir.address().split(":")
    return host, int(port)


def test_garbage(weir, backend):
    rng = random.Random(1)
    serving(weir, backend(answering()))
    with GoodClient(weir):
        for _ in range(300):
            data = rng.randbytes(rng.randrange(1, 3000))
            if rng.random() < 0.5:
                data = b"GET / HTTP/1.1\r\nHost: x\r\n" + data
            try:
                with socket.create_connection(host_port(weir), timeout=LIMIT) as sock:
                    sock.sendall(data)
                    if rng.random() < 0.5:
                        sock.shutdown(socket.SHUT_WR)
                        sock.recv(100)
            except OSError:
                pass


def test_mutated_requests(weir, backend):
    """Real requests with a few bytes changed: an answer or an end, never a hang."""
    rng = random.Random(2)
    serving(weir, backend(answering()))
    original = (b"POST /a?b=c HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n"
                b"5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
    with GoodClient(weir):
        for _ in range(300):
            data = bytearray(original)
            for _ in range(rng.randrange(1, 4)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            with socket.create_connection(host_port(weir), timeout=15 * SLOWNESS) as sock:
                try:
                    sock.sendall(bytes(data))
                    sock.shutdown(socket.SHUT_WR)
                    while sock.recv(65536):
                        pass
                except ConnectionResetError:
                    pass


def test_slow_heads(weir, backend):
    """Slowloris: many clients that send a byte now and then."""
    serving(weir, backend(answering()))
    with GoodClient(weir):
        slow = [weir.connect() for _ in range(300)]
        end = time.monotonic() + 4
        alive = slow
        while time.monotonic() < end:
            for client in alive:
                try:
                    client.send(b"G" if client is slow[0] else b"GET / HTTP/1.1\r\nX: y\r\n"[:1])
                except OSError:
                    pass
            time.sleep(0.2)
        for client in slow:
            client.socket.settimeout(LIMIT)
            while True:
                try:
                    if not client.socket.recv(1000):
                        break
                except OSError:
                    break


def test_slow_bodies(weir, backend):
    app = backend(answering())
    serving(weir, app)
    with GoodClient(weir):
        slow = [weir.connect().request("POST", "/", "Content-Length: 1000000") for _ in range(200)]
        for _ in range(5):
            for client in slow:
                try:
                    client.send(b"x")
                except OSError:
                    pass
            time.sleep(0.2)


def test_slow_readers(weir, backend):
    serving(weir, backend(lambda peer: answering(b"x" * (1 if peer.requests else 2000000))(peer)))
    with GoodClient(weir):
        slow = []
        for _ in range(50):
            client = weir.connect()
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.append(client.request("GET", "/"))
        time.sleep(2)


def test_two_thousand_idle_connections(weir, backend):
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 5000:
        pytest.skip(f"only {soft} descriptors here")
    serving(weir, backend(answering()), "worker_connections = 8192")
    idle = []
    with GoodClient(weir):
        for number in range(2000):
            client = weir.connect()
            if number % 2:
                client.request("GET", "/direct")
            idle.append(client)
        for client in idle[1::2]:
            assert client.read().text == "direct"
        for client in idle[1::2]:
            assert client.get("/direct").text == "direct"


def test_connect_and_reset_flood(weir, backend):
    serving(weir, backend(answering()))
    with GoodClient(weir):
        end = time.monotonic() + 3
        while time.monotonic() < end:
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.connect(host_port(weir))
            if random.random() < 0.5:
                sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            sock.close()


def flood_of_idle_connections(weir, count, say=b""):
    flood = []
    for _ in range(count):
        sock = socket.socket()
        sock.settimeout(0.2)
        flood.append(sock)
        try:
            sock.connect(host_port(weir))
            sock.send(say)
        except OSError:
            break
    return flood


def without_descriptors(weir, app):
    """A worker that is left few descriptors once it serves: they run out before worker_connections is reached."""
    weir.start(f"""
        [main]
        user = {pwd.getpwuid(os.geteuid()).pw_name}
        worker_processes = 1
        worker_connections = 1000
        error_log = stderr error
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{app.address}
        [location /direct]
        return = 200 direct
    """)  # another user's limits are not ours to set
    for child in weir.children():
        resource.prlimit(child, resource.RLIMIT_NOFILE, (64, 64))


def test_descriptors_run_out(weir, backend):
    """EMFILE is survived: who is served stays so, nothing spins, all is well when descriptors are free again."""
    held = threading.Event()

    def behaviour(peer):
        while (request := peer.read()) is not None:
            if request.target == "/held":
                assert held.wait(LIMIT)
            peer.answer("ok")

    app = backend(behaviour)
    without_descriptors(weir, app)
    first, second = weir.connect(), weir.connect()
    first.request("GET", "/held")
    app.wait_requests(1)
    second.send(b"GET / HTTP/1.1\r\n")
    flood = flood_of_idle_connections(weir, 150, say=b"GET")
    try:
        weir.wait_for("turning clients away")
        second.send(b"Host: h\r\n\r\n")
        assert second.read().status == 503  # the peer's connection is in use, and there can be no other
        weir.wait_for("out_of_descriptors")
        held.set()
        assert first.read().text == "ok"
        before = cpu_seconds(weir)
        time.sleep(1)
        assert cpu_seconds(weir) - before < 0.6 * SLOWNESS, "spins without descriptors"
    finally:
        for sock in flood:
            sock.close()
    with GoodClient(weir):
        time.sleep(1)


def nobody_is_turned_away(weir, silent):
    """While somebody is idle: a good client beside so many silent ones is served."""
    flood = flood_of_idle_connections(weir, silent)
    try:
        with GoodClient(weir):
            time.sleep(0.5)
        assert "turning clients away" not in weir.log()
    finally:
        for sock in flood:
            sock.close()


def test_silent_ones_make_room_when_descriptors_run_out(weir, backend):
    without_descriptors(weir, backend(answering()))
    nobody_is_turned_away(weir, 300)


@pytest.mark.parametrize("limit", [64, 256])
def test_too_many_worker_connections_are_no_promise(weir, backend, limit):
    """It is said at the start, and idle ones make room before the descriptors run out."""
    app = backend(answering())
    weir.start(f"""
        [main]
        worker_processes = 1
        worker_connections = 5000
        error_log = stderr warn
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{app.address}
        [location /direct]
        return = 200 direct
    """, limits=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
    weir.wait_for(f'worker_connections 5000 is more than the limit of open files, {limit}, has room for')
    nobody_is_turned_away(weir, 400)


def test_worker_connections_follow_the_descriptors(weir, backend):
    """Left alone, weir takes no more connections than it has descriptors for: idle ones make room."""
    serving(weir, backend(answering()), limits=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)))
    flood = flood_of_idle_connections(weir, 400)
    try:
        assert weir.get("/").status == 200
        assert "turning clients away" not in weir.log()
    finally:
        for sock in flood:
            sock.close()


def test_worker_connections(weir, backend):
    """Beyond the limit idle connections make room or newcomers are turned away; nobody hangs for ever."""
    serving(weir, backend(answering()), "worker_connections = 64")
    clients = []
    for _ in range(300):
        try:
            clients.append(weir.connect())
        except OSError:
            break
    for client in clients:
        client.close()
    with GoodClient(weir):
        time.sleep(0.5)


def cpu_seconds(weir):
    total = 0
    for pid in weir.children():
        fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / 100


def test_idle_weir_uses_no_cpu(weir, backend):
    serving(weir, backend(answering()))
    weir.get("/")
    kept = [weir.connect() for _ in range(50)]
    for client in kept:
        client.get("/")
    before = cpu_seconds(weir)
    time.sleep(2)
    assert cpu_seconds(weir) - before < 0.1 * SLOWNESS
