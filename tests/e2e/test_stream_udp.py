# SPDX-License-Identifier: Apache-2.0
"""[stream] with `udp`: datagrams passed on, sessions on sockets of their own (S-51)."""
import contextlib
import os
import signal
import socket
import struct
import threading

import pytest
from weirtest.wait import LIMIT, until


def udp(host="127.0.0.1", port=0):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(LIMIT)
    sock.bind((host, port))
    return sock


class Answerer:
    """A UDP server: answers every datagram with what behaviour(data, sender) lists, and remembers who sent."""

    def __init__(self, behaviour=lambda data, sender: [data]):
        self.socket = udp()
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.behaviour, self.seen = behaviour, []
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        with contextlib.suppress(OSError):
            while True:
                data, sender = self.socket.recvfrom(65536)
                if data == b"stop-answering":
                    return
                self.seen.append((data, sender))
                for answer in self.behaviour(data, sender):
                    self.socket.sendto(answer, sender)

    def senders(self):
        return {sender for _, sender in self.seen}

    def close(self):
        with udp() as waker:
            waker.sendto(b"stop-answering", self.socket.getsockname())
        self.thread.join(LIMIT)
        self.socket.close()


@contextlib.contextmanager
def answerers(count=1, behaviour=None):
    made = [Answerer(behaviour) if behaviour else Answerer() for _ in range(count)]
    try:
        yield made
    finally:
        for one in made:
            one.close()


class Client:
    def __init__(self, address, host="127.0.0.1"):
        name, port = address.rsplit(":", 1)
        self.socket = udp(host)
        self.to = (name, int(port))

    def send(self, data):
        self.socket.sendto(data, self.to)

    def ask(self, data):
        self.send(data)
        return self.socket.recv(65536)

    def silent(self, seconds=0.3):
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(65536) and False
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(LIMIT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def config(weir, peers, more="", listen=None):
    servers = "\n".join(f"server = {peer}" for peer in peers)
    return f"""
[metrics]
listen = {weir.address('metrics')}
[upstream pool]
{servers}
[stream app]
listen = {listen or weir.address()} udp
proxy_pass = pool
{more}
"""


def serving(weir, peers, more="", listen=None, **options):
    weir.launch(config(weir, peers, more, listen), **options)
    weir.wait_for("slot 1 listens on")
    until(lambda: b"weir_udp_sessions_active" in reply(weir), "metrics")
    return weir


def reply(weir):
    try:
        return weir.get("/metrics", name="metrics").body
    except OSError:
        return b""


def test_datagrams_go_there_and_back(weir):
    with answerers() as (peer,):
        serving(weir, [peer.address])
        with Client(weir.address()) as client:
            for size in (1, 64, 1200, 9000, 65507):
                assert client.ask(b"x" * size) == b"x" * size
            assert client.ask(b"") == b""
        assert len(peer.senders()) == 1, "one session, one socket"
        weir.wait_metric(1, "weir_udp_sessions_active")


def test_clients_are_kept_apart(weir):
    with answerers() as (peer,):
        serving(weir, [peer.address])
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(Client(weir.address())) for _ in range(50)]
            for round in range(3):
                for i, client in enumerate(clients):
                    client.send(b"%d %d" % (round, i))
                for i, client in enumerate(clients):
                    assert client.socket.recv(100) == b"%d %d" % (round, i)
        assert len(peer.senders()) == 50


def test_s51_a_wildcard_listener_answers_from_the_address_that_was_asked(weir):
    with answerers() as (peer,):
        port = weir.address().rsplit(":", 1)[1]
        serving(weir, [peer.address], listen=f"0.0.0.0:{port}")
        for host in ("127.0.0.1", "127.0.0.2"):
            with Client(f"{host}:{port}") as client:
                for _ in range(3):
                    client.send(b"ping")
                    data, sender = client.socket.recvfrom(100)
                    assert (data, sender) == (b"ping", (host, int(port)))


def test_s51_proxy_responses_ends_the_session_with_the_answers(weir):
    with answerers(behaviour=lambda data, sender: [b"1", b"2"]) as (peer,):
        serving(weir, [peer.address], "proxy_responses = 2")
        with Client(weir.address()) as client:
            assert client.ask(b"q") == b"1" and client.socket.recv(10) == b"2"
            weir.wait_metric(0, "weir_udp_sessions_active")
            assert client.ask(b"q") == b"1" and client.socket.recv(10) == b"2"
        assert len(peer.senders()) == 2
        weir.wait_metric(2, "weir_stream_sessions_total", reason="none")


def test_s51_no_responses_means_one_way(weir):
    with answerers(behaviour=lambda data, sender: []) as (peer,):
        serving(weir, [peer.address], "proxy_responses = 0")
        with Client(weir.address()) as client:
            for i in range(20):
                client.send(b"<13>%d" % i)
            until(lambda: len(peer.seen) == 20, "all lines")
        weir.wait_metric(0, "weir_udp_sessions_active")


def test_s51_proxy_requests_chooses_anew(weir):
    with answerers(2) as peers:
        serving(weir, [peer.address for peer in peers], "proxy_requests = 2\nproxy_timeout = 1s")
        with Client(weir.address()) as client:
            for i in range(8):
                assert client.ask(b"%d" % i) == b"%d" % i
        assert sorted(len(peer.seen) for peer in peers) == [4, 4]
        weir.wait_metric(0, "weir_udp_sessions_active")


def test_s51_a_missing_answer_is_the_peers_failure(weir):
    with answerers(behaviour=lambda data, sender: []) as (peer,):
        serving(weir, [peer.address], "proxy_responses = 1\nproxy_timeout = 100ms")
        with Client(weir.address()) as client:
            client.send(b"q")
            weir.wait_metric(1, "weir_stream_sessions_total", reason="upstream_read_timeout")
            weir.wait_metric(1, "weir_upstream_connect_failures_total", reason="upstream_read_timeout")


def test_s51_icmp_says_that_a_peer_is_gone(weir):
    with answerers() as (peer,):
        dead = udp()
        gone = "127.0.0.1:%d" % dead.getsockname()[1]
        dead.close()
        serving(weir, [gone, peer.address])
        answered = 0
        with contextlib.ExitStack() as stack:
            for _ in range(20):
                client = stack.enter_context(Client(weir.address()))
                client.send(b"a")
                client.send(b"b")
                answered += not client.silent(0.2)
        assert answered >= 10
        metrics = weir.metrics()
        failures = metrics.sum("weir_upstream_connect_failures_total", peer=gone, reason="connect_refused")
        assert 3 <= failures <= 8, "after three in each worker it is left alone"


def test_hash_keeps_a_client_on_its_peer(weir):
    with answerers(3) as peers:
        weir.write(config(weir, [peer.address for peer in peers], "proxy_responses = 1"))
        text = config(weir, [peer.address for peer in peers], "proxy_responses = 1")
        weir.launch(text.replace("[upstream pool]", "[upstream pool]\nhash = $remote_addr consistent"))
        weir.wait_for("slot 1 listens on")
        for host in ("127.0.0.1", "127.0.0.7", "127.0.0.8", "127.0.0.9"):
            for peer in peers:
                peer.seen.clear()
            for _ in range(8):
                with Client(weir.address(), host) as client:
                    assert client.ask(b"q") == b"q"
            assert sorted(len(peer.seen) for peer in peers) == [0, 0, 8]


def test_s51_a_flood_of_senders_drives_out_its_own(weir):
    with answerers() as (peer,):
        serving(weir, [peer.address], "proxy_sessions = 20")
        with contextlib.ExitStack() as stack:
            good = [stack.enter_context(Client(weir.address())) for _ in range(5)]
            for client in good:
                assert client.ask(b"1") == b"1" and client.ask(b"2") == b"2"
            for _ in range(300):
                stack.enter_context(Client(weir.address())).send(b"flood")
            for client in good:
                assert client.ask(b"3") == b"3"
        assert weir.metrics().sum("weir_udp_sessions_active") <= 40
        assert weir.metrics().sum("weir_stream_sessions_total", reason="too_many_sessions") >= 200


def test_sessions_of_one_source_are_limited(weir):
    with answerers() as (peer,):
        serving(weir, [peer.address], "proxy_sessions_per_source = 3")
        with contextlib.ExitStack() as stack:
            for _ in range(30):
                stack.enter_context(Client(weir.address())).send(b"x")
            weir.wait_metric(24, "weir_udp_datagrams_dropped_total", reason="source_limit")
            other = stack.enter_context(Client(weir.address(), "127.0.0.5"))
            assert other.ask(b"y") == b"y"


def test_denied_datagrams_are_dropped(weir):
    with answerers() as (peer,):
        serving(weir, [peer.address], "allow = 127.0.0.5\ndeny = all")
        with Client(weir.address()) as client, Client(weir.address(), "127.0.0.5") as other:
            client.send(b"x")
            assert other.ask(b"y") == b"y"
            weir.wait_metric(1, "weir_udp_datagrams_dropped_total", reason="acl")


def flows(weir, count, stack):
    clients = [stack.enter_context(Client(weir.address())) for _ in range(count)]
    for i, client in enumerate(clients):
        assert client.ask(b"hello %d" % i) == b"hello %d" % i
    return clients


def unmoved(clients, peers, round):
    """Every flow is answered, and its peer still hears it from the same socket."""
    for i, client in enumerate(clients):
        assert client.ask(b"%d:%d" % (round, i)) == b"%d:%d" % (round, i)


def test_s51_flows_stay_over_reloads_and_changes_of_worker_count(weir):
    with answerers(2) as peers, contextlib.ExitStack() as stack:
        text = config(weir, [peer.address for peer in peers])
        serving(weir, [peer.address for peer in peers])
        clients = flows(weir, 100, stack)
        senders = [peer.senders() for peer in peers]
        main = """
            [main]
            worker_processes = {}
            error_log = stderr info
            pid = weir.pid
        """
        for round, workers in enumerate((2, 4, 4, 2, 2)):
            assert weir.reload(main.format(workers) + text).returncode == 0
            unmoved(clients, peers, round)
        assert [peer.senders() for peer in peers] == senders


def low_port():
    """One below 1024 that nobody has."""
    for port in range(700, 1000):
        with contextlib.suppress(OSError), udp(port=port):
            return f"127.0.0.1:{port}"
    raise AssertionError("no low port is free")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may listen below 1024")
def test_s51_flows_of_a_low_port_stay_too(weir):
    address = low_port()
    with answerers(2) as peers, contextlib.ExitStack() as stack:
        names = [peer.address for peer in peers]
        main = "[main]\nuser = nobody\nworker_processes = {}\nerror_log = stderr info\npid = weir.pid\n"
        text = config(weir, names, listen=address)
        weir.launch(main.format(2) + text)
        weir.wait_for("slot 1 listens on")
        until(lambda: b"weir_udp_sessions_active" in reply(weir), "metrics")
        clients = [stack.enter_context(Client(address)) for _ in range(60)]
        unmoved(clients, peers, 0)
        senders = [peer.senders() for peer in peers]
        for round, workers in enumerate((4, 4, 2), 1):
            assert weir.reload(main.format(workers) + text).returncode == 0
            unmoved(clients, peers, round)
        assert [peer.senders() for peer in peers] == senders


def test_a_burst_arrives_as_it_was_sent(weir):
    """Datagrams that the kernel was given as one (UDP_SEGMENT), there and back."""
    with answerers() as (peer,), Client(weir.address()) as client:
        serving(weir, [peer.address])
        assert client.ask(b"first") == b"first"
        pieces = [bytes([65 + i]) * 1000 for i in range(20)] + [b"short"]
        client.socket.sendmsg([b"".join(pieces)], [(socket.IPPROTO_UDP, 103, struct.pack("=H", 1000))], 0, client.to)
        got = [client.socket.recv(65536) for _ in pieces]
        assert got == pieces
        assert [data for data, _ in peer.seen] == [b"first"] + pieces
        weir.wait_metric(22, "weir_udp_datagrams_total", direction="in")
        weir.wait_metric(22, "weir_udp_datagrams_total", direction="out")


def test_s51_flows_stay_when_their_listener_is_gone(weir):
    with answerers() as (peer,), contextlib.ExitStack() as stack:
        serving(weir, [peer.address])
        clients = flows(weir, 20, stack)
        other = config(weir, [peer.address], listen=weir.address("other"))
        assert weir.reload(other).returncode == 0
        unmoved(clients, [peer], 1)
        assert len(peer.senders()) == 20
        back = weir.reload(config(weir, [peer.address]))
        assert back.returncode == 0, back.stderr
        unmoved(clients, [peer], 2)
        with Client(weir.address()) as newcomer:
            assert newcomer.ask(b"new") == b"new"
        assert len(peer.senders()) == 21


def test_a_worker_that_dies_loses_only_its_own_flows(weir):
    weir.crash_expected = True
    with answerers() as (peer,), contextlib.ExitStack() as stack:
        serving(weir, [peer.address])
        clients = flows(weir, 60, stack)
        before = peer.senders()
        os.kill(weir.workers()[0], signal.SIGKILL)
        weir.wait_for("was killed by signal 9")
        unmoved(clients, [peer], 1)
        kept = {sender for data, sender in peer.seen if data.startswith(b"1:")} & before
        assert 5 <= len(kept) <= 55
