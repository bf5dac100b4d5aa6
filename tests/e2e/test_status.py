# SPDX-License-Identifier: Apache-2.0
"""`weir -s status`: what an operator asks first."""
import hashlib
import os
import signal

from weirtest.wait import until


def config(weir, text="ok", workers=2, more=""):
    return f"""
        [main]
        worker_processes = {workers}
        error_log = stderr info
        pid = weir.pid
        [metrics]
        listen = {weir.address("metrics")}
        [server main]
        listen = {weir.address()}
        {more}
        [location /]
        return = 200 {text}
    """


def ask(weir, *arguments):
    return weir.run("-c", weir.config_path, "-s", "status", *arguments)


def test_json(weir):
    weir.start(config(weir))
    found = weir.status()
    assert found["pid"] == weir.master and found["state"] == "serving"
    assert found["configuration"]["generation"] == 1
    assert found["configuration"]["sha256"] == hashlib.sha256(weir.config_path.read_bytes()).hexdigest()
    assert found["configuration"]["file"] == str(weir.config_path)
    assert [worker["slot"] for worker in found["workers"]] == [0, 1]
    assert [worker["pid"] for worker in found["workers"]] == [weir.worker(0), weir.worker(1)]
    assert {worker["state"] for worker in found["workers"]} == {"running"}
    assert found["monitor"]["pid"] in weir.children()
    assert {(row["address"], row["for"], row["sockets"]) for row in found["listeners"]} == {
        (weir.address(), "traffic", 2), (weir.address("metrics"), "metrics", 1)}
    assert found["last_reload"] is None


def test_people(weir):
    weir.start(config(weir))
    result = ask(weir)
    assert result.returncode == 0, result.stderr
    for wanted in ("serving", str(weir.master), "last reload    none", weir.address(), "monitor"):
        assert wanted in result.stdout, result.stdout


def test_connections_are_counted(weir):
    weir.start(config(weir))
    with weir.connect() as one, weir.connect() as other:
        one.get("/")
        other.get("/")
        until(lambda: sum(worker["connections"] for worker in weir.status()["workers"]) == 2, "two connections")


def test_last_reload_with_its_diagnostics(weir):
    weir.start(config(weir))
    first = weir.status()["configuration"]["sha256"]
    assert weir.reload(config(weir, "two", more="listen = 8080x")).returncode == 1
    found = weir.status()
    assert found["last_reload"]["outcome"] == "failed"
    assert any("8080x" in line for line in found["last_reload"]["diagnostics"])
    assert found["configuration"]["generation"] == 1 and found["configuration"]["sha256"] == first
    assert "8080x" in ask(weir).stdout
    assert weir.reload(config(weir, "two")).returncode == 0
    found = weir.status()
    assert found["last_reload"]["outcome"] == "ok" and found["last_reload"]["diagnostics"] == []
    assert 0 < found["last_reload"]["seconds"] < 10
    assert found["configuration"]["generation"] > 1 and found["configuration"]["sha256"] != first
    assert weir.reload(config(weir)).returncode == 0
    assert weir.status()["configuration"]["sha256"] == first, "the same bytes have the same digest"


def test_restarts(weir):
    weir.crash_expected = True
    weir.start(config(weir))
    before = weir.worker(1)
    os.kill(before, signal.SIGKILL)
    until(lambda: weir.worker(1) not in (None, before), "the successor")
    until(lambda: [worker["restarts"] for worker in weir.status()["workers"]] == [0, 1], "its restart to be counted")


def test_a_worker_that_drains_is_shown(weir, backend):
    from weirtest.backend import upgrading
    chat = backend(upgrading)
    chatting = f"\n[location /chat]\nproxy_pass = http://{chat.address}\n"
    weir.start(config(weir) + chatting)
    clients = [weir.connect().request("GET", "/chat", "Connection: upgrade", "Upgrade: websocket") for _ in range(20)]
    assert {client.read().status for client in clients} == {101}
    assert weir.reload(config(weir, workers=1) + chatting).returncode == 0
    assert [(worker["slot"], worker["state"]) for worker in weir.status()["workers"]] == [(0, "running"),
                                                                                        (1, "draining")]
    for client in clients:
        client.close()
    until(lambda: len(weir.status()["workers"]) == 1, "the end of the drain")


def test_nobody_there(weir):
    weir.write(config(weir))
    result = ask(weir)
    assert result.returncode == 1 and result.stdout == "" and "weir.pid.sock" in result.stderr


def test_json_belongs_to_status(weir):
    assert weir.run("-s", "stop", "--json").returncode == 1
