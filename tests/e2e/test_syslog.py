# SPDX-License-Identifier: Apache-2.0
"""Logs that go to syslog servers, over UDP and unix sockets (S-56)."""
import json
import os
import pathlib
import re
import socket

import pytest
from weirtest.backend import closing
from weirtest.wait import LIMIT, until

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "conf" / "logging-syslog.ini"
HEADER = re.compile(r"^<(\d+)>([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?:(\S+) )?(\w+): (.*)$", re.DOTALL)


class Server:
    """A syslog server that keeps what it gets."""

    def __init__(self, path=None):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX if path else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(str(path) if path else ("127.0.0.1", 0))
        if path:
            os.chmod(path, 0o777)  # workers run as another user
        self.socket.settimeout(LIMIT)
        self.address = f"unix:{path}" if path else "127.0.0.1:%d" % self.socket.getsockname()[1]

    def message(self):
        """The next one: priority, time, host, tag, text."""
        text = self.socket.recv(65536).decode()
        match = HEADER.match(text)
        assert match, text
        return (int(match[1]), *match.groups()[1:])

    def waiting(self):
        """All that is here already, as it came."""
        self.socket.setblocking(False)
        messages = []
        try:
            while True:
                messages.append(self.socket.recv(65536).decode())
        except BlockingIOError:
            self.socket.settimeout(LIMIT)
        return messages

    def close(self):
        self.socket.close()
        if self.path:
            os.unlink(self.path)


@pytest.fixture
def syslog():
    made = []

    def make(path=None):
        made.append(Server(path))
        return made[-1]
    yield make
    for server in made:
        server.socket.close()


def serve(weir, access_log, more_main="", http=""):
    return weir.start(f"""
        [main]
        worker_processes = 1
        error_log = stderr info
        {more_main}
        pid = weir.pid
        [metrics]
        listen = {weir.address('metrics')}
        [http]
        {http}
        access_log = {access_log}
        [server main]
        listen = {weir.address()}
        [location /]
        return = 200 hello
    """)


def test_access_log_over_udp(weir, syslog):
    """The header is nginx's: local7.info, the time, the host, the tag; then the line without its newline."""
    server = syslog()
    serve(weir, f"syslog:server={server.address}")
    weir.get("/a")
    priority, _, host, tag, text = server.message()
    assert (priority, host, tag) == (23 * 8 + 6, socket.gethostname().lower(), "weir")
    assert text.startswith("127.0.0.1 - - [") and '"GET /a HTTP/1.1" 200 5' in text and not text.endswith("\n")


def test_facility_severity_tag_and_no_hostname(weir, syslog):
    server = syslog()
    serve(weir, f"syslog:server={server.address},facility=user,severity=debug,tag=edge_1,nohostname short",
          http="log_format = short '$uri'")
    weir.get("/a")
    assert server.message()[0::2] == (1 * 8 + 7, None, "/a")


def test_access_log_over_a_unix_socket(weir, syslog):
    server = syslog(weir.prefix / "log")
    serve(weir, f"syslog:server={server.address} short", http="log_format = short '$uri $status'")
    with weir.connect() as client:
        for number in range(200):
            client.get(f"/{number}")
    assert [server.message()[4] for _ in range(200)] == [f"/{number} 200" for number in range(200)]


def test_condition_and_a_file_beside_it(weir, syslog):
    server = syslog()
    weir.start(f"""
        [http]
        log_format = short '$uri'
        access_log = all.log short
        access_log = syslog:server={server.address} short if=$arg_log
        [server main]
        listen = {weir.address()}
        return = 200 x
    """)
    weir.get("/no")
    weir.get("/yes?log=1")
    assert server.message()[4] == "/yes"
    assert sorted(weir.wait_lines("all.log", 2)) == ["/no", "/yes"]


def test_a_line_is_one_message(weir, syslog):
    """A line feed in a line, here of the format itself, would end a file's line; it must not begin another message."""
    server = syslog()
    serve(weir, f"syslog:server={server.address} raw", http=r"""log_format = raw escape=none "a\n<0>$uri\n" """)
    weir.get("/x")
    assert server.message()[4] == "a <0>/x "


def test_error_log(weir, syslog, backend):
    """An error's level is its severity; the text is the line that a file would hold."""
    server = syslog()
    weir.start(f"""
        [main]
        worker_processes = 1
        error_log = stderr info
        error_log = syslog:server={server.address},tag=errors error
        error_log = errors.json error json
        [http]
        access_log = off
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{backend(closing).address}
    """)
    weir.get("/which")
    priority, _, _, tag, text = server.message()
    assert (priority, tag) == (23 * 8 + 3, "errors")
    assert re.match(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[error\] \d+: upstream_closed: .*/which", text)
    assert "/which" in weir.wait_lines("errors.json", 1)[0]


def test_the_master_speaks_to_syslog_too(weir, syslog):
    server = syslog()
    serve(weir, "off", more_main=f"error_log = syslog:server={server.address},nohostname notice")
    texts = [server.message()[4] for _ in range(3)]
    assert any(re.search(r"\[notice\] %d: " % weir.master, text) for text in texts), texts
    server.waiting()
    assert weir.reload().returncode == 0
    until(lambda: "generation 2 serves" in server.message()[4], "the reload in syslog")


def test_a_server_that_is_not_there_costs_nothing_but_the_lines(weir, syslog):
    """Nothing waits for it; what is lost is counted; when it comes, lines go on."""
    path = weir.prefix / "log"
    serve(weir, f"syslog:server=unix:{path} short", http="log_format = short '$uri'")
    for _ in range(5):
        assert weir.get("/lost").status == 200
    weir.wait_metric(5, "weir_worker_log_dropped_total")
    weir.wait_for("log lines dropped, the last of syslog:")
    server = syslog(path)

    def again():
        weir.get("/found")
        server.socket.settimeout(0.2)
        try:
            return server.message()[4] == "/found"
        except TimeoutError:
            return False
    until(again, "a line after the server came")
    assert weir.log().count("log lines dropped") == 1


def test_a_server_that_restarts(weir, syslog):
    path = weir.prefix / "log"
    first = syslog(path)
    serve(weir, f"syslog:server={first.address} short", http="log_format = short '$uri'")
    weir.get("/one")
    assert first.message()[4] == "/one"
    first.close()
    second = syslog(path)
    weir.get("/two")
    assert second.message()[4] == "/two"


def test_a_server_that_does_not_read(weir, syslog):
    """The loop serves on; the ring holds what it can, the rest is counted."""
    server = syslog(weir.prefix / "log")
    serve(weir, f"syslog:server={server.address} long", http="log_format = long '$uri $arg_x'")
    word = "x" * 4000
    total = 400
    with weir.connect() as client:
        for number in range(total):
            assert client.get(f"/{number}?x={word}").status == 200
    until(lambda: weir.metrics().sum("weir_worker_log_dropped_total") > 0, "dropped lines")
    got = []

    def all_accounted_for():
        got.extend(server.waiting())
        return len(got) + weir.metrics().sum("weir_worker_log_dropped_total") == total
    until(all_accounted_for, lambda: f"{total} lines, not {len(got)} and the dropped ones")
    assert got[0].endswith("/0 " + word)


def test_a_refused_datagram_is_counted(weir, syslog):
    server = syslog()
    serve(weir, f"syslog:server={server.address} short", http="log_format = short '$uri'")
    server.close()

    def dropped():
        assert weir.get("/x").status == 200
        return weir.metrics().sum("weir_worker_log_dropped_total") >= 3
    until(dropped, "counted refusals")


@pytest.mark.parametrize("wrong", ["syslog:", "syslog:server=example.com", "syslog:server=127.0.0.1,facility=x",
                                   "syslog:server=127.0.0.1 combined buffer=8k"])
def test_what_is_wrong_is_said(weir, wrong):
    weir.write(f"[http]\naccess_log = {wrong}\n[server main]\nlisten = {weir.address()}\nreturn = 200 x\n")
    result = weir.run("-t", "-c", weir.config_path)
    assert result.returncode == 1 and '"access_log"' in result.stderr


def test_the_example_that_comes_with_weir(weir, syslog):
    """conf/logging-syslog.ini, with the addresses of servers that are here."""
    collector, local = syslog(), syslog(weir.prefix / "dev-log")
    text = EXAMPLE.read_text()
    for written, here, count in (("127.0.0.1:514", collector.address, 2), ("unix:/dev/log", local.address, 2),
                                 ("[main]", "[main]\npid = weir.pid\nworker_processes = 1", 1),
                                 ("listen = 8080", f"listen = {weir.address()}", 1)):
        assert text.count(written) == count
        text = text.replace(written, here)
    weir.start(text)
    assert weir.get("/a").text == "logged as JSON\n"
    priority, _, host, tag, line = collector.message()
    assert (priority, host, tag) == (22 * 8 + 6, None, "edge")
    row = json.loads(line)
    assert row["request"] == "GET /a HTTP/1.1" and row["status"] == 200 and row["host"] == socket.gethostname()
    assert weir.get("/checkout/x").text == "logged twice\n"
    assert json.loads(collector.message()[4])["request"] == "GET /checkout/x HTTP/1.1"
    while (message := local.message())[0] != 23 * 8 + 5 or "/checkout/x" not in message[4]:
        assert message[0] in (23 * 8 + 5, 23 * 8 + 4), message  # the error log: notices and warnings
    assert re.match(r'127\.0\.0\.1 "GET /checkout/x HTTP/1\.1" 200 13 \d+\.\d{3} ok$', message[4])
