# SPDX-License-Identifier: Apache-2.0
"""gzip on the way out: which answers, for whom, and that what arrives is what was meant."""
import gzip
import os
import random
import zlib

import pytest
from weirtest.client import chunks
from weirtest.site import Site

ACCEPT = "Accept-Encoding: gzip"
WORDS = ["weir", "stream", "peer", "exchange", "relay", "\u00e9t\u00e9"]
TEXT = " ".join(random.Random(1).choices(WORDS, k=40_000)).encode()


@pytest.fixture
def site(weir):
    site = Site(weir)
    site.file("page.html", TEXT)
    site.file("small.html", b"x" * 19)
    site.file("image.png", os.urandom(5000))
    return site


def answering(backend, body, *fields, status="200 OK"):
    return backend(lambda peer: [peer.answer(body, *fields, status=status) for _ in iter(peer.read, None)])


@pytest.mark.parametrize("level", range(1, 10))
@pytest.mark.parametrize("http", ["", "open_file_cache = max=10", "sendfile = off"])
def test_files(site, level, http):
    site.serve(http=f"gzip = on\ngzip_comp_level = {level}\n{http}")
    with site.weir.connect() as client:
        for _ in range(2):
            answer = client.get("/page.html", ACCEPT)
            assert gzip.decompress(answer.body) == TEXT and len(answer.body) < len(TEXT) / 2
            assert answer.get("Content-Encoding") == "gzip" and answer.get("Vary") == "Accept-Encoding"
            assert answer.chunked and "Content-Length" not in answer and "Accept-Ranges" not in answer
        assert client.get("/page.html").body == TEXT


def test_sizes_at_the_edges(site):
    """Sizes around the buffers in between, through memory and through a peer that sends them in pieces."""
    site.serve(http="gzip = on\nopen_file_cache = max=99")
    with site.weir.connect() as client:
        for size in (20, 4095, 4096, 16385, 65535, 65536, 65537, 1_000_001):
            for content in (os.urandom(size), TEXT[:size] + b"." * (size - len(TEXT))):
                site.replace("page.html", content)
                answer = client.get("/page.html", ACCEPT, f"X-Size: {size}")
                while answer.get("Content-Encoding") is None or gzip.decompress(answer.body) != content:
                    answer = client.get("/page.html", ACCEPT)  # until the cache has seen the change


def test_tags_become_weak(site):
    """The coded body is another representation; a conditional request finds it again by weak comparison."""
    site.serve(http="gzip = on")
    plain = site.weir.get("/page.html").get("ETag")
    coded = site.weir.get("/page.html", ACCEPT).get("ETag")
    assert coded == "W/" + plain
    answer = site.weir.get("/page.html", ACCEPT, f"If-None-Match: {coded}")
    assert answer.status == 304 and answer.get("Vary") == "Accept-Encoding"


def test_ranges_are_never_coded(site):
    """S-47"""
    site.serve(http="gzip = on")
    answer = site.weir.get("/page.html", ACCEPT, "Range: bytes=10-99")
    assert (answer.status, answer.body) == (206, TEXT[10:100]) and "Content-Encoding" not in answer
    assert answer.all("Vary") == ["Accept-Encoding"], "as the whole has it"
    coded = site.weir.get("/page.html", ACCEPT).get("ETag")
    answer = site.weir.get("/page.html", ACCEPT, "Range: bytes=10-99", f"If-Range: {coded}")
    assert answer.status == 200 and gzip.decompress(answer.body) == TEXT


def test_head_says_the_same(site):
    site.serve(http="gzip = on")
    with site.weir.connect() as client:
        got = client.get("/page.html", ACCEPT)
        head = client.request("HEAD", "/page.html", ACCEPT).read("HEAD")
        for name in ("Content-Encoding", "ETag", "Vary", "Content-Type", "Content-Length"):
            assert head.get(name) == got.get(name), name
        assert client.silent(0.05)


@pytest.mark.parametrize("accept, coded", [
    ("gzip", True), ("gzip;q=0.1, br", True), ("*", True), ("x-gzip", True), ("", False), ("br", False),
    ("gzip;q=0", False), ("*;q=0", False), ("identity", False)])
def test_who_takes_it(site, accept, coded):
    site.serve(http="gzip = on")
    answer = site.weir.get("/page.html", f"Accept-Encoding: {accept}")
    assert (answer.get("Content-Encoding") == "gzip") == coded and answer.get("Vary") == "Accept-Encoding"


def test_what_is_left_as_it_is(site):
    site.serve(http="gzip = on")
    for name in ("/small.html", "/image.png"):
        answer = site.weir.get(name, ACCEPT)
        assert "Content-Encoding" not in answer and "Vary" not in answer
    with site.weir.connect() as client:
        answer = client.get("/page.html", ACCEPT, version="HTTP/1.0")
        assert "Content-Encoding" not in answer and answer.body == TEXT


def test_more_types_and_versions(site):
    site.serve(http="gzip = on\ngzip_types = image/png\ngzip_min_length = 6000\ngzip_http_version = 1.0\n"
                    "gzip_vary = off")
    assert "Content-Encoding" not in site.weir.get("/image.png", ACCEPT)
    site.file("big.png", b"y" * 6000)
    with site.weir.connect() as client:
        answer = client.get("/big.png", ACCEPT, version="HTTP/1.0")
        assert gzip.decompress(answer.body) == b"y" * 6000 and "Vary" not in answer


def test_any_handler(site, backend):
    """return, listings, error pages and peers pass through the same filter."""
    upstream = answering(backend, TEXT, "Content-Type: text/html; charset=utf-8", 'ETag: "up"', "Accept-Ranges: bytes")
    site.serve(http="gzip = on\ngzip_types = text/plain", locations=f"""
[location /]
autoindex = on
[location /return]
return = 200 "{'long ' * 100}"
[location /peer]
proxy_pass = http://{upstream.address}
""")
    assert gzip.decompress(site.weir.get("/return", ACCEPT).body) == b"long " * 100
    assert b"page.html" in gzip.decompress(site.weir.get("/", ACCEPT).body)
    missing = site.weir.get("/none", ACCEPT)
    assert missing.status == 404 and b"404" in gzip.decompress(missing.body)
    with site.weir.connect() as client:
        for _ in range(3):
            answer = client.get("/peer", ACCEPT)
            assert gzip.decompress(answer.body) == TEXT and "Accept-Ranges" not in answer
            assert answer.all("ETag") == ['W/"up"'] and answer.all("Content-Encoding") == ["gzip"]


@pytest.mark.parametrize("field", ["Content-Encoding: br", "Cache-Control: public, no-transform"])
def test_what_a_peer_has_settled(site, backend, field):
    upstream = answering(backend, TEXT, "Content-Type: text/html", field)
    site.serve(http="gzip = on", locations=f"[location /]\nproxy_pass = http://{upstream.address}")
    answer = site.weir.get("/", ACCEPT)
    assert answer.body == TEXT and answer.all("Content-Encoding") == ([field[18:]] if "Encoding" in field else [])


def test_a_stream_does_not_wait(site, backend):
    """What a peer has said so far can be decoded at once, though it goes on later."""
    def drip(peer):
        peer.read_head()
        peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(3):
            peer.send(chunks(b"event\n", last=b""))
            peer.socket.recv(1)  # until the test has seen it
        peer.send(chunks(b"end"))
    ready = backend(drip)
    site.serve(http="gzip = on", locations=f"[location /]\nproxy_pass = http://{ready.address}")
    with site.weir.connect() as client:
        client.request("POST", "/", ACCEPT, "Content-Length: 3")
        decoder = zlib.decompressobj(31)
        head = client.reader.head()
        assert b"Content-Encoding: gzip" in head
        text = b""
        for round_number in range(1, 4):
            while text.count(b"event\n") < round_number:
                size = int(client.reader.until(b"\r\n"), 16)
                text += decoder.decompress(client.reader.exactly(size))
                client.reader.exactly(2)
            client.send(b".")
        while not decoder.eof:
            size = int(client.reader.until(b"\r\n"), 16)
            text += decoder.decompress(client.reader.exactly(size))
            client.reader.exactly(2)
        assert text == b"event\n" * 3 + b"end"


def test_a_slow_client_is_waited_for(site):
    """Back-pressure: what is coded waits in one buffer, and arrives whole."""
    content = os.urandom(8_000_000)
    site.file("page.html", content)
    site.serve(http="gzip = on")
    with site.weir.connect() as client:
        client.request("GET", "/page.html", ACCEPT)
        assert client.reader.head()
        body = client.reader.chunked()
        assert gzip.decompress(body) == content


@pytest.mark.parametrize("rule, field, coded", [
    ("off", "X: 1", False), ("any", "X: 1", True), ("expired", "Expires: Thu, 01 Jan 1970 00:00:00 GMT", True),
    ("expired", "Expires: Thu, 01 Jan 2099 00:00:00 GMT", False), ("no-cache", "Cache-Control: no-cache", True),
    ("no-store", "Cache-Control: max-age=1, no-store", True), ("private", "Cache-Control: private", True),
    ("private", "Cache-Control: public", False), ("no_etag", "X: 1", True), ("no_last_modified", "X: 1", True)])
def test_for_proxies(site, backend, rule, field, coded):
    upstream = answering(backend, TEXT, "Content-Type: text/html", field)
    site.serve(http=f"gzip = on\ngzip_proxied = {rule}",
               locations=f"[location /]\nproxy_pass = http://{upstream.address}")
    assert (site.weir.get("/", ACCEPT, "Via: 1.1 x").get("Content-Encoding") == "gzip") == coded
    assert site.weir.get("/", ACCEPT).get("Content-Encoding") == "gzip"
