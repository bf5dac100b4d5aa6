# SPDX-License-Identifier: Apache-2.0
"""What weir counts is what its clients count, to the request, and never less than before: over reloads, fewer and more
workers, and the death of workers and of the monitor (S-6)."""
import os
import signal
import threading

import pytest
from weirtest.backend import answering
from weirtest.client import Closed, Connection
from weirtest.metrics import Metrics
from weirtest.process import title
from weirtest.wait import until

CLIENTS = 6


def config(weir, backends, workers=2, more=""):
    servers = "\n".join(f"server = {one.address}" for one in backends)
    return f"""
        [main]
        worker_processes = {workers}
        error_log = stderr warn
        pid = weir.pid
        [metrics]
        listen = {weir.address("metrics")}
        [upstream app]
        {servers}
        keepalive = 32
        [server www]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://app
        {more}
    """


class Client(threading.Thread):
    """Asks over kept connections until it is told to end; counts what it got."""

    def __init__(self, address, stop):
        super().__init__(daemon=True)
        self.address, self.stopping = address, stop
        self.answered = self.bytes = self.failed = 0
        self.start()

    def run(self):
        while not self.stopping.is_set():
            try:
                with Connection(self.address) as connection:
                    self.use(connection)
            except (Closed, OSError):
                self.failed += 1

    def use(self, connection):
        while not self.stopping.is_set():
            response = connection.get("/")
            assert response.status == 200, response
            self.answered += 1
            self.bytes += len(response.raw) + len(response.body)
            if response.get("Connection") == "close":
                return


class Watcher(threading.Thread):
    """Scrapes all the time; a counter that is less than before, or gone, is a problem."""

    def __init__(self, address, stop):
        super().__init__(daemon=True)
        self.address, self.stopping = address, stop
        self.seen, self.problems, self.scrapes = {}, [], 0
        self.start()

    def run(self):
        while not self.stopping.is_set():
            try:
                with Connection(self.address) as connection:
                    page = Metrics(connection.get("/metrics", "Connection: close").text)
            except (Closed, OSError):
                continue  # the monitor was killed just now
            self.compare(page)
            self.scrapes += 1

    def compare(self, page):
        now = {(name, tuple(sorted(labels.items()))): value for name, labels, value in page.samples
               if name.endswith(("_total", "_bucket", "_count", "_sum"))}
        self.problems += [f"{key}: {value} became {now.get(key)}" for key, value in self.seen.items()
                          # A worker that is ending has no time of its own in the scrape between.
                          if now.get(key, value) < value or (key not in now and "_cpu_" not in key[0])]
        self.seen.update(now)


@pytest.fixture
def loaded(weir, backend):
    """weir with clients and a watcher; gives (backends, clients, watcher, end)."""
    backends = backend(answering(b"x" * 1000)), backend(answering(b"y" * 1000))
    weir.start(config(weir, backends))
    stop = threading.Event()
    clients = [Client(weir.address(), stop) for _ in range(CLIENTS)]
    watcher = Watcher(weir.address("metrics"), stop)

    def end():
        stop.set()
        for one in [*clients, watcher]:
            one.join(20)
            assert not one.is_alive()
    yield backends, clients, watcher, end
    stop.set()


def more_of(clients, watcher):
    """Waits until each client was answered, and the page scraped, some times more."""
    before = [client.answered for client in clients]
    scrapes = watcher.scrapes
    until(lambda: all(client.answered > was + 3 for client, was in zip(clients, before)) and
          watcher.scrapes > scrapes + 1, lambda: f"progress: {[c.answered for c in clients]}, {watcher.problems[:3]}")


def children_named(weir, word):
    return [pid for pid in weir.children() if word in title(pid)]


def kill_and_await_successor(weir, word):
    before = children_named(weir, word)
    os.kill(before[0], signal.SIGKILL)
    until(lambda: len(set(children_named(weir, word)) - {before[0]}) == len(before), "a successor")


def test_counts_agree_over_reloads_and_kills_of_the_monitor(weir, loaded):
    backends, clients, watcher, end = loaded
    more_of(clients, watcher)
    for workers in (2, 4, 1, 2):
        assert weir.reload(config(weir, backends, workers)).returncode == 0
        assert weir.reload(config(weir, backends, workers, "nonsense = on")).returncode == 1
        kill_and_await_successor(weir, "monitor")
        more_of(clients, watcher)
    end()
    answered = sum(client.answered for client in clients)
    assert sum(client.failed for client in clients) == 0
    weir.wait_metric(answered, "weir_http_requests_total", server="www", code="200")
    page = weir.metrics()
    assert page.sum("weir_http_requests_total") == answered
    assert page.sum("weir_http_request_duration_seconds_count") == answered
    assert page.sum("weir_upstream_requests_total") == answered == sum(len(one.requests) for one in backends)
    assert page.sum("weir_http_response_bytes_total") == sum(client.bytes for client in clients)
    assert page.sum("weir_config_reloads_total", result="ok") == 4
    assert page.sum("weir_config_reloads_total", result="failed") == 4
    assert watcher.problems == []


def test_counters_go_on_when_workers_are_killed(weir, loaded):
    _, clients, watcher, end = loaded
    weir.crash_expected = True
    for _ in range(3):
        more_of(clients, watcher)
        kill_and_await_successor(weir, "worker")
    more_of(clients, watcher)
    end()
    answered = sum(client.answered for client in clients)
    failed = sum(client.failed for client in clients)
    # A worker may die between its answer and its count; a client may lose an answer that was counted.
    deaths = 3
    until(lambda: answered - deaths * CLIENTS <= weir.metrics().sum("weir_http_requests_total") <= answered + failed,
          lambda: f"{answered} answered, {failed} failed, {weir.metrics().find('weir_http_requests_total')}")
    assert weir.metrics().sum("weir_worker_exits_total") == deaths
    weir.wait_metric(0, "weir_http_requests_in_flight")
    weir.wait_metric(0, "weir_listener_connections_active")
    assert watcher.problems == []
