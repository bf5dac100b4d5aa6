# SPDX-License-Identifier: Apache-2.0
"""TLS of streams: with clients, with servers, with both; whatever the bytes are."""
import ssl

import pytest
from weirtest.client import Closed
from weirtest.tls import Authority


@pytest.fixture
def ca(weir):
    return Authority(weir.prefix / "tls")


def mirror(peer):
    """Gives back what it gets, until the other side ends; then ends in order, too."""
    while data := peer.socket.recv(65536):
        peer.send(data)
    if isinstance(peer.socket, ssl.SSLSocket):
        peer.socket.unwrap()


def serve(weir, ca, listens, upstream, *lines):
    cert, key = ca.issue("localhost")
    own = [f"ssl_certificate = {cert}", f"ssl_certificate_key = {key}"] if "ssl" in listens else []
    return weir.start("\n".join([
        "[metrics]", f"listen = {weir.address('metrics')}", "[stream s]", f"listen = {weir.address()} {listens}",
        f"proxy_pass = {upstream.address}", *own, *lines]))


def passes(weir, context):
    body = bytes(range(256)) * 4000
    with weir.connect(tls=context) as connection:
        connection.send(b"hello")
        assert connection.reader.exactly(5) == b"hello"
        connection.socket.settimeout(30)
        for start in range(0, len(body), 64_000):
            piece = body[start:start + 64_000]
            connection.send(piece)
            assert connection.reader.exactly(len(piece)) == piece


@pytest.mark.parametrize("down", [True, False])
@pytest.mark.parametrize("up", [True, False])
def test_bytes_pass(weir, ca, backend, down, up):
    upstream = backend(mirror, tls=ca.server(ca.issue("backend", "127.0.0.1")) if up else None)
    lines = ["proxy_ssl = on", f"proxy_ssl_trusted_certificate = {ca.cert}"] if up else []
    serve(weir, ca, "ssl" if down else "", upstream, *lines)
    passes(weir, ca.client() if down else None)
    if down:
        weir.wait_metric(1, "weir_tls_handshakes_total")


def test_the_servers_end_comes_through(weir, ca, backend):
    def farewell(peer):
        peer.socket.recv(100)
        peer.send("bye")
    serve(weir, ca, "ssl", backend(farewell))
    context = ca.client()
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    with weir.connect(tls=context) as connection:
        connection.send("x")
        assert connection.reader.to_end() == b"bye"


def test_a_server_that_is_a_stranger(weir, ca, backend):
    upstream = backend(mirror, tls=Authority(weir.prefix / "other").server(ca.issue("backend", "127.0.0.1")))
    serve(weir, ca, "ssl", upstream, "proxy_ssl = on", "proxy_ssl_name = other.test",
          f"proxy_ssl_trusted_certificate = {ca.cert}")
    with weir.connect(tls=ca.client()) as connection:
        try:
            assert connection.reader.to_end() == b""
        except (OSError, Closed):
            pass
    weir.wait_for("hostname mismatch")
    weir.wait_metric(1, "weir_stream_sessions_total", reason="upstream_certificate")


def test_garbage_is_refused(weir, ca, backend):
    upstream = backend(mirror)
    serve(weir, ca, "ssl", upstream)
    with weir.connect() as connection:
        connection.send("GET / HTTP/1.1\r\n\r\n")
        assert connection.ended() in (True, "reset")
    weir.wait_metric(1, "weir_tls_handshake_failures_total", reason="plain_http")
    assert upstream.connections == 0
    passes(weir, ca.client())


def test_what_cannot_stand_together_is_said(weir, ca):
    cert, key = ca.issue("localhost")
    own = f"ssl_certificate = {cert}\nssl_certificate_key = {key}"
    for lines, reason in [("listen = 1 ssl udp", "with \"udp\""), ("listen = 1 ssl\nlisten = 2", "or for none"),
                          ("listen = 1 ssl\nssl_preread = on", "with \"ssl_preread\""),
                          ("listen = 1 ssl proxy_protocol", "with \"proxy_protocol\""),
                          ("listen = 1\nproxy_ssl = on\nproxy_protocol = on", "\"proxy_ssl\" cannot stand with")]:
        weir.write(f"[stream s]\n{lines}\n{own}\nproxy_pass = 127.0.0.1:9")
        done = weir.run("-c", weir.config_path, "-t")
        assert done.returncode == 1 and reason in done.stderr, (lines, done.stderr)
