# SPDX-License-Identifier: Apache-2.0
"""[stream]: where sessions go by variables, and what is logged of them."""
import json
import re
import socket
import ssl
import subprocess

import pytest
from weirtest.wait import LIMIT

TLS_LOG = ("$ssl_preread_server_name|$ssl_preread_alpn_protocols|$ssl_preread_protocol|"
           "$upstream_addr|$status")
JSON_LOG = '{"end":"$termination","tried":"$upstream_addr","from":"$remote_port","status":$status}'


def certificate(folder, name):
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-keyout", key, "-out", cert, "-subj", f"/CN={name}"],
                   check=True, capture_output=True)
    return cert, key


def tls(cert, key, name):
    """A TLS server that says its own name and the ALPN protocol, and echoes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.set_alpn_protocols(["h2", "http/1.1"])

    def behaviour(peer):
        with context.wrap_socket(peer.socket, server_side=True) as secured:
            secured.sendall(f"{name} {secured.selected_alpn_protocol()}".encode())
            while data := secured.recv(65536):
                secured.sendall(data)
    return behaviour


def dial(weir):
    host, port = weir.address().rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=LIMIT)


def greeting(weir, name, alpn=("h2",)):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    with dial(weir) as raw, context.wrap_socket(raw, server_hostname=name) as client:
        said = client.recv(100).decode()
        blob = b"x" * 300_000
        client.sendall(blob)
        got = b""
        while len(got) < len(blob):
            got += client.recv(65536)
        assert got == blob
        return said


@pytest.fixture
def three(weir, backend):
    """Three TLS servers, each with a certificate of its own."""
    made = {}
    for name in ("one", "two", "other"):
        made[name] = backend(tls(*certificate(weir.prefix, name), name))
    return made


def test_s53_pass_through_by_the_name_in_the_hello(weir, three):
    weir.start(f"""
        [http]
        log_format = tls '{TLS_LOG}'
        [map $ssl_preread_server_name $where]
        hostnames = on
        case = one.example first
        case = *.two.example {three['two'].address}
        default = {three['other'].address}
        [upstream first]
        server = {three['one'].address}
        [stream tls]
        listen = {weir.address()}
        ssl_preread = on
        proxy_pass = $where
        access_log = logs/tls.log tls
    """)
    assert greeting(weir, "One.Example") == "one h2"
    assert greeting(weir, "a.b.two.example", ("http/1.1",)) == "two http/1.1"
    assert greeting(weir, "three.example", ()) == "other None"
    lines = sorted(weir.wait_lines("logs/tls.log", 3 + 1))  # and one by the start's look whether it listens
    assert f"one.example|h2|TLSv1.3|{three['one'].address}|200" in lines
    assert f"a.b.two.example|http/1.1|TLSv1.3|{three['two'].address}|200" in lines
    assert f"three.example|-|TLSv1.3|{three['other'].address}|200" in lines


def test_routing_by_alpn(weir, three):
    weir.start(f"""
        [map $ssl_preread_alpn_protocols $where]
        case = h2,http/1.1 {three['one'].address}
        default = {three['two'].address}
        [stream tls]
        listen = {weir.address()}
        ssl_preread = on
        proxy_pass = $where
    """)
    assert greeting(weir, "x", ("h2", "http/1.1")).startswith("one")
    assert greeting(weir, "x", ("http/1.1",)).startswith("two")


def echo(peer):
    while data := peer.socket.recv(65536):
        peer.socket.sendall(data)


def test_a_name_that_is_no_upstream_closes_the_session(weir, backend):
    weir.start(f"""
        [metrics]
        listen = {weir.address('metrics')}
        [map $server_port $where]
        default = nobody
        [stream app]
        listen = {weir.address()}
        proxy_pass = $where
    """)
    with dial(weir) as client:
        assert client.recv(10) == b""
    assert weir.metrics().sum("weir_stream_sessions_total", reason="no_live_peer") >= 1


def test_the_stream_format_says_what_happened(weir, backend):
    app = backend(echo)
    weir.start(f"""
        [stream app]
        listen = {weir.address()}
        proxy_pass = {app.address}
        access_log = logs/app.log if=$bytes_received
    """)
    with dial(weir) as client:
        client.sendall(b"hello")
        assert client.recv(10) == b"hello"
    line, = weir.wait_lines("logs/app.log", 1)
    time = r"\d\.\d{3}"
    wanted = rf'127\.0\.0\.1 \[\S+ \+\d{{4}}\] TCP 200 5 5 {time} "{app.address}" "5" "5" "{time}"'
    assert re.fullmatch(wanted, line), line


def test_json_says_why_and_lists_every_try(weir, backend):
    app, dead = backend(echo), weir.dead_address()
    weir.start(f"""
        [http]
        log_format = j escape=json '{JSON_LOG}'
        [upstream pool]
        server = {dead}
        server = {app.address} backup
        [stream app]
        listen = {weir.address()}
        proxy_pass = pool
        access_log = logs/app.log j
    """)
    with dial(weir) as client:
        me = str(client.getsockname()[1])
        client.sendall(b"x")
        assert client.recv(1) == b"x"
    lines = [json.loads(line) for line in weir.wait_lines("logs/app.log", 2)]
    mine = next(line for line in lines if line["from"] == me)
    assert mine["end"] == "ok" and mine["status"] == 200
    assert mine["tried"].endswith(app.address)


def test_return_takes_variables(weir):
    weir.start(f"""
        [stream whoami]
        listen = {weir.address()}
        return = "$protocol $remote_addr $server_port"
    """)
    with dial(weir) as client:
        data = b""
        while more := client.recv(100):
            data += more
    assert data.decode() == f"TCP 127.0.0.1 {weir.address().rsplit(':', 1)[1]}"


def test_unknown_variables_are_errors(weir):
    weir.write(f"""
        [stream app]
        listen = {weir.address()}
        proxy_pass = $ssl_preread_servername
    """)
    run = weir.run("-t", "-c", weir.config_path)
    assert run.returncode == 1 and 'did you mean "$ssl_preread_server_name"?' in run.stderr
