# SPDX-License-Identifier: Apache-2.0
"""Kept upstream connections: when they are used again, and when they must not be (S-25, S-15)."""
import time

import pytest
from weirtest.backend import answering, echo
from weirtest.wait import until


def pooling(weir, address, upstream="keepalive = 8", more=""):
    return weir.start(f"""
        [main]
        worker_processes = 1
        error_log = stderr info
        [upstream app]
        server = {address}
        {upstream}
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://app
        {more}
    """)


def test_connection_is_used_again(weir, backend):
    app = backend(echo)
    pooling(weir, app.address)
    for number in range(20):
        assert weir.connect().post("/", b"x" * number).body == b"x" * number
    assert app.connections == 1


def test_keepalive_zero_is_no_pool(weir, backend):
    app = backend(answering())
    pooling(weir, app.address, "keepalive = 0")
    for _ in range(3):
        weir.get("/")
    assert app.connections == 3


def test_pool_keeps_no_more_than_keepalive(weir, backend):
    def app(peer):
        while peer.read() is not None:
            time.sleep(0.3)
            peer.answer()
    behind = backend(app)
    pooling(weir, behind.address, "keepalive = 2")
    clients = [weir.connect().request("GET", "/") for _ in range(6)]
    for client in clients:
        client.read()
    behind.wait_open(2)


def test_keepalive_requests(weir, backend):
    app = backend(answering())
    pooling(weir, app.address, "keepalive = 8\n        keepalive_requests = 3")
    for _ in range(7):
        weir.get("/")
    assert app.connections == 3


def test_keepalive_timeout(weir, backend):
    app = backend(answering())
    pooling(weir, app.address, "keepalive = 8\n        keepalive_timeout = 300ms")
    weir.get("/")
    app.wait_open(0)
    assert weir.get("/").status == 200 and app.connections == 2


def test_keepalive_time(weir, backend):
    app = backend(answering())
    pooling(weir, app.address, "keepalive = 8\n        keepalive_time = 300ms")
    weir.get("/")
    time.sleep(0.5)
    weir.get("/")
    weir.get("/")
    assert app.connections == 2


def test_backend_asks_to_close(weir, backend):
    app = backend(answering(b"ok", "Connection: close"))
    pooling(weir, app.address)
    for _ in range(3):
        assert weir.get("/").body == b"ok"
    assert app.connections == 3


def test_idle_connection_that_ended_is_not_used(weir, backend):
    def app(peer):
        peer.read()
        peer.answer(b"once")
    behind = backend(app)
    pooling(weir, behind.address)
    for number in range(10):
        assert weir.connect().post("/", b"x").body == b"once", number
        behind.wait_open(0)


def test_bytes_on_an_idle_connection_close_it(weir, backend):
    """Or the next request would get them as its answer."""
    def app(peer):
        while peer.read() is not None:
            peer.answer(b"right")
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong")
    behind = backend(app)
    pooling(weir, behind.address)
    for _ in range(5):
        assert weir.get("/").body == b"right"
        time.sleep(0.05)
    assert behind.connections == 5


def test_late_bytes_on_an_idle_connection_close_it(weir, backend):
    def app(peer):
        peer.read()
        peer.answer(b"right")
        time.sleep(0.2)
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong")
        assert peer.wait_closed() or True
    behind = backend(app)
    pooling(weir, behind.address)
    weir.get("/")
    behind.wait_open(0)
    assert weir.get("/").body == b"right"


def test_unread_request_body_closes(weir, backend):
    """An early answer leaves a request half sent; that connection serves nobody else."""
    def app(peer):
        request = peer.read_head()
        if request.method == "POST":
            peer.answer(b"early", status="400 Bad")
            peer.wait_closed()
        else:
            peer.answer(b"fresh")
    behind = backend(app)
    pooling(weir, behind.address)
    client = weir.connect().request("POST", "/", "Content-Length: 100000").send(b"x" * 10)
    assert client.read("POST").status == 400
    assert weir.get("/").body == b"fresh"
    assert behind.connections == 2


def test_client_abort_closes(weir, backend):
    def app(peer):
        while (request := peer.read()) is not None:
            if request.target == "/slow":
                time.sleep(0.5)
            peer.answer(request.target)
    behind = backend(app)
    pooling(weir, behind.address)
    client = weir.connect().request("GET", "/slow")
    behind.wait_requests(1)
    client.reset()
    behind.wait_open(0)
    assert weir.get("/next").body == b"/next"


def dying(kill):
    """Answers one request per connection; the second one on it is killed."""
    def app(peer):
        peer.read()
        peer.answer(b"ok")
        if peer.read() is not None:
            kill(peer)
    return app


@pytest.mark.parametrize("kill", [lambda peer: None, lambda peer: peer.reset()], ids=["close", "reset"])
def test_get_on_a_connection_that_dies_is_sent_again(weir, backend, kill):
    """S-15: a failed reused connection gives one try more, even with a single peer."""
    behind = backend(dying(kill))
    pooling(weir, behind.address)
    for _ in range(6):
        assert weir.get("/").body == b"ok"


def test_post_on_a_connection_that_dies_is_not_sent_again(weir, backend):
    """S-15: it may have been done."""
    behind = backend(dying(lambda peer: None))
    pooling(weir, behind.address)
    assert weir.connect().post("/", b"1").status == 200
    assert weir.connect().post("/", b"2").status == 502
    assert [request.method for request in behind.requests] == ["POST", "POST"]


def test_latest_connection_is_used_first(weir, backend):
    """LIFO: the others may grow old and go."""
    def app(peer):
        while (request := peer.read()) is not None:
            if request.target == "/slow":
                time.sleep(0.3)
            peer.answer(str(peer.number))
    pooling(weir, backend(app).address)
    clients = [weir.connect().request("GET", "/slow") for _ in range(3)]
    for client in clients:
        client.read()
    last = weir.get("/").body
    assert [weir.get("/").body for _ in range(5)] == [last] * 5


def test_head_and_204_and_304_leave_the_connection_usable(weir, backend):
    def app(peer):
        while (request := peer.read()) is not None:
            if request.method == "HEAD":
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n")
            elif request.target in ("/204", "/304"):
                peer.send(f"HTTP/1.1 {request.target[1:]} X\r\n\r\n")
            else:
                peer.answer(b"ok")
    behind = backend(app)
    pooling(weir, behind.address)
    with weir.connect() as client:
        client.request("HEAD", "/").read("HEAD")
        assert [client.get(target).status for target in ("/204", "/304", "/")] == [204, 304, 200]
    assert behind.connections == 1


def test_reload_keeps_the_pool(weir, backend):
    app = backend(answering())
    pooling(weir, app.address)
    weir.get("/")
    assert weir.reload().returncode == 0
    weir.get("/")
    assert app.connections == 1


def test_pool_is_emptied_when_its_peer_is_gone(weir, backend):
    old, new = backend(answering(b"old")), backend(answering(b"new"))
    pooling(weir, old.address)
    assert weir.get("/").body == b"old"
    assert weir.reload(weir.config_path.read_text().replace(old.address, new.address)).returncode == 0
    assert weir.get("/").body == b"new"
    until(lambda: len(old.open) == 0, "the old peer's connections to be closed")
