# SPDX-License-Identifier: Apache-2.0
"""Early data (RFC 8446 2.3): off unless asked for, and then only for what may be repeated (RFC 8470)."""
import ssl
import subprocess

import pytest
from weirtest.tls import Authority
from weirtest.wait import LIMIT


@pytest.fixture
def ca(weir):
    return Authority(weir.prefix / "tls")


def serve(weir, ca, location, *lines, more=""):
    cert, key = ca.issue("localhost", "localhost", "other.test")
    own = f"ssl_certificate = {cert}\nssl_certificate_key = {key}"
    weir.start(f"""
[metrics]
listen = {weir.address("metrics")}
[server main]
listen = {weir.address()} ssl
server_name = localhost
{own}
{chr(10).join(lines)}
[location /]
{location}
{more.replace("OWN", own)}
""")


class Early:
    """A client that has a session and sends a request with its first flight."""

    def __init__(self, weir, ca, name="localhost"):
        self.words = ["openssl", "s_client", "-connect", weir.address(), "-tls1_3", "-servername", name, "-CAfile",
                      ca.cert, "-ign_eof"]
        self.session, self.request = weir.prefix / "session", weir.prefix / "request"
        done = subprocess.run([*self.words, "-sess_out", self.session], capture_output=True, timeout=LIMIT,
                              input=b"GET / HTTP/1.1\r\nHost: " + name.encode() + b"\r\nConnection: close\r\n\r\n")
        assert self.session.exists(), done.stdout

    def send(self, request, then=b"", more=()):
        """All that the client says; the connection must end by itself, and with a close_notify."""
        self.request.write_bytes(request)
        done = subprocess.run([*self.words, "-sess_in", self.session, "-early_data", self.request, *more],
                              capture_output=True, timeout=LIMIT, input=then)
        assert b"unexpected eof" not in done.stderr and b"\nclosed\n" in done.stdout, done.stderr
        return done.stdout.decode("latin-1")


def lines(method, host="localhost", *fields):
    return "\r\n".join([f"{method} / HTTP/1.1", f"Host: {host}", *fields, "", ""]).encode()


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_is_safe_is_served_and_marked(weir, ca, backend, method):
    upstream = backend()
    serve(weir, ca, f"proxy_pass = http://{upstream.address}", "ssl_early_data = on")
    said = Early(weir, ca).send(lines(method, "localhost", "Connection: close"))
    assert "Early data was accepted" in said, said
    assert "HTTP/1.1 200 OK" in said, said
    assert upstream.last.get("Early-Data") == "1"


def test_the_variable(weir, ca):
    serve(weir, ca, "return = 200 '[$ssl_early_data]'", "ssl_early_data = on")
    assert "[1]" in Early(weir, ca).send(lines("GET", "localhost", "Connection: close"))


@pytest.mark.parametrize("request_", [
    lines("POST", "localhost", "Content-Length: 0", "Connection: close"),
    lines("DELETE", "localhost", "Connection: close"),
    lines("GET", "localhost", "Content-Length: 1", "Connection: close") + b"x",
    lines("GET", "localhost", "Upgrade: websocket", "Connection: upgrade, close")])
def test_what_is_not_safe_is_told_to_come_later(weir, ca, backend, request_):
    """RFC 8470 5.2: 425, and the server hears nothing of it."""
    upstream = backend()
    serve(weir, ca, f"proxy_pass = http://{upstream.address}", "ssl_early_data = on")
    client = Early(weir, ca)
    before = upstream.connections
    said = client.send(request_)
    assert "Early data was accepted" in said and "HTTP/1.1 425 Too Early" in said, said
    assert upstream.connections == before
    weir.wait_for("too_early")


def test_what_comes_after_the_handshake_is_not_early(weir, ca, backend):
    upstream = backend()
    serve(weir, ca, f"proxy_pass = http://{upstream.address}", "ssl_early_data = on")
    said = Early(weir, ca).send(lines("GET"), then=lines("POST", "localhost", "Content-Length: 0", "Connection: close"))
    assert said.count("HTTP/1.1 200 OK") == 2, said
    assert [request.get("Early-Data") for request in upstream.requests][-2:] == ["1", None]


def test_it_is_off_by_default(weir, ca):
    serve(weir, ca, "return = 200 '[$ssl_early_data]'")
    said = Early(weir, ca).send(lines("GET", "localhost", "Connection: close"),
                                then=lines("GET", "localhost", "Connection: close"))
    assert "Early data was accepted" not in said, said
    assert "[]" in said


def test_another_server_may_have_it_off(weir, ca):
    serve(weir, ca, "return = 200 main", "ssl_early_data = on", more=f"""
[server other]
listen = {weir.address()} ssl
server_name = other.test
OWN
return = 200 'other [$ssl_early_data]'
""")
    said = Early(weir, ca, "other.test").send(lines("GET", "other.test", "Connection: close"),
                                              then=lines("GET", "other.test", "Connection: close"))
    assert "Early data was accepted" not in said and "other []" in said, said


def test_large_answers_to_early_requests(weir, ca):
    """More than leaves at once, some of it before and some after the client has finished its handshake."""
    (weir.prefix / "www").mkdir()
    body = b"0123456789abcdef" * 200_000
    (weir.prefix / "www" / "index.html").write_bytes(body)
    serve(weir, ca, "root = www", "ssl_early_data = on")
    said = Early(weir, ca).send(lines("GET", "localhost", "Connection: close"))
    assert "Early data was accepted" in said
    assert said.count("0123456789abcdef") >= 199_000


def test_a_connection_that_ends_leaves_a_ticket(weir, ca):
    """Its end waits for the handshake, so that the client can come back the same way; it is no cut either."""
    serve(weir, ca, "return = 200 '[$ssl_early_data]'", "ssl_early_data = on")
    client = Early(weir, ca)
    for turn in range(3):
        fresh = weir.prefix / f"session-{turn}"
        said = client.send(lines("GET", "localhost", "Connection: close"), more=["-sess_out", fresh, "-msg"])
        assert "Early data was accepted" in said and "[1]" in said, said
        assert 0 < said.find("], NewSessionTicket") < said.find("warning close_notify") < said.find("\nclosed"), said
        client.session = fresh


def test_everybody_else_is_served_as_ever(weir, ca):
    """Who sends no early data meets nothing of it, resumed or not."""
    serve(weir, ca, "return = 200 '[$ssl_early_data]'", "ssl_early_data = on")
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with weir.connect(tls=ca.client(version=version)) as connection:
            assert connection.get().text == "[]"
            assert connection.get().text == "[]"
    context = ca.client()
    with weir.connect(tls=context) as connection:
        connection.get()
        session = connection.socket.session
    with weir.connect(tls=context, session=session) as connection:
        assert connection.get().text == "[]"
        assert connection.socket.session_reused
