# SPDX-License-Identifier: Apache-2.0
"""One port on which some names are passed through and TLS of others ends (conf/tls-and-passthrough.ini), and what that
rests on: HTTP listeners behind PROXY headers (S-52)."""
import contextlib
import pathlib
import socket
import ssl
import struct

import pytest
from weirtest.client import Closed
from weirtest.tls import Authority
from weirtest.wait import LIMIT

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "conf" / "tls-and-passthrough.ini"


@pytest.fixture
def ca(weir):
    return Authority(weir.prefix / "tls")


def v2(source, port, destination="192.0.2.1", to_port=443):
    block = socket.inet_aton(source) + socket.inet_aton(destination) + struct.pack("!HH", port, to_port)
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", 0x21, 0x11, len(block)) + block


# -- the example

def test_the_example(weir, ca, backend):
    """Two that have their certificates themselves, and one whose TLS ends here and who learns the client's address."""
    ca.issue("example.com", "example.com", "www.example.com")

    def answers(name):
        def serve(peer):
            while peer.read():
                peer.answer(name)
        return backend(serve, tls=ca.server(ca.issue(name, name, "*." + name)))
    mail, apps, application = answers("mail.example.com"), answers("apps.example.com"), backend()
    text = EXAMPLE.read_text()
    for written, here in [("listen = 443", f"listen = {weir.address()}"), ("127.0.0.1:8443", mail.address),
                          ("127.0.0.1:9443", apps.address), ("127.0.0.1:3000", application.address)]:
        assert text.count(written) == 1, written
        text = text.replace(written, here)
    weir.start(text)
    for name, owner in [("mail.example.com", "mail.example.com"), ("one.apps.example.com", "apps.example.com")]:
        for _ in range(3):
            with weir.connect(tls=ca.client(), server_name=name) as connection:
                assert connection.get(host=name).text == owner
    with weir.connect(tls=ca.client(), server_name="www.example.com", source=("127.0.0.9", 0)) as connection:
        assert connection.get(host="www.example.com").status == 200
        assert application.last.get("X-Forwarded-For") == "127.0.0.9"
        assert application.last.get("X-Forwarded-Proto") == "https"
        assert connection.get("/", "X-Forwarded-For: 6.6.6.6", host="www.example.com").status == 200
        assert application.last.get("X-Forwarded-For") == "127.0.0.9", "a client's own word is not taken"
    assert len(weir.wait_lines("logs/access.log", 2)) == 2
    assert all(line.startswith("127.0.0.9 ") for line in weir.wait_lines("logs/access.log", 2))


# -- PROXY headers in front of HTTP

VARIABLES = ('"$remote_addr $remote_port $realip_remote_addr $proxy_protocol_addr $proxy_protocol_port '
             '$proxy_protocol_server_addr $proxy_protocol_server_port $scheme"')


def serve(weir, ca, *lines, tls=True):
    cert, key = ca.issue("localhost")
    own = [f"ssl_certificate = {cert}", f"ssl_certificate_key = {key}"] if tls else []
    return weir.start("\n".join([
        "[metrics]", f"listen = {weir.address('metrics')}", "[server main]",
        f"listen = {weir.address()} proxy_protocol" + (" ssl" if tls else ""), *own, *lines,
        f"return = 200 {VARIABLES}"]))


def secured(weir, ca, header):
    host, port = weir.address().rsplit(":", 1)
    raw = socket.create_connection((host, int(port)), timeout=LIMIT)
    raw.sendall(header)
    return ca.client().wrap_socket(raw, server_hostname="localhost")


def ask(sock, request=b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"):
    sock.sendall(request)
    data = b""
    while more := sock.recv(65536):
        data += more
    return data.rpartition(b"\r\n\r\n")[2].decode()


@pytest.mark.parametrize("header", [b"PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\n", v2("203.0.113.7", 4711)])
def test_the_client_is_who_the_header_says(weir, ca, header):
    serve(weir, ca)
    with secured(weir, ca, header) as client:
        assert ask(client) == "203.0.113.7 4711 127.0.0.1 203.0.113.7 4711 192.0.2.1 443 https"


def test_without_tls_in_one_packet_and_in_pieces(weir, ca):
    """The request may come in the same packet as the header, or the header byte by byte."""
    serve(weir, ca, tls=False)
    header, request = v2("203.0.113.7", 4711), b"GET / HTTP/1.0\r\n\r\n"
    said = "203.0.113.7 4711 127.0.0.1 203.0.113.7 4711 192.0.2.1 443 http"
    with weir.connect() as connection:
        assert ask(connection.socket, header + request) == said
    with weir.connect() as connection:
        for byte in header:
            connection.send(bytes([byte]))
        assert ask(connection.socket, request) == said
    with weir.connect() as connection:
        assert ask(connection.socket, b"PROXY UNKNOWN\r\n" + request).startswith("127.0.0.1 ")


def test_rules_and_trust_go_by_the_header(weir, ca):
    """`deny` sees the client; what it says of forwarding is believed as little as any stranger's."""
    serve(weir, ca, "deny = 203.0.113.0/24", "set_real_ip_from = 127.0.0.1", "real_ip_header = X-Forwarded-For",
          tls=False)
    forged = b"GET / HTTP/1.0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"
    with weir.connect() as connection:
        connection.send(v2("203.0.113.7", 1) + b"GET / HTTP/1.0\r\n\r\n")
        assert connection.read().status == 403
    with weir.connect() as connection:
        assert ask(connection.socket, v2("198.51.100.1", 1) + forged).startswith("198.51.100.1 ")


@pytest.mark.parametrize("bytes_, why", [(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "something else came"),
                                         (b"\x16\x03\x01\x00\x05hello", "something else came"),
                                         (b"PROXY TCP4 1.2.3.4 x 1 2\r\n", "something else came")])
def test_without_a_header_nobody_comes_in(weir, ca, bytes_, why):
    serve(weir, ca)
    with weir.connect() as connection:
        connection.send(bytes_)
        assert connection.ended() in (True, "reset")
    weir.wait_for(f"bad_proxy_header: {why}")
    # One more: whoever looked whether it listens.
    weir.wait_metric(2, "weir_listener_connections_rejected_total", reason="proxy_protocol",
                     listener=weir.address())


def test_it_has_a_time_and_a_sender(weir, ca):
    serve(weir, ca, "client_header_timeout = 300ms")
    with weir.connect() as connection:
        connection.send(b"PROXY TCP4 ")
        assert connection.ended() in (True, "reset")
    weir.wait_for("bad_proxy_header: it did not come in time")
    weir.stop()
    weir.ports.clear()
    serve(weir, ca, "set_real_ip_from = 10.0.0.0/8")
    with weir.connect() as connection:
        try:
            connection.send(v2("203.0.113.7", 1))
            assert connection.ended() in (True, "reset")
        except (OSError, Closed):
            pass
    weir.wait_for("bad_proxy_header: its sender is not trusted")


def test_those_who_say_nothing_make_room(weir, ca):
    """At worker_connections the oldest of them go, while others of them send: nobody is given up twice."""
    cert, key = ca.issue("localhost")
    weir.start(f"""
[main]
worker_processes = 1
worker_connections = 20
error_log = stderr info
pid = weir.pid
[server main]
listen = {weir.address()} ssl proxy_protocol
ssl_certificate = {cert}
ssl_certificate_key = {key}
return = 200 served
""")
    waiting = []
    for _ in range(200):
        waiting.append(weir.connect())
        with contextlib.suppress(OSError):
            waiting[len(waiting) // 2].send(b"PROXY ")
    with secured(weir, ca, v2("203.0.113.7", 4711)) as client:
        assert ask(client) == "served"
    weir.wait_for("bad_proxy_header: it did not come in time")


def test_one_line_says_it_for_the_address(weir, ca):
    cert, key = ca.issue("localhost")
    own = f"ssl_certificate = {cert}\nssl_certificate_key = {key}"
    weir.start(f"[server a]\nlisten = {weir.address()} ssl\n{own}\nreturn = 200 a\n"
               f"[server b]\nlisten = {weir.address()} proxy_protocol\nserver_name = b\n{own}\nreturn = 200 b")
    with secured(weir, ca, v2("203.0.113.7", 4711)) as client:
        assert ask(client) == "a"
    with pytest.raises((ssl.SSLError, OSError)):
        weir.connect(tls=ca.client())
