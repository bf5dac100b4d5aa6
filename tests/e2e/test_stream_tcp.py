# SPDX-License-Identifier: Apache-2.0
"""[stream]: TCP connections passed on as they are (S-50)."""
import socket

import pytest
from weirtest.backend import Backend
from weirtest.wait import LIMIT, until


def echoing(peer):
    """Sends back what comes, and its end behind the client's."""
    while data := peer.socket.recv(65536):
        peer.socket.sendall(data)


def lasting(peer):
    """Answers with all that came, once the client has ended its direction."""
    data = b""
    while more := peer.socket.recv(65536):
        data += more
    peer.socket.sendall(b"<" + data + b">")


def dial(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=LIMIT)


def receive_all(sock):
    data = b""
    while more := sock.recv(65536):
        data += more
    return data


def streaming(weir, target, more=""):
    return weir.start(f"""
        [stream app]
        listen = {weir.address()}
        proxy_pass = {target}
        {more}
    """)


def test_bytes_pass_both_ways(weir, backend):
    streaming(weir, backend(echoing).address)
    with dial(weir.address()) as client:
        for size in (1, 100, 70_000):
            client.sendall(b"x" * size)
            got = b""
            while len(got) < size:
                got += client.recv(65536)
            assert got == b"x" * size


def test_s50_the_end_of_one_direction_is_passed_on(weir, backend):
    streaming(weir, backend(lasting).address)
    with dial(weir.address()) as client:
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        assert receive_all(client) == b"<question>"


@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize("before", [3, 100_000, 3_000_000])
def test_what_comes_behind_an_urgent_byte_comes_through(weir, backend, before, ends):
    """tcp(7): however it was moved up to there; splice(2) does not step over the mark, and takes an end behind it for
    the next thing. The urgent byte itself is left out."""
    taken = bytearray()

    def app(peer):
        for piece in iter(lambda: peer.socket.recv(1 << 16), b""):
            taken.extend(piece)
    streaming(weir, backend(app).address)
    with dial(weir.address()) as client:
        client.sendall(b"a" * before)
        client.send(b"!", socket.MSG_OOB)
        client.sendall(b"b" * 5000)
        if ends:
            client.shutdown(socket.SHUT_WR)
        until(lambda: len(taken) == before + 5000, lambda: f"{before + 5000} bytes, not {len(taken)}")
    assert taken == b"a" * before + b"b" * 5000


def test_s50_a_reset_is_passed_on_as_a_reset(weir, backend):
    def app(peer):
        peer.socket.recv(1)
        peer.reset()
    streaming(weir, backend(app).address)
    with dial(weir.address()) as client:
        client.sendall(b"x")
        try:
            assert client.recv(1) and False, "no byte was sent"
        except ConnectionResetError:
            pass


def test_s15_another_peer_is_tried_before_a_byte_is_passed(weir, backend):
    app = backend(echoing)
    weir.start(f"""
        [metrics]
        listen = {weir.address('metrics')}
        [upstream pool]
        server = {weir.dead_address()}
        server = {app.address}
        [stream app]
        listen = {weir.address()}
        proxy_pass = pool
    """)
    for _ in range(8):
        with dial(weir.address()) as client:
            client.sendall(b"hello")
            assert client.recv(5) == b"hello"
    assert weir.metrics().sum("weir_upstream_connect_failures_total", upstream="pool", reason="connect_refused") > 0


def test_denied_clients_are_closed(weir, backend):
    app = backend(echoing)
    weir.start(f"""
        [metrics]
        listen = {weir.address('metrics')}
        [stream app]
        listen = {weir.address()}
        deny = 127.0.0.1
        proxy_pass = {app.address}
    """)
    with dial(weir.address()) as client:
        assert receive_all(client) == b""
    until(lambda: weir.metrics().sum("weir_listener_connections_rejected_total", reason="acl") >= 1, "a count")


def test_a_range_of_ports(weir, backend):
    app = backend(echoing)
    first = int(weir.address().rsplit(":", 1)[1])
    streaming(weir, app.address)
    config = f"""
        [stream app]
        listen = 127.0.0.1:{first}
        listen = 127.0.0.1:{first + 1}-{first + 1}
        proxy_pass = {app.address}
    """
    if weir.reload(config).returncode == 0:  # the neighbour may be somebody's
        with dial(f"127.0.0.1:{first + 1}") as client:
            client.sendall(b"a")
            assert client.recv(1) == b"a"


def test_sessions_outlive_their_listener(weir, backend):
    app = backend(echoing)
    streaming(weir, app.address)
    with dial(weir.address()) as client:
        client.sendall(b"before")
        assert client.recv(6) == b"before"
        outcome = weir.reload(f"""
            [stream other]
            listen = {weir.address('other')}
            proxy_pass = {weir.dead_address()}
        """)
        assert outcome.returncode == 0, outcome.stderr
        client.sendall(b"after")
        assert client.recv(5) == b"after"


def test_an_address_may_change_its_protocol(weir, backend):
    app = backend(echoing)
    streaming(weir, app.address)
    with dial(weir.address()) as client:
        client.sendall(b"one")
        assert client.recv(3) == b"one"
        assert weir.reload(f"""
            [server main]
            listen = {weir.address()}
            [location /]
            return = 200 http
        """).returncode == 0
        assert weir.get().text == "http"
        client.sendall(b"two")
        assert client.recv(3) == b"two"
