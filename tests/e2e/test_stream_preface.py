# SPDX-License-Identifier: Apache-2.0
"""[stream]: what is read before a peer is chosen, and what is sent in front: PROXY headers (S-52), ClientHellos (S-53),
and `return`."""
import contextlib
import socket
import ssl
import struct

import pytest
from weirtest.wait import LIMIT, until

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def dial(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=LIMIT)


def receive_all(sock):
    data = b""
    try:
        while more := sock.recv(65536):
            data += more
    except ConnectionResetError:
        pass
    return data


def lasting(peer):
    """Answers with all that came, once the client has ended its direction."""
    data = b""
    while more := peer.socket.recv(65536):
        data += more
    peer.socket.sendall(b"<" + data + b">")


def exchange(weir, *pieces):
    with dial(weir.address()) as client:
        with contextlib.suppress(OSError):  # who is turned away may be reset
            for piece in pieces:
                client.sendall(piece)
            client.shutdown(socket.SHUT_WR)
        return receive_all(client)


def serving(weir, target, more="", listen=""):
    return weir.start(f"""
        [metrics]
        listen = {weir.address('metrics')}
        [stream app]
        listen = {weir.address()} {listen}
        proxy_pass = {target}
        {more}
    """)


def v2(command, family, block):
    return SIGNATURE + struct.pack("!BBH", command, family, len(block)) + block


FOUR = socket.inet_aton("192.0.2.1") + socket.inet_aton("198.51.100.2") + struct.pack("!HH", 4660, 443)


# -- sending

def test_s52_version_1_is_sent(weir, backend):
    serving(weir, backend(lasting).address, "proxy_protocol = on")
    with dial(weir.address()) as client:
        host, port = client.getsockname()
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        listened = weir.address().rsplit(":", 1)[1]
        assert receive_all(client) == f"<PROXY TCP4 127.0.0.1 127.0.0.1 {port} {listened}\r\nhello>".encode()


def test_s52_version_2_is_sent(weir, backend):
    serving(weir, backend(lasting).address, "proxy_protocol = v2")
    with dial(weir.address()) as client:
        port = client.getsockname()[1]
        client.shutdown(socket.SHUT_WR)
        block = 2 * socket.inet_aton("127.0.0.1") + struct.pack("!HH", port, int(weir.address().rsplit(":", 1)[1]))
        assert receive_all(client) == b"<" + v2(0x21, 0x11, block) + b">"


def test_s52_a_server_that_speaks_first_gets_the_header_first(weir, backend):
    def app(peer):
        line = b""
        while not line.endswith(b"\r\n"):
            line += peer.socket.recv(1)
        peer.socket.sendall(b"220 " + line)
    serving(weir, backend(app).address, "proxy_protocol = v1")
    with dial(weir.address()) as client:
        assert receive_all(client).startswith(b"220 PROXY TCP4 127.0.0.1 ")


# -- receiving

@pytest.mark.parametrize("header", [
    b"PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n",
    v2(0x21, 0x11, FOUR),
    v2(0x21, 0x11, FOUR + b"\xee\0\x03abc"),
])
def test_s52_a_header_names_the_client(weir, backend, header):
    serving(weir, backend(lasting).address, "proxy_protocol = v1", "proxy_protocol")
    assert exchange(weir, header, b"hello") == b"<PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\nhello>"
    assert exchange(weir, header + b"hello") == b"<PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\nhello>"
    assert exchange(weir, *(header[i:i + 1] for i in range(len(header)))).startswith(b"<PROXY TCP4 192.0.2.1 ")


def test_s52_local_means_the_connection_itself(weir, backend):
    serving(weir, backend(lasting).address, "proxy_protocol = v1", "proxy_protocol")
    for header in (v2(0x20, 0, b""), b"PROXY UNKNOWN\r\n"):
        assert exchange(weir, header, b"x").startswith(b"<PROXY TCP4 127.0.0.1 127.0.0.1 ")


@pytest.mark.parametrize("header", [b"GET / HTTP/1.1\r\n\r\n", b"PROXY TCP4 a b c d\r\n", v2(0x21, 0x11, FOUR[1:]),
                                    b"PROXY UNKNOWN " + 200 * b"x"])
def test_s52_what_is_no_header_is_turned_away(weir, backend, header):
    app = backend(lasting)
    serving(weir, app.address, "", "proxy_protocol")
    assert exchange(weir, header) == b""
    weir.wait_metric(1, "weir_stream_sessions_total", reason="bad_proxy_header")
    # One more: whoever looked whether it listens.
    weir.wait_metric(2, "weir_listener_connections_rejected_total", reason="proxy_protocol")


def test_s52_only_trusted_proxies_may_send_one(weir, backend):
    serving(weir, backend(lasting).address, "set_real_ip_from = 10.0.0.0/8", "proxy_protocol")
    assert exchange(weir, b"PROXY UNKNOWN\r\n", b"hello") == b""


def test_s52_rules_are_for_the_client_that_is_named(weir, backend):
    serving(weir, backend(lasting).address, "deny = 192.0.2.0/24", "proxy_protocol")
    assert exchange(weir, b"PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n", b"x") == b""
    assert exchange(weir, b"PROXY TCP4 192.0.3.1 198.51.100.2 4660 443\r\n", b"x") == b"<x>"


def test_s52_a_header_must_come_in_time(weir, backend):
    serving(weir, backend(lasting).address, "proxy_protocol_timeout = 200ms", "proxy_protocol")
    with dial(weir.address()) as client:
        client.sendall(b"PROXY TCP4 ")
        assert receive_all(client) == b""
    until(lambda: weir.metrics().sum("weir_stream_sessions_total", reason="proxy_header_timeout") >= 1, "a count")


# -- ClientHello

def hello(name, alpn=("h2", "http/1.1")):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(list(alpn))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def test_s53_a_hello_is_passed_on_unchanged(weir, backend):
    serving(weir, backend(lasting).address, "ssl_preread = on")
    whole = hello("a.example")
    assert exchange(weir, whole + b"more") == b"<" + whole + b"more>"
    assert exchange(weir, *(whole[i:i + 7] for i in range(0, len(whole), 7))) == b"<" + whole + b">"


def test_s53_other_protocols_pass(weir, backend):
    serving(weir, backend(lasting).address, "ssl_preread = on")
    assert exchange(weir, b"GET / HTTP/1.1\r\n\r\n") == b"<GET / HTTP/1.1\r\n\r\n>"


def test_s53_a_hello_must_come_in_time_and_fit(weir, backend):
    serving(weir, backend(lasting).address, "ssl_preread = on\npreread_timeout = 200ms\npreread_buffer_size = 512")
    with dial(weir.address()) as client:
        client.sendall(hello("a.example")[:20])
        assert receive_all(client) == b""
    until(lambda: weir.metrics().sum("weir_stream_sessions_total", reason="preread_timeout") >= 1, "a count")
    large = b"\x16\x03\x01\x20\x00\x01\x00\x1f\xfc" + 1024 * b"x"
    assert exchange(weir, large) == b""
    weir.wait_metric(1, "weir_stream_sessions_total", reason="preread_too_large")


# -- return

def test_return_answers_and_closes(weir):
    weir.start(f"""
        [stream banner]
        listen = {weir.address()}
        return = "closed for today"
    """)
    with dial(weir.address()) as client:
        client.sendall(b"not read")
        assert receive_all(client) == b"closed for today"
