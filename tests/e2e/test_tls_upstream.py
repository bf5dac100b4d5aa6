# SPDX-License-Identifier: Apache-2.0
"""TLS to servers: proxy_pass https://, what is checked of them, sessions, connections that are shared and not."""
import ssl

import pytest
from weirtest.tls import Authority


@pytest.fixture
def ca(weir):
    return Authority(weir.prefix / "tls")


def each(peer):
    for _ in iter(peer.read, None):
        peer.answer("from tls")


def serve(weir, locations, more=""):
    return weir.start(f"""
[metrics]
listen = {weir.address("metrics")}
{more}
[server main]
listen = {weir.address()}
{locations}
""")


def location(path, backend, *lines):
    body = "\n".join(lines)
    return f"[location {path}]\nproxy_pass = https://{backend.address}/\n{body}\n"


def test_a_verified_server(weir, backend, ca):
    upstream = backend(each, tls=ca.server(ca.issue("backend", "127.0.0.1")))
    serve(weir, location("/", upstream, f"proxy_ssl_trusted_certificate = {ca.cert}"))
    with weir.connect() as connection:
        for _ in range(3):
            assert connection.get().text == "from tls"
    assert upstream.connections == 1
    assert upstream.last.get("Host") == upstream.address


@pytest.mark.parametrize("names, lines, reason", [
    (["127.0.0.1"], [], "certificate: "),                                          # the system's authorities
    (["other.test"], ["proxy_ssl_trusted_certificate = tls/test-ca.pem"], "IP address mismatch"),
    (["127.0.0.1"], ["proxy_ssl_trusted_certificate = tls/test-ca.pem", "proxy_ssl_name = other.test"],
     "hostname mismatch"),
])
def test_a_server_that_is_not_who_it_should_be(weir, backend, ca, names, lines, reason):
    upstream = backend(each, tls=ca.server(ca.issue("backend", *names)))
    serve(weir, location("/", upstream, *lines))
    assert weir.get().status == 502
    weir.wait_for(reason)
    assert upstream.requests == []
    assert weir.metrics().sum("weir_upstream_connect_failures_total", reason="upstream_certificate") == 1


def test_verify_off_and_name(weir, backend, ca):
    """proxy_ssl_name is what is asked for (SNI) and what is expected."""
    asked = []
    context = ca.server(ca.issue("backend", "backend.test"))
    context.sni_callback = lambda _, name, __: asked.append(name)
    upstream = backend(each, tls=context)
    serve(weir, location("/named/", upstream, f"proxy_ssl_trusted_certificate = {ca.cert}",
                         "proxy_ssl_name = backend.test")
          + location("/silent/", upstream, "proxy_ssl_verify = off", "proxy_ssl_name = x.test",
                     "proxy_ssl_server_name = off"))
    assert weir.get("/named/").text == "from tls"
    assert weir.get("/silent/").text == "from tls"
    assert asked == ["backend.test", None]
    # S-25: connections with other settings are not shared.
    assert upstream.connections == 2


def test_a_client_certificate_is_shown(weir, backend, ca):
    cert, key = ca.issue("weir", "weir.test", usage="clientAuth")
    upstream = backend(each, tls=ca.server(ca.issue("backend", "127.0.0.1"), asks=True))
    trusted = f"proxy_ssl_trusted_certificate = {ca.cert}"
    serve(weir, location("/with/", upstream, trusted, f"proxy_ssl_certificate = {cert}",
                         f"proxy_ssl_certificate_key = {key}")
          + location("/without/", upstream, trusted))
    assert weir.get("/with/").text == "from tls"
    assert weir.get("/without/").status == 502


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("reuse", ["on", "off"])
def test_sessions_are_resumed(weir, backend, ca, version, reuse):
    def once(peer):
        peer.read()
        peer.answer("x", "Connection: close")
    upstream = backend(once, tls=ca.server(ca.issue("backend", "127.0.0.1"), version=version))
    weir.start(f"""
[main]
worker_processes = 1
error_log = stderr info
[server main]
listen = {weir.address()}
{location("/", upstream, f"proxy_ssl_trusted_certificate = {ca.cert}", f"proxy_ssl_session_reuse = {reuse}")}
""")
    for _ in range(6):
        assert weir.get().status == 200
    assert upstream.handshakes == [False] + [reuse == "on"] * 5


def test_a_server_without_tls(weir, backend):
    upstream = backend(lambda peer: peer.socket.recv(4096) and peer.answer("what?", status="400 Bad Request"))
    serve(weir, location("/", upstream))
    assert weir.get().status == 502
    assert weir.metrics().sum("weir_upstream_connect_failures_total", reason="upstream_handshake") == 1


def test_a_server_that_does_not_answer_the_handshake(weir, backend):
    upstream = backend(lambda peer: peer.socket.recv(1 << 20) and peer.socket.recv(1))
    serve(weir, location("/", upstream, "proxy_connect_timeout = 300ms"))
    assert weir.get().status == 504


def test_the_next_server_is_tried(weir, backend, ca):
    stranger = backend(each, tls=Authority(weir.prefix / "other").server(ca.issue("stranger", "other.test")))
    good = backend(each, tls=ca.server(ca.issue("good", "app.test")))
    serve(weir, f"""
[location /]
proxy_pass = https://app
proxy_ssl_name = app.test
proxy_ssl_trusted_certificate = {ca.cert}
""", f"[upstream app]\nserver = {stranger.address}\nserver = {good.address}")
    for _ in range(4):
        assert weir.get().text == "from tls"
    assert stranger.requests == []


def test_an_end_without_close_notify_is_a_cut_body(weir, backend, ca):
    """RFC 9112 9.8: a body that ends with the connection is whole only when TLS says so."""
    def cut(peer):
        peer.read()
        peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf")

    def whole(peer):
        cut(peer)
        peer.socket = peer.socket.unwrap()
    trusted = f"proxy_ssl_trusted_certificate = {ca.cert}"
    context = ca.server(ca.issue("backend", "127.0.0.1"))
    bad, good = backend(cut, tls=context), backend(whole, tls=context)
    serve(weir, location("/cut/", bad, trusted) + location("/whole/", good, trusted))
    assert weir.get("/whole/").text == "half"
    with weir.connect() as connection:
        connection.request("GET", "/cut/")
        connection.reader.head()
        try:
            received = connection.reader.to_end()
        except OSError:
            received = b""
        assert not received.endswith(b"0\r\n\r\n")


def test_variables_choose_the_scheme(weir, backend, ca):
    upstream = backend(each, tls=ca.server(ca.issue("backend", "127.0.0.1")))
    plain = backend()
    serve(weir, f"""
[location /]
proxy_pass = $arg_scheme://$arg_to
proxy_ssl_trusted_certificate = {ca.cert}
""")
    assert weir.get(f"/?scheme=https&to={upstream.address}").text == "from tls"
    assert weir.get(f"/?scheme=http&to={plain.address}").status == 200


def test_large_bodies(weir, backend, ca):
    body = bytes(range(256)) * 20_000
    upstream = backend(lambda peer: [peer.answer(request.body) for request in iter(peer.read, None)],
                       tls=ca.server(ca.issue("backend", "127.0.0.1")))
    serve(weir, location("/", upstream, f"proxy_ssl_trusted_certificate = {ca.cert}", "client_max_body_size = 0"))
    with weir.connect() as connection:
        assert connection.post("/", body).body == body


def test_wrong_settings_are_said(weir, ca):
    cert, _ = ca.issue("weir")
    for line, reason in [(f"proxy_ssl_certificate = {cert}", "need each other"),
                         ("proxy_ssl_trusted_certificate = gone.pem", "cannot read"),
                         ("proxy_ssl_ciphers = NONE", "no cipher match")]:
        weir.write(f"[server main]\nlisten = {weir.address()}\n[location /]\nproxy_pass = https://127.0.0.1\n{line}")
        done = weir.run("-c", weir.config_path, "-t")
        assert done.returncode == 1 and reason in done.stderr, done.stderr
