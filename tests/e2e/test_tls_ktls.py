# SPDX-License-Identifier: Apache-2.0
"""Kernel TLS: large files leave by sendfile where the kernel makes records, and nobody can tell by what arrives."""
import random
import socket
import ssl
import subprocess
import threading

import pytest
from weirtest.client import Connection, Reader
from weirtest.site import Site
from weirtest.tls import Authority
from weirtest.wait import LIMIT, until

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
TCP_ULP = 31
COUNTER = "weir_tls_ktls_connections_total"
BIG = random.Random(1).randbytes(3_000_000)
SUITES = {
    "1.2-aes128": (TLS12, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    "1.2-aes256": (TLS12, "ECDHE-ECDSA-AES256-GCM-SHA384"),
    "1.2-chacha": (TLS12, "ECDHE-ECDSA-CHACHA20-POLY1305"),
    "1.3-aes128": (TLS13, "TLS_AES_128_GCM_SHA256"),
    "1.3-aes256": (TLS13, "TLS_AES_256_GCM_SHA384"),
    "1.3-chacha": (TLS13, "TLS_CHACHA20_POLY1305_SHA256"),
}


def kernel_has_tls():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        with socket.create_connection(listening.getsockname()) as connected:
            try:
                connected.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"tls")
            except OSError:
                return False
    return True


HAS_TLS = kernel_has_tls()
needs_kernel = pytest.mark.skipif(not HAS_TLS, reason="this kernel has no TLS (CONFIG_TLS, or modprobe tls)")


@pytest.fixture
def ca(weir):
    return Authority(weir.prefix / "tls")


def serve(weir, ca, *lines, ktls="ssl_ktls = on", locations="[location /]", http="", listen=""):
    """3 MB at /big, 5 bytes at /small."""
    site = Site(weir)
    site.file("big", BIG)
    site.file("small", b"small")
    cert, key = ca.issue("localhost", "localhost", "127.0.0.1")
    return weir.start(f"""
[main]
worker_processes = 1
error_log = stderr info
pid = weir.pid
[metrics]
listen = {weir.address("metrics")}
[http]
{http}
[server main]
listen = {weir.address()} ssl {listen}
root = www
ssl_certificate = {cert}
ssl_certificate_key = {key}
{ktls}
{chr(10).join(lines)}
{locations}
""")


class Strict(Connection):
    """To whom an end without a close_notify is an error. room: the socket's for what arrives, in bytes."""

    def __init__(self, weir, ca, suite=None, room=None, session=None):
        version, cipher = SUITES[suite] if suite else (None, None)
        context = session[0] if session else ca.client(version=version)
        if version == TLS12:
            context.set_ciphers(cipher)
        plain = socket.socket()
        if room:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        plain.settimeout(LIMIT)
        host, _, port = weir.address().rpartition(":")
        plain.connect((host, int(port)))
        self.socket = context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False,
                                          session=session and session[1])
        self.context, self.reader = context, Reader(self.socket)


def suites(weir, suite):
    return f"ssl_conf_command = Ciphersuites {SUITES[suite][1]}" if SUITES[suite][0] == TLS13 else ""


def range_of(first, last):
    return f"Range: bytes={first}-{last}"


@pytest.mark.parametrize("lines, counts", [
    (["ssl_ktls = on"], HAS_TLS), (["ssl_conf_command = Options KTLS"], False),
    (["ssl_ktls = on", "ssl_buffer_size = 4k"], False)])
def test_on_any_kernel(weir, ca, lines, counts):
    """Where it can and is asked to it does; and where it cannot nothing is missing."""
    serve(weir, ca, *lines, ktls="")
    with Strict(weir, ca) as connection:
        assert connection.get("/small").body == b"small"
        assert weir.metrics().sum(COUNTER) == 0  # no large file yet
        assert connection.get("/big").body == BIG
        assert connection.get("/big", "Connection: close").body == BIG
        assert connection.ended() is True
    weir.wait_metric(1 if counts else 0, COUNTER)


@needs_kernel
@pytest.mark.parametrize("suite", SUITES)
def test_each_cipher(weir, ca, suite):
    """Files, small answers before, between and after them, on one connection; and a close_notify at its end."""
    serve(weir, ca, suites(weir, suite))
    with Strict(weir, ca, suite) as connection:
        for target in ("/small", "/big", "/small", "/small", "/big", "/none", "/small"):
            body = connection.get(target).body
            assert {"/small": b"small", "/big": BIG}.get(target, body) == body, target
        assert connection.socket.cipher()[0] == SUITES[suite][1]
        assert connection.get("/small", "Connection: close").body == b"small"
        assert connection.ended() is True
    weir.wait_metric(1, COUNTER)


@needs_kernel
@pytest.mark.parametrize("suite", ["1.2-aes128", "1.3-aes256", "1.3-chacha"])
def test_slow_readers_get_all_of_it(weir, ca, suite):
    """Whose socket is full when the last byte is given to the kernel: the close that follows must lose nothing."""
    serve(weir, ca, suites(weir, suite), http="lingering_close = off", listen="sndbuf=64k")
    sizes = [300_000 + 13_337 * i for i in range(60)]
    readers = []
    for size in sizes:
        readers.append(Strict(weir, ca, suite, room=20_000))
        readers[-1].request("GET", "/big", range_of(0, size - 1), "Connection: close")
    for size, reader in zip(sizes, readers):
        with reader:
            assert reader.read().body == BIG[:size], size
            assert reader.ended() is True
    weir.wait_metric(len(sizes), COUNTER)
    weir.wait_lines("logs/access.log", len(sizes))


@needs_kernel
def test_a_client_that_stops_reading_is_timed_out(weir, ca):
    serve(weir, ca, http="send_timeout = 1s")
    with Strict(weir, ca, room=4096) as connection:
        connection.request("GET", "/big", "Connection: close")
        assert " 200 " in weir.wait_lines("logs/access.log", 1)[0]
    assert weir.get("/small", tls=ca.client()).body == b"small"


@needs_kernel
def test_ranges(weir, ca):
    serve(weir, ca)
    with Strict(weir, ca) as connection:
        assert connection.get("/big", range_of(1_000_001, 2_000_000)).body == BIG[1_000_001:2_000_001]
        several = connection.get("/big", "Range: bytes=5-400004,1000000-1500000,-7").body
        for first, last in ((5, 400_005), (1_000_000, 1_500_001), (len(BIG) - 7, len(BIG))):
            assert BIG[first:last] in several
        assert connection.get("/small").body == b"small"
    weir.wait_metric(1, COUNTER)


@needs_kernel
def test_proxied_bodies_after_a_file(weir, ca, backend):
    upstream = backend()
    serve(weir, ca, locations=f"[location /]\n[location /up]\nproxy_pass = http://{upstream.address}",
          http="client_max_body_size = 4m")
    with Strict(weir, ca) as connection:
        assert connection.get("/big").body == BIG
        for size in (1, 100_000, 2_000_000):
            assert connection.post("/up", BIG[:size]).body == BIG[:size]
        assert connection.get("/big").body == BIG
    weir.wait_metric(1, COUNTER)


@needs_kernel
@pytest.mark.parametrize("suite", ["1.2-aes256", "1.3-aes128"])
def test_sessions_are_resumed(weir, ca, suite):
    serve(weir, ca, suites(weir, suite))
    with Strict(weir, ca, suite) as connection:
        assert connection.get("/big").body == BIG
        kept = connection.context, connection.socket.session
    with Strict(weir, ca, suite, session=kept) as connection:
        assert connection.socket.session_reused
        assert connection.get("/big").body == BIG
    weir.wait_metric(2, COUNTER)


@needs_kernel
def test_a_reload_during_a_download(weir, ca):
    serve(weir, ca)
    with Strict(weir, ca, room=20_000) as connection:
        connection.request("GET", "/big")
        connection.reader.more()
        weir.reload()
        assert connection.read().body == BIG
        assert connection.get("/small", "Connection: close").body == b"small"
        assert connection.ended() is True
    weir.wait_metric(1, COUNTER)


class Talk:
    """A client of openssl's, which can do what others cannot."""

    def __init__(self, weir, ca, *options):
        self.said = b""
        self.client = subprocess.Popen(
            ["openssl", "s_client", "-connect", weir.address(), "-servername", "localhost", "-CAfile", ca.cert,
             *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        while piece := self.client.stdout.read1(65536):
            self.said += piece

    def get(self, target):
        """Whether the whole answer came."""
        at = len(self.said)
        self.command(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        body = {"/big": BIG, "/small": b"small"}[target]
        until(lambda: body in self.said[at:] or self.client.poll() is not None,
              lambda: f"an answer: {self.said[at:at + 400]} and {len(self.said) - at} bytes")
        return body in self.said[at:]

    def command(self, text):
        try:
            self.client.stdin.write(text)
            self.client.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended, and said why

    def update_keys(self, whose):
        """k: the client's; K: the server's too."""
        self.command(whose + b"\n")
        until(lambda: b"KEYUPDATE" in self.said, "the command's echo")

    def end(self):
        self.command(b"Q\n")
        self.client.wait(LIMIT)
        self.thread.join(LIMIT)
        return self.said.decode("latin-1")


@pytest.fixture
def talk(weir, ca):
    talks = []

    def begin(*options):
        talks.append(Talk(weir, ca, *options))
        until(lambda: b"Verify return code: 0" in talks[-1].said, lambda: f"a handshake: {talks[-1].said}")
        return talks[-1]
    yield begin
    for one in talks:
        one.client.kill()


@needs_kernel
def test_the_client_changes_its_own_keys(weir, ca, talk):
    serve(weir, ca)
    client = talk("-tls1_3")
    assert client.get("/big")
    client.update_keys(b"k")
    assert client.get("/small") and client.get("/big")
    client.end()
    weir.wait_metric(1, COUNTER)


@needs_kernel
def test_new_keys_that_the_kernel_cannot_have(weir, ca, talk):
    """RFC 8446 4.6.3: no answer may go out with the old ones; so the connection ends, with an alert."""
    serve(weir, ca)
    client = talk("-tls1_3")
    assert client.get("/big")
    client.update_keys(b"K")
    assert not client.get("/small")
    assert "alert internal error" in client.end()


@needs_kernel
def test_new_keys_before_a_file(weir, ca, talk):
    """The process sends them, and goes on to make the records of that connection."""
    serve(weir, ca)
    client = talk("-tls1_3")
    assert client.get("/small")
    client.update_keys(b"K")
    assert client.get("/small") and client.get("/big")
    client.end()
    assert weir.metrics().sum(COUNTER) == 0


@needs_kernel
def test_renegotiation_is_refused(weir, ca, talk):
    serve(weir, ca)
    client = talk("-tls1_2")
    assert client.get("/big")
    client.command(b"R\n")
    until(lambda: client.client.poll() is not None, lambda: f"an end: {client.said[-300:]}")
    assert "no renegotiation" in client.end()


@needs_kernel
def test_a_file_in_answer_to_early_data(weir, ca):
    serve(weir, ca, "ssl_early_data = on")
    words = ["openssl", "s_client", "-connect", weir.address(), "-tls1_3", "-servername", "localhost", "-CAfile",
             ca.cert, "-ign_eof"]
    request, session = weir.prefix / "request", weir.prefix / "session"
    request.write_bytes(b"GET /big HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    subprocess.run([*words, "-sess_out", session], capture_output=True, timeout=LIMIT, input=request.read_bytes())
    done = subprocess.run([*words, "-sess_in", session, "-early_data", request], capture_output=True, timeout=LIMIT)
    assert b"Early data was accepted" in done.stdout
    assert BIG in done.stdout
    assert b"unexpected eof" not in done.stderr
