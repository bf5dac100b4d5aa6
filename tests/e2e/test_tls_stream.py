# SPDX-License-Identifier: Apache-2.0
"""TLS of streams: with clients, with servers, with both; whatever the bytes are."""
import socket
import ssl
import struct

import pytest
from weirtest.client import Closed
from weirtest.tls import Authority
from weirtest.wait import LIMIT


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
                          ("listen = 1\nproxy_ssl = on\nproxy_protocol = on", "\"proxy_ssl\" cannot stand with")]:
        weir.write(f"[stream s]\n{lines}\n{own}\nproxy_pass = 127.0.0.1:9")
        done = weir.run("-c", weir.config_path, "-t")
        assert done.returncode == 1 and reason in done.stderr, (lines, done.stderr)


# -- a PROXY header in clear, then TLS

V1 = b"PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\n"
BLOCK = socket.inet_aton("203.0.113.7") + socket.inet_aton("192.0.2.1") + struct.pack("!HH", 4711, 443)
V2 = b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", 0x21, 0x11, len(BLOCK)) + BLOCK


def proxied(weir, ca, upstream, *lines):
    return serve(weir, ca, "ssl proxy_protocol", upstream, "access_log = how.log how", *lines, "[http]",
                 "log_format = how '$proxy_protocol_addr:$proxy_protocol_port $proxy_protocol_server_addr $remote_addr "
                 "$ssl_protocol $termination'")


def secured(weir, ca, header, pieces):
    """Speaks TLS behind the header; what it says first goes out with the header, in such pieces."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ca.client().wrap_bio(incoming, outgoing, server_hostname="localhost")
    host, port = weir.address().rsplit(":", 1)
    raw = socket.create_connection((host, int(port)), timeout=LIMIT)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def until_done(action):
        first = header
        while True:
            try:
                done = action()
            except ssl.SSLWantReadError:
                done = None
            out, first = first + outgoing.read(), b""
            for start in range(0, len(out), pieces):
                raw.sendall(out[start:start + pieces])
            if done is not None:
                return done
            incoming.write(raw.recv(65536))
    until_done(lambda: tls.do_handshake() or True)
    header = b""
    tls.write(b"hello")
    said = until_done(lambda: tls.read(5))
    raw.close()
    return said


@pytest.mark.parametrize("header", [V1, V2], ids=["v1", "v2"])
@pytest.mark.parametrize("pieces", [1 << 20, 1], ids=["at once", "byte by byte"])
def test_a_header_comes_before_tls(weir, ca, backend, header, pieces):
    proxied(weir, ca, backend(mirror))
    assert secured(weir, ca, header, pieces) == b"hello"
    wanted = "203.0.113.7:4711 192.0.2.1 203.0.113.7 TLSv1.3 "
    assert any(line.startswith(wanted) for line in weir.wait_lines("how.log", 2)), weir.lines("how.log")


def test_the_servers_header_names_the_client_of_the_header(weir, ca, backend):
    proxied(weir, ca, backend(lambda peer: peer.send(peer.socket.recv(100)[11:16])), "proxy_protocol = v1")
    assert secured(weir, ca, V2, 1 << 20) == b"203.0"


@pytest.mark.parametrize("bytes_", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05hello", V1.replace(b"443", b"x")])
def test_without_a_header_there_is_no_handshake(weir, ca, backend, bytes_):
    upstream = backend(mirror)
    proxied(weir, ca, upstream)
    with weir.connect() as connection:
        connection.send(bytes_)
        assert connection.ended() in (True, "reset")
    weir.wait_metric(1, "weir_stream_sessions_total", reason="bad_proxy_header")
    assert "-:- - 127.0.0.1 - client:bad_proxy_header" in weir.wait_lines("how.log", 2)
    assert upstream.connections == 0
    assert weir.metrics().sum("weir_tls_handshake_failures_total") == 0


def test_rules_are_for_who_the_header_names(weir, ca, backend):
    upstream = backend(mirror)
    proxied(weir, ca, upstream, "deny = 203.0.113.0/24", "proxy_protocol_timeout = 300ms")
    with weir.connect() as connection:
        connection.send(V1)
        assert connection.ended() in (True, "reset")
    weir.wait_metric(1, "weir_stream_sessions_total", reason="forbidden")
    with weir.connect() as connection:
        connection.send(V1[:11])
        assert connection.ended() in (True, "reset")
    weir.wait_metric(1, "weir_stream_sessions_total", reason="proxy_header_timeout")
    weir.wait_metric(0, "weir_listener_connections_active", listener=weir.address())
    assert upstream.connections == 0
