# SPDX-License-Identifier: Apache-2.0
"""TLS with clients: certificates by name, versions, what is refused and how, and many who only begin."""
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time

import pytest
from weirtest.client import Closed, Connection
from weirtest.tls import Authority, openssl
from weirtest.wait import LIMIT, until

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@pytest.fixture
def ca(weir):
    return Authority(weir.prefix / "tls")


def lines(*certificates):
    return "\n".join(f"ssl_certificate = {cert}\nssl_certificate_key = {key}" for cert, key in certificates)


def serve(weir, ca, more="", location="return = 200 \"$scheme $https $ssl_protocol\"", http=""):
    certificate = ca.issue("localhost", "localhost", "127.0.0.1")
    config = f"""
[metrics]
listen = {weir.address("metrics")}
[http]
{http}
[server main]
listen = {weir.address()} ssl
server_name = localhost
{lines(certificate)}
{more}
[location /]
{location}
"""
    return weir.start(config)


def common_name(connection):
    subject = connection.socket.getpeercert()["subject"]
    return dict(pair[0] for pair in subject)["commonName"]


@pytest.mark.parametrize("version, name", [(TLS12, "TLSv1.2"), (TLS13, "TLSv1.3")])
def test_versions(weir, ca, version, name):
    serve(weir, ca)
    with weir.connect(tls=ca.client(version=version)) as connection:
        assert connection.get().text == f"https on {name}"
        assert connection.get().text == f"https on {name}"
    weir.wait_metric(1, "weir_tls_handshakes_total", version=name, resumed="no")
    # The client's side knows first that it is done.
    assert weir.metrics().sum("weir_tls_handshake_duration_seconds_count") == 1


def test_versions_that_are_not_spoken(weir, ca):
    serve(weir, ca, "ssl_protocols = TLSv1.3")
    with pytest.raises(ssl.SSLError):
        weir.connect(tls=ca.client(version=TLS12))
    weir.wait_metric(1, "weir_tls_handshake_failures_total", reason="version")
    assert weir.get(tls=ca.client()).status == 200


def test_certificates_by_name(weir, ca):
    """Exact name, wildcard, default server; and a name that is refused."""
    one, two, three = (ca.issue(label, *names) for label, *names in
                       [("one", "one.test"), ("two", "two.test", "*.two.test"), ("three", "three.test")])
    listen = f"listen = {weir.address()}"
    weir.start(f"""
[server one]
{listen} ssl
server_name = one.test
{lines(one)}
return = 200 one
[server two]
{listen}
server_name = two.test *.two.test
{lines(two)}
return = 200 two
[server three]
{listen} default_server
server_name = three.test
{lines(three)}
return = 200 three
[server none]
{listen}
server_name = refused.test
ssl_reject_handshake = on
""")
    trusting = ca.client()
    trusting.check_hostname = False
    for asked, served in [("one.test", "one.test"), ("ONE.test", "one.test"), ("two.test", "two.test"),
                          ("a.two.test", "two.test"), ("other.test", "three.test"), (None, "three.test")]:
        with weir.connect(tls=trusting, server_name=asked) as connection:
            assert common_name(connection) == served, asked
            assert connection.get(host=asked or "x").text == served.split(".")[0]
    with pytest.raises(ssl.SSLError, match="(?i)unrecognized.name"):
        weir.connect(tls=trusting, server_name="refused.test")
    weir.wait_for("tls_rejected: ssl_reject_handshake")


def test_a_key_of_each_kind(weir, ca):
    """The client's signature algorithms choose between an ECDSA and an RSA certificate."""
    ecdsa, rsa = ca.issue("ecdsa", "localhost"), ca.issue("rsa", "localhost", rsa=True)
    weir.start(f"[server main]\nlisten = {weir.address()} ssl\n{lines(ecdsa, rsa)}\nreturn = 200 x")
    for ciphers, kind in [("ECDHE-ECDSA-AES128-GCM-SHA256", "id-ecPublicKey"),
                          ("ECDHE-RSA-AES128-GCM-SHA256", "rsaEncryption")]:
        context = ca.client(version=TLS12)
        context.set_ciphers(ciphers)
        with weir.connect(tls=context) as connection:
            der = connection.socket.getpeercert(binary_form=True)
            assert kind in openssl("x509", "-inform", "DER", "-noout", "-text", stdin=der).decode()


def test_plain_http_is_told(weir, ca):
    serve(weir, ca)
    with weir.connect() as connection:
        answer = connection.get("/secret")
        assert answer.status == 400
        assert "The plain HTTP request was sent to HTTPS port" in answer.text
        assert connection.ended() is True
    weir.wait_metric(1, "weir_tls_handshake_failures_total", reason="plain_http")
    assert '"GET /secret HTTP/1.1" 400' in weir.wait_lines("logs/access.log", 1)[0]


@pytest.mark.parametrize("garbage", [
    b"\x16\x03\x01\xff\xff" + b"x" * 200, b"\x00" * 100, b"\x80\x2e\x01\x00\x02" + b"\x00" * 60,
    b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", b"SSH-2.0-x\r\n", b"\x15\x03\x01\x00\x02\x02\x28"])
def test_garbage(weir, ca, garbage):
    """Whatever comes is answered by an end, and a client beside it is served."""
    serve(weir, ca, http="client_header_timeout = 1s")
    with weir.connect() as connection:
        connection.send(garbage)
        try:
            connection.socket.shutdown(socket.SHUT_WR)
            while connection.socket.recv(4096):
                pass
        except OSError:
            pass
        assert weir.get(tls=ca.client()).status == 200


def test_handshakes_have_a_time(weir, ca):
    serve(weir, ca, "ssl_handshake_timeout = 300ms")
    with weir.connect() as connection:
        connection.send(b"\x16\x03\x01")
        assert connection.ended() is True
    weir.wait_metric(1, "weir_tls_handshake_failures_total", reason="timeout")


def test_half_done_handshakes_do_not_keep_others_out(weir, ca):
    """2,000 who have only begun, past worker_connections: the oldest of them make room."""
    certificate = ca.issue("localhost")
    weir.start(f"""
[main]
worker_processes = 2
worker_connections = 500
error_log = stderr notice
pid = weir.pid
[metrics]
listen = {weir.address("metrics")}
[server main]
listen = {weir.address()} ssl
{lines(certificate)}
return = 200 served
""")
    waiting = []
    for _ in range(2000):
        waiting.append(Connection(weir.address()))
        waiting[-1].send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    for _ in range(20):
        assert weir.get(tls=ca.client()).text == "served"
    assert weir.metrics().sum("weir_tls_handshake_failures_total", reason="evicted") >= 900
    for connection in waiting:
        connection.close()


def test_renegotiation_is_refused(weir, ca):
    serve(weir, ca)
    client = subprocess.Popen(["openssl", "s_client", "-connect", weir.address(), "-tls1_2", "-CAfile", ca.cert],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out, _ = client.communicate(b"R\n", timeout=30)
    assert b"RENEGOTIATING" in out
    assert b"no renegotiation" in out or b"unexpected eof" in out or b"closed" in out
    assert weir.get(tls=ca.client()).status == 200


def reads_late(connection):
    """Once something is there, it waits until the kernel's buffers are full."""
    assert not connection.silent(LIMIT)
    time.sleep(0.5)


def test_large_bodies_both_ways(weir, ca, backend):
    """More than any buffer, and a client that reads late: records wait, none is lost or sent twice."""
    body = bytes(range(256)) * 40_000
    upstream = backend(lambda peer: [peer.answer(request.body) for request in iter(peer.read, None)])
    serve(weir, ca, location=f"proxy_pass = http://{upstream.address}\nclient_max_body_size = 0")
    with weir.connect(tls=ca.client()) as connection:
        assert connection.post("/", body).body == body
        connection.request("POST", "/", body=body)
        reads_late(connection)
        assert connection.read("POST").body == body


def test_files(weir, ca):
    """Larger than any buffer, to a client that reads late too; and a range."""
    body = bytes(range(256)) * 30_000
    (weir.prefix / "www").mkdir()
    (weir.prefix / "www" / "file").write_bytes(body)
    serve(weir, ca, location="root = www")
    with weir.connect(tls=ca.client()) as connection:
        assert connection.get("/file").body == body
        connection.request("GET", "/file")
        reads_late(connection)
        assert connection.read().body == body
        assert connection.get("/file", "Range: bytes=1000000-1000009").body == body[1000000:1000010]


def test_the_end_is_said(weir, ca, backend):
    """close_notify before the connection closes: a client can tell a whole body from a cut one."""
    upstream = backend(lambda peer: (peer.read(), peer.send("HTTP/1.0 200 OK\r\n\r\nuntil the end")))
    serve(weir, ca, location=f"proxy_pass = http://{upstream.address}")
    context = ca.client()
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    with weir.connect(tls=context) as connection:
        connection.request("GET", "/", version="HTTP/1.0")
        assert connection.read().body == b"until the end"


def test_variables_and_forwarded_proto(weir, ca, backend):
    upstream = backend()
    serve(weir, ca, location=f"""
proxy_pass = http://{upstream.address}
add_header = X-Tls "$ssl_protocol $ssl_cipher $ssl_curve $ssl_server_name $ssl_session_reused $ssl_client_verify"
""")
    with weir.connect(tls=ca.client()) as connection:
        answer = connection.get()
        assert answer.get("X-Tls") == "TLSv1.3 TLS_AES_256_GCM_SHA384 x25519 localhost . NONE"
    assert upstream.last.get("X-Forwarded-Proto") == "https"


@pytest.mark.parametrize("more, expected", [
    ("", {"X25519", "P-256", "X448", "P-384", "P-521"}),
    ("ssl_ecdh_curve = ffdhe2048:P-384", {"P-384", "ffdhe2048"}),
    ("ssl_conf_command = Groups P-521", {"P-521"})])
def test_what_keys_are_agreed_on_with(weir, ca, more, expected):
    """By default curves only: a client that chose ffdhe8192 would cost a hundred times what others do."""
    serve(weir, ca, more)
    taken = set()
    for group in ("X25519", "P-256", "X448", "P-384", "P-521", "ffdhe2048", "ffdhe8192"):
        done = subprocess.run(["openssl", "s_client", "-connect", weir.address(), "-tls1_3", "-groups", group],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        if "New, TLSv1.3, Cipher is TLS" in done.stdout:
            taken.add(group)
    assert taken == expected


def test_a_port_without_tls_has_no_variables(weir):
    weir.start(f'[server main]\nlisten = {weir.address()}\nreturn = 200 "[$https$ssl_protocol$ssl_client_verify]"')
    assert weir.get().text == "[]"


CLIENTS = {
    "curl": ["curl", "-sS", "--cacert", "{ca}", "{url}"],
    "wget": ["wget", "-q", "-O-", "--ca-certificate={ca}", "{url}"],
    "node": ["node", "-e", "require('https').get('{url}',{{ca:require('fs').readFileSync('{ca}')}},"
             "r=>r.on('data',d=>process.stdout.write(d)))"],
    "s_client": ["sh", "-c", "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -verify_return_error "
                 "-CAfile {ca} -connect {address} 2>/dev/null"],
}


@pytest.mark.parametrize("client", CLIENTS)
def test_clients(weir, ca, client):
    serve(weir, ca, location="return = 200 served")
    words = [word.format(ca=ca.cert, url=f"https://{weir.address()}/", address=weir.address())
             for word in CLIENTS[client]]
    if subprocess.run(["which", words[0]], capture_output=True).returncode != 0:
        pytest.skip(f"no {words[0]} here")
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.stdout.endswith("served"), (done.stdout, done.stderr)


@pytest.mark.parametrize("trusted", [True, False])
def test_a_browser(weir, ca, trusted):
    """Chromium shows the page when it trusts the authority, and no byte of it when not."""
    if not all(map(shutil.which, ["chromium", "certutil"])):
        pytest.skip("needs chromium and certutil")
    serve(weir, ca, location="default_type = text/html\nreturn = 200 '<p>served to a browser</p>'")
    store = weir.prefix / ".pki" / "nssdb"
    store.mkdir(parents=True)
    database = f"sql:{store}"
    subprocess.run(["certutil", "-d", database, "-N", "--empty-password"], check=True, timeout=60)
    if trusted:
        subprocess.run(["certutil", "-d", database, "-A", "-t", "C,,", "-n", "ca", "-i", ca.cert], check=True,
                       timeout=60)
    done = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
                           f"--user-data-dir={weir.prefix}/profile", f"https://{weir.address()}/"], timeout=120,
                          env={**os.environ, "HOME": str(weir.prefix)}, capture_output=True, text=True)
    assert ("<p>served to a browser</p>" in done.stdout) == trusted, done.stdout[-2000:]


# -- the configuration

def check(weir, lines):
    weir.write(f"[server main]\nlisten = {weir.address()} ssl\n{lines}\n[location /]\nreturn = 200 x")
    return weir.run("-c", weir.config_path, "-t")


def test_what_is_wrong_is_said(weir, ca):
    cert, key = ca.issue("localhost")
    _, other = ca.issue("other")
    cases = [("", 'a server that listens with ssl needs "ssl_certificate"'),
             ("ssl_certificate = gone.pem\nssl_certificate_key = gone.key", "cannot read"),
             (f"ssl_certificate = {cert}\nssl_certificate_key = {other}", "other.key: the key does not match"),
             (f"ssl_certificate = {key}\nssl_certificate_key = {key}", "localhost.key: it holds no certificate"),
             (f"ssl_certificate = {cert}", '1 "ssl_certificate", but 0 "ssl_certificate_key"'),
             (f"{lines((cert, key))}\nssl_protocols = TLSv1.1", "TLSv1.1"),
             (f"{lines((cert, key))}\nssl_ciphers = NONE", "no cipher match")]
    for text, reason in cases:
        done = check(weir, text)
        assert done.returncode == 1 and reason in done.stderr, (text, done.stderr)


def test_expiry_is_said(weir, ca):
    done = check(weir, lines(ca.issue("soon", "soon.test", days=10)))
    assert done.returncode == 0
    assert "soon.pem: the certificate of CN=soon.test expires within 10 days" in done.stderr, done.stderr
    assert "expires" not in check(weir, lines(ca.issue("later", days=30))).stderr


def test_reload_takes_changed_certificates(weir, ca):
    """And a broken one fails it, with its file and the reason, while the old one serves on."""
    serve(weir, ca)
    with weir.connect(tls=ca.client()) as kept:
        kept.get()
        before = kept.socket.getpeercert()["serialNumber"]
        cert, key = ca.issue("localhost", "localhost", "127.0.0.1")
        assert weir.reload().returncode == 0
        with weir.connect(tls=ca.client()) as fresh:
            serial = fresh.socket.getpeercert()["serialNumber"]
            assert serial != before
        assert kept.get().status == 200
        weir.wait_metric(1, "weir_config_last_reload_successful")
        samples = weir.metrics().find("weir_tls_certificate_not_after_timestamp_seconds", server="main")
        assert [int(labels["serial"], 16) for labels, _ in samples] == [int(serial, 16)]
        key.write_text("broken")
        refused = weir.reload()
        assert refused.returncode == 1
        assert f"{key}: no private key can be read from it" in refused.stderr + refused.stdout
        assert kept.get().status == 200
        assert weir.get(tls=ca.client()).status == 200


def test_workers_need_no_files(weir, ca):
    """The master reads them; a worker that is started later has them too."""
    serve(weir, ca)
    for path in (weir.prefix / "tls").glob("localhost.*"):
        path.unlink()
    weir.crash_expected = True
    for pid in weir.workers():
        os.kill(pid, signal.SIGKILL)
    weir.wait_for("started worker", count=4)

    def served():
        try:
            return weir.get(tls=ca.client()).status == 200
        except (OSError, Closed):
            return False
    until(served, lambda: weir.log())
