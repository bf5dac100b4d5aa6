# SPDX-License-Identifier: Apache-2.0
"""What goes wrong upstream: the answer, and when another peer is tried (S-13 to S-15)."""
import os
import signal
import time

import pytest
from weirtest.backend import answering, closing, echo, named, raw, resetting, silent
from weirtest.client import Closed
from weirtest.wait import halt, until


def balancing(weir, addresses, more="", upstream="", rows=None):
    servers = "\n".join(f"        server = {row}" for row in (rows or addresses))
    return weir.start(f"""
        [main]
        worker_processes = 1
        error_log = stderr info
        [upstream app]
{servers}
        {upstream}
        [server main]
        listen = {weir.address()}
        {more}
        [location /]
        proxy_pass = http://app
        add_header = X-Tried $upstream_addr always
        add_header = X-Statuses $upstream_status always
    """)


def tried(answer):
    return answer.get("X-Tried").split(", ")


# ---- one peer: 502 and 504 by the failure table ----

@pytest.mark.parametrize("behaviour, status", [
    (closing, 502), (resetting, 502), (raw(b"garbage\r\n\r\n"), 502), (raw(b"HTTP/1.1 200 OK\r\nX"), 502),
    (silent, 504),
])
def test_status_of_failures(weir, backend, behaviour, status):
    balancing(weir, [backend(behaviour).address], "proxy_read_timeout = 500ms")
    with weir.connect() as client:
        answer = client.get("/")
        assert answer.status == status and str(status).encode() in answer.body
        assert client.get("/").status == status, "the client's connection is fine"


def test_refused_connection(weir):
    assert balancing(weir, [weir.dead_address()]).get("/").status == 502


def test_missing_unix_socket(weir):
    assert balancing(weir, ["unix:/nonexistent/socket"]).get("/").status == 502


def test_refused_upload_is_answered(weir):
    balancing(weir, [weir.dead_address()])
    with weir.connect() as client:
        client.request("POST", "/", "Content-Length: 10").send("12345")
        assert client.read("POST").status == 502


@pytest.mark.parametrize("head", ["Content-Length: 100", "Transfer-Encoding: chunked"])
def test_truncated_body_is_not_passed_off_as_complete(weir, backend, head):
    part = b"40\r\npart" if "chunked" in head else b"part"
    balancing(weir, [backend(raw(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + part)).address])
    with weir.connect() as client:
        with pytest.raises(Closed):
            client.get("/")


def test_bad_chunk_in_the_answer_is_not_passed_off_as_complete(weir, backend):
    bad = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n")
    balancing(weir, [backend(bad).address])
    with weir.connect() as client:
        with pytest.raises(Closed):
            client.get("/")


# ---- another try ----

@pytest.mark.parametrize("behaviour", [closing, resetting])
def test_get_goes_to_the_next_peer(weir, backend, behaviour):
    bad, good = backend(behaviour), backend(named("good"))
    balancing(weir, [bad.address, good.address])
    answers = [weir.get("/") for _ in range(4)]
    assert [answer.body for answer in answers] == [b"good"] * 4
    assert any(tried(answer) == [bad.address, good.address] for answer in answers)
    assert any(answer.get("X-Statuses") == "502, 200" for answer in answers)


def test_timeout_goes_to_the_next_peer(weir, backend):
    balancing(weir, [backend(silent).address, backend(named("good")).address], "proxy_read_timeout = 500ms")
    assert [weir.get("/").body for _ in range(2)] == [b"good"] * 2


@pytest.mark.parametrize("method", ["POST", "PATCH", "LOCK"])
def test_sent_non_idempotent_requests_are_not_repeated(weir, backend, method):
    """S-15."""
    bad, good = backend(closing), backend(named("good"))
    balancing(weir, [bad.address, good.address])
    statuses = []
    for _ in range(2):
        with weir.connect() as client:
            statuses.append(client.request(method, "/", body=b"x").read(method).status)
    assert sorted(statuses) == [200, 502]
    assert len(bad.requests) == 1 and len(good.requests) == 1


def test_unsent_post_goes_to_the_next_peer(weir, backend):
    """S-15: a refused connection has sent nothing."""
    good = backend(echo)
    balancing(weir, [weir.dead_address(), good.address])
    assert [weir.connect().post("/", b"body").body for _ in range(4)] == [b"body"] * 4


def test_non_idempotent_may_be_repeated_when_asked(weir, backend):
    good = backend(named("good"))
    balancing(weir, [backend(closing).address, good.address], "proxy_next_upstream = error timeout non_idempotent")
    statuses = [weir.connect().request("POST", "/", "Content-Length: 0").read().status for _ in range(2)]
    assert statuses == [200, 200]


def test_put_without_a_body_is_repeated(weir, backend):
    """S-15: PUT and DELETE are idempotent."""
    balancing(weir, [backend(closing).address, backend(named("good")).address])
    for method in ("DELETE", "PUT"):
        for _ in range(2):
            assert weir.connect().request(method, "/", "Content-Length: 0").read().status == 200


def test_streamed_body_is_not_repeated(weir, backend):
    """S-15: what has left us cannot be sent again."""
    def app(peer):
        request = peer.read_head()
        peer.reader.exactly(1000)
        assert request.method == "PUT"
    good = backend(named("good"))
    balancing(weir, [backend(app).address, good.address])
    statuses = []
    for _ in range(2):
        with weir.connect() as client:
            client.request("PUT", "/", "Content-Length: 100000").send(b"x" * 50000)
            if good.requests:
                client.send(b"x" * 50000)
            else:
                time.sleep(0.2)
                try:
                    client.send(b"x" * 50000)
                except OSError:
                    pass
            statuses.append(client.read("PUT").status)
    assert sorted(statuses) == [200, 502]


def test_statuses_are_repeated_only_when_asked(weir, backend):
    bad, good = backend(answering(b"busy", status="503 Busy")), backend(named("good"))
    balancing(weir, [bad.address, good.address])
    assert sorted(weir.get("/").status for _ in range(2)) == [200, 503]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 403, 404, 429])
def test_named_statuses_go_to_the_next_peer(weir, backend, status):
    bad, good = backend(answering(b"bad", status=f"{status} Bad")), backend(named("good"))
    balancing(weir, [bad.address, good.address], f"proxy_next_upstream = error http_{status}")
    assert [weir.get("/").body for _ in range(4)] == [b"good"] * 4


def test_last_answer_is_passed_through(weir, backend):
    """S-14: where no other try is left the client sees what the peer said."""
    peers = [backend(answering(b"busy %d" % number, status="503 Busy")).address for number in range(2)]
    balancing(weir, peers, "proxy_next_upstream = error http_503")
    answer = weir.get("/")
    assert answer.status == 503 and answer.body.startswith(b"busy") and len(tried(answer)) == 2


def test_tries_are_limited(weir):
    dead = [weir.dead_address() for _ in range(5)]
    balancing(weir, dead, "proxy_next_upstream_tries = 2")
    answer = weir.get("/")
    assert answer.status == 502 and len(tried(answer)) == 2


def test_three_tries_by_default(weir):
    balancing(weir, [weir.dead_address() for _ in range(6)])
    assert len(tried(weir.get("/"))) == 3


def test_next_upstream_off(weir, backend):
    balancing(weir, [weir.dead_address(), backend(named("good")).address], "proxy_next_upstream = off")
    assert sorted(weir.get("/").status for _ in range(2)) == [200, 502]


def test_next_upstream_timeout(weir, backend):
    peers = [backend(silent).address for _ in range(3)]
    balancing(weir, peers, "proxy_read_timeout = 1s\n        proxy_next_upstream_timeout = 500ms")
    answer = weir.get("/")
    assert answer.status == 504 and len(tried(answer)) == 1


def test_nothing_is_repeated_once_the_answer_began(weir, backend):
    good = backend(named("good"))
    cut = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
    balancing(weir, [backend(cut).address, good.address])
    complete = 0
    for _ in range(2):
        with weir.connect() as client:
            try:
                complete += client.get("/").body == b"good"
            except Closed:
                pass
    assert complete == 1 and len(good.requests) == 1


# ---- who is usable (S-13) ----

def test_failing_peer_is_left_out_for_a_while(weir, backend):
    bad, good = backend(closing), backend(named("good"))
    rows = [f"{bad.address} max_fails=2 fail_timeout=2s", good.address]
    balancing(weir, None, rows=rows)
    for _ in range(20):
        assert weir.get("/").body == b"good"
    assert len(bad.requests) == 2
    time.sleep(2.5)
    for _ in range(6):
        assert weir.get("/").body == b"good"
    assert len(bad.requests) == 3, "one probe after fail_timeout"


@pytest.mark.parametrize("status, left_out", [(403, False), (404, False), (503, True)])
def test_which_statuses_are_failures_of_the_peer(weir, backend, status, left_out):
    """S-14: 403 and 404 may go to the next peer, but say nothing against the first."""
    first, second = backend(answering("no", status=f"{status} No")), backend(named("second"))
    balancing(weir, None, more=f"proxy_next_upstream = http_{status}",
              rows=[f"{first.address} max_fails=1 fail_timeout=60s", second.address])
    for _ in range(6):
        assert weir.get("/").text == "second"
    assert (len(first.requests) == 1) == left_out


def test_recovered_peer_comes_back(weir, backend):
    healthy = []

    def app(peer):
        (named("one") if healthy else closing)(peer)
    rows = [f"{backend(app).address} max_fails=1 fail_timeout=1s", backend(named("two")).address]
    balancing(weir, None, rows=rows)
    assert {weir.get("/").body for _ in range(6)} == {b"two"}
    healthy.append(True)
    time.sleep(1.2)
    until(lambda: {weir.get("/").body for _ in range(4)} == {b"one", b"two"}, "the recovered peer")


def test_single_peer_is_always_used(weir, backend):
    """S-13: max_fails means nothing where there is no other."""
    bad = backend(closing)
    balancing(weir, None, rows=[f"{bad.address} max_fails=1 fail_timeout=60s"])
    for _ in range(5):
        assert weir.get("/").status == 502
    assert len(bad.requests) == 5


def test_max_fails_zero_never_leaves_out(weir, backend):
    bad, good = backend(closing), backend(named("good"))
    balancing(weir, None, rows=[f"{bad.address} max_fails=0", good.address])
    for _ in range(10):
        assert weir.get("/").body == b"good"
    assert len(bad.requests) == 5


def test_backup_serves_when_no_primary_does(weir, backend):
    good, spare = backend(named("good")), backend(named("spare"))
    balancing(weir, None, rows=[good.address, f"{spare.address} backup"])
    assert {weir.get("/").body for _ in range(5)} == {b"good"}
    good.stop()
    until(lambda: weir.get("/").body == b"spare", "the backup")


def test_down_peer_is_never_asked(weir, backend):
    good, down = backend(named("good")), backend(named("down"))
    balancing(weir, None, rows=[f"{down.address} down", good.address])
    assert {weir.get("/").body for _ in range(6)} == {b"good"}


def test_all_down(weir):
    """S-13: no live upstreams; $upstream_addr is the group's name."""
    answer = balancing(weir, None, rows=["127.0.0.1:1 down", "127.0.0.1:2 down"]).get("/")
    assert (answer.status, answer.get("X-Tried")) == (502, "app")


def test_max_conns(weir, backend):
    def app(peer):
        while (request := peer.read()) is not None:
            if request.target == "/hold":
                peer.wait_closed()
                return
            peer.answer(b"one")
    one = backend(app)
    balancing(weir, None, rows=[f"{one.address} max_conns=1", backend(named("two")).address])
    weir.connect().request("GET", "/hold")
    one.wait_requests(1)
    assert {weir.get("/").body for _ in range(6)} == {b"two"}


# ---- clients that leave ----

@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_client_that_leaves_ends_the_upstream_request(weir, backend, connection):
    """S-36: 499."""
    app = backend(silent)
    balancing(weir, [app.address], "access_log = access.log")
    client = weir.connect().request("GET", "/", f"Connection: {connection}")
    app.wait_requests(1)
    client.reset()
    app.wait_open(0)
    weir.wait_for('" 499 ', path="access.log")


def slow(peer):
    while peer.read() is not None:
        time.sleep(0.4)
        peer.answer(b"slow")


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_client_that_waits_is_answered(weir, backend, connection):
    """Over a new connection to the peer, and over a kept one."""
    balancing(weir, [backend(slow).address])
    for _ in range(2):
        assert weir.get("/", f"Connection: {connection}").body == b"slow"


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_client_that_ended_its_direction_with_its_request_is_answered(weir, backend, connection):
    """As `nc -N` does."""
    balancing(weir, [backend(slow).address])
    workers = weir.workers()
    halt(*workers)
    client = weir.connect().request("GET", "/", f"Connection: {connection}")
    client.half_close()
    for pid in workers:
        os.kill(pid, signal.SIGCONT)
    assert client.read().body == b"slow"


def test_client_that_leaves_can_be_ignored(weir, backend):
    seen = []

    def app(peer):
        peer.read()
        time.sleep(0.5)
        peer.answer(b"done")
        seen.append(True)
        peer.wait_closed()
    behind = backend(app)
    balancing(weir, [behind.address], "proxy_ignore_client_abort = on")
    client = weir.connect().request("GET", "/")
    behind.wait_requests(1)
    client.close()
    until(lambda: seen, "the complete answer")


def test_client_that_leaves_in_the_middle_of_a_download(weir, backend):
    app = backend(answering(b"x" * (32 << 20)))
    balancing(weir, [app.address])
    client = weir.connect().request("GET", "/")
    client.reader.until(b"\r\n\r\n")
    client.reset()
    app.wait_open(0)


def test_client_that_leaves_in_the_middle_of_an_upload(weir, backend):
    app = backend(echo)
    balancing(weir, [app.address])
    client = weir.connect().request("POST", "/", "Content-Length: 100000").send(b"x" * 5000)
    app.wait_requests(1)
    client.close()
    app.wait_open(0)
