# SPDX-License-Identifier: Apache-2.0
"""limit_conn: how many of one key at a time, over all workers, for requests and for sessions alike."""
import os
import signal
import socket

import pytest
from weirtest.backend import answering
from weirtest.wait import LIMIT, until

ZONE = "limit_conn_zone = $binary_remote_addr zone=addr:1m"


def dial(address):
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=LIMIT)


def echoing(peer):
    while data := peer.socket.recv(65536):
        peer.socket.sendall(data)


def admitted(sock):
    """Whether a session began: an echo, or the end."""
    try:
        sock.sendall(b"?")
        return sock.recv(1) == b"?"
    except OSError:
        return False


def streaming(weir, target, more="", workers=2, zone=ZONE):
    return weir.start(config(weir, target, more, workers, zone))


def config(weir, target, more="", workers=2, zone=ZONE):
    return f"""
        [main]
        worker_processes = {workers}
        error_log = stderr info
        pid = weir.pid
        [metrics]
        listen = {weir.address('metrics')}
        [http]
        {zone}
        log_format = short '$status $limit_conn_status $termination'
        [stream app]
        listen = {weir.address()}
        proxy_pass = {target}
        access_log = log short
        limit_conn = addr 3
        {more}
    """


def fill(weir, wanted):
    """Opens sessions until so many are held, whatever workers they come to."""
    held = []
    for _ in range(20 * wanted):
        sock = dial(weir.address())
        if admitted(sock):
            held.append(sock)
        else:
            sock.close()
        if len(held) == wanted:
            break
    assert len(held) == wanted
    return held


def refused(weir, times=8):
    """That many more, spread over the workers, are all turned away."""
    for _ in range(times):
        with dial(weir.address()) as sock:
            assert not admitted(sock)


def close_all(socks):
    for sock in socks:
        sock.close()


def test_sessions_of_all_workers_together_are_limited(weir, backend):
    streaming(weir, backend(echoing).address)
    held = fill(weir, 3)
    refused(weir)
    until(lambda: weir.metrics().sum("weir_limit_conn_total", zone="addr", result="rejected") >= 8, "a count")
    # One more is that of who looked whether weir had started.
    assert weir.metrics().sum("weir_limit_conn_total", zone="addr", result="passed") in (3, 4)
    held.pop().close()
    until(lambda: gets_in(weir, held), "a place that was given back")
    refused(weir)
    weir.wait_for('limiting connections by zone "addr", client: 127.0.0.1')
    until(lambda: "503 REJECTED client:too_many_connections" in weir.lines("log"), "a line")
    close_all(held)
    until(lambda: "200 PASSED ok" in weir.lines("log"), "a line")


def gets_in(weir, held):
    sock = dial(weir.address())
    if admitted(sock):
        held.append(sock)
        return True
    sock.close()
    return False


def test_s6_a_dead_workers_sessions_are_given_back(weir, backend):
    streaming(weir, backend(echoing).address)
    held = fill(weir, 3)
    weir.crash_expected = True
    for pid in weir.workers():
        os.kill(pid, signal.SIGKILL)
    weir.wait_for("was killed by signal 9", count=2)
    close_all(held)
    again = []
    until(lambda: gets_in(weir, again) and len(again) == 3, "three places")
    refused(weir)
    close_all(again)


def test_s5_a_reload_keeps_the_counts_and_a_changed_zone_begins_anew(weir, backend):
    app = backend(echoing)
    streaming(weir, app.address)
    held = fill(weir, 3)
    assert weir.reload(config(weir, app.address, "# again", workers=3)).returncode == 0
    refused(weir)
    assert weir.reload(config(weir, app.address, zone=ZONE.replace("1m", "2m"))).returncode == 0
    held += fill(weir, 3)
    refused(weir)
    close_all(held)


def test_s6_a_dry_run_only_says_so(weir, backend):
    streaming(weir, backend(echoing).address, "limit_conn_dry_run = on\nlimit_conn_log_level = warn")
    held = fill(weir, 5)
    weir.wait_for('limiting connections, dry run, by zone "addr"')
    assert weir.metrics().sum("weir_limit_conn_total", zone="addr", result="dry_run") in (2, 3)
    close_all(held)
    until(lambda: "200 REJECTED_DRY_RUN ok" in weir.lines("log"), "a line")


def test_a_proxy_header_names_who_is_counted(weir, backend):
    weir.start(config(weir, backend(echoing).address).replace(
        f"listen = {weir.address()}\n", f"listen = {weir.address()} proxy_protocol\n"))
    held = []

    def enter(client):
        sock = dial(weir.address())
        sock.sendall(f"PROXY TCP4 {client} 192.0.2.9 1 2\r\n".encode())
        held.append(sock)
        return admitted(sock)
    assert [enter("192.0.2.1") for _ in range(4)] == [True, True, True, False]
    assert enter("192.0.2.2")
    close_all(held)


def test_datagrams_begin_no_session_above_it(weir, backend):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(LIMIT)
        weir.launch(config(weir, "127.0.0.1:%d" % peer.getsockname()[1]).replace(
            f"listen = {weir.address()}\n", f"listen = {weir.address()} udp\n"))
        weir.wait_for("generation 1 serves")
        host, port = weir.address().rsplit(":", 1)
        clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(5)]
        for client in clients:
            client.sendto(b"x", (host, int(port)))
        until(lambda: weir.metrics().sum("weir_udp_datagrams_dropped_total", reason="limit_conn") == 2, "two drops")
        assert weir.metrics().sum("weir_udp_sessions_active") == 3
        close_all(clients)


class Waiting:
    """A backend whose answers wait until release()."""

    def __init__(self):
        self.peers = []

    def __call__(self, peer):
        peer.read()
        self.peers.append(peer)
        peer.wait_closed()

    def release(self):
        for peer in self.peers:
            peer.answer(b"late")


def http(weir, target, more="", location="limit_conn = addr 2"):
    weir.start(f"""
        [main]
        worker_processes = 2
        error_log = stderr info
        [metrics]
        listen = {weir.address('metrics')}
        [http]
        {ZONE}
        limit_conn_zone = $arg_user zone=user:32k
        log_format = short '$uri $status $limit_conn_status'
        access_log = log short
        {more}
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{target}
        {location}
        [location /free]
        return = 200 free
    """)


def ask(weir, target):
    sock = dial(weir.address())
    sock.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    return sock


def answer(sock):
    data = b""
    while more := sock.recv(65536):
        data += more
    return data


def test_requests_are_limited_and_429_is_said(weir, backend):
    waiting = Waiting()
    http(weir, backend(waiting).address)
    held = [ask(weir, "/a"), ask(weir, "/b")]
    until(lambda: len(waiting.peers) == 2, "two requests at the server")
    for _ in range(4):
        assert weir.get("/c").status == 429
    assert weir.get("/free").status == 200
    waiting.release()
    assert all(b"late" in answer(sock) for sock in held)
    until(lambda: sorted(weir.lines("log")) == ["/a 200 PASSED", "/b 200 PASSED"] + 4 * ["/c 429 REJECTED"] +
          ["/free 200 -"], lambda: weir.lines("log"))


def test_the_status_may_be_another_and_have_a_page(weir, backend):
    waiting = Waiting()
    http(weir, backend(waiting).address, "limit_conn_status = 503\nerror_page = 503 /free",
         "limit_conn = addr 1")
    held = ask(weir, "/a")
    until(lambda: waiting.peers, "a request at the server")
    response = weir.get("/b")
    assert (response.status, response.body) == (503, b"free")
    waiting.release()
    assert b"late" in answer(held)


def test_what_has_no_key_is_not_counted(weir, backend):
    waiting = Waiting()
    http(weir, backend(waiting).address, location="limit_conn = user 1")
    held = [ask(weir, "/"), ask(weir, "/"), ask(weir, "/?user=a"), ask(weir, "/?user=b")]
    until(lambda: len(waiting.peers) == 4, "four requests at the server")
    assert weir.get("/?user=a").status == 429
    waiting.release()
    assert all(b"late" in answer(sock) for sock in held)


def test_a_connection_that_is_only_kept_is_not_counted(weir, backend):
    http(weir, backend(answering(b"ok")).address, location="limit_conn = addr 1")
    kept = [weir.connect() for _ in range(3)]
    for client in kept:
        until(lambda: client.get("/").status == 200, "a place")
    for client in kept:
        client.close()


@pytest.mark.parametrize("lines, said", [
    ("[http]\nlimit_conn = nothing 1", 'there is no limit_conn_zone "nothing"'),
    (f"[http]\n{ZONE}\nlimit_conn = adr 1", 'did you mean "addr"?'),
    (f"[http]\n{ZONE}\nlimit_conn = addr 0", "a number from 1 to 65535"),
    (f"[http]\n{ZONE}\nlimit_conn = addr 1\nlimit_conn = addr 2", 'the zone "addr" already limits at'),
    (f"[http]\n{ZONE}\n{ZONE}", 'the zone "addr" is already there'),
    ("[http]\nlimit_conn_zone = $remote_addr zone=a", '"zone=name:size"'),
    ("[http]\nlimit_conn_zone = $remote_addr zone=a:1k", "from 32k to 128m"),
    ("[http]\nlimit_conn_zone = $remot_addr zone=a:1m\nlimit_conn = a 1", 'did you mean "$remote_addr"?'),
    ("[http]\nlimit_conn_log_level = debug", "a level (info, notice, warn, error)"),
    ("[http]\nlimit_conn_status = 200", "400"),
])
def test_wrong_lines(weir, lines, said):
    path = weir.write(f"[server a]\nlisten = 127.0.0.1:1\n[location /]\nreturn = 200 x\n{lines}\n")
    run = weir.run("-t", "-c", path)
    assert run.returncode == 1 and said in run.stderr, run.stderr
