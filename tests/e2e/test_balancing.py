# SPDX-License-Identifier: Apache-2.0
"""Which peer is picked (S-12, S-13, S-20)."""
import collections
import threading

import pytest
from weirtest.backend import named


def balancing(weir, rows, upstream="", workers=1):
    servers = "\n".join(f"        server = {row}" for row in rows)
    return weir.start(f"""
        [main]
        worker_processes = {workers}
        error_log = stderr info
        [upstream app]
        {upstream}
{servers}
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://app
    """)


def picks(weir, count):
    with weir.connect() as client:
        return "".join(client.get("/").text for _ in range(count))


@pytest.mark.parametrize("weights, pattern", [
    ((1, 1, 1), "abcabc"),
    ((5, 1, 1), "aabacaa" * 2),
    ((2, 1), "aba" * 3),
    ((3, 2, 1), "abacba"),
])
def test_smooth_weighted_round_robin(weir, backend, weights, pattern):
    """S-12: exactly nginx's sequence."""
    rows = [f"{backend(named(name)).address} weight={weight}" for name, weight in zip("abc", weights)]
    assert picks(balancing(weir, rows), len(pattern)) == pattern


def test_shares_over_all_workers(weir, backend):
    rows = [f"{backend(named(name)).address} weight={weight}" for name, weight in (("a", 3), ("b", 1))]
    balancing(weir, rows, workers=2)
    found = collections.Counter(weir.get("/").text for _ in range(80))
    assert 50 <= found["a"] <= 70


def test_proxy_pass_to_an_address_needs_no_upstream(weir, backend):
    app = backend(named("a"))
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{app.address}
    """)
    assert picks(weir, 3) == "aaa"


class Holding:
    """Backends that hold each request until released."""

    def __init__(self):
        self.gate = threading.Event()

    def behaviour(self, name):
        def serve(peer):
            while (request := peer.read()) is not None:
                if request.target == "/hold":
                    self.gate.wait(30)
                peer.answer(name)
        return serve


def test_least_conn(weir, backend):
    """S-20: the peer with the fewest active requests, ties by weighted round robin."""
    holding = Holding()
    a, b = (backend(holding.behaviour(name)) for name in "ab")
    balancing(weir, [a.address, b.address], "least_conn = on")
    for _ in range(4):
        weir.connect().request("GET", "/hold")
    a.wait_requests(2)
    b.wait_requests(2)
    c1 = weir.connect().request("GET", "/hold")
    c2 = weir.connect().request("GET", "/hold")
    a.wait_requests(3)
    b.wait_requests(3)
    holding.gate.set()
    assert {c1.read().text, c2.read().text} == {"a", "b"}


def test_least_conn_avoids_the_busy_peer(weir, backend):
    holding = Holding()
    a, b = (backend(holding.behaviour(name)) for name in "ab")
    balancing(weir, [a.address, b.address], "least_conn = on")
    weir.connect().request("GET", "/hold")
    a.wait_requests(1)
    assert picks(weir, 6) == "bbbbbb"
    holding.gate.set()


def test_least_conn_is_counted_over_all_workers(weir, backend):
    """S-20: the counts are shared."""
    holding = Holding()
    a, b = (backend(holding.behaviour(name)) for name in "ab")
    balancing(weir, [a.address, b.address], "least_conn = on", workers=2)
    held = [weir.connect().request("GET", "/hold") for _ in range(20)]
    a.wait_requests(8)
    b.wait_requests(8)
    holding.gate.set()
    found = collections.Counter(client.read().text for client in held)
    assert abs(found["a"] - found["b"]) <= 4


def test_least_conn_respects_weight(weir, backend):
    holding = Holding()
    a, b = (backend(holding.behaviour(name)) for name in "ab")
    balancing(weir, [f"{a.address} weight=3", b.address], "least_conn = on")
    for count in range(1, 9):
        weir.connect().request("GET", "/hold")
        total = lambda: len(a.requests) + len(b.requests)  # noqa: E731
        from weirtest.wait import until
        until(lambda: total() == count, "the request")
    assert (len(a.requests), len(b.requests)) == (6, 2)
    holding.gate.set()


def test_same_upstream_from_two_servers_shares_its_turn(weir, backend):
    rows = "\n".join(f"        server = {backend(named(name)).address}" for name in "ab")
    weir.start(f"""
        [main]
        worker_processes = 1
        [upstream app]
{rows}
        [server one]
        listen = {weir.address("one")}
        [location /]
        proxy_pass = http://app
        [server two]
        listen = {weir.address("two")}
        [location /]
        proxy_pass = http://app
    """)
    assert [weir.get("/", name=name).text for name in ("one", "two", "one", "two")] == ["a", "b", "a", "b"]
