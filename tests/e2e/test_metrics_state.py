# SPDX-License-Identifier: Apache-2.0
"""/metrics: what state weir is in: peers, whose health is one for all workers; accept queues; configurations."""
import hashlib
import os
import signal
import threading
import time

from weirtest.backend import answering, closing
from weirtest.wait import halt, until


def config(weir, upstream, more=""):
    return f"""
        [main]
        worker_processes = 2
        error_log = stderr notice
        pid = weir.pid
        [metrics]
        listen = {weir.address("metrics")}
        [upstream app]
        {upstream}
        [server www]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://app
        {more}
    """


def ask(weir, count):
    """So many requests, each over a connection of its own, so that all workers have their share."""
    return [weir.get("/").status for _ in range(count)]


def test_failures_count_over_all_workers(weir, backend):
    """S-12, S-13: max_fails tries spoil before a peer is left alone, not that many for each worker."""
    good, dead = backend(answering(b"ok")), weir.address("dead")
    weir.start(config(weir, f"server = {good.address}\nserver = {dead} max_fails=3 fail_timeout=60s"))
    assert set(ask(weir, 60)) == {200}
    page = weir.metrics()
    labels = {"upstream": "app", "peer": dead}
    assert page.sum("weir_upstream_connect_failures_total", **labels) == 3
    assert page.sum("weir_upstream_peer_up", **labels) == 0
    assert page.sum("weir_upstream_peer_state", state="unavailable", **labels) == 1
    assert page.sum("weir_upstream_peer_up", upstream="app", peer=good.address) == 1
    assert page.sum("weir_upstream_peers", upstream="app", state="unavailable") == 1
    assert page.sum("weir_upstream_state_changes_total", to="unavailable", cause="passive", **labels) == 1
    weir.wait_for("failed 3 times: not used for 60 s")
    assert weir.log().count("failed 3 times: not used for 60 s") == 1


def test_one_worker_tries_a_failed_peer_again(weir, backend):
    """S-13: exactly one probe for fail_timeout, whichever worker sends it; its success brings the peer back."""
    good, flaky = backend(answering(b"ok")), backend(closing)
    weir.start(config(weir, f"server = {good.address}\nserver = {flaky.address} max_fails=2 fail_timeout=1s"))
    labels = {"upstream": "app", "peer": flaky.address}

    def failures():
        return weir.metrics().sum("weir_upstream_response_failures_total", **labels)
    until(lambda: ask(weir, 4) and failures() >= 2, "two failures")
    until(lambda: ask(weir, 4) and failures() >= 3, "a probe")
    # From now on one request in a second tries it.
    tried, began = len(flaky.requests), time.monotonic()
    ask(weir, 30)
    assert len(flaky.requests) - tried <= 2 + (time.monotonic() - began)
    flaky.behaviour = answering(b"well")
    until(lambda: ask(weir, 4) and weir.metrics().sum("weir_upstream_peer_up", **labels) == 1, "recovery")
    assert weir.metrics().sum("weir_upstream_state_changes_total", to="up", **labels) == 1
    weir.wait_for("answers again")
    assert weir.log().count("answers again") == 1


def test_health_survives_the_death_of_a_worker(weir, backend):
    good, dead = backend(answering(b"ok")), weir.address("dead")
    weir.start(config(weir, f"server = {good.address}\nserver = {dead} max_fails=2 fail_timeout=60s"))
    weir.crash_expected = True
    ask(weir, 20)
    weir.wait_metric(0, "weir_upstream_peer_up", peer=dead)
    before = weir.workers()
    os.kill(before[0], signal.SIGKILL)
    until(lambda: len(set(weir.workers()) - set(before)) == 1, "a successor")
    assert set(ask(weir, 20)) == {200}
    assert weir.metrics().sum("weir_upstream_connect_failures_total", peer=dead) == 2
    assert weir.metrics().sum("weir_upstream_peer_up", peer=dead) == 0


def test_peers_are_those_of_the_configuration(weir, backend):
    first, second = backend(answering(b"ok")), backend(answering(b"ok"))
    weir.start(config(weir, f"server = {first.address} weight=4\nserver = {second.address} down"))
    weir.wait_metric(4, "weir_upstream_peer_weight", peer=first.address)
    assert weir.metrics().sum("weir_upstream_peer_state", peer=second.address, state="down") == 1
    assert weir.reload(config(weir, f"server = {first.address} weight=2")).returncode == 0
    page = weir.metrics()
    assert page.sum("weir_upstream_peer_weight", peer=first.address) == 2
    assert page.find("weir_upstream_peer_up", peer=second.address) == []
    assert page.sum("weir_upstream_peers", upstream="app") == 1


def test_names_are_told(weir, backend):
    app = backend(answering(b"ok"))
    weir.start(config(weir, f"server = localhost:{app.port}"))
    until(lambda: weir.metrics().sum("weir_dns_queries_total", result="found") >= 2, "both workers' answers")
    assert weir.metrics().sum("weir_dns_last_success_timestamp_seconds", name="localhost") > 1.7e9


def test_accept_queues_are_told_of_stopped_workers(weir, backend):
    weir.start(config(weir, f"server = {backend(answering(b'ok')).address}"))
    workers = weir.workers()
    weir.wait_metric(0, "weir_listener_accept_queue_length", listener=weir.address())
    halt(*workers)
    try:
        clients = [weir.connect() for _ in range(5)]
        page = weir.metrics()
        assert page.sum("weir_listener_accept_queue_length", listener=weir.address()) == len(clients)
        assert page.sum("weir_listener_accept_queue_limit", listener=weir.address()) >= 2 * 128
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
    weir.wait_metric(0, "weir_listener_accept_queue_length", listener=weir.address())


def test_the_configuration_is_named_by_its_digest(weir, backend):
    app = backend(answering(b"ok"))

    def served():
        return [labels["sha256"] for labels, _ in weir.metrics().find("weir_config_info")]

    def written():
        return [hashlib.sha256(weir.config_path.read_bytes()).hexdigest()]
    weir.start(config(weir, f"server = {app.address}"))
    until(lambda: served() == written(), lambda: f"{written()}; it is {served()}")
    first = served()
    assert weir.reload(config(weir, f"server = {app.address}", "nonsense = on")).returncode == 1
    assert served() == first
    assert weir.reload(config(weir, f"server = {app.address} weight=2")).returncode == 0
    assert served() == written() != first


def test_an_old_configuration_is_told_while_it_is_used(weir, backend):
    release = threading.Event()

    def waits(peer):
        while peer.read() is not None:
            release.wait(60)
            peer.answer(b"late")
    app = backend(waits)
    weir.start(config(weir, f"server = {app.address}"))
    assert weir.metrics().sum("weir_oldest_generation_age_seconds") == 0
    with weir.connect() as client:
        client.request("GET", "/")
        app.wait_requests(1)
        assert weir.reload().returncode == 0
        weir.wait_metric(1, "weir_draining_connections", generation=1)
        assert weir.metrics().sum("weir_oldest_generation_age_seconds") > 0
        release.set()
        assert client.read().text == "late"
    weir.wait_metric(0, "weir_oldest_generation_age_seconds")
    weir.wait_metric(0, "weir_draining_connections")


def test_time_of_replaced_workers_counts(weir, backend):
    """weir_worker_cpu_seconds_total goes on over a worker's death, though the kernel's own count does not."""
    weir.start(config(weir, f"server = {backend(answering(b'ok')).address}"))
    weir.crash_expected = True

    def used():
        return weir.metrics().sum("weir_worker_cpu_seconds_total")
    until(lambda: ask(weir, 20) and used() > 0.05, "some work", 30)
    before, workers = used(), weir.workers()
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(set(weir.workers()) - set(workers)) == 2, "successors")
    assert used() >= before
