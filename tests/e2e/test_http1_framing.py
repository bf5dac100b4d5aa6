# SPDX-License-Identifier: Apache-2.0
"""Messages arrive whole and are framed right, whatever their form (RFC 9112; S-32 to S-35)."""
import gzip

import pytest
from weirtest.backend import answering, echo, echo_head, raw
from weirtest.client import chunks


def proxying(weir, app, more=""):
    return weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{app.address}
        {more}
    """)


def test_get(weir, backend):
    proxying(weir, backend(answering(b"hello", "X-From: app", status="201 Made")))
    answer = weir.get("/")
    assert (answer.start, answer.body, answer.get("X-From")) == ("HTTP/1.1 201 Made", b"hello", "app")


def test_exactly_one_date_and_server(weir, backend):
    app = answering(b"", "Date: Mon, 01 Jan 2001 00:00:00 GMT", "Server: backend")
    answer = proxying(weir, backend(app)).get("/")
    assert len(answer.all("Date")) == 1
    assert len(answer.all("Server")) == 1


def test_a_byte_at_a_time(weir, backend):
    proxying(weir, backend(echo))
    with weir.connect() as client:
        message = b"POST /x HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(b"abc", b"defgh")
        for byte in message:
            client.send(bytes([byte]))
        assert client.read("POST").body == b"abcdefgh"


def test_response_a_byte_at_a_time(weir, backend):
    def app(peer):
        while peer.read() is not None:
            for byte in b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(b"abc", b"defgh"):
                peer.send(bytes([byte]))
    proxying(weir, backend(app))
    with weir.connect() as client:
        assert client.get("/").body == b"abcdefgh"
        assert client.get("/").body == b"abcdefgh"


def test_head_has_no_body(weir, backend):
    def app(peer):
        while peer.read() is not None:
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    proxying(weir, backend(app))
    with weir.connect() as client:
        for _ in range(2):
            answer = client.request("HEAD", "/").read("HEAD")
            assert (answer.status, answer.get("Content-Length")) == (200, "1000")
        assert client.silent()


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_statuses_without_body(weir, backend, status):
    """S-34: whatever Content-Length says."""
    def app(peer):
        while peer.read() is not None:
            peer.send(f"HTTP/1.1 {status}\r\nETag: \"1\"\r\n\r\n")
    proxying(weir, backend(app))
    with weir.connect() as client:
        for _ in range(2):
            answer = client.get("/")
            assert (answer.status, answer.get("ETag")) == (int(status[:3]), '"1"')
            assert "Transfer-Encoding" not in answer
        assert client.silent()


def test_304_keeps_length_of_the_representation(weir, backend):
    proxying(weir, backend(raw(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n")))
    with weir.connect() as client:
        assert client.get("/").status == 304
        assert client.silent()


def test_chunked_response_stays_chunked(weir, backend):
    def app(peer):
        while peer.read() is not None:
            peer.answer_chunked([b"one", b"two", b"x" * 100000])
    proxying(weir, backend(app))
    with weir.connect() as client:
        for _ in range(2):
            answer = client.get("/")
            assert answer.chunked and answer.body == b"onetwo" + b"x" * 100000


def test_close_delimited_response_becomes_chunked(weir, backend):
    proxying(weir, backend(raw(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")))
    with weir.connect() as client:
        answer = client.get("/")
        assert answer.chunked and answer.body == b"until the end"
        assert client.get("/").body == b"until the end", "the client's connection lives on"


def test_http10_response(weir, backend):
    app = backend(raw(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold"))
    proxying(weir, app)
    with weir.connect() as client:
        answer = client.get("/")
        assert (answer.version, answer.body) == ("HTTP/1.1", b"old")
        assert client.get("/").body == b"old"
    assert app.connections == 2, "HTTP/1.0 without keep-alive is not reused"


def test_http10_client_gets_no_chunks(weir, backend):
    """S-34: without Content-Length the body ends with the connection."""
    def app(peer):
        while peer.read() is not None:
            peer.answer_chunked([b"one", b"two"])
    proxying(weir, backend(app))
    with weir.connect() as client:
        answer = client.get("/", version="HTTP/1.0")
        assert "Transfer-Encoding" not in answer and answer.body == b"onetwo"


def test_http10_client_may_keep_alive(weir, backend):
    proxying(weir, backend(answering(b"ok")))
    with weir.connect() as client:
        answer = client.get("/", "Connection: keep-alive", version="HTTP/1.0")
        assert answer.get("Connection", "").lower() == "keep-alive"
        assert client.get("/", version="HTTP/1.0").body == b"ok"
        assert client.ended()


def test_http10_client_needs_no_host(weir, backend):
    proxying(weir, backend(answering(b"ok")))
    assert weir.get("/", version="HTTP/1.0", host=None).status == 200


def test_expect_is_answered_and_not_forwarded(weir, backend):
    """S-32."""
    app = backend(echo)
    proxying(weir, app)
    with weir.connect() as client:
        client.request("POST", "/", "Expect: 100-continue", "Content-Length: 4")
        assert client.reader.head().startswith(b"HTTP/1.1 100 ")
        client.send(b"body")
        assert client.read("POST").body == b"body"
    assert "Expect" not in app.last


def test_http10_never_gets_100(weir, backend):
    """S-32."""
    proxying(weir, backend(echo))
    with weir.connect() as client:
        client.request("POST", "/", "Expect: 100-continue", body=b"body", version="HTTP/1.0")
        answer = client.read("POST")
        assert answer.body == b"body" and not answer.interim


@pytest.mark.parametrize("interim", ["100 Continue", "102 Processing", "103 Early Hints"])
def test_interim_responses_are_swallowed(weir, backend, interim):
    """S-33: 103 is forwarded only when asked for."""
    once = f"HTTP/1.1 {interim}\r\nLink: </a>\r\n\r\n".encode()
    proxying(weir, backend(raw(once * 3 + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", close=False)))
    answer = weir.get("/")
    assert (answer.body, answer.interim, answer.all("Link")) == (b"ok", [], [])


def test_101_that_nobody_asked_for_is_an_error(weir, backend):
    """S-33."""
    proxying(weir, backend(raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")))
    assert weir.get("/").status == 502


def test_response_trailers_are_dropped(weir, backend):
    """S-35."""
    body = chunks(b"body", last=b"0\r\nX-Sum: 1\r\n\r\n")
    proxying(weir, backend(raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body, close=False)))
    with weir.connect() as client:
        answer = client.get("/")
        assert answer.body == b"body" and client.reader.trailers == []
        assert "X-Sum" not in answer


TRAILED = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
           + chunks(b"body", last=b"0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\nX-Hidden: 2\r\nX-Time: 3\r\n\r\n"))
PASSING = "proxy_pass_trailers = on\nproxy_hide_header = X-Hidden"


@pytest.mark.parametrize("more", [PASSING, PASSING + "\nproxy_set_header = TE trailers"])
def test_response_trailers_pass_where_they_are_asked_for(weir, backend, more):
    """S-35: to who says TE: trailers; never those that would mean something to the message, or are hidden."""
    app = backend(raw(TRAILED, close=False))
    proxying(weir, app, more)
    with weir.connect() as client:
        answer = client.get("/", "TE: deflate, trailers")
        assert answer.body == b"body" and client.reader.trailers == ["X-Sum: 1", "X-Time: 3"]
        assert answer.get("Trailer") == "X-Sum" and "Set-Cookie" not in answer and "X-Sum" not in answer
    assert app.last.all("TE") == ["trailers"] and app.last.all("Connection") == ["TE"]


def test_response_trailers_are_dropped_for_who_does_not_know_them(weir, backend):
    """S-35: without TE: trailers, and for HTTP/1.0, which has no chunks."""
    app = backend(raw(TRAILED))
    proxying(weir, app, PASSING)
    with weir.connect() as client:
        answer = client.get("/")
        assert answer.body == b"body" and client.reader.trailers == [] and "Trailer" not in answer
    assert "TE" not in app.last
    with weir.connect() as client:
        client.send("GET / HTTP/1.0\r\nTE: trailers\r\n\r\n")
        assert client.read().body == b"body"
    assert "TE" not in app.last


def test_response_trailers_behind_a_coded_body(weir, backend):
    """S-35, with a filter between."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html\r\n\r\n"
    proxying(weir, backend(raw(head + chunks(b"body" * 5000, last=b"0\r\nX-Sum: 1\r\n\r\n"), close=False)),
             PASSING + "\ngzip = on")
    with weir.connect() as client:
        answer = client.get("/", "TE: trailers", "Accept-Encoding: gzip")
        assert gzip.decompress(answer.body) == b"body" * 5000 and client.reader.trailers == ["X-Sum: 1"]


def test_request_trailers_are_dropped(weir, backend):
    app = backend(echo)
    proxying(weir, app)
    with weir.connect() as client:
        client.request("POST", "/", "Transfer-Encoding: chunked")
        client.send(chunks(b"body", last=b"0\r\nX-Sum: 1\r\n\r\n"))
        assert client.read("POST").body == b"body"
    assert app.last.trailers == [] and "X-Sum" not in app.last


@pytest.mark.parametrize("field", ["Content-Length: 9", "Host: evil", "Transfer-Encoding: chunked"])
def test_trailers_that_would_frame_or_route_are_refused(weir, backend, field):
    """S-35: such a name is an attack or a mistake, and never passed on."""
    proxying(weir, backend(echo))
    with weir.connect() as client:
        client.request("POST", "/", "Transfer-Encoding: chunked")
        client.send(chunks(b"body", last=b"0\r\n" + field.encode() + b"\r\n\r\n"))
        assert client.read("POST").status == 400


def test_chunk_extensions_are_ignored(weir, backend):
    proxying(weir, backend(echo))
    with weir.connect() as client:
        client.request("POST", "/", "Transfer-Encoding: chunked")
        client.send(b"3;name=value\r\nabc\r\n0\r\n\r\n")
        assert client.read("POST").body == b"abc"


def test_content_length_body_is_forwarded_with_its_length(weir, backend):
    app = backend(echo)
    proxying(weir, app).connect().post("/", b"x" * 5000)
    assert app.last.get("Content-Length") == "5000" and not app.last.chunked


def test_empty_body_keeps_its_content_length(weir, backend):
    app = backend(echo)
    assert proxying(weir, app).connect().post("/", b"").status == 200
    assert app.last.get("Content-Length") == "0"


def test_get_without_body_carries_no_framing(weir, backend):
    app = backend(echo)
    proxying(weir, app).get("/")
    assert "Content-Length" not in app.last and "Transfer-Encoding" not in app.last


def test_absolute_form_becomes_origin_form(weir, backend):
    """S-26: the host of the target wins over Host."""
    app = backend(echo_head)
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{app.address}
        proxy_set_header = Host $host
    """)
    assert weir.get("http://other.test/a/b?c=d", host="test").status == 200
    assert (app.last.target, app.last.get("Host")) == ("/a/b?c=d", "other.test")


def test_early_response_while_the_request_is_still_sent(weir, backend):
    def app(peer):
        peer.read_head()
        peer.answer("too much", status="413 Payload Too Large")
        peer.wait_closed()
    proxying(weir, backend(app))
    with weir.connect() as client:
        client.request("POST", "/", "Content-Length: 1000000").send(b"x" * 1000)
        answer = client.read("POST")
        assert (answer.status, answer.body) == (413, b"too much")


def test_full_duplex(weir, backend):
    """The answer's first part arrives before the request is complete."""
    def app(peer):
        request = peer.read_head()
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + "5\r\nfirst\r\n")
        peer.send(chunks(peer.read_body(request)))
        peer.wait_closed()
    proxying(weir, backend(app))
    with weir.connect() as client:
        client.request("POST", "/", "Content-Length: 6")
        assert client.reader.until(b"first\r\n")
        client.send(b"second")
        assert b"second" in client.reader.until(b"0\r\n\r\n")


def test_many_response_headers(weir, backend):
    fields = [f"X-{i}: {'v' * 20}" for i in range(100)]
    answer = proxying(weir, backend(answering(b"", *fields))).get("/")
    assert [answer.get(f"X-{i}") for i in range(100)] == ["v" * 20] * 100


def test_order_and_repetition_of_headers_are_kept(weir, backend):
    answer = proxying(weir, backend(answering(b"", "Set-Cookie: a=1", "X: 1", "Set-Cookie: b=2", "x: 2"))).get("/")
    assert answer.all("Set-Cookie") == ["a=1", "b=2"] and answer.all("X") == ["1", "2"]
