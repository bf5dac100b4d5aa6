# SPDX-License-Identifier: Apache-2.0
"""Certificates of clients: who is let in, what is known of them, and what the others are told."""
import datetime
import json
import shutil
import ssl
import subprocess

import pytest
from weirtest.client import Closed
from weirtest.tls import Authority

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
MISSING, BAD = "No required SSL certificate was sent", "The SSL certificate error"


@pytest.fixture
def ca(weir):
    return Authority(weir.prefix / "tls")


@pytest.fixture
def stranger(weir):
    return Authority(weir.prefix / "strange", name="stranger")


def config(weir, ca, *lines, text='"$ssl_client_verify $ssl_session_reused"', http=""):
    if not (weir.prefix / "tls/localhost.pem").exists():
        ca.issue("localhost", "localhost", "127.0.0.1")
    own = "\n".join(lines)
    return f"""
[metrics]
listen = {weir.address("metrics")}
[http]
{http}
[server main]
listen = {weir.address()} ssl
server_name = localhost
ssl_certificate = tls/localhost.pem
ssl_certificate_key = tls/localhost.key
ssl_client_certificate = {ca.cert}
{own}
[location /]
return = 200 {text}
[location = /told]
return = 200 "told"
"""


def person(ca, label="alice", **options):
    return ca.issue(label, f"{label}.test", usage="clientAuth", **options)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_good_certificate_is_demanded(weir, ca, stranger, version):
    """As nginx: 400 with a page that says which of the two it is, and the connection ends."""
    weir.start(config(weir, ca, "ssl_verify_client = on"))
    assert weir.get(tls=ca.client(cert=person(ca), version=version)).text == "SUCCESS ."
    expired = person(ca, "expired", days=-1)
    for cert, words, cause in [(None, MISSING, "client_certificate_missing"),
                               (person(stranger), BAD, "client_certificate_bad"),
                               (expired, BAD, "client_certificate_bad"),
                               (ca.issue("server", "x.test"), BAD, "client_certificate_bad")]:
        with weir.connect(tls=ca.client(cert=cert, version=version)) as connection:
            answer = connection.get()
            assert answer.status == 400 and words in answer.text, (cert, answer)
            assert connection.ended() is True
    weir.wait_for("client_certificate_missing")
    weir.wait_for("client_certificate_bad", count=3)


def test_optional(weir, ca, stranger):
    weir.start(config(weir, ca, "ssl_verify_client = optional"))
    assert weir.get(tls=ca.client()).text == "NONE ."
    assert weir.get(tls=ca.client(cert=person(ca))).text == "SUCCESS ."
    assert weir.get(tls=ca.client(cert=person(stranger))).status == 400


def test_optional_without_an_authority(weir, ca, stranger):
    """Any authority will do, but an expired certificate of a known one will not; the variable tells them apart."""
    weir.start(config(weir, ca, "ssl_verify_client = optional_no_ca"))
    assert weir.get(tls=ca.client()).text == "NONE ."
    assert weir.get(tls=ca.client(cert=person(ca))).text == "SUCCESS ."
    answer = weir.get(tls=ca.client(cert=person(stranger)))
    assert answer.status == 200 and answer.text.startswith("FAILED:unable to "), answer
    assert weir.get(tls=ca.client(cert=person(ca, "late", days=-1))).status == 400


@pytest.mark.parametrize("version", VERSIONS)
def test_revoked(weir, ca, version):
    """A list that comes with a reload holds for sessions that were begun before it too."""
    bob, alice = person(ca, "bob"), person(ca)
    weir.start(config(weir, ca, "ssl_verify_client = on"))
    context = ca.client(cert=bob, version=version)
    with weir.connect(tls=context) as connection:
        assert connection.get().text == "SUCCESS ."
        session = connection.socket.session
    with weir.connect(tls=context, session=session) as connection:
        assert connection.get().text == "SUCCESS r"
        session = connection.socket.session
    ca.revocations(bob[0])
    assert weir.reload(config(weir, ca, "ssl_verify_client = on", "ssl_crl = tls/test-ca.crl")).returncode == 0
    with weir.connect(tls=context, session=session) as connection:
        answer = connection.get()
        assert answer.status == 400 and BAD in answer.text
    assert weir.get(tls=ca.client(cert=alice, version=version)).text == "SUCCESS ."


@pytest.mark.parametrize("depth, good", [(0, False), (1, True)])
def test_depth(weir, ca, depth, good):
    """How many authorities may stand between the certificate and one that is known."""
    middle = Authority(weir.prefix / "tls", "middle", parent=ca)
    weir.start(config(weir, ca, "ssl_verify_client = on", f"ssl_verify_depth = {depth}"))
    assert weir.get(tls=ca.client(cert=person(middle))).status == (200 if good else 400)


def test_variables(weir, ca):
    cert, key = person(ca)
    names = ("s_dn", "i_dn", "serial", "fingerprint", "v_start", "v_end", "v_remain")
    text = '"' + "|".join(f"$ssl_client_{name}" for name in names) + '"'
    weir.start(config(weir, ca, "ssl_verify_client = optional", text=text))
    parts = weir.get(tls=ca.client(cert=(cert, key))).text.split("|")
    said = subprocess.run(["openssl", "x509", "-in", cert, "-noout", "-serial", "-fingerprint", "-sha1", "-startdate",
                           "-enddate"], capture_output=True, text=True, check=True).stdout.splitlines()
    serial, fingerprint, start, end = (line.partition("=")[2] for line in said)
    assert parts[:3] == ["CN=alice.test", "CN=test-ca", serial]
    assert parts[3] == fingerprint.replace(":", "").lower()
    assert parts[4:6] == [start, end]
    left = datetime.datetime.strptime(end, "%b %d %H:%M:%S %Y %Z") - datetime.datetime.utcnow()
    assert abs(int(parts[6]) - left.days) <= 1
    assert weir.get(tls=ca.client()).text == "||||||"


def test_the_certificate_itself_for_an_application(weir, ca, backend):
    cert, key = person(ca)
    upstream = backend()
    weir.start(config(weir, ca, "ssl_verify_client = on").replace(
        'return = 200 "$ssl_client_verify $ssl_session_reused"',
        f"proxy_pass = http://{upstream.address}\nproxy_set_header = X-Cert $ssl_client_escaped_cert"))
    assert weir.get(tls=ca.client(cert=(cert, key))).status == 200
    escaped = subprocess.run([
        "/usr/bin/python3", "-c", "import sys, urllib.parse as p; sys.stdout.write(p.unquote(sys.stdin.read()))"],
        input=upstream.last.get("X-Cert"), capture_output=True, text=True, check=True).stdout
    pem = subprocess.run(["openssl", "x509", "-in", cert], capture_output=True, text=True, check=True).stdout
    assert escaped == pem


def test_pages_of_their_own(weir, ca, stranger):
    """error_page knows them as 495, 496 and 497; the answer is a 400 unless it says otherwise."""
    weir.start(config(weir, ca, "ssl_verify_client = on", "error_page = 496 /told", "error_page = 495 =403 /told",
                      f"error_page = 497 https://$host:{weir.address().rpartition(':')[2]}$request_uri"))
    answer = weir.get(tls=ca.client())
    assert (answer.status, answer.text) == (400, "told")
    answer = weir.get(tls=ca.client(cert=person(stranger)))
    assert (answer.status, answer.text) == (403, "told")
    with weir.connect() as connection:
        answer = connection.get("/a?b", host="localhost")
        assert answer.status == 302
        assert answer.get("Location") == f"https://localhost:{weir.address().rpartition(':')[2]}/a?b"
        assert connection.ended() is True


def test_another_host_than_the_handshakes(weir, ca):
    """Who shook hands with a server that asks for nothing does not get at one that does, by its Host."""
    ca.issue("open", "open.test")
    weir.start(config(weir, ca, "ssl_verify_client = on") + f"""
[server open]
listen = {weir.address()} ssl
server_name = open.test
ssl_certificate = tls/open.pem
ssl_certificate_key = tls/open.key
return = 200 open
""")
    context = ca.client()
    context.check_hostname = False
    with weir.connect(tls=context, server_name="open.test") as connection:
        assert connection.get(host="open.test").text == "open"
        assert connection.get(host="localhost").status == 421


def test_curl_and_openssl_show_theirs(weir, ca):
    cert, key = person(ca)
    weir.start(config(weir, ca, "ssl_verify_client = on"))
    url = f"https://{weir.address()}/"
    done = subprocess.run(["curl", "-sS", "--cacert", ca.cert, "--cert", cert, "--key", key, url], capture_output=True,
                          text=True, timeout=60)
    assert done.stdout == "SUCCESS .", done.stderr
    done = subprocess.run(["curl", "-sS", "-o", "-", "-w", "%{http_code}", "--cacert", ca.cert, url],
                          capture_output=True, text=True, timeout=60)
    assert MISSING in done.stdout and done.stdout.endswith("400"), done.stderr
    done = subprocess.run(["openssl", "s_client", "-connect", weir.address(), "-cert", cert, "-key", key, "-CAfile",
                           ca.cert], input="GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", capture_output=True, text=True,
                          timeout=60)
    assert "Acceptable client certificate CA names\nCN = test-ca" in done.stdout, done.stdout


NODE = """
const fs = require("fs"), https = require("https");
const [url, version, ca, cert, key] = process.argv.slice(1);
const read = path => fs.readFileSync(path);
const get = agent => new Promise((done, fail) => https.get(url, {agent}, response => {
  const {localPort} = response.socket, resumed = response.socket.isSessionReused();
  let text = "";
  response.on("data", bytes => text += bytes);
  response.on("end", () => done([response.statusCode, text, localPort, resumed]));
}).on("error", fail));
(async () => {
  const said = {};
  for (const keepAlive of [true, false]) {
    const agent = new https.Agent({keepAlive, maxSockets: 1, ca: read(ca), cert: read(cert), key: read(key),
                                   minVersion: version, maxVersion: version});
    said[keepAlive] = [await get(agent), await get(agent), await get(agent)];
    agent.destroy();
  }
  console.log(JSON.stringify(said));
})();
"""


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_node(weir, ca, version):
    """Its agents: one keeps a connection, one makes a new one for each request and resumes its session."""
    cert, key = person(ca)
    weir.start(config(weir, ca, "ssl_verify_client = on", text='"$ssl_client_s_dn $ssl_protocol $ssl_session_reused"'))
    done = subprocess.run(["node", "-e", NODE, f"https://{weir.address()}/", version, ca.cert, cert, key],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    first, again = (f"CN=alice.test {version} {reused}" for reused in ".r")
    assert [answer[:2] for answer in said["true"]] == [[200, first]] * 3
    assert [answer[:2] for answer in said["false"]] == [[200, first], [200, again], [200, again]]
    assert [answer[3] for answer in said["false"]] == [False, True, True]
    assert [len({answer[2] for answer in said[kept]}) for kept in ("true", "false")] == [1, 3]


@pytest.mark.parametrize("version", VERSIONS)
def test_streams_let_in_whom_they_know(weir, ca, stranger, backend, version):
    """Nothing of a client that is not let in reaches the server; why is counted and logged."""
    upstream = backend(lambda peer: (peer.socket.recv(100), peer.send("hello")))
    cert, key = ca.issue("localhost")
    weir.start(f"""
[metrics]
listen = {weir.address("metrics")}
[stream s]
listen = {weir.address()} ssl
ssl_certificate = {cert}
ssl_certificate_key = {key}
ssl_verify_client = on
ssl_client_certificate = {ca.cert}
proxy_pass = {upstream.address}
access_log = logs/stream.log who
[http]
log_format = who '$status $ssl_client_verify $ssl_client_s_dn $ssl_protocol'
""")
    for other in (None, person(stranger)):
        with weir.connect(tls=ca.client(cert=other, version=version)) as connection:
            try:
                connection.send("x")
                assert connection.reader.to_end() == b""
            except (OSError, Closed):
                pass
    weir.wait_metric(1, "weir_stream_sessions_total", reason="client_certificate_missing")
    weir.wait_metric(1, "weir_stream_sessions_total", reason="client_certificate_bad")
    assert upstream.connections == 0
    with weir.connect(tls=ca.client(cert=person(ca), version=version)) as connection:
        connection.send("x")
        assert connection.reader.to_end() == b"hello"
    lines = weir.wait_lines("logs/stream.log", 3)
    name = {VERSIONS[0]: "TLSv1.2", VERSIONS[1]: "TLSv1.3"}[version]
    assert lines[0] == f"400 NONE - {name}"
    assert lines[1].startswith("400 FAILED:") and lines[1].endswith(f" CN=alice.test {name}")
    assert lines[2] == f"200 SUCCESS CN=alice.test {name}"
