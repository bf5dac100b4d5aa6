# SPDX-License-Identifier: Apache-2.0
"""Who waits how long for whom, and what is answered then (S-37)."""
import socket
import time

from weirtest.backend import answering, echo, silent
from weirtest.client import Closed
from weirtest.wait import SLOWNESS


def proxying(weir, address, more=""):
    return weir.start(f"""
        [server main]
        listen = {weir.address()}
        {more}
        [location /]
        proxy_pass = http://{address}
    """)


class Elapsed:
    """Asserts that the block took at least that long, and not much longer."""

    def __init__(self, least, most=None):
        self.least, self.most = least, most or (least + 3) * SLOWNESS

    def __enter__(self):
        self.begun = time.monotonic()

    def __exit__(self, kind, *_):
        if kind is None:
            took = time.monotonic() - self.begun
            assert self.least - 0.2 <= took <= self.most, f"took {took:.2f} s"


def test_client_header_timeout(weir, backend):
    proxying(weir, backend().address, "client_header_timeout = 1s")
    with weir.connect() as client, Elapsed(1):
        client.send("GET / HTTP/1.1\r\nHost: te")
        assert client.read().status == 408
        assert client.ended()


def test_client_header_timeout_counts_from_the_first_byte(weir, backend):
    """Slowloris: bytes now and then do not prolong it."""
    proxying(weir, backend().address, "client_header_timeout = 1s")
    with weir.connect() as client, Elapsed(1):
        client.send("GET / HTTP/1.1\r\nHost: test\r\n")
        answered = None
        for _ in range(100):
            try:
                client.send("X: y\r\n")
            except OSError:
                break
            if not client.silent(0.1):
                answered = client.read()
                break
        assert answered is None or answered.status == 408


def test_client_that_says_nothing_is_closed_without_an_answer(weir, backend):
    proxying(weir, backend().address, "client_header_timeout = 1s")
    with weir.connect() as client, Elapsed(1):
        assert client.ended()


def test_client_body_timeout(weir, backend):
    proxying(weir, backend().address, "client_body_timeout = 1s")
    with weir.connect() as client, Elapsed(1):
        client.request("POST", "/", "Content-Length: 10").send("12345")
        assert client.read("POST").status == 408
        assert client.ended()


def test_client_body_timeout_is_between_two_reads(weir, backend):
    proxying(weir, backend(echo).address, "client_body_timeout = 1s")
    with weir.connect() as client:
        client.request("POST", "/", "Content-Length: 6")
        for byte in b"slowly":
            client.send(bytes([byte]))
            time.sleep(0.3)
        assert client.read("POST").body == b"slowly"


def test_send_timeout(weir, backend):
    """A client that does not read is closed, and its backend's connection with it."""
    app = backend(answering(b"x" * (64 << 20)))
    proxying(weir, app.address, "send_timeout = 1s")
    with weir.connect() as client:
        client.request("GET", "/")
        app.wait_requests(1)
        app.wait_open(0)
        try:
            assert len(client.reader.to_end()) < 64 << 20
        except Closed as end:
            assert end.reset


def test_proxy_read_timeout(weir, backend):
    proxying(weir, backend(silent).address, "proxy_read_timeout = 1s")
    with Elapsed(1):
        assert weir.get("/").status == 504


def test_proxy_read_timeout_is_between_two_reads(weir, backend):
    """S-37."""
    def app(peer):
        peer.read()
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        for byte in b"slowly":
            peer.send(bytes([byte]))
            time.sleep(0.3)
    proxying(weir, backend(app).address, "proxy_read_timeout = 1s")
    assert weir.get("/").body == b"slowly"


def test_proxy_read_timeout_inside_a_body_cuts_the_answer(weir, backend):
    def app(peer):
        peer.read()
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
        peer.wait_closed()
    proxying(weir, backend(app).address, "proxy_read_timeout = 1s")
    with weir.connect() as client, Elapsed(1):
        try:
            raise AssertionError(f"a complete answer: {client.get('/')}")
        except Closed as end:
            assert b"part" in end.got or end.got == b""


def test_slow_client_is_not_the_backends_fault(weir, backend):
    """S-37: while the client takes its time the backend's clock stands still."""
    app = backend(answering(b"x" * (64 << 20)))
    proxying(weir, app.address, "proxy_read_timeout = 1s")
    with weir.connect() as client:
        client.request("GET", "/")
        assert b" 200 OK\r\n" in client.reader.until(b"\r\n\r\n")
        time.sleep(2.5)
        assert len(client.reader.exactly(64 << 20)) == 64 << 20


def test_slow_upload_is_not_the_backends_fault(weir, backend):
    """S-37: proxy_read_timeout starts when the request is complete."""
    proxying(weir, backend(echo).address, "proxy_read_timeout = 1s")
    with weir.connect() as client:
        client.request("POST", "/", "Content-Length: 5")
        for byte in b"hello":
            client.send(bytes([byte]))
            time.sleep(0.5)
        assert client.read("POST").body == b"hello"


def test_proxy_send_timeout(weir, backend):
    """A backend that does not read the body."""
    def app(peer):
        peer.read_head()
        while not peer.backend.ending:
            time.sleep(0.05)
    behind = backend(app)
    proxying(weir, behind.address, "proxy_send_timeout = 1s\n        client_max_body_size = 0")
    with weir.connect() as client:
        client.request("POST", "/", f"Content-Length: {64 << 20}")
        client.socket.settimeout(0.5)
        try:
            for _ in range(64):
                client.send(b"x" * (1 << 20))
        except OSError:
            pass
        client.socket.settimeout(20)
        assert client.read("POST").status == 504


def test_proxy_connect_timeout(weir):
    """A listener whose accept queue is full lets connections hang."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        proxying(weir, f"127.0.0.1:{full.getsockname()[1]}", "proxy_connect_timeout = 1s")
        with Elapsed(1):
            assert weir.get("/").status == 504
        for filler in fillers:
            filler.close()


def test_keepalive_connections_survive_a_slow_answer(weir, backend):
    """keepalive_timeout is for idle connections only."""
    def app(peer):
        while peer.read() is not None:
            time.sleep(1)
            peer.answer(b"slow")
    proxying(weir, backend(app).address, "keepalive_timeout = 300ms")
    with weir.connect() as client:
        assert client.get("/").body == b"slow"


def test_client_bytes_do_not_extend_send_timeout(weir, backend):
    """Progress counts, not events: a client that sends but never reads has send_timeout like any other."""
    def flood(peer):
        peer.read()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 20000000)
    app = backend(flood)
    proxying(weir, app.address, "send_timeout = 1s")
    with weir.connect() as client, Elapsed(1, 8 * SLOWNESS):
        client.request("GET", "/")
        end = time.monotonic() + 8 * SLOWNESS
        try:
            while time.monotonic() < end:
                client.send(b"G")
                time.sleep(0.1)
        except OSError:
            pass


def test_client_bytes_do_not_extend_proxy_read_timeout(weir, backend):
    def begin_only(peer):
        peer.read()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx")
        peer.wait_closed()
    app = backend(begin_only)
    proxying(weir, app.address, "proxy_read_timeout = 1s")
    with weir.connect() as client, Elapsed(1, 8 * SLOWNESS):
        client.request("GET", "/")
        end = time.monotonic() + 8 * SLOWNESS
        try:
            while time.monotonic() < end:
                client.send(b"G")
                time.sleep(0.1)
        except OSError:
            pass
