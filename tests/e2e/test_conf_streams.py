# SPDX-License-Identifier: Apache-2.0
"""The examples of conf/ for UDP do what they say, at other addresses."""
import contextlib
import pathlib
import re
import socket
import threading

import pytest
from weirtest.ports import Reservation
from weirtest.wait import LIMIT, until

CONF = pathlib.Path(__file__).resolve().parents[2] / "conf"


def udp(host="127.0.0.1"):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(LIMIT)
    sock.bind((host, 0))
    return sock


class Server(threading.Thread):
    """Answers with what answer(data) makes; None: not at all."""

    def __init__(self, answer):
        super().__init__(daemon=True)
        self.socket, self.answer, self.heard = udp(), answer, []
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            data, sender = self.socket.recvfrom(65536)
            if data == b"the end":
                return
            self.heard.append(data)
            if (said := self.answer(data)) is not None:
                self.socket.sendto(said, sender)

    def end(self):
        with udp() as other:
            other.sendto(b"the end", self.socket.getsockname())
        self.join(LIMIT)
        self.socket.close()


@pytest.fixture
def servers():
    made = []

    def make(answer=lambda data: data, count=2):
        made.extend(Server(answer) for _ in range(count))
        return made
    yield make
    for one in made:
        one.end()


@pytest.fixture
def example(weir):
    """example(name, servers): serves the example; gives the addresses it listens on, of UDP."""
    with contextlib.ExitStack() as stack:
        def serve(name, peers):
            text = (CONF / name).read_text()
            for written, peer in zip(re.findall(r"^server = (\S+)", text, re.M), peers):
                text = text.replace(written, peer.address)
            listening = []

            def elsewhere(found):
                ports = range(int(found[2]), int(found[3] or found[2]) + 1)
                own = [stack.enter_context(contextlib.closing(Reservation())).address for _ in ports]
                listening.extend(own)
                return "\n".join(f"listen = {address}{found[4]}" for address in own)
            text = re.sub(r"^listen = (\S+):(\d+)(?:-(\d+))?(.*)$", elsewhere, text, flags=re.M)
            weir.launch("[main]\nworker_processes = 2\nerror_log = stderr info\n" + text)
            weir.wait_for("generation 1 serves")
            return listening
        yield serve


def to(address):
    host, port = address.rsplit(":", 1)
    return host, int(port)


def test_dns_asks_both_and_answers(example, servers):
    peers = servers(lambda data: b"answer to " + data)
    address = example("stream-dns.ini", peers)[0]
    for number in range(20):
        with udp() as client:
            client.sendto(b"%d" % number, to(address))
            assert client.recv(100) == b"answer to %d" % number
    assert all(peer.heard for peer in peers)


def test_syslog_is_one_way(example, servers):
    peers = servers(lambda data: None)
    address = example("stream-syslog.ini", peers)[0]
    with udp() as client:
        for number in range(10):
            client.sendto(b"<13>line %d" % number, to(address))
    until(lambda: sorted(peers[0].heard + peers[1].heard) == sorted(b"<13>line %d" % i for i in range(10)),
          "ten lines at the collectors")


def test_quic_keeps_an_address_with_its_server(example, servers):
    peers = servers()
    address = example("stream-quic.ini", peers)[0]
    for host in range(2, 12):
        for flow in range(3):
            with udp(f"127.0.0.{host}") as client:
                packet = b"%d:%d" % (host, flow)
                client.sendto(packet, to(address))
                assert client.recv(100) == packet
    homes = [{data.split(b":")[0] for data in peer.heard} for peer in peers]
    assert not homes[0] & homes[1] and len(homes[0] | homes[1]) == 10


def test_games_have_many_ports_and_say_who_plays(example, servers):
    peers = servers(lambda data: data[-4:])
    ports = example("stream-games.ini", peers)
    assert len(ports) == 4
    for address in ports:
        with udp() as client:
            client.sendto(b"move", to(address))
            assert client.recv(100) == b"move"
            head = b"\r\n\r\n\x00\r\nQUIT\n"
            until(lambda: any(data.startswith(head) and data.endswith(b"move") for peer in peers
                              for data in peer.heard), "a PROXY header before the first datagram")
    assert not (peers[0].heard and peers[1].heard), "one address plays in one arena"
