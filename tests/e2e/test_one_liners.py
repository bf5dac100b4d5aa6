# SPDX-License-Identifier: Apache-2.0
"""weir stream and weir reverse-proxy: passing on in one line, without a file."""
import pathlib
import signal
import socket
import subprocess

import pytest
from weirtest.backend import answering
from weirtest.client import Connection
from weirtest.one_liner import OneLiner
from weirtest.ports import Reservation
from weirtest.process import BINARY, end_with_parent
from weirtest.wait import LIMIT, until


def echoing(peer):
    while data := peer.socket.recv(65536):
        peer.socket.sendall(data)


@pytest.fixture
def run(tmp_path):
    started = []

    def start(command, *words):
        started.append(OneLiner(tmp_path / f"printed-{len(started)}", command, "--from", *words))
        return started[-1]
    yield start
    for each in started:
        each.end()


@pytest.mark.parametrize("command", ["stream", "reverse-proxy"])
def test_it_leaves_nothing_behind(run, backend, command):
    before = set(pathlib.Path(".").iterdir())
    run(command, "--to", backend(echoing).address).end()
    assert set(pathlib.Path(".").iterdir()) == before


def test_a_stream_passes_tcp_on(run, backend):
    one, two = backend(echoing), backend(echoing)
    weir = run("stream", "--to", one.address, two.address)
    for _ in range(4):
        with socket.create_connection((weir.host, weir.number), timeout=LIMIT) as client:
            client.sendall(b"hello")
            assert client.recv(5) == b"hello"
    assert f"weir: TCP at {weir.port.address} goes to {one.address}, {two.address}" in weir.text()
    until(lambda: one.address in weir.text().split("ends it)")[1] and two.address in weir.text().split("ends it)")[1],
          lambda: f"lines of both servers: {weir.text()}")


def test_a_stream_passes_datagrams_on(run, tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(LIMIT)
        client.settimeout(LIMIT / 50)
        port = Reservation()
        weir = subprocess.Popen([BINARY, "stream", "--udp", "--from", port.address, "--to",
                                 "127.0.0.1:%d" % peer.getsockname()[1]], preexec_fn=end_with_parent)
        host, number = port.address.rsplit(":", 1)

        def answered():
            client.sendto(b"ping", (host, int(number)))
            try:
                peer.settimeout(LIMIT / 50)
                data, sender = peer.recvfrom(100)
                peer.sendto(data, sender)
                return client.recv(100) == b"ping"
            except OSError:
                return False
        until(answered, "an answer")
        weir.send_signal(signal.SIGINT)
        assert weir.wait(LIMIT) == 0
        port.close()


def test_a_reverse_proxy_passes_requests_on(run, backend):
    app = backend(answering(b"from the app"))
    weir = run("reverse-proxy", "--to", f"http://{app.address}/")
    with Connection(weir.port.address) as client:
        assert client.get("/x").body == b"from the app"
    until(lambda: '200 12 "GET /x HTTP/1.1"' in weir.text(), lambda: f"a line: {weir.text()}")


@pytest.mark.parametrize("words, said", [
    (["stream"], "stream: --from ADDRESS is missing"),
    (["stream", "--from", "1"], "stream: --to ADDRESS is missing"),
    (["stream", "--from", "1", "--to", "10.0.0.1"], "stream: --to 10.0.0.1: needs an address with a port"),
    (["stream", "--from", "1", "--from", "2"], "--from is given twice"),
    (["stream", "--form", "1"], "stream: unknown option --form"),
    (["stream", "--to"], "an argument is missing after --to"),
    (["stream", "more"], 'unexpected argument "more"'),
    (["stream", "--from", "nowhere:x", "--to", "127.0.0.1:1"], "is not an address to listen on"),
    (["reverse-proxy", "--from", "1", "--to", "http://a:1/path"], "a path cannot stand there"),
    (["reverse-proxy", "--from", "1", "--to", "https://a", "https://b"], "https:// can be one --to only"),
    (["reverse-proxy", "--from", "1", "--to", "$x"], "is no address"),
])
def test_wrong_words(words, said):
    run = subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=LIMIT)
    assert run.returncode == 1 and said in run.stderr, run.stderr


@pytest.mark.parametrize("command, said", [("stream", "--udp"), ("reverse-proxy", "https://NAME")])
def test_help(command, said):
    run = subprocess.run([BINARY, command, "--help"], capture_output=True, text=True, timeout=LIMIT)
    assert run.returncode == 0 and said in run.stdout
