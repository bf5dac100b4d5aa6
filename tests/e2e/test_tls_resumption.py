# SPDX-License-Identifier: Apache-2.0
"""Sessions: resumed at every worker, over reloads, while keys rotate; and not where they must not be."""
import os
import signal
import ssl
import time

import pytest
from weirtest.client import Closed
from weirtest.tls import Authority
from weirtest.wait import until

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture
def ca(weir):
    return Authority(weir.prefix / "tls")


def config(weir, ca, more="", workers=4):
    if not (weir.prefix / "tls/localhost.pem").exists():
        ca.issue("localhost")
    return f"""
[main]
worker_processes = {workers}
error_log = stderr notice
pid = weir.pid
[metrics]
listen = {weir.address("metrics")}
[server main]
listen = {weir.address()} ssl
ssl_certificate = tls/localhost.pem
ssl_certificate_key = tls/localhost.key
{more}
return = 200 "$pid $ssl_session_reused"
"""


class Client:
    """One that comes again and again, with the session it was given last."""

    def __init__(self, weir, ca, version):
        self.weir, self.context, self.session = weir, ca.client(version=version), None
        self.workers, self.resumed, self.handshakes = set(), 0, 0

    def come(self):
        with self.weir.connect(tls=self.context, session=self.session) as connection:
            worker, reused = connection.get().text.split()
            self.session = connection.socket.session
            assert (reused == "r") == connection.socket.session_reused
        self.workers.add(worker)
        self.handshakes += 1
        self.resumed += reused == "r"
        return reused == "r"


@pytest.mark.parametrize("version", VERSIONS)
def test_all_workers_resume(weir, ca, version):
    weir.start(config(weir, ca))
    client = Client(weir, ca, version)
    for _ in range(60):
        client.come()
    assert len(client.workers) == 4
    assert client.resumed == 59


@pytest.mark.parametrize("version", VERSIONS)
def test_over_reloads_and_a_new_certificate(weir, ca, version):
    text = config(weir, ca)
    weir.start(text)
    client = Client(weir, ca, version)
    for i in range(20):
        client.come()
        if i == 10:
            ca.issue("localhost")
        assert weir.reload(text + f"# {i}\n").returncode == 0
    assert client.resumed == 19


@pytest.mark.parametrize("version", VERSIONS)
def test_while_keys_rotate(weir, ca, version):
    """Keys rotate as often as sessions expire; one that has not is resumed whatever key its ticket has. In TLS 1.2 a
    session lives from its full handshake on, however often it is resumed."""
    lifetime = 2
    weir.start(config(weir, ca, f"ssl_session_timeout = {lifetime}s"))
    client = Client(weir, ca, version)
    fulls, end = [], time.monotonic() + 3.5 * lifetime  # three rotations
    while time.monotonic() < end:
        if not client.come():
            fulls.append(time.monotonic())
    # Sessions count whole seconds.
    assert all(later - earlier > lifetime - 1 for earlier, later in zip(fulls, fulls[1:])), fulls
    assert len(fulls) == 1 or version == VERSIONS[0]
    assert client.resumed > 20 * len(fulls)


def test_expired_sessions_are_not_resumed(weir, ca):
    weir.start(config(weir, ca, "ssl_session_timeout = 1s"))
    client = Client(weir, ca, VERSIONS[0])
    client.come()
    kept = client.session
    weir.wait_metric(1, "weir_tls_handshakes_total", resumed="no")

    def refused():
        client.session = kept
        return not client.come()
    until(refused, lambda: "a full handshake", limit=10)


# -- without tickets: ids, and what is kept for them

OFF = "ssl_session_tickets = off\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_all_workers_find_sessions_by_their_ids(weir, ca, version):
    weir.start(config(weir, ca, OFF))
    client = Client(weir, ca, version)
    for _ in range(60):
        client.come()
    assert len(client.workers) == 4
    assert client.resumed == 59
    weir.wait_metric(59, "weir_tls_session_cache_lookups_total", cache="default", result="hit")


def test_a_client_that_knows_no_tickets(weir, ca):
    weir.start(config(weir, ca, "ssl_session_cache = shared:ids:1m"))
    client = Client(weir, ca, VERSIONS[0])
    client.context.options |= ssl.OP_NO_TICKET
    assert [client.come() for _ in range(10)] == [False] + [True] * 9
    client = Client(weir, ca, VERSIONS[0])
    for _ in range(10):
        client.come()
    assert client.resumed == 9
    # Who takes tickets needs no room here.
    weir.wait_metric(1, "weir_tls_session_cache_stores_total", cache="ids", result="stored")


@pytest.mark.parametrize("version", VERSIONS)
def test_sessions_are_kept_over_reloads_and_dead_workers(weir, ca, version):
    """The memory is the master's: as long as its name and size stay, it is the same."""
    text = config(weir, ca, OFF + "ssl_session_cache = shared:kept:1m")
    weir.start(text)
    client = Client(weir, ca, version)
    client.come()
    for i in range(5):
        assert weir.reload(text + f"# {i}\n").returncode == 0
        assert client.come()
    weir.crash_expected = True
    for pid in weir.workers():
        os.kill(pid, signal.SIGKILL)
    weir.wait_for("started worker", count=8)
    until(lambda: comes_through(client) is not None, weir.log)
    assert client.come()
    assert weir.reload(text.replace("kept:1m", "kept:2m")).returncode == 0
    assert not client.come()
    assert client.come()


def comes_through(client):
    """Whether it was resumed; None when a worker was just about to be replaced."""
    try:
        return client.come()
    except (OSError, Closed):
        return None


def test_what_is_full_forgets_the_oldest(weir, ca):
    weir.start(config(weir, ca, OFF + "ssl_session_cache = shared:small:32k", workers=1))
    clients = [Client(weir, ca, VERSIONS[0]) for _ in range(120)]
    for client in clients:
        client.come()
    weir.wait_metric(120, "weir_tls_session_cache_stores_total", cache="small")
    assert weir.metrics().sum("weir_tls_session_cache_stores_total", result="evicted") > 60
    assert clients[-1].come()
    assert not clients[0].come()


def test_a_clients_certificate_is_remembered(weir, ca):
    person = ca.issue("alice", "alice.test", usage="clientAuth", rsa=True)
    weir.start(config(weir, ca, OFF + f"ssl_verify_client = on\nssl_client_certificate = {ca.cert}").replace(
        '"$pid $ssl_session_reused"', '"$ssl_client_s_dn $ssl_session_reused"'))
    for version in VERSIONS:
        client = Client(weir, ca, version)
        client.context.load_cert_chain(*person)
        assert [client.come() for _ in range(3)] == [False, True, True]
        assert client.workers == {"CN=alice.test"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("cache, workers, found", [("none", 1, False), ("off", 1, False), ("builtin:100", 1, True)])
def test_words_as_nginx_has_them(weir, ca, cache, workers, found, version):
    weir.start(config(weir, ca, OFF + f"ssl_session_cache = {cache}", workers=workers))
    client = Client(weir, ca, version)
    assert [client.come() for _ in range(3)] == [False, found, found]


def test_ids_are_promised_or_not(weir, ca):
    """`off` tells clients that there is nothing to come back for, `none` does not."""
    for cache, promised in [("off", False), ("none", True), ("shared", True)]:
        weir.start(config(weir, ca, OFF + f"ssl_session_cache = {cache}"))
        with weir.connect(tls=ca.client(version=VERSIONS[0])) as connection:
            assert bool(connection.socket.session.id) == promised, cache
        weir.stop()


def test_words_that_are_none(weir, ca):
    cert, key = ca.issue("localhost")
    own = f"ssl_certificate = {cert}\nssl_certificate_key = {key}"
    for words, reason in [("shared:x", "the size from 32k to 1g"), ("shared:x:1k", "the size from 32k to 1g"),
                          ("everywhere", '"builtin[:sessions]" and "shared[:name:size]"'), ("builtin:0", "builtin"),
                          ("none shared", "builtin")]:
        weir.write(f"[server s]\nlisten = {weir.address()} ssl\n{own}\nssl_session_cache = {words}\nreturn = 200 x")
        done = weir.run("-c", weir.config_path, "-t")
        assert done.returncode == 1 and reason in done.stderr, (words, done.stderr)
    weir.write(f"[server a]\nlisten = {weir.address()} ssl\n{own}\nssl_session_cache = shared:x:1m\n"
               f"[server b]\nlisten = {weir.address()} ssl\n{own}\nserver_name = b\nssl_session_cache = shared:x:2m")
    done = weir.run("-c", weir.config_path, "-t")
    assert done.returncode == 1 and 'the session cache "x" has another size at' in done.stderr, done.stderr


@pytest.mark.parametrize("size", [48, 80])
def test_keys_from_files_are_shared_by_machines(weir, ca, size):
    """Two masters with one file; and the file rotated by hand: the old key second."""
    (weir.prefix / "old.key").write_bytes(os.urandom(size))
    (weir.prefix / "new.key").write_bytes(os.urandom(size))
    weir.start(config(weir, ca, "ssl_session_ticket_key = old.key"))
    client = Client(weir, ca, VERSIONS[1])
    client.come()
    weir.stop()
    weir.start(config(weir, ca, "ssl_session_ticket_key = new.key\nssl_session_ticket_key = old.key"))
    assert client.come()
    weir.stop()
    weir.start(config(weir, ca, "ssl_session_ticket_key = old.key"))
    assert not client.come()


def test_sessions_belong_to_one_server(weir, ca):
    """What was begun with a server is not resumed with another, that may ask for more."""
    ca.issue("both", "one.test", "two.test")
    pair = "ssl_certificate = tls/both.pem\nssl_certificate_key = tls/both.key"
    weir.start(f"""
[server one]
listen = {weir.address()} ssl
server_name = one.test
{pair}
return = 200 x
[server two]
listen = {weir.address()} ssl
server_name = two.test
{pair}
return = 200 x
""")
    context = ca.client(version=VERSIONS[1])
    context.check_hostname = False
    with weir.connect(tls=context, server_name="one.test") as connection:
        connection.get()
        session = connection.socket.session
    for name, resumed in (("two.test", False), ("one.test", True)):
        with weir.connect(tls=context, server_name=name, session=session) as connection:
            connection.get()
            assert connection.socket.session_reused == resumed, name
