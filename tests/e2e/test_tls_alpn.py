# SPDX-License-Identifier: Apache-2.0
"""ALPN (RFC 7301): the protocol that is agreed on, and the end where there is none."""
import ssl
import subprocess

import pytest
from weirtest.tls import Authority


@pytest.fixture
def ca(weir):
    return Authority(weir.prefix / "tls")


def offering(ca, *protocols, version=None):
    context = ca.client(version=version)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def serve(weir, ca):
    cert, key = ca.issue("localhost", "localhost", "127.0.0.1")
    weir.start(f"""
[metrics]
listen = {weir.address("metrics")}
[server main]
listen = {weir.address()} ssl
server_name = localhost
ssl_certificate = {cert}
ssl_certificate_key = {key}
return = 200 "[$ssl_alpn_protocol]"
[server other]
listen = {weir.address()} ssl
server_name = other.test
ssl_certificate = {cert}
ssl_certificate_key = {key}
return = 200 "other [$ssl_alpn_protocol]"
""")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("offered, agreed", [(["h2", "http/1.1"], "http/1.1"), (["http/1.0"], "http/1.0"),
                                             (["http/1.0", "http/1.1"], "http/1.1"), ([], "")])
def test_http_agrees_on_what_it_speaks(weir, ca, version, offered, agreed):
    serve(weir, ca)
    with weir.connect(tls=offering(ca, *offered, version=version)) as connection:
        assert connection.socket.selected_alpn_protocol() == (agreed or None)
        assert connection.get().text == f"[{agreed}]"


def test_the_server_that_was_named_agrees(weir, ca):
    serve(weir, ca)
    context = offering(ca, "http/1.1")
    context.check_hostname = False
    with weir.connect(tls=context, server_name="other.test") as connection:
        assert connection.get(host="other.test").text == "other [http/1.1]"


def test_who_speaks_something_else_is_refused(weir, ca):
    """RFC 7301 3.2: a fatal no_application_protocol, so that nobody takes a web server for another one."""
    serve(weir, ca)
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        weir.connect(tls=offering(ca, "ftp", "imap"))
    weir.wait_metric(1, "weir_tls_handshake_failures_total", reason="no_match")
    assert weir.get(tls=ca.client()).status == 200


def test_curl_and_openssl_agree(weir, ca):
    serve(weir, ca)
    done = subprocess.run(["curl", "-sSv", "--cacert", ca.cert, f"https://{weir.address()}/"], capture_output=True,
                          text=True, timeout=60)
    assert done.stdout == "[http/1.1]", done.stderr
    done = subprocess.run(["openssl", "s_client", "-connect", weir.address(), "-alpn", "h2,http/1.1"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert "ALPN protocol: http/1.1" in done.stdout


def test_streams_agree_on_what_is_configured(weir, ca):
    cert, key = ca.issue("localhost")
    weir.start(f"""
[metrics]
listen = {weir.address("metrics")}
[stream s]
listen = {weir.address()} ssl
ssl_certificate = {cert}
ssl_certificate_key = {key}
ssl_alpn = xmpp-client mqtt
return = "$ssl_alpn_protocol $ssl_protocol $ssl_server_name"
[stream any]
listen = {weir.address("any")} ssl
ssl_certificate = {cert}
ssl_certificate_key = {key}
return = "[$ssl_alpn_protocol]"
""")
    for offered, agreed in [(["mqtt", "xmpp-client"], "xmpp-client"), (["x", "mqtt"], "mqtt"), ([], "")]:
        with weir.connect(tls=offering(ca, *offered)) as connection:
            assert connection.reader.to_end().decode() == f"{agreed} TLSv1.3 localhost"
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        weir.connect(tls=offering(ca, "http/1.1"))
    with weir.connect("any", tls=offering(ca, "http/1.1")) as connection:
        assert connection.reader.to_end() == b"[]"


def test_a_name_that_is_none_is_said(weir):
    weir.write(f'[stream s]\nlisten = {weir.address()}\nssl_alpn = {"x" * 256}\nproxy_pass = 127.0.0.1:9')
    done = weir.run("-c", weir.config_path, "-t")
    assert done.returncode == 1 and "at most 255 bytes" in done.stderr, done.stderr
