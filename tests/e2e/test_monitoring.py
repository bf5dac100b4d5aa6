# SPDX-License-Identifier: Apache-2.0
"""The dashboard and the alert rules, with a real Prometheus that scrapes a weir under load: each expression gives
data, and what happens to weir fires what it should."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess

import pytest
from weirtest.backend import answering, closing
from weirtest.prometheus import Prometheus
from weirtest.tls import Authority
from weirtest.wait import SLOWNESS, until

CONF = pathlib.Path(__file__).resolve().parents[2] / "conf"
ALERTS = CONF / "prometheus" / "weir-alerts.yml"
DASHBOARD = json.loads((CONF / "grafana" / "weir.json").read_text())
# What Grafana puts in the place of its variables.
VARIABLES = {"$__rate_interval": "10s", "$job": "weir", "$instance": ".*", "$server": ".*", "$upstream": ".*"}
THRESHOLD = re.compile(r"\s*(?:==|!=|>=|<=|>|<)\s*[0-9.]+(?:e[+-]\d+)?\s*$")

needs_prometheus = pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is not installed")


def panels():
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def dashboard_expressions():
    found = {f"panel {panel['title']}, {target['refId']}": target["expr"]
             for panel in panels() for target in panel["targets"]}
    # An annotation shows when something happened: the rest of the time it has nothing to say.
    found |= {f"annotation {one['name']}": THRESHOLD.sub("", one["expr"]) for one in DASHBOARD["annotations"]["list"]}
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            series, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
            found[f"variable {variable['name']}"] = f'{label_filled(series, label)}'
    return {name: in_words_of_prometheus(text) for name, text in found.items()}


def label_filled(series, label):
    """A query that has data when the series have that label."""
    return f'count by ({label}) ({series}) and on ({label}) ({series})'


def in_words_of_prometheus(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    assert "$" not in expression, expression
    return expression


# ---- what needs no Prometheus server


def test_each_panel_says_what_it_shows():
    titles = [panel["title"] for panel in panels()]
    assert len(titles) == len(set(titles))
    for panel in panels():
        assert panel["title"] and panel["description"], panel
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["targets"], panel["title"]
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"]), panel["title"]
    identities = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(identities) == len(set(identities))


def test_panels_do_not_overlap():
    taken = {}
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} lies on {taken[x, y]}"
                taken[x, y] = panel["title"]


def test_names_are_of_the_table():
    """No expression asks for a metric that weir does not have."""
    reference = (CONF.parent / "docs" / "metrics.md").read_text()
    known = set(re.findall(r"^\| `(weir_\w+)` \|", reference, re.M))
    text = json.dumps(DASHBOARD) + re.sub(r"#.*", "", ALERTS.read_text())
    used = {re.sub(r"_(bucket|count|sum)$", "", name) if name not in known else name
            for name in re.findall(r"\bweir_\w+", text)}
    assert used - known == set()


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
@pytest.mark.parametrize("arguments", [
    ["check", "rules", str(ALERTS)],
    ["check", "config", str(CONF / "prometheus" / "prometheus.yml")],
    ["test", "rules", str(pathlib.Path(__file__).parent / "data" / "weir-alerts-test.yml")],
], ids=["rules", "config", "cases"])
def test_promtool_agrees(arguments):
    result = subprocess.run(["promtool", *arguments], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


# ---- a weir under load, and who watches it


def config(weir, backends, broken=""):
    good, closes, another, errors = backends
    return f"""
        [main]
        worker_processes = 2
        error_log = stderr warn
        pid = weir.pid
        [metrics]
        listen = {weir.address("metrics")}
        [upstream app]
        server = {good.address}
        keepalive = 8
        [upstream mixed]
        server = {good.address}
        server = {weir.address("dead")} max_fails=1 fail_timeout=60s
        [upstream broken]
        server = {closes.address} max_fails=0
        server = {another.address} max_fails=0
        [upstream named]
        server = localhost:{good.address.rpartition(":")[2]}
        [stream tcp]
        listen = {weir.address("stream")}
        proxy_pass = app
        [stream udp]
        listen = 127.0.0.1:{weir.udp_port} udp
        return = hello
        [upstream errors]
        server = {errors.address}
        [server www]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://app
        [location /mixed]
        proxy_pass = http://mixed
        [location /broken]
        proxy_pass = http://broken
        [location /error]
        proxy_pass = http://errors
        [location /named]
        proxy_pass = http://named
        [location /files/]
        root = {weir.prefix}
        open_file_cache = max=10
        [server secure]
        listen = {weir.address("secure")} ssl
        server_name = localhost
        ssl_certificate = {weir.certificate[0]}
        ssl_certificate_key = {weir.certificate[1]}
        return = 200 ok
        {broken}
    """


def udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def handshakes(weir, context):
    """A full one, and one that resumes its session."""
    session = None
    for _ in range(2):
        with weir.connect("secure", tls=context, session=session) as client:
            client.get("/")
            session = client.socket.session


def round_of_requests(weir):
    """Something of everything that is counted."""
    for target in ("/", "/", "/mixed", "/mixed", "/broken", "/error", "/named", "/files/a", "/files/a", "/files/none",
                   "/files/secret"):
        weir.get(target)
    weir.get("/", name="stream")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"hello?", ("127.0.0.1", weir.udp_port))
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        handshakes(weir, weir.authority.client(version=version))
    with weir.connect("secure") as client:
        client.send("no handshake at all\r\n\r\n")
        client.reader.to_end()
    with weir.connect() as client:
        client.send("nonsense\r\n\r\n")
        client.read()


@pytest.fixture
def watched(weir, backend):
    """The Prometheus that scrapes weir."""
    errors = backend(answering(b"no", status="500 Internal Server Error"))
    weir.backends = backend(answering(b"ok")), backend(closing), backend(closing), errors
    weir.udp_port = udp_port()
    weir.authority = Authority(weir.prefix / "tls")
    weir.certificate = weir.authority.issue("localhost")
    (weir.prefix / "files").mkdir()
    (weir.prefix / "files" / "a").write_text("a file")
    (weir.prefix / "files" / "secret").touch(0o000)
    weir.start(config(weir, weir.backends))
    prometheus = Prometheus(weir.address("metrics"), ALERTS)
    yield prometheus
    prometheus.stop()


@needs_prometheus
def test_every_expression_gives_data(weir, watched):
    wanted = dashboard_expressions()
    wanted |= {f"alert {name}": THRESHOLD.sub("", text) for name, text in watched.alerts().items()}
    assert len(wanted) > 80
    until(lambda: watched.has_data("weir_worker_exits_total"), "the first scrape", 30)
    assert weir.reload().returncode == 0
    os.kill(weir.workers()[0], signal.SIGKILL)

    def missing():
        return {name: text for name, text in wanted.items() if not watched.has_data(text)}

    def all_there():
        round_of_requests(weir)
        for name in set(wanted) - set(missing()):
            del wanted[name]
        return not wanted
    until(all_there, lambda: f"data for {json.dumps(wanted, indent=1)}", 30 * SLOWNESS)


@needs_prometheus
def test_alerts_fire(weir, watched):
    """A dead backend, a refused reload, a killed worker."""
    until(lambda: watched.has_data("weir_worker_exits_total"), "the first scrape", 30)
    assert watched.firing() == set()
    os.kill(weir.workers()[0], signal.SIGKILL)
    assert weir.reload(config(weir, weir.backends, "nonsense = on")).returncode != 0
    until(lambda: {"WeirReloadRefused", "WeirWorkerDied"} <= watched.firing(), lambda: f"{watched.firing()}", 30)
    # These wait before they fire; their conditions hold at once.
    rules = watched.alerts()
    until(lambda: weir.get("/mixed").status and watched.has_data(rules["WeirPeerUnavailable"]), "a failed peer", 30)
    until(lambda: weir.get("/broken").status and watched.has_data(rules["WeirErrorRatioHigh"]), "failed requests", 30)
    assert weir.reload(config(weir, weir.backends)).returncode == 0
    until(lambda: "WeirReloadRefused" not in watched.firing(), "the end of an alert", 30)
