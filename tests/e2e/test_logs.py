# SPDX-License-Identifier: Apache-2.0
"""Access and error logs (S-11, S-56)."""
import json
import os
import re
import signal
import threading
import time

import pytest
from weirtest.backend import answering, closing
from weirtest.wait import until


def logging(weir, log, location="return = 200 hello", http=""):
    return weir.start(f"""
        [http]
        {http}
        access_log = {log}
        [server main]
        listen = {weir.address()}
        [location /]
        {location}
    """)


COMBINED = re.compile(r'^127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "GET /a\?b HTTP/1\.1" 200 5 '
                      r'"http://ref/" "agent/1\.0"$')


def test_combined(weir):
    logging(weir, "access.log")
    weir.get("/a?b", "Referer: http://ref/", "User-Agent: agent/1.0")
    assert COMBINED.match(weir.wait_lines("access.log", 1)[0])


def test_format_with_variables(weir, backend):
    app = backend(answering(b"12345", "X-App: yes"))
    logging(weir, "access.log full", f"proxy_pass = http://{app.address}", """
        log_format = full '$remote_addr|$request_method|$uri|$args|$status|$body_bytes_sent|' \\
            '$upstream_addr|$upstream_status|$upstream_http_x_app|$http_x_in|$server_name|' \\
            '$scheme|$pipe|$connection_requests'
    """)
    with weir.connect() as client:
        client.get("/a%20b?c=d", "X-In: 1")
        client.get("/2")
    lines = weir.wait_lines("access.log", 2)
    assert lines[0] == f"127.0.0.1|GET|/a b|c=d|200|5|{app.address}|200|yes|1|main|http|.|1"
    assert lines[1].split("|")[2] == "/2" and lines[1].endswith("|2")


def test_times_and_sizes(weir, backend):
    def app(peer):
        peer.read()
        time.sleep(0.2)
        peer.answer(b"x" * 1000)
    logging(weir, "access.log times", f"proxy_pass = http://{backend(app).address}", """
        log_format = times '$request_time $upstream_response_time $upstream_connect_time ' \\
            '$upstream_header_time $bytes_sent $request_length $msec'
    """)
    weir.connect().post("/", b"y" * 500)
    times = [float(word) for word in weir.wait_lines("access.log", 1)[0].split()]
    assert 0.19 < times[0] < 5 and 0.19 < times[1] < 5 and times[2] < 0.19 and 0.19 < times[3] < 5
    assert 1000 < times[4] < 1400 and 500 < times[5] < 700
    assert abs(times[6] - time.time()) < 60


def test_strangers_bytes_are_escaped(weir):
    """A client cannot forge lines or break quotes."""
    logging(weir, "access.log escaped", http="log_format = escaped '\"$http_user_agent\" \"$request_uri\" \"$uri\"'")
    weir.get("/x%5c%22", 'User-Agent: a"b\\c\xff')
    line = weir.wait_lines("access.log", 1)[0]
    assert line == '"a\\x22b\\x5Cc\\xFF" "/x%5c%22" "/x\\x5C\\x22"'


def test_json_is_json(weir):
    logging(weir, "access.log j", http="""
        log_format = j escape=json '{"agent":"$http_user_agent","uri":"$uri","status":$status}'
    """)
    weir.get("/x%5c%22", 'User-Agent: a"b\\c\t')
    row = json.loads(weir.wait_lines("access.log", 1)[0])
    assert row["uri"] == '/x\\"' and row["status"] == 200 and row["agent"].startswith('a"b\\c')


def test_json_is_valid_utf8_whatever_comes(weir):
    logging(weir, "access.log j", http="""log_format = j escape=json '{"agent":"$http_user_agent"}'""")
    weir.get("/", "User-Agent: \xff\xfe")
    weir.wait_lines("access.log", 1)
    json.loads((weir.prefix / "access.log").read_bytes().decode("utf-8"))


def test_off(weir):
    weir.start(f"""
        [http]
        access_log = access.log
        [server main]
        listen = {weir.address()}
        [location /quiet]
        access_log = off
        return = 200 x
        [location /]
        return = 200 x
    """)
    for target in ("/quiet", "/loud", "/quiet", "/loud"):
        weir.get(target)
    lines = weir.wait_lines("access.log", 2)
    assert len(lines) == 2 and all("/loud" in line for line in lines)


def test_condition(weir):
    logging(weir, "access.log combined if=$arg_log")
    for target in ("/?log=1", "/?log=0", "/?log=", "/"):
        weir.get(target)
    assert "?log=1 " in weir.wait_lines("access.log", 1)[0]
    time.sleep(0.1)
    assert len(weir.lines("access.log")) == 1


def test_two_logs(weir):
    weir.start(f"""
        [http]
        access_log = one.log
        access_log = two.log
        [server main]
        listen = {weir.address()}
        return = 200 x
    """)
    weir.get("/")
    assert weir.wait_lines("one.log", 1) == weir.wait_lines("two.log", 1)


def test_buffer_is_flushed_in_time_and_at_the_end(weir):
    logging(weir, "access.log combined buffer=64k flush=500ms")
    for number in range(10):
        weir.get(f"/{number}")
    weir.wait_lines("access.log", 10)
    for number in range(10):
        weir.get(f"/{number}")
    weir.stop()
    assert len(weir.lines("access.log")) == 20


def test_lines_of_workers_do_not_mix(weir):
    logging(weir, "access.log")
    clients = [weir.connect() for _ in range(20)]
    for number in range(25):
        for client in clients:
            client.request("GET", "/" + "x" * 300)
        for client in clients:
            client.read()
    lines = weir.wait_lines("access.log", 500)
    assert len(lines) == 500 and all(re.match(r'^127\.0\.0\.1 - - \[.*" 200 5 "-" "-"$', line) for line in lines)


@pytest.mark.parametrize("how", ["signal", "command"])
def test_reopen(weir, how):
    """S-11: no line is lost between the rename and the reopening."""
    weir.start(f"""
        [main]
        worker_processes = 2
        error_log = error.log info
        pid = weir.pid
        [http]
        access_log = access.log
        [server main]
        listen = {weir.address()}
        return = 200 x
    """)
    weir.get("/before")
    weir.wait_lines("access.log", 1)
    os.rename(weir.prefix / "access.log", weir.prefix / "access.1")
    os.rename(weir.prefix / "error.log", weir.prefix / "error.1")
    weir.get("/between")
    if how == "signal":
        weir.kill(signal.SIGUSR1)
    else:
        assert weir.run("-c", weir.config_path, "-s", "reopen").returncode == 0
    until(lambda: (weir.prefix / "access.log").exists() and (weir.prefix / "error.log").exists(), "new files")

    def after():
        weir.get("/after")
        return weir.lines("access.log")
    until(after, "lines in the new file")
    both = weir.lines("access.1") + weir.lines("access.log")
    assert sum("/between" in line for line in both) == 1


def test_error_log_names_the_cause(weir, backend):
    weir.start(f"""
        [main]
        error_log = error.log error
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{backend(closing).address}
    """)
    weir.get("/which")
    weir.wait_for("/which", path="error.log")
    line = next(line for line in weir.lines("error.log") if "/which" in line)
    assert re.match(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[error\] \d+: ", line)
    assert "127.0.0.1" in line


def test_level_of_the_error_log(weir, backend):
    weir.start(f"""
        [main]
        error_log = error.log crit
        [http]
        access_log = access.log
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{backend(closing).address}
    """)
    weir.get("/which")
    weir.wait_lines("access.log", 1)
    assert "/which" not in "".join(weir.lines("error.log"))


def test_aborted_and_refused_requests_are_logged(weir):
    logging(weir, "access.log")
    with weir.connect() as client:
        client.send("nonsense\r\n\r\n")
        client.read()
    assert '" 400 ' in weir.wait_lines("access.log", 1)[0]


def test_variables_in_the_path_are_refused_or_served(weir):
    """A log path with variables is not part of this version: an error, never a file called $host."""
    weir.write(f"""
        [http]
        access_log = $host.log
        [server main]
        listen = {weir.address()}
        return = 200 x
    """)
    assert weir.run("-t", "-c", weir.config_path).returncode == 1


def test_rotation_under_load_loses_no_line(weir):
    """S-11: as logrotate does it, again and again; a line is in exactly one of the files, and whole."""
    rotations = 10
    logging(weir, "access.log uri", http="keepalive_requests = 1000000\nlog_format = uri '$request_uri $status'")
    load = Asking(weir, 4)
    for number in range(rotations):
        asked = load.count()
        until(lambda: load.count() > asked + 100, "requests")
        os.rename(weir.prefix / "access.log", weir.prefix / f"access.{number}")
        weir.kill(signal.SIGUSR1)
        until((weir.prefix / "access.log").exists, "the new file")
    answered = load.stop()
    weir.stop()
    lines = [line for name in [f"access.{number}" for number in range(rotations)] + ["access.log"]
             for line in weir.lines(name)]
    assert sorted(lines) == sorted(f"{target} 200" for target in answered)


class Asking:
    """Clients that ask for a target each time, none twice; every one is answered."""

    def __init__(self, weir, clients):
        self.weir, self.answered, self.ending = weir, [[] for _ in range(clients)], threading.Event()
        self.threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(clients)]
        for thread in self.threads:
            thread.start()

    def _ask(self, number):
        with self.weir.connect() as client:
            while not self.ending.is_set():
                target = f"/{number}-{len(self.answered[number])}"
                assert client.get(target).status == 200
                self.answered[number].append(target)

    def count(self):
        return sum(map(len, self.answered))

    def stop(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()
        return [target for each in self.answered for target in each]
