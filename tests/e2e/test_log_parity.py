# SPDX-License-Identifier: Apache-2.0
"""The variables of logs against nginx's: the same request through both, and the same line."""
import itertools
import re
import ssl

import pytest
from weirtest import nginx
from weirtest.backend import answering
from weirtest.client import Connection
from weirtest.tls import Authority
from weirtest.wait import until

pytestmark = pytest.mark.skipif(not nginx.BINARY, reason="nginx is not installed")

# The same text in both lines.
EQUAL = """
    remote_addr server_name server_protocol scheme connection_requests pipe request request_method request_uri uri
    document_uri args query_string is_args host request_length content_type content_length arg_x arg_Y cookie_a cookie_b
    http_host http_user_agent http_x_own http_cookie http_x_forwarded_for proxy_add_x_forwarded_for status
    body_bytes_sent sent_http_content_type sent_http_content_length sent_http_x_app sent_http_location
    sent_http_transfer_encoding remote_user upstream_addr upstream_status upstream_bytes_received upstream_http_x_app
    upstream_http_content_type proxy_host proxy_port realip_remote_addr hostname server_addr
    ssl_protocol ssl_cipher ssl_server_name ssl_session_reused ssl_client_verify ssl_client_s_dn https
""".split()
# The same form: numbers are another's clock, port or process.
ALIKE = """
    time_local time_iso8601 msec request_time upstream_connect_time upstream_header_time upstream_response_time
    request_id remote_port server_port realip_remote_port pid connection bytes_sent upstream_bytes_sent
""".split()
# What pages that weir and nginx make themselves differ in.
OF_PAGES = {"body_bytes_sent", "sent_http_content_length", "bytes_sent"}
# What is known of a request whose head is refused. nginx keeps more of what it had understood until then.
OF_REFUSED = {"remote_addr", "scheme", "status", "connection_requests", "pipe", "remote_port", "msec", "time_local",
              "time_iso8601", "request_time", "request_id", "remote_user", "upstream_addr", "upstream_status",
              "request"}
FORMAT = " ".join(f"{name}=<${name}>" for name in EQUAL + ALIKE)


def form(text):
    text = re.sub(r"\b\d+\.\d{3}\b", "SECONDS", text)
    text = re.sub(r"\b[0-9a-f]{32}\b", "ID", text)
    return re.sub(r"[A-Z][a-z]{2}\b", "MONTH", re.sub(r"\d+", "N", text))


def values(line):
    return dict(re.findall(r"(\w+)=<(.*?)>", line))


class Pair:
    """A weir and an nginx with the same locations."""

    def __init__(self, weir, app, chunked):
        self.weir = weir
        authority = Authority(weir.prefix / "tls")
        cert, key = authority.issue("localhost")
        self.context = authority.client(version=ssl.TLSVersion.TLSv1_3)
        dead = weir.dead_address()
        (weir.prefix / "www").mkdir()
        (weir.prefix / "www" / "file.html").write_text("<p>a file</p>")
        weir.start(f"""
            [main]
            worker_processes = 1
            error_log = stderr info
            pid = weir.pid
            [http]
            log_format = all '{FORMAT}'
            access_log = access.log all
            keepalive_timeout = 60s
            [upstream tries]
            server = {dead} max_fails=0
            server = {app} backup
            [upstream nobody]
            server = {dead}
            [server www]
            listen = {weir.address()}
            listen = {weir.address("tls")} ssl
            server_name = www.example.com localhost
            ssl_certificate = {cert}
            ssl_certificate_key = {key}
            [location /return]
            return = 200 hello
            [location /empty]
            return = 204
            [location /moved]
            return = 301 http://other.example/x
            [location /app]
            proxy_pass = http://{app}
            [location /chunked]
            proxy_pass = http://{chunked}
            [location /tries]
            proxy_pass = http://tries
            [location /nobody]
            proxy_pass = http://nobody
            [location /file]
            root = www
        """)
        self.addresses = {name: weir.address(f"nginx {name}") for name in ("main", "tls")}
        for name in self.addresses:
            weir.ports[f"nginx {name}"].close()
        self.nginx = nginx.Nginx(f"""
            log_format all '{FORMAT}';
            access_log logs/access.log all;
            default_type text/plain; types {{ text/html html; }}
            proxy_http_version 1.1;
            upstream tries {{ server {dead} max_fails=0; server {app} backup; }}
            upstream nobody {{ server {dead}; }}
            server {{
                listen {self.addresses["main"]}; listen {self.addresses["tls"]} ssl;
                server_name www.example.com localhost; ssl_certificate {cert}; ssl_certificate_key {key};
                ssl_protocols TLSv1.2 TLSv1.3;
                location /return {{ return 200 hello; }}
                location /empty {{ return 204; }}
                location /moved {{ return 301 http://other.example/x; }}
                location /app {{ proxy_pass http://{app}; }}
                location /chunked {{ proxy_pass http://{chunked}; }}
                location /tries {{ proxy_pass http://tries; }}
                location /nobody {{ proxy_pass http://nobody; }}
                location /file {{ root {weir.prefix}/www; }}
            }}
        """, self.addresses.values())

    def compare(self, do, count=1, name="main", tls=None, only=None):
        """do(client) with either; gives the values of weir's lines."""
        before = len(self.lines("weir")), len(self.lines("nginx"))
        for address in (self.weir.address(name), self.addresses[name]):
            with Connection(address, tls=tls) as client:
                do(client)
        lines = []
        for who, skip in zip(("weir", "nginx"), before):
            until(lambda: len(self.lines(who)) >= skip + count, f"lines of {who}")
            lines.append([values(line) for line in self.lines(who)[skip:]])
        assert len(lines[0]) == len(lines[1]) == count
        for mine, theirs in zip(*lines):
            compared = (only or {*EQUAL, *ALIKE}) - (OF_PAGES if int(mine["status"]) >= 300 else set())
            different = {each: (mine[each], theirs[each]) for each in compared
                         if mine[each] != theirs[each]
                         and (each in EQUAL or form(mine[each]) != form(theirs[each]))}
            assert not different, f"weir's and nginx's: {different}"
        return lines[0]

    def lines(self, who):
        return self.weir.lines("access.log") if who == "weir" else self.nginx.lines("logs/access.log")


def pieces(peer):
    while peer.read() is not None:
        peer.answer_chunked([b"one piece"], "X-App: yes")  # nginx puts several into one


@pytest.fixture
def pair(weir, backend):
    app = backend(answering(b"answer", "X-App: yes", "Content-Type: text/plain"))
    made = Pair(weir, app.address, backend(pieces).address)
    yield made
    made.nginx.stop()


FIELDS = ["Host: WWW.Example.com.:8080", "User-Agent: a \"b\" \\ c\xe4", "X-Own: 1", "X_Own: 2",
          "Cookie: a=1; b=2", "Cookie: a=3", "X-Forwarded-For: 10.0.0.1", "X-Forwarded-For: 10.0.0.2"]


def asking(method, target, *fields, body=None, **options):
    def do(client):
        client.request(method, target, *fields, body=body, host=None, **options).read(method)
    return do


TARGETS = ["/return", "/app/x", "/file.html", "/file.missing", "/empty", "/moved", "/nowhere", "/tries", "/nobody"]


@pytest.mark.parametrize("method, target", [*itertools.product(["GET", "HEAD"], TARGETS), ("GET", "/chunked")])
def test_each_kind_of_answer(pair, method, target):
    pair.compare(asking(method, target + "?X=1&y=%20&x=2", *FIELDS))


@pytest.mark.parametrize("target", ["/return/a%20b/../c//d?x=%22&y", "/app/%c3%a4%22?", "/return?",
                                    "http://abs.example:81/return?x=1", "http://abs.example"])
def test_targets(pair, target):
    pair.compare(asking("GET", target, *FIELDS))


def test_bodies(pair):
    """In $request_length nginx leaves out a body that nobody wants, and counts the framing of chunks; weir counts the
    bytes of every body, without its framing."""
    pair.compare(asking("POST", "/app", *FIELDS, "Content-Type: text/x", body=b"b" * 1000))


def test_requests_of_one_connection(pair):
    def do(client):
        for _ in range(3):
            client.request("GET", "/return", *FIELDS, host=None).read()
    pair.compare(do, 3)


def test_pipelined_requests(pair):
    def do(client):
        client.send("GET /return HTTP/1.1\r\nHost: www.example.com\r\n\r\n" * 3)
        for _ in range(3):
            client.read()
    pair.compare(do, 3)


def test_old_clients(pair):
    pair.compare(asking("GET", "/return", version="HTTP/1.0"))
    pair.compare(asking("GET", "/app", "Host: x", version="HTTP/1.0"))


@pytest.mark.parametrize("head", ["nonsense\r\n\r\n", "\r\nget / HTTP/1.1\r\n\r\n", "\x16\x03\x01\"\r\n\r\n",
                                  "GET /return HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
                                  "GET / HTTP/1.1\r\nHost: a\r\nBad Field: x\r\n\r\n"])
def test_refused_requests(pair, head):
    pair.compare(lambda client: client.send(head).read(), only=OF_REFUSED)


def test_tls(pair):
    """With its session resumed, too."""
    session = []

    def do(client):
        client.request("GET", "/return", "Host: localhost", host=None).read()
        session.append(client.socket.session)
    pair.compare(do, name="tls", tls=pair.context)


@pytest.mark.parametrize("target", ["/return", "/app", "/chunked", "/file.html", "/moved", "/nobody"])
def test_bytes_are_what_the_client_got(pair, target):
    def do(client):
        client.request("GET", target, "Host: x", "Connection: close", host=None)
        do.got = len(client.reader.to_end())
        do.counts.append(do.got)
    do.counts = []
    line = pair.compare(do)[0]
    assert int(line["bytes_sent"]) == do.counts[0]
    assert int(pair.lines("nginx")[-1].split("bytes_sent=<")[2].split(">")[0]) == do.counts[1]
