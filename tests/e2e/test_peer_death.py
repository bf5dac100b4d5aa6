# SPDX-License-Identifier: Apache-2.0
"""A peer that dies in the middle of its work costs no request that may be repeated (S-15), and an outage of all of them
is not made worse by repeating (S-16)."""
import threading
import time

import pytest
from weirtest.backend import Backend, named
from weirtest.wait import until


def balancing(weir, addresses, upstream="keepalive = 64"):
    servers = "\n".join(f"server = {address}" for address in addresses)
    return weir.start(f"""
[main]
worker_processes = 1
error_log = stderr warn
pid = weir.pid
[metrics]
listen = {weir.address("metrics")}
[http]
keepalive_requests = 1000000
[upstream app]
{servers}
{upstream}
[server main]
listen = {weir.address()}
[location /]
proxy_pass = http://app
""")


def holding(kept):
    """Answers its first `kept` requests, so that their connections are pooled, and holds all later ones."""
    def behaviour(peer):
        while peer.read() is not None:
            with peer.backend.lock:
                peer.backend.answered = getattr(peer.backend, "answered", 0) + 1
                held = peer.backend.answered > kept
            if held:
                peer.wait_closed()
                return
            peer.answer("first")
    return behaviour


@pytest.mark.parametrize("kept", [0, 20], ids=["new connections", "pooled connections"])
def test_all_that_a_dead_peer_had_are_answered_by_the_other(weir, backend, kept):
    """S-15: many at the same moment. nginx answers every one of them, whatever the other requests do."""
    clients = 40
    dying, other = backend(holding(kept)), backend(named("other"))
    balancing(weir, [dying.address, other.address])
    connections = [weir.connect() for _ in range(clients)]
    for connection in connections if kept else []:
        connection.request("GET", "/")
    for connection in connections if kept else []:
        connection.read()
    before = len(dying.requests)
    for connection in connections:
        connection.request("GET", "/")
    dying.wait_requests(before + clients // 2 - 2)
    dying.stop()
    assert [connection.read().status for connection in connections] == [200] * clients
    assert weir.metrics().sum("weir_upstream_retries_denied_total", reason="budget") == 0


class Asking:
    """Clients over kept connections, that never rest; what is not answered 200 is a failure."""

    def __init__(self, weir, clients):
        self.weir, self.ending, self.good, self.failures = weir, threading.Event(), 0, []
        self.threads = [threading.Thread(target=self._ask) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def _ask(self):
        with self.weir.connect() as client:
            while not self.ending.is_set():
                answer = client.get("/")
                self.good += answer.status == 200
                if answer.status != 200:
                    self.failures.append(answer)

    def more(self, count):
        wanted = self.good + count
        until(lambda: self.good + len(self.failures) >= wanted, "answers")

    def stop(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()


def test_a_peer_that_dies_and_comes_back_under_load(weir, backend):
    """S-15: killed and started again, and again."""
    other = backend(named("other"))
    dying = Backend(named("dying"))
    balancing(weir, [f"{dying.address} fail_timeout=1s", other.address])
    load = Asking(weir, 16)
    for _ in range(4):
        load.more(300)
        dying.stop()
        load.more(300)
        dying = Backend(named("dying"), port=dying.port)
        until(lambda: dying.requests, "requests for the peer that is back")
    load.stop()
    dying.stop()
    assert load.failures == [] and load.good > 2000


def test_an_outage_of_all_gets_a_bounded_share_of_tries(weir, backend):
    """S-16: every request fails at both peers; without a budget each of them would be two."""
    def failing(peer):
        peer.read()
        time.sleep(0.1)
    peers = [backend(failing), backend(failing)]
    balancing(weir, [f"{peer.address} max_fails=0" for peer in peers], "")
    clients, rounds = 40, 10
    connections = [weir.connect() for _ in range(clients)]
    for _ in range(rounds):
        for connection in connections:
            connection.request("GET", "/")
        assert {connection.read().status for connection in connections} == {502}
    tries = sum(len(peer.requests) for peer in peers)
    assert clients * rounds < tries < 1.8 * clients * rounds
    assert weir.metrics().sum("weir_upstream_retries_denied_total", reason="budget") > 0
