# SPDX-License-Identifier: Apache-2.0
"""Large bodies, up and down, in either framing, at random paces: every byte arrives, and memory stays bounded."""
import hashlib
import os
import pathlib
import random
import threading
import time

import pytest
from weirtest.client import Closed, Head, chunks
from weirtest.trace import calls
from weirtest.wait import SLOWNESS

PIECE = random.Random(7).randbytes(1 << 20)
LARGE = 64
# Of each of 200 transfers at once; unset, 0 to 2. With 64 the test takes minutes: 12.5 GiB through weir, twice hashed.
TRANSFER_MEGABYTES = int(os.environ.get("WEIR_TRANSFER_MEGABYTES", "0"))


def proxying(weir, app):
    return weir.start(f"""
        [main]
        worker_processes = 1
        error_log = stderr info
        [http]
        client_max_body_size = 0
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{app.address}
    """)


def digest(megabytes):
    found = hashlib.sha256()
    for _ in range(megabytes):
        found.update(PIECE)
    return found.hexdigest()


def checksum_of(pieces):
    found, size = hashlib.sha256(), 0
    for piece in pieces:
        found.update(piece)
        size += len(piece)
    return f"{found.hexdigest()} {size}"


def answer_checksum(peer, request):
    peer.answer(checksum_of(peer.reader.body_pieces(request)))


def answer_download(peer, request):
    _, framing, count = request.target.split("/")
    length = int(count) << 20
    if framing == "length":
        peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")
    elif framing == "chunked":
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    else:
        peer.send("HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(int(count)):
        peer.send(chunks(PIECE, last=b"") if framing == "chunked" else PIECE)
    if framing == "chunked":
        peer.send(b"0\r\n\r\n")
    if framing == "close":
        raise Closed(b"")


def checksum(peer):
    """Answers an upload with its checksum and size."""
    while (request := peer.read_head()) is not None:
        answer_checksum(peer, request)


def download(peer):
    """Answers /FRAMING/N with N megabytes."""
    while (request := peer.read_head()) is not None:
        answer_download(peer, request)


def either(peer):
    """Both, on one connection: weir may send what it likes on the one it kept."""
    while (request := peer.read_head()) is not None:
        (answer_checksum if request.method == "POST" else answer_download)(peer, request)


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_upload(weir, backend, framing):
    with proxying(weir, backend(checksum)).connect() as client:
        if framing == "length":
            client.request("POST", "/", f"Content-Length: {LARGE << 20}")
            for _ in range(LARGE):
                client.send(PIECE)
        else:
            client.request("POST", "/", "Transfer-Encoding: chunked")
            for _ in range(LARGE):
                client.send(chunks(PIECE, last=b""))
            client.send(b"0\r\n\r\n")
        assert client.read("POST").text == f"{digest(LARGE)} {LARGE << 20}"


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_download(weir, backend, framing):
    with proxying(weir, backend(download)).connect() as client:
        body = client.get(f"/{framing}/{LARGE}").body
        assert len(body) == LARGE << 20
        assert hashlib.sha256(body).hexdigest() == digest(LARGE)


def test_http10_download(weir, backend):
    body = proxying(weir, backend(download)).get("/chunked/8", version="HTTP/1.0").body
    assert hashlib.sha256(body).hexdigest() == digest(8)


@pytest.mark.parametrize("sizes", [[1], [2, 3, 5], [1, 16383, 16384, 16385], [65535, 65536, 65537]])
def test_odd_chunk_sizes(weir, backend, sizes):
    """Boundaries of chunks and of buffers fall together in every way."""
    pieces = [PIECE[:size] for size in sizes * 20]
    with proxying(weir, backend(checksum)).connect() as client:
        client.request("POST", "/", "Transfer-Encoding: chunked").send(chunks(*pieces))
        body = b"".join(pieces)
        assert client.read("POST").text == f"{hashlib.sha256(body).hexdigest()} {len(body)}"


def pause(rng):
    if rng.random() < 0.1:
        time.sleep(rng.random() * 0.02)


def upload_at_random(client, rng, megabytes):
    framing = rng.choice(("length", "chunked"))
    size = (megabytes << 20) + rng.randrange(1 << 16)
    client.request("POST", "/", "Transfer-Encoding: chunked" if framing == "chunked" else f"Content-Length: {size}")
    sent, left = hashlib.sha256(), size
    while left > 0:
        at = rng.randrange(1 << 19)
        piece = PIECE[at:at + min(left, rng.choice((1000, 20000, 300000)))]
        sent.update(piece)
        left -= len(piece)
        client.send(chunks(piece, last=b"") if framing == "chunked" else piece)
        pause(rng)
    if framing == "chunked":
        client.send(b"0\r\n\r\n")
    assert client.read("POST").text == f"{sent.hexdigest()} {size}"


def download_at_random(client, rng, megabytes):
    def read():
        for piece in client.reader.body_pieces(Head(client.reader.head())):
            pause(rng)
            yield piece
    client.request("GET", f"/{rng.choice(('length', 'chunked', 'close'))}/{megabytes}")
    assert checksum_of(read()) == f"{digest(megabytes)} {megabytes << 20}"


def transfer(weir, number, failures):
    """An upload or a download in a random framing at a random pace."""
    rng = random.Random(number)
    megabytes = TRANSFER_MEGABYTES or rng.choice((0, 1, 1, 2))
    try:
        with weir.connect(limit=max(60, 10 * megabytes) * SLOWNESS) as client:
            (upload_at_random if number % 2 else download_at_random)(client, rng, megabytes)
    except Exception as error:  # reported by the test's own thread
        failures.append(f"{number}: {error!r}")


def peak_megabytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def test_two_hundred_at_once(weir, backend):
    """Worker memory is bounded by its buffers: a few per connection, not by what passes through."""
    proxying(weir, backend(either))
    failures = []
    threads = [threading.Thread(target=transfer, args=(weir, number, failures)) for number in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[:5]
    peak = max(map(peak_megabytes, weir.children()))
    print(f"200 transfers: a process held {peak:.0f} MB at most")
    if SLOWNESS == 1.0:
        assert peak < 80


def test_client_that_does_not_read_stops_the_backend(weir, backend):
    """Back-pressure: weir takes only what it can hold."""
    sent = []

    def app(peer):
        peer.read()
        peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {256 << 20}\r\n\r\n")
        for _ in range(256):
            peer.send(PIECE)
            sent.append(1)
    proxying(weir, backend(app))
    with weir.connect() as client:
        client.request("GET", "/")
        client.reader.until(b"\r\n\r\n")
        count = -1
        while count != len(sent):
            count = len(sent)
            time.sleep(0.5)
        assert count < 64, "megabytes taken from the backend with nobody reading"


@pytest.mark.parametrize("direction", ["request", "response"])
def test_small_chunks_go_on_together(weir, backend, direction):
    """Whoever sends a byte in each chunk does not have each sent on by a system call and in a packet of its own."""
    count = 20_000
    body = chunks(*[b"x"] * count)

    def app(peer):
        for request in iter(peer.read, None):
            if direction == "request":
                peer.answer(str(len(request.body)))
            else:
                peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    proxying(weir, backend(app))

    def transfer():
        with weir.connect() as client:
            if direction == "request":
                answer = client.request("POST", "/", "Transfer-Encoding: chunked", body=body).read("POST")
                assert answer.text == str(count)
            else:
                assert client.get("/").body == b"x" * count
    assert calls(weir, "sendmsg", transfer) < 200
