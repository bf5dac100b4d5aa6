# SPDX-License-Identifier: Apache-2.0
"""OCSP responses that come with the handshake: from a file, and fetched in the background from a responder."""
import base64
import calendar
import contextlib
import http.server
import itertools
import os
import re
import signal
import socket
import subprocess
import threading
import time
import types
import urllib.parse

import pytest
from weirtest.process import end_with_parent
from weirtest.tls import Authority, openssl
from weirtest.wait import until


@pytest.fixture
def ca(weir):
    return Authority(weir.prefix / "tls")


def stapled(weir, ca, *more):
    """What openssl says of the response that came; None when none did."""
    done = subprocess.run(["openssl", "s_client", "-connect", weir.address(), "-status", "-CAfile", ca.cert, *more],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    if "OCSP response: no response sent" in done.stdout:
        return None
    assert "OCSP Response Status: successful" in done.stdout, done.stdout + done.stderr
    return done.stdout


def config(weir, *lines):
    own = "\n".join(lines)
    return f"""
[metrics]
listen = {weir.address("metrics")}
[server main]
listen = {weir.address()} ssl
ssl_certificate = tls/localhost.pem
ssl_certificate_key = tls/localhost.key
{own}
return = 200 x
"""


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_from_a_file(weir, ca, version):
    cert, _ = ca.issue("localhost")
    ca.ocsp(cert, weir.prefix / "tls/response.der")
    weir.start(config(weir, "ssl_stapling_file = tls/response.der"))
    assert "Cert Status: good" in stapled(weir, ca, version)
    assert weir.get(tls=ca.client()).status == 200  # who does not ask gets none
    ca.note(cert, "R")
    ca.ocsp(cert, weir.prefix / "tls/response.der")
    assert weir.reload().returncode == 0
    assert "Cert Status: revoked" in stapled(weir, ca, version)


def test_a_file_that_is_no_response(weir, ca):
    ca.issue("localhost")
    weir.write(config(weir, "ssl_stapling_file = tls/localhost.pem"))
    done = weir.run("-c", weir.config_path, "-t")
    assert done.returncode == 1
    assert "localhost.pem: it holds no OCSP response (DER) that can be sent" in done.stderr, done.stderr


# -- fetched by the monitor

class Responder:
    """Answers as an authority would, by openssl; .answer may be replaced: it takes the request (DER), and gives a
    status and a body."""

    def __init__(self, ca):
        self.ca, self.asked, self.answer, self.numbers = ca, 0, self.by_openssl, itertools.count()
        responder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                responder.asked += 1
                request = base64.b64decode(urllib.parse.unquote(self.path.rpartition("/")[2]))
                status, body = responder.answer(request)
                self.send_response(status)
                self.send_header("Content-Type", "application/ocsp-response")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/ocsp"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def by_openssl(self, request, signer=None):
        signer = signer or self.ca
        number = next(self.numbers)
        asked, response = (self.ca.folder / f"{kind}-{number}.der" for kind in ("asked", "said"))
        asked.write_bytes(request)
        openssl("ocsp", "-index", self.ca.index, "-CA", self.ca.cert, "-rsigner", signer.cert, "-rkey", signer.key,
                "-reqin", asked, "-nmin", "60", "-respout", response)
        return 200, response.read_bytes()

    def short_lived(self, seconds):
        """Answers whose life is shorter than the minute that openssl gives at least: signed again, with a key of RSA,
        so that the new signature is as long as the one before."""
        signer = types.SimpleNamespace()
        signer.cert, signer.key = self.ca.issue("signer", rsa=True, usage="OCSPSigning")

        def answer(request):
            body = bytearray(self.by_openssl(request, signer)[1])
            # OCSPResponse (RFC 6960 4.2.1): ... id-pkix-ocsp-basic, OCTET STRING { SEQUENCE { what is signed, ...
            begin = body.index(bytes.fromhex("06092b0601050507300101")) + 11 + 4 + 4
            head = {0x81: 3, 0x82: 4}[body[begin + 1]]
            end = begin + head + int.from_bytes(body[begin + 2:begin + head], "big")
            next_update = [match.start(1) for match in re.finditer(rb"\x18\x0f(\d{14}Z)", body[:end])][2]
            later = time.gmtime(time.time() + seconds)
            body[next_update:next_update + 15] = time.strftime("%Y%m%d%H%M%SZ", later).encode()
            signed, signature = bytes(body[begin:end]), end + 15 + 5
            body[signature:signature + 256] = openssl("dgst", "-sha256", "-sign", signer.key, stdin=signed)
            return 200, bytes(body)
        self.answer = answer

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def responder(ca):
    made = Responder(ca)
    yield made
    with contextlib.suppress(OSError):
        made.stop()


def chained(ca, label="localhost", url=None, **options):
    """A certificate with its issuer behind it, and the address of a responder in it."""
    extensions = f"subjectAltName=DNS:{label}\nextendedKeyUsage=serverAuth\n"
    if url:
        extensions += f"authorityInfoAccess=OCSP;URI:{url}\n"
    cert, key = ca.issue(label, label, extensions=extensions, **options)
    cert.write_bytes(cert.read_bytes() + ca.cert.read_bytes())
    return cert, key


def fetches(weir, result):
    return weir.metrics().sum("weir_tls_ocsp_fetches_total", result=result)


def wait_stapled(weir, ca, words="Cert Status: good"):
    until(lambda: words in (stapled(weir, ca) or ""), weir.log)


def test_fetched_from_the_responder_that_the_certificate_names(weir, ca, responder):
    chained(ca, url=responder.url)
    weir.start(config(weir, "ssl_stapling = on"))
    wait_stapled(weir, ca)
    assert fetches(weir, "ok") == 1 and responder.asked == 1
    assert weir.get(tls=ca.client()).status == 200


def test_from_openssls_own_responder(weir, ca):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chained(ca)
    process = subprocess.Popen(["openssl", "ocsp", "-index", ca.index, "-CA", ca.cert, "-rsigner", ca.cert, "-rkey",
                                ca.key, "-port", str(port), "-nmin", "60"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, preexec_fn=end_with_parent)
    try:
        weir.start(config(weir, "ssl_stapling = on", f"ssl_stapling_responder = http://127.0.0.1:{port}",
                          "ssl_stapling_verify = on", f"ssl_trusted_certificate = {ca.cert}"))
        wait_stapled(weir, ca)
    finally:
        process.kill()
        process.wait()


def test_it_is_kept_over_reloads_dead_processes_and_a_dead_responder(weir, ca, responder):
    chained(ca, url=responder.url)
    text = config(weir, "ssl_stapling = on")
    weir.start(text)
    wait_stapled(weir, ca)
    responder.stop()
    assert weir.reload(text + "# again\n").returncode == 0
    assert "Cert Status: good" in stapled(weir, ca)
    weir.crash_expected = True
    for pid in [*weir.workers(), weir.monitor()]:
        os.kill(pid, signal.SIGKILL)
    weir.wait_for("started worker", count=4)
    until(lambda: weir.monitor() is not None, weir.log)
    wait_stapled(weir, ca)
    until(lambda: scraped(weir), weir.log)
    assert fetches(weir, "ok") == 1, "what there is need not be asked for again"


LOOKS = 1.1  # a worker looks for a newer response once a second


def ends_at(text):
    return re.search("Next Update: (.*)", text)[1]


def test_a_response_is_replaced_before_it_ends(weir, ca, responder):
    """By the monitor alone, when half of its life is over: no reload, and no client sees a gap."""
    responder.short_lived(10)
    chained(ca, url=responder.url)
    weir.start(config(weir, "ssl_stapling = on", "ssl_stapling_verify = on", f"ssl_trusted_certificate = {ca.cert}"))
    wait_stapled(weir, ca)
    time.sleep(LOOKS)
    seen = set()
    while len(seen) < 3:
        text = stapled(weir, ca)
        assert text, "the one before must serve until there is a newer one"
        seen.add(ends_at(text))
        assert responder.asked < 6, seen
        time.sleep(0.3)
    assert fetches(weir, "ok") >= 3
    assert "reload" not in weir.log()


def test_the_last_response_serves_until_it_ends(weir, ca, responder):
    """Its responder cannot be reached any more: that is counted and logged, and nobody is told what has expired."""
    responder.short_lived(14)
    chained(ca, url=responder.url)
    weir.start(config(weir, "ssl_stapling = on"))
    wait_stapled(weir, ca)
    time.sleep(LOOKS)
    end = ends_at(stapled(weir, ca))
    responder.stop()
    weir.wait_metric(1, "weir_tls_ocsp_fetches_total", result="connect")
    assert ends_at(stapled(weir, ca)) == end
    weir.wait_for("ocsp_connect: ")
    until(lambda: stapled(weir, ca) is None, weir.log)
    assert time.time() >= calendar.timegm(time.strptime(end, "%b %d %H:%M:%S %Y GMT"))
    assert fetches(weir, "ok") == 1
    assert weir.get(tls=ca.client()).status == 200


def scraped(weir):
    with contextlib.suppress(OSError, AssertionError):
        return weir.metrics()
    return None


def test_handshakes_do_not_wait_for_it(weir, ca, responder):
    """A responder that says nothing costs nobody anything; when it speaks again, it is asked again."""
    silence = threading.Event()

    def say_nothing(request):
        silence.wait(60)
        return responder.by_openssl(request)
    responder.answer = say_nothing
    chained(ca, url=responder.url)
    weir.start(config(weir, "ssl_stapling = on"))
    until(lambda: responder.asked == 1, weir.log)
    begun = time.monotonic()
    assert stapled(weir, ca) is None
    assert weir.get(tls=ca.client()).status == 200
    assert time.monotonic() - begun < 10
    silence.set()
    wait_stapled(weir, ca)


@pytest.mark.parametrize("answer, result, words", [
    (lambda ours, request: (404, b"nothing here"), "http", "it answers 404"),
    (lambda ours, request: (200, b"\x30\x82garbage"), "malformed", ""),
    (lambda ours, request: (200, bytes([0x30, 3, 0x0a, 1, 6])), "refused", "it answers unauthorized"),
    (lambda ours, request: (200, b"\0" * 40_000), "too_large", "the answer is too large"),
    (lambda ours, request: ours.by_openssl(request, Authority(ours.ca.folder.parent / "strange", "stranger")),
     "unverified", ""),
])
def test_what_is_no_answer_is_counted_and_asked_for_again(weir, ca, responder, answer, result, words):
    responder.answer = lambda request: answer(responder, request)
    chained(ca, url=responder.url)
    weir.start(config(weir, "ssl_stapling = on", "ssl_stapling_verify = on", f"ssl_trusted_certificate = {ca.cert}"))
    weir.wait_for(f"ocsp_{result}: {words}")
    weir.wait_for(f"certificate: CN=localhost, responder: {responder.url}")
    assert fetches(weir, result) == 1
    assert stapled(weir, ca) is None
    responder.answer = responder.by_openssl
    wait_stapled(weir, ca)
    assert fetches(weir, "ok") == 1


def test_a_revoked_certificate_is_no_good_answer(weir, ca, responder):
    """As nginx: such a response is not sent; the log says it."""
    cert, _ = chained(ca, url=responder.url)
    ca.note(cert, "R")
    weir.start(config(weir, "ssl_stapling = on"))
    weir.wait_for("ocsp_not_good: the certificate is revoked")
    assert stapled(weir, ca) is None


def test_nobody_there(weir, ca):
    chained(ca)
    weir.start(config(weir, "ssl_stapling = on", f"ssl_stapling_responder = http://{weir.dead_address()}/"))
    weir.wait_for("ocsp_connect: ")
    weir.wait_metric(1, "weir_tls_ocsp_fetches_total", result="connect")
    assert weir.get(tls=ca.client()).status == 200


def test_each_certificate_has_its_own(weir, ca, responder):
    """Of two kinds of key, and of another server; a certificate in two servers is asked about once."""
    chained(ca, "localhost", url=responder.url)
    chained(ca, "rsa.test", url=responder.url, rsa=True)
    chained(ca, "other.test", url=responder.url)
    weir.start(config(weir, "ssl_stapling = on", "ssl_certificate = tls/rsa.test.pem",
                      "ssl_certificate_key = tls/rsa.test.key") + f"""
[server other]
listen = {weir.address()} ssl
server_name = other.test
ssl_stapling = on
ssl_certificate = tls/other.test.pem
ssl_certificate_key = tls/other.test.key
return = 200 x
[server twice]
listen = {weir.address()} ssl
server_name = twice.test
ssl_stapling = on
ssl_certificate = tls/other.test.pem
ssl_certificate_key = tls/other.test.key
return = 200 x
""")
    weir.wait_metric(3, "weir_tls_ocsp_fetches_total", result="ok")
    serials = {openssl("x509", "-in", ca.folder / f"{name}.pem", "-noout", "-serial").decode().strip().partition("=")[2]
               for name in ("localhost", "rsa.test", "other.test")}
    seen = set()
    for more in (["-sigalgs", "ecdsa_secp256r1_sha256"], ["-sigalgs", "rsa_pss_rsae_sha256"],
                 ["-servername", "other.test"], ["-servername", "twice.test"]):
        until(lambda: stapled(weir, ca, *more), weir.log)
        text = stapled(weir, ca, *more)
        seen |= {serial for serial in serials if f"Serial Number: {serial}" in text}
    assert seen == serials
    assert responder.asked == 3


def test_what_cannot_be_asked_is_said(weir, ca):
    ca.issue("localhost")
    weir.write(config(weir, "ssl_stapling = on"))
    done = weir.run("-c", weir.config_path, "-t")
    assert done.returncode == 0
    assert "localhost.pem: the certificate names no responder" in done.stderr, done.stderr
    weir.write(config(weir, "ssl_stapling = on", "ssl_stapling_responder = http://127.0.0.1/"))
    done = weir.run("-c", weir.config_path, "-t")
    assert 'its issuer is neither in it nor in "ssl_trusted_certificate"' in done.stderr, done.stderr
    weir.write(config(weir, "ssl_stapling = on", "ssl_stapling_responder = https://127.0.0.1/"))
    done = weir.run("-c", weir.config_path, "-t")
    assert done.returncode == 1 and "http://" in done.stderr, done.stderr
