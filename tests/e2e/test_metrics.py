# SPDX-License-Identifier: Apache-2.0
"""/metrics: what is counted, and that it goes on over crashes and reloads."""
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest
from weirtest.backend import answering, closing
from weirtest.wait import halt, until


def serving(weir, location="return = 200 ok", more="", workers=2):
    return weir.start(config(weir, location, more, workers))


def config(weir, location="return = 200 ok", more="", workers=2):
    return f"""
        [main]
        worker_processes = {workers}
        error_log = stderr info
        pid = weir.pid
        [metrics]
        listen = {weir.address("metrics")}
        {more}
        [server www]
        listen = {weir.address()}
        [location /]
        {location}
    """


def test_page_is_well_formed(weir):
    serving(weir)
    weir.get("/")
    answer = weir.get("/metrics", name="metrics")
    assert answer.get("Content-Type").startswith("text/plain; version=0.0.4")
    page = weir.metrics()
    for name, _, value in page.samples:
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        family = base if base in page.types else name
        assert family in page.types, name
        assert page.helps.get(family), f"{family} has no HELP"
        assert family.startswith("weir_"), name
        if page.types[family] == "counter":
            assert name.endswith("_total") and value >= 0, name
    assert len({(name, tuple(sorted(labels.items()))) for name, labels, _ in page.samples}) == len(page.samples)


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
def test_promtool_has_nothing_to_say(weir):
    serving(weir)
    weir.get("/")
    page = weir.get("/metrics", name="metrics").text
    result = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


def test_requests_are_counted(weir):
    serving(weir, more="[http]")
    with weir.connect() as client:
        for _ in range(5):
            client.get("/")
        client.request("HEAD", "/").read("HEAD")
        client.request("BREW", "/").read()
    weir.wait_metric(7, "weir_http_requests_total", server="www", route="/", code="200", protocol="h1")
    page = weir.metrics()
    assert page.sum("weir_http_requests_total", method="GET") == 5
    assert page.sum("weir_http_requests_total", method="other") == 1
    assert page.sum("weir_http_request_duration_seconds_count", server="www") == 7


def test_what_variables_make_is_no_label(weir):
    """A client that chooses addresses makes no series; see docs/monitoring.md."""
    serving(weir, "proxy_pass = http://127.0.0.1:$arg_p", workers=1)
    refusing = weir.dead_address().rpartition(":")[2]

    def series():
        return sorted((name, sorted(labels.items())) for name, labels, _ in weir.metrics().samples
                      if name.startswith("weir_upstream_"))

    assert weir.get(f"/?p={refusing}").status == 502
    weir.wait_metric(1, "weir_upstream_connect_failures_total", upstream="variable", peer="variable")
    before = series()
    for zeros in range(1, 100):  # one port, and a hundred names of it
        assert weir.get(f"/?p={'0' * zeros}{refusing}").status == 502
    weir.wait_metric(100, "weir_upstream_connect_failures_total", upstream="variable", peer="variable")
    assert series() == before


def test_histograms_are_cumulative(weir):
    serving(weir)
    for _ in range(3):
        weir.get("/")
    weir.wait_metric(3, "weir_http_request_duration_seconds_count", server="www")
    page = weir.metrics()
    buckets = [(float(labels["le"]), value)
               for labels, value in page.find("weir_http_request_duration_seconds_bucket", server="www")]
    buckets.sort()
    assert [value for _, value in buckets] == sorted(value for _, value in buckets)
    assert buckets[-1] == (float("inf"), 3)
    assert page.sum("weir_http_request_duration_seconds_sum", server="www") < 5


def test_listener_rows(weir):
    serving(weir)
    with weir.connect() as client:
        client.get("/")
        weir.wait_metric(1, "weir_listener_connections_active", listener=weir.address())
        assert weir.metrics().sum("weir_listener_connections_accepted_total", listener=weir.address()) >= 1
    weir.wait_metric(0, "weir_listener_connections_active", listener=weir.address())


def test_upstream_rows(weir, backend):
    app = backend(answering(b"ok"))
    serving(weir, "proxy_pass = http://app", f"[upstream app]\nserver = {app.address}\nkeepalive = 4", workers=1)
    for _ in range(4):
        weir.get("/")
    labels = {"upstream": "app", "peer": app.address}
    weir.wait_metric(4, "weir_upstream_requests_total", code="200", **labels)
    page = weir.metrics()
    assert page.sum("weir_upstream_connections", state="idle", **labels) == 1
    assert page.sum("weir_upstream_connections", state="active", **labels) == 0
    assert page.sum("weir_upstream_connections_opened_total", **labels) == 1
    assert page.sum("weir_upstream_connections_reused_total", **labels) == 3
    assert page.sum("weir_upstream_header_duration_seconds_count", upstream="app") == 4


def test_failures_are_counted_by_their_name(weir, backend):
    bad = backend(closing)
    serving(weir, "proxy_pass = http://app", f"[upstream app]\nserver = {bad.address}\nserver = {weir.dead_address()}")
    for _ in range(2):
        weir.get("/")
    until(lambda: weir.metrics().sum("weir_upstream_connect_failures_total", reason="connect_refused") >= 1, "refusals")
    weir.wait_metric(2, "weir_http_requests_total", code="502")  # counted once it was sent: a moment after it came
    page = weir.metrics()
    assert page.sum("weir_upstream_response_failures_total", reason="upstream_closed") >= 1
    assert page.sum("weir_upstream_retries_total") >= 1


def test_parse_errors_are_counted(weir):
    serving(weir)
    with weir.connect() as client:
        client.send("nonsense\r\n\r\n")
        client.read()
    until(lambda: weir.metrics().sum("weir_http_parse_errors_total") == 1, "the parse error")


def test_process_rows(weir):
    serving(weir)
    weir.wait_metric(1, "weir_config_last_reload_successful")
    page = weir.metrics()
    version = page.find("weir_build_info")[0][0]
    assert set(version) >= {"version", "revision"}
    assert page.sum("weir_worker_up") == 2
    assert page.sum("weir_start_time_seconds") > 1.7e9


def test_counters_go_on_over_reloads_and_crashes(weir):
    serving(weir)
    for _ in range(10):
        weir.get("/")
    weir.wait_metric(10, "weir_http_requests_total", server="www")
    assert weir.reload().returncode == 0
    for _ in range(10):
        weir.get("/")
    weir.wait_metric(20, "weir_http_requests_total", server="www")
    before = set(weir.children())
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(set(weir.children()) - before) == 3, "replacements")
    until(lambda: weir.get("/").status == 200, "service")
    weir.wait_metric(21, "weir_http_requests_total", server="www")


def test_gauges_of_a_dead_worker_are_zeroed(weir):
    """S-6: nothing leaks with a crash."""
    serving(weir)
    clients = [weir.connect() for _ in range(6)]
    for client in clients:
        client.get("/")
    weir.wait_metric(6, "weir_listener_connections_active", listener=weir.address())
    before = set(weir.children())
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(set(weir.children()) - before) == 3, "replacements")
    weir.wait_metric(0, "weir_listener_connections_active", listener=weir.address())


def test_reloads_are_counted(weir):
    serving(weir)
    assert weir.reload().returncode == 0
    assert weir.reload(config(weir, "nonsense = on")).returncode == 1
    page = weir.metrics()
    assert page.sum("weir_config_last_reload_successful") == 0
    assert page.sum("weir_config_reloads_total") == 2
    assert weir.reload(config(weir)).returncode == 0
    assert weir.metrics().sum("weir_config_last_reload_successful") == 1


def test_path_and_access(weir):
    serving(weir, more="path = /stats\nallow = 127.0.0.1\ndeny = all\n")
    assert weir.get("/stats", name="metrics").status == 200
    assert weir.get("/metrics", name="metrics").status == 404
    with weir.connect("metrics", source=("127.0.0.2", 0)) as client:
        assert client.get("/stats").status == 403


def test_scrapes_do_not_need_workers(weir):
    """A hung worker is not a failed scrape."""
    serving(weir)
    weir.get("/")
    workers = [pid for pid in weir.children() if holds_listener(pid, weir.ports["main"].port)]
    assert len(workers) == 2
    halt(*workers)
    try:
        assert weir.get("/metrics", name="metrics").status == 200
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)


def holds_listener(pid, port):
    """True when the process has a listening socket on that port."""
    inodes = set()
    for line in pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(f":{port:04X}") and fields[3] == "0A":
            inodes.add(f"socket:[{fields[9]}]")
    links = {os.readlink(entry) for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir()}
    return bool(inodes & links)
