# SPDX-License-Identifier: Apache-2.0
"""Requests and responses that two parsers could read differently are refused (S-26): the connection ends, nothing
that follows is taken for a request, and the backend sees nothing."""
import pytest
from weirtest.backend import answering, raw
from weirtest.client import Closed

SECOND = b"GET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n"


def proxying(weir, app, more=""):
    return weir.start(f"""
        [server main]
        listen = {weir.address()}
        {more}
        [location /]
        proxy_pass = http://{app.address}
    """)


def request(*fields, line="POST / HTTP/1.1", host="Host: test"):
    return "\r\n".join([line, *([host] if host else []), *fields]).encode("latin-1") + b"\r\n\r\n"


REFUSED = {
    "two lengths": (400, request("Content-Length: 5", "Content-Length: 6")),
    "two equal lengths": (400, request("Content-Length: 5", "Content-Length: 5")),
    "list of lengths": (400, request("Content-Length: 5, 5")),
    "length with sign": (400, request("Content-Length: +5")),
    "negative length": (400, request("Content-Length: -1")),
    "hexadecimal length": (400, request("Content-Length: 0x5")),
    "empty length": (400, request("Content-Length:")),
    "length with blank": (400, request("Content-Length: 5 5")),
    "length over 64 bits": (400, request("Content-Length: 18446744073709551617")),
    "length and chunked": (400, request("Content-Length: 5", "Transfer-Encoding: chunked")),
    "chunked and length": (400, request("Transfer-Encoding: chunked", "Content-Length: 5")),
    "two codings": (400, request("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")),
    "two codings, one unknown": (400, request("Transfer-Encoding: chunked", "Transfer-Encoding: identity")),
    "unknown coding": (501, request("Transfer-Encoding: gzip")),
    "coding list": (501, request("Transfer-Encoding: gzip, chunked")),
    "obfuscated coding": (501, request("Transfer-Encoding: xchunked")),
    "quoted coding": (501, request('Transfer-Encoding: "chunked"')),
    "chunked in 1.0": (400, request("Transfer-Encoding: chunked", line="POST / HTTP/1.0")),
    "two hosts": (400, request("Host: other")),
    "two equal hosts": (400, request("Host: test")),
    "no host": (400, request(host=None)),
    "host with a blank": (400, request(host="Host: a b")),
    "host with a path": (400, request(host="Host: a/b")),
    "host with user": (400, request(host="Host: user@a")),
    "host with open bracket": (400, request(host="Host: [::1")),
    "host with a wild port": (400, request(host="Host: a:b")),
    "blank before the colon": (400, request("Content-Length : 5")),
    "tab before the colon": (400, request("X\t: 5")),
    "folded line": (400, request("X: a", " b")),
    "first line folded": (400, b"GET / HTTP/1.1\r\n Host: test\r\n\r\n"),
    "empty name": (400, request(": value")),
    "no colon": (400, request("nonsense")),
    "NUL in a value": (400, request("X: a\0b")),
    "CR in a value": (400, request("X: a\rb")),
    "control byte in a value": (400, request("X: a\x01b")),
    "bytes over 127 in a name": (400, request("X\xe9: a")),
    "bare LF after a field": (400, b"GET / HTTP/1.1\r\nHost: test\nX: y\r\n\r\n"),
    "bare LF after the head": (400, b"GET / HTTP/1.1\r\nHost: test\r\n\n"),
    "bare LF after the line": (400, b"GET / HTTP/1.1\nHost: test\r\n\r\n"),
    "no version": (400, request(line="GET /")),
    "two blanks": (400, request(line="GET  / HTTP/1.1")),
    "blank in the target": (400, request(line="GET /a b HTTP/1.1")),
    "tab as separator": (400, request(line="GET\t/ HTTP/1.1")),
    "control byte in the target": (400, request(line="GET /\x01 HTTP/1.1")),
    "method that is no token": (400, request(line="G@T / HTTP/1.1")),
    "target without slash": (400, request(line="GET index HTTP/1.1")),
    "lower-case protocol": (400, request(line="GET / http/1.1")),
    "version with three digits": (400, request(line="GET / HTTP/1.10")),
    "version 2": (505, request(line="GET / HTTP/2.0")),
    "garbage": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_request_is_refused(weir, backend, name):
    status, message = REFUSED[name]
    app = backend(answering())
    proxying(weir, app)
    with weir.connect() as client:
        client.send(message + b"HELLO" + SECOND)
        answer = client.read()
        assert answer.status == status
        assert answer.get("Connection") == "close"
        assert client.ended()
    assert app.requests == []


CHUNKS = {
    "bare LF after the size": b"5\nhello\r\n0\r\n\r\n",
    "bare LF after the data": b"5\r\nhello\n0\r\n\r\n",
    "data longer than said": b"5\r\nhello!\r\n0\r\n\r\n",
    "signed size": b"+5\r\nhello\r\n0\r\n\r\n",
    "prefixed size": b"0x5\r\nhello\r\n0\r\n\r\n",
    "blank before the size": b" 5\r\nhello\r\n0\r\n\r\n",
    "blank after the size": b"5 \r\nhello\r\n0\r\n\r\n",
    "empty size": b"\r\nhello\r\n0\r\n\r\n",
    "size over 64 bits": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "CR in an extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "LF in an extension": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "bare LF after the last chunk": b"5\r\nhello\r\n0\r\n\n",
    "trailer without colon": b"5\r\nhello\r\n0\r\nnonsense\r\n\r\n",
}


@pytest.mark.parametrize("name", CHUNKS)
def test_chunked_body_is_refused(weir, backend, name):
    def app(peer):
        while (request := peer.read_head()) is not None:
            peer.read_body(request)
            peer.answer("complete")
    behind = backend(app)
    proxying(weir, behind)
    with weir.connect() as client:
        client.send(request("Transfer-Encoding: chunked") + CHUNKS[name] + SECOND)
        answer = client.read()
        assert answer.status == 400
        try:
            assert client.ended()
        except Closed:
            pass
    assert all(seen.target != "/smuggled" for seen in behind.requests)


RESPONSES = {
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "length and chunked": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
                          b"2\r\nok\r\n0\r\n\r\n",
    "two codings": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bad length": b"HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\nok",
    "bad status": b"HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\nok",
    "status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok",
    "status of four digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
    "status below 100": b"HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nok",
    "no status line": b"hello, I am no HTTP server\r\n\r\n",
    "other protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "blank before the colon": b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
    "folded line": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
    "NUL in a value": b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok",
    "CR in a value": b"HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 2\r\n\r\nok",
}


@pytest.mark.parametrize("name", RESPONSES)
def test_response_is_refused(weir, backend, name):
    proxying(weir, backend(raw(RESPONSES[name])))
    with weir.connect() as client:
        answer = client.get("/")
        assert answer.status == 502
        assert b"ok" not in answer.body.replace(b"token", b"")


def test_names_with_underscores_are_dropped(weir, backend):
    app = backend(answering())
    proxying(weir, app)
    weir.get("/", "X_Forwarded_For: 6.6.6.6", "X-Fine: 1")
    assert "X_Forwarded_For" not in app.last and app.last.get("X-Fine") == "1"


def test_names_with_underscores_can_be_allowed(weir, backend):
    app = backend(answering())
    proxying(weir, app, "underscores_in_headers = on")
    weir.get("/", "X_Custom: 1")
    assert app.last.get("X_Custom") == "1"


def test_host_is_normalised(weir, backend):
    """Lower-cased, the trailing dot stripped."""
    app = backend(answering())
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        server_name = example.com
        [location /]
        return = 200 $host
        [server other]
        listen = {weir.address()} default_server
        [location /]
        return = 200 other
    """)
    assert weir.get("/", host="EXAMPLE.com.").body == b"example.com"
    assert weir.get("/", host="EXAMPLE.com:8080").body == b"example.com"
    assert app.requests == []


def test_refusal_after_good_requests(weir, backend):
    """What came before is answered, what comes after is not read."""
    app = backend(answering(b"good"))
    proxying(weir, app)
    with weir.connect() as client:
        client.send(request(line="GET /1 HTTP/1.1") + request("Content-Length: x", line="GET /2 HTTP/1.1") + SECOND)
        assert client.read().body == b"good"
        assert client.read().status == 400
        assert client.ended()
    assert [seen.target for seen in app.requests] == ["/1"]
