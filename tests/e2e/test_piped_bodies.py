# SPDX-License-Identifier: Apache-2.0
"""Large bodies of a known length go from socket to socket by a pipe, past weir's memory. Nobody may notice: not when
they are cut off, not when one side is slow, not when other requests follow on the same connection."""
import hashlib
import random
import socket

import pytest
from weirtest.client import Closed
from weirtest.trace import calls
from weirtest.wait import until

BODY = random.Random(11).randbytes(3_000_017)


def proxying(weir, app, more=""):
    return weir.start(f"""
        [main]
        worker_processes = 1
        error_log = stderr info
        pid = weir.pid
        [http]
        client_max_body_size = 0
        {more}
        [upstream app]
        server = {app.address}
        keepalive = 4
        [metrics]
        listen = {weir.address("metrics")}
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://app
    """)


def large(peer):
    """Answers everything with BODY."""
    while peer.read_head() is not None:
        peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY)


def checksum(peer):
    while (request := peer.read_head()) is not None:
        body = peer.reader.exactly(int(request.get("Content-Length", 0)))
        peer.answer(hashlib.sha256(body).hexdigest())


def test_a_large_response_is_spliced(weir, backend):
    proxying(weir, backend(large))
    assert calls(weir, "splice", lambda: weir.get("/")) > 0


def test_a_large_request_is_spliced(weir, backend):
    proxying(weir, backend(checksum))

    def upload():
        with weir.connect() as client:
            assert client.post("/", BODY).text == hashlib.sha256(BODY).hexdigest()
    assert calls(weir, "splice", upload) > 0


def test_requests_follow_one_another_on_both_connections(weir, backend):
    app = backend(large)
    proxying(weir, app)
    with weir.connect() as client:
        for _ in range(5):
            assert client.get("/").body == BODY
    assert app.connections == 1, "the peer's connection went back to the pool each time"


def test_a_slow_client_gets_every_byte(weir, backend):
    proxying(weir, backend(large))
    with weir.connect() as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        assert client.get("/").body == BODY


def test_a_body_that_is_cut_off_ends_the_connection(weir, backend):
    def truncated(peer):
        peer.read_head()
        peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY[:1_000_000])
        raise Closed(b"")
    proxying(weir, backend(truncated))
    with weir.connect() as client:
        client.request("GET", "/")
        with pytest.raises(Closed):
            client.read()
    until(lambda: weir.metrics().sum("weir_upstream_response_failures_total", reason="upstream_truncated") == 1,
          "the failure in the metrics")


def test_a_client_that_leaves_in_its_body(weir, backend):
    app = backend(checksum)
    proxying(weir, app)
    with weir.connect() as client:
        client.send(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY[:1_000_000])
    until(lambda: weir.metrics().sum("weir_http_aborts_total", side="client") == 1, "the abort in the metrics")
    assert weir.metrics().sum("weir_http_requests_in_flight") == 0


def test_the_answer_comes_before_the_body_ends(weir, backend):
    """An early refusal passes while the request is still being sent."""
    def refusing(peer):
        peer.read_head()
        peer.answer("no", status="413 Content Too Large")
        peer.wait_closed()
    proxying(weir, backend(refusing))
    with weir.connect() as client:
        client.send(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY[:200_000])
        assert client.read().status == 413


def test_bytes_are_counted(weir, backend):
    proxying(weir, backend(large))
    weir.get("/")
    weir.wait_metric(1, "weir_http_requests_total", code="200")
    sent = weir.metrics().sum("weir_http_response_bytes_total", server="main")
    assert len(BODY) < sent < len(BODY) + 1000
