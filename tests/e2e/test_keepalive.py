# SPDX-License-Identifier: Apache-2.0
"""Connections of clients: how long they live, and requests one after another (S-39)."""
import os
import signal
import threading
import time

import pytest
from weirtest.backend import answering, echo
from weirtest.client import chunks
from weirtest.trace import calls
from weirtest.wait import halt


def serving(weir, more="", main=""):
    return weir.start(f"""
        {main}
        [http]
        {more}
        [server main]
        listen = {weir.address()}
        [location /]
        return = 200 $request_uri
    """)


def test_requests_one_after_another(weir):
    serving(weir)
    with weir.connect() as client:
        for number in range(50):
            assert client.get(f"/{number}").text == f"/{number}"


def test_a_connection_for_one_request_is_never_waited_for(weir):
    """It costs no epoll_ctl: neither to begin watching it nor to end that."""
    serving(weir, main="[main]\nworker_processes = 1\nerror_log = stderr info\npid = weir.pid")

    def visits():
        [worker] = weir.workers()
        halt(worker)  # one that is accepted before its request comes is watched
        clients = [weir.connect().request("GET", "/", "Connection: close") for _ in range(20)]
        os.kill(worker, signal.SIGCONT)
        assert [client.read().status for client in clients] == [200] * 20
    assert calls(weir, "epoll_ctl", visits) == 0


def test_a_location_has_its_own_keepalive_timeout(weir):
    """What the answer says is what holds, whatever the address's default server has."""
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        keepalive_timeout = 0
        [location /]
        return = 200
        [server other]
        listen = {weir.address()}
        server_name = other
        keepalive_timeout = 60s 50s
        [location /]
        return = 200
        [location /short]
        keepalive_timeout = 1s
        return = 200
    """)
    with weir.connect() as client:
        assert client.get("/", host="other").get("Keep-Alive") == "timeout=50"
        assert client.silent(1.5)
        assert client.get("/short", host="other").status == 200
        begun = time.monotonic()
        assert client.ended() and time.monotonic() - begun > 0.8
    with weir.connect() as client:
        assert client.get("/").get("Connection") == "close"


def test_such_a_connection_in_pieces(weir):
    serving(weir)
    with weir.connect() as client:
        for piece in ("GET /a HTT", "P/1.1\r\nHost: a\r\nConnect", "ion: close\r\n\r\n"):
            client.send(piece.encode())
            time.sleep(0.05)
        assert client.read().text == "/a"


def test_pipelined_requests_are_answered_in_order(weir):
    serving(weir)
    with weir.connect() as client:
        client.send("".join(f"GET /{n} HTTP/1.1\r\nHost: t\r\n\r\n" for n in range(300)))
        assert [client.read().text for _ in range(300)] == [f"/{n}" for n in range(300)]


def test_pipelined_proxied_requests_with_bodies(weir, backend):
    app = backend(echo)
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{app.address}
    """)
    with weir.connect() as client:
        for number in range(20):
            client.send(f"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nbody{number % 10}")
            client.send(b"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(b"chunk", b"ed"))
        for number in range(20):
            assert client.read("POST").text == f"body{number % 10}"
            assert client.read("POST").body == b"chunked"


def test_keepalive_requests(weir):
    serving(weir, "keepalive_requests = 3")
    with weir.connect() as client:
        assert "close" != client.get("/").get("Connection")
        assert "close" != client.get("/").get("Connection")
        assert "close" == client.get("/").get("Connection")
        assert client.ended()


def test_what_follows_the_last_request_does_not_reset_its_answer(weir, backend):
    """RFC 9112 9.6: a client that does not know yet that its connection ends here has sent more."""
    size = 200_000
    more_was_sent = threading.Event()

    def app(peer):
        peer.read()
        assert more_was_sent.wait(10)
        peer.answer(b"x" * size)
    behind = backend(app)
    weir.start(f"""
        [http]
        keepalive_requests = 1
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{behind.address}
    """)
    with weir.connect() as client:
        client.request("GET", "/")
        behind.wait_open(1)
        client.send(b"GET /next HTTP/1.1\r\nHost: t\r\n\r\n" * 1000)
        more_was_sent.set()
        answer = client.read()
        assert len(answer.body) == size and answer.get("Connection") == "close"
        assert client.ended() is True


def test_keepalive_timeout(weir):
    serving(weir, "keepalive_timeout = 500ms")
    with weir.connect() as client:
        client.get("/")
        begun = time.monotonic()
        assert client.ended()
        assert 0.3 < time.monotonic() - begun < 5


def test_no_keepalive(weir):
    serving(weir, "keepalive_timeout = 0")
    with weir.connect() as client:
        assert client.get("/").get("Connection") == "close"
        assert client.ended()


def test_keep_alive_field(weir):
    serving(weir, "keepalive_timeout = 20s 15s")
    assert weir.get("/").get("Keep-Alive") == "timeout=15"


def test_client_asks_to_close(weir):
    serving(weir)
    for field in ("Connection: close", "Connection: Close", "Connection: x, close"):
        with weir.connect() as client:
            assert client.get("/", field).get("Connection") == "close"
            assert client.ended()


def test_http10_closes_unless_asked(weir):
    serving(weir)
    with weir.connect() as client:
        assert client.get("/", version="HTTP/1.0").text == "/"
        assert client.ended()


def test_unread_body_of_an_answered_request_is_drained_or_the_connection_closed(weir):
    """S-39: bytes of a body are never taken for a request."""
    serving(weir)
    with weir.connect() as client:
        smuggled = b"GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n12345678"
        client.request("POST", "/a", "Content-Length: 40").send(smuggled[:40])
        answer = client.read("POST")
        assert answer.text == "/a"
        if answer.get("Connection") == "close":
            assert client.ended()
        else:
            assert client.get("/next").text == "/next"


def test_large_unread_body_does_not_destroy_the_answer(weir):
    """S-32: lingering_close, so that no RST eats the answer."""
    serving(weir, "client_max_body_size = 1k")
    for _ in range(10):
        with weir.connect() as client:
            client.request("POST", "/", f"Content-Length: {1 << 20}")
            try:
                client.send(b"x" * (1 << 20))
            except (BrokenPipeError, ConnectionResetError):
                pass
            assert client.read("POST").status == 413


def test_half_closed_client_is_answered(weir):
    serving(weir)
    with weir.connect() as client:
        client.request("GET", "/a").half_close()
        assert client.read().text == "/a"
        assert client.ended()


def test_proxied_answers_keep_the_clients_connection(weir, backend):
    """A backend that closes each time does not close the client's connection."""
    def app(peer):
        peer.read()
        peer.answer(b"bye", "Connection: close")
    behind = backend(app)
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{behind.address}
    """)
    with weir.connect() as client:
        for _ in range(5):
            assert client.get("/").body == b"bye"
    assert behind.connections == 5


def test_many_clients_at_once(weir, backend):
    app = backend(answering(b"ok"))
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{app.address}
    """)
    clients = [weir.connect() for _ in range(200)]
    for client in clients:
        client.request("GET", "/")
    assert all(client.read().body == b"ok" for client in clients)


@pytest.mark.parametrize("count", range(13, 18))
def test_a_pipelined_burst_leaves_an_idle_connection(weir, count):
    """However a turn's budget divides the burst, the connection is idle behind it: no timeout answer, no crash."""
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        client_header_timeout = 300ms
        return = 200 x
    """)
    pad = "p" * 300
    with weir.connect() as client:
        client.send(f"GET / HTTP/1.1\r\nHost: t\r\nX: {pad}\r\n\r\n".encode() * count)
        for _ in range(count):
            assert client.read().body == b"x"
        time.sleep(0.5)  # client_header_timeout passes
        assert client.get("/").body == b"x"
