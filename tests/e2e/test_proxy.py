# SPDX-License-Identifier: Apache-2.0
"""proxy_pass: what the backend is sent, and what of its answer the client sees (S-27 to S-30)."""
import pytest
from weirtest.backend import answering


def proxying(weir, location, address, more="", server=""):
    return weir.start(f"""
        [server main]
        listen = {weir.address()}
        {server}
        [location {location}]
        proxy_pass = http://{address}
        {more}
    """)


# ---- S-30: the URI rule ----

@pytest.mark.parametrize("location, uri, target, wanted", [
    ("/", "", "/a%2Fb//c/../d?x=%20y", "/a%2Fb//c/../d?x=%20y"),
    ("/api/", "", "/api/x", "/api/x"),
    ("/api/", "/", "/api/x?y=z", "/x?y=z"),
    ("/api/", "/v2/", "/api/x", "/v2/x"),
    ("/api", "/v2", "/api/x", "/v2/x"),
    ("/api/", "/v2", "/api/x", "/v2x"),
    ("/api", "/", "/api/x", "//x"),
    ("/api/", "/v2/", "/api/a%20b", "/v2/a%20b"),
    ("/api/", "/v2/", "/api/a%3Fb", "/v2/a%3Fb"),
    ("/api/", "/v2/", "/api/./x/../y", "/v2/y"),
    ("= /one", "/other", "/one?a=b", "/other?a=b"),
    ("/api/", "/v2/", "/api/caf%C3%A9", "/v2/caf%C3%A9"),
])
def test_uri_rule(weir, backend, location, uri, target, wanted):
    app = backend(answering())
    proxying(weir, location, app.address + uri)
    assert weir.get(target).status == 200
    assert app.last.target == wanted


def test_variables_in_proxy_pass_are_taken_literally(weir, backend):
    app = backend(answering())
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /v/]
        proxy_pass = http://{app.address}/fixed?was=$arg_a
    """)
    weir.get("/v/x?a=1")
    assert app.last.target == "/fixed?was=1"


def test_the_host_of_variables_is_their_value(weir, backend):
    """What the peer is called, and $proxy_host: the address that came of them."""
    app = backend(answering())
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://127.0.0.1:$arg_p
        [location /named/]
        proxy_pass = http://127.0.0.1:$arg_p
        proxy_set_header = Host $proxy_host
        proxy_set_header = X-Port $proxy_port
    """)
    assert weir.get(f"/v?p={app.port}").status == 200
    assert app.last.all("Host") == [app.address]
    assert weir.get(f"/named/?p={app.port}").status == 200
    assert app.last.all("Host") == [app.address] and app.last.get("X-Port") == str(app.port)


def test_unix_socket(weir, backend):
    app = backend(answering(b"unix"), path=str(weir.prefix / "app.sock"))
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /a/]
        proxy_pass = http://{app.address}:/b/
        [location /]
        proxy_pass = http://{app.address}
    """)
    assert weir.get("/x").body == b"unix" and app.last.target == "/x"
    assert weir.get("/a/x").body == b"unix" and app.last.target == "/b/x"


def test_upstream_by_name(weir, backend):
    app = backend(answering(b"ok"))
    weir.start(f"""
        [upstream app]
        server = {app.address}
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://app
    """)
    assert weir.get("/").body == b"ok"
    assert app.last.get("Host") == "app"


def test_upstream_by_host_name(weir, backend):
    app = backend(answering(b"ok"))
    proxying(weir, "/", f"localhost:{app.port}")
    weir.get("/")  # the first may come before the name is resolved
    assert any(weir.get("/").status == 200 for _ in range(50))
    assert app.last.get("Host") == f"localhost:{app.port}"


# ---- what is sent upstream ----

def test_host_is_the_proxys_by_default(weir, backend):
    """S-29."""
    app = backend(answering())
    proxying(weir, "/", app.address).get("/", host="client.test")
    assert app.last.all("Host") == [app.address]


def test_forwarded_headers_are_sent(weir, backend):
    """S-28."""
    app = backend(answering())
    proxying(weir, "/", app.address).get("/", host="client.test:99")
    assert app.last.all("X-Forwarded-For") == ["127.0.0.1"]
    assert app.last.all("X-Forwarded-Proto") == ["http"]
    assert len(app.last.all("X-Forwarded-Host")) == 1
    assert app.last.get("X-Forwarded-Host").startswith("client.test")


def test_forwarded_headers_of_strangers_are_not_believed(weir, backend):
    """S-28: nobody is trusted unless set_real_ip_from names him."""
    app = backend(answering())
    proxying(weir, "/", app.address)
    weir.get("/", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil")
    assert app.last.all("X-Forwarded-For") == ["127.0.0.1"]
    assert app.last.all("X-Forwarded-Proto") == ["http"]
    assert app.last.all("X-Forwarded-Host") == ["test"]


def test_other_claims_of_strangers_do_not_pass(weir, backend):
    """S-28: nor does anything else that is said about who the client is."""
    app = backend(answering())
    claims = {"X-Real-IP": "6.6.6.6", "Forwarded": "for=6.6.6.6", "X-Forwarded-Port": "6", "X-Forwarded-Server": "six"}
    fields = [f"{name}: {value}" for name, value in claims.items()]
    proxying(weir, "/", app.address, server="set_real_ip_from = 127.0.0.9")
    weir.get("/", *fields, "X-Real: mine")
    assert app.last.get("X-Real") == "mine" and not any(app.last.all(name) for name in claims)


def test_forwarded_headers_of_trusted_proxies_are_kept(weir, backend):
    """S-28: appended to, as one list."""
    app = backend(answering())
    proxying(weir, "/", app.address, server="set_real_ip_from = 127.0.0.0/8")
    weir.get("/", "X-Forwarded-For: 10.1.1.1", "X-Forwarded-For: 10.2.2.2", "X-Forwarded-Proto: https",
             "X-Forwarded-Host: public.test", "Forwarded: for=10.2.2.2")
    assert app.last.all("Forwarded") == ["for=10.2.2.2"]
    assert ", ".join(app.last.all("X-Forwarded-For")).replace(" ", "") == "10.1.1.1,10.2.2.2,127.0.0.1"
    assert app.last.all("X-Forwarded-Proto") == ["https"]
    assert app.last.all("X-Forwarded-Host") == ["public.test"]


def test_a_location_may_trust_others_than_its_server(weir):
    """S-28: for variables, access rules and limits alike."""
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        set_real_ip_from = 127.0.0.9
        real_ip_header = X-Forwarded-For
        [location /]
        return = 200 "$remote_addr $realip_remote_addr"
        [location /near/]
        set_real_ip_from = 127.0.0.1
        real_ip_header = X-Real-IP
        return = 200 "$remote_addr $realip_remote_addr"
        [location /closed/]
        set_real_ip_from = 127.0.0.1
        deny = 10.0.0.1
        return = 200 open
    """)
    fields = ("X-Forwarded-For: 10.0.0.1", "X-Real-IP: 10.0.0.2")
    assert weir.get("/", *fields).body == b"127.0.0.1 127.0.0.1"
    assert weir.get("/near/", *fields).body == b"10.0.0.2 127.0.0.1"
    assert weir.get("/closed/", *fields).status == 403
    assert weir.get("/closed/").status == 200


def test_hop_by_hop_fields_are_stripped(weir, backend):
    """S-27, and what Connection names (RFC 9110 section 7.6.1)."""
    app = backend(answering())
    proxying(weir, "/", app.address)
    weir.get("/", "Connection: keep-alive, X-Private", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive",
             "X-Private: secret", "TE: gzip", "Trailer: X", "Proxy-Authorization: Basic abc", "Upgrade: h2c",
             "X-Public: 1")
    for name in ("Keep-Alive", "Proxy-Connection", "X-Private", "TE", "Trailer", "Proxy-Authorization", "Upgrade"):
        assert name not in app.last, name
    assert app.last.get("X-Public") == "1"


def test_connection_cannot_strip_our_own_fields(weir, backend):
    """S-27: nominated names go before X-Forwarded-* are added."""
    app = backend(answering())
    proxying(weir, "/", app.address, "proxy_set_header = X-Secret token")
    weir.get("/", "Connection: X-Forwarded-For, X-Secret, Host, Content-Length")
    assert app.last.all("X-Forwarded-For") == ["127.0.0.1"]
    assert app.last.all("X-Secret") == ["token"] and app.last.all("Host") == [app.address]


def test_proxy_set_header(weir, backend):
    app = backend(answering())
    proxying(weir, "/", app.address, """
        proxy_set_header = Host $host
        proxy_set_header = X-Real-IP $remote_addr
        proxy_set_header = X-Both "$http_x_one and $http_x_two"
        proxy_set_header = User-Agent ""
        proxy_set_header = X-Id $request_id
    """)
    weir.get("/", "User-Agent: me", "X-One: 1", "X-Two: 2", "X-Real-IP: 6.6.6.6", host="client.test")
    assert app.last.all("Host") == ["client.test"]
    assert app.last.all("X-Real-IP") == ["127.0.0.1"]
    assert app.last.all("X-Both") == ["1 and 2"]
    assert "User-Agent" not in app.last
    assert len(app.last.get("X-Id")) == 32


def test_proxy_set_header_merges(weir, backend):
    """A location adds to what it inherits, replaces by name, and clears by none."""
    app = backend(answering())
    weir.start(f"""
        [http]
        proxy_set_header = X-Http 1
        proxy_set_header = X-Same http
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{app.address}
        proxy_set_header = X-Location 2
        proxy_set_header = X-Same location
        [location /clear]
        proxy_pass = http://{app.address}
        proxy_set_header = X-Http none
    """)
    weir.get("/")
    assert (app.last.get("X-Http"), app.last.get("X-Location")) == ("1", "2")
    assert app.last.all("X-Same") == ["location"]
    weir.get("/clear")
    assert "X-Http" not in app.last and app.last.get("X-Same") == "http"


def test_forwarded_fields_can_be_set_by_hand(weir, backend):
    app = backend(answering())
    proxying(weir, "/", app.address, "proxy_set_header = X-Forwarded-For $proxy_add_x_forwarded_for")
    weir.get("/", "X-Forwarded-For: 10.0.0.1")
    assert app.last.all("X-Forwarded-For") == ["10.0.0.1, 127.0.0.1"]


def test_proxy_method(weir, backend):
    app = backend(answering())
    proxying(weir, "/", app.address, "proxy_method = POST").get("/")
    assert app.last.method == "POST"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "M-SEARCH"])
def test_methods_pass(weir, backend, method):
    app = backend(answering())
    proxying(weir, "/", app.address)
    assert weir.connect().request(method, "/").read(method).status == 200
    assert app.last.method == method


@pytest.mark.parametrize("line", ["CONNECT example.com:443", "TRACE /"])
@pytest.mark.parametrize("what", ["[location /]\n        proxy_pass = http://{app}", "return = 200 x", ""])
def test_tunnels_and_traces_are_refused(weir, backend, line, what):
    """Whatever the server does with other requests; the log says why, and no peer hears of it."""
    app = backend(answering())
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        {what.format(app=app.address)}
    """)
    with weir.connect() as client:
        client.send(f"{line} HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
        answer = client.read()
        assert answer.status == 405 and "GET" in answer.get("Allow")
        # The request was delimited: the connection serves on.
        assert client.get("/").status in (200, 404)
    weir.wait_for("method_not_allowed: the method is not served here")
    assert all(request.method == "GET" for request in app.requests)


def test_proxy_bind(weir, backend):
    seen = []

    def app(peer):
        seen.append(peer.socket.getpeername()[0])
        answering()(peer)
    proxying(weir, "/", backend(app).address, "proxy_bind = 127.0.0.7").get("/")
    assert seen == ["127.0.0.7"]


# ---- what of the answer passes ----

def test_hop_by_hop_fields_of_the_answer_are_stripped(weir, backend):
    """S-27."""
    app = answering(b"", "Connection: keep-alive, X-Private", "X-Private: 1", "Keep-Alive: timeout=3", "X-Public: 2",
                    "Proxy-Authenticate: Basic", "Trailer: X")
    answer = proxying(weir, "/", backend(app).address).get("/")
    for name in ("X-Private", "Keep-Alive", "Trailer"):
        assert name not in answer, name
    assert answer.get("X-Public") == "2"


def test_accel_fields_are_hidden(weir, backend):
    answer = proxying(weir, "/", backend(answering(b"", "X-Accel-Buffering: no", "X-Pad: x")).address).get("/")
    assert "X-Accel-Buffering" not in answer and "X-Pad" not in answer


def test_hide_and_pass_header(weir, backend):
    app = answering(b"", "X-Powered-By: php", "X-Pad: x", "X-Other: 1", "Server: app")
    proxying(weir, "/", backend(app).address, """
        proxy_hide_header = X-Powered-By
        proxy_pass_header = X-Pad
        proxy_pass_header = Server
    """)
    answer = weir.get("/")
    assert "X-Powered-By" not in answer
    assert (answer.get("X-Pad"), answer.get("X-Other"), answer.all("Server")) == ("x", "1", ["app"])


def test_add_header(weir, backend):
    proxying(weir, "/", backend(answering()).address, """
        add_header = X-Upstream $upstream_addr
        add_header = X-Status $upstream_status always
    """)
    answer = weir.get("/")
    assert answer.get("X-Upstream").startswith("127.0.0.1:") and answer.get("X-Status") == "200"


def test_proxy_redirect_default(weir, backend):
    """A Location that begins with the proxied URL is made the client's."""
    app = backend(lambda peer: answering(b"", f"Location: http://{app.address}/v2/login", status="302 Found")(peer))
    proxying(weir, "/api/", f"{app.address}/v2/")
    assert weir.get("/api/x").get("Location") == "/api/login"


def test_proxy_redirect_rewrites_refresh(weir, backend):
    app = backend(lambda peer: answering(b"", f"Refresh: 5; URL=http://{app.address}/app/next")(peer))
    proxying(weir, "/rf/", f"{app.address}/app/")
    assert weir.get("/rf/x").all("Refresh") == ["5; URL=/rf/next"]


def test_proxy_redirect_leaves_other_places_alone(weir, backend):
    app = backend(answering(b"", "Location: https://elsewhere.test/", status="302 Found"))
    assert proxying(weir, "/", app.address).get("/").get("Location") == "https://elsewhere.test/"


def test_proxy_redirect_by_hand(weir, backend):
    app = backend(answering(b"", "Location: http://old.test/a", status="302 Found"))
    proxying(weir, "/", app.address, "proxy_redirect = http://old.test/ https://$host/")
    assert weir.get("/").get("Location") == "https://test/a"


def test_error_answers_of_the_backend_pass(weir, backend):
    proxying(weir, "/", backend(answering(b"mine", status="503 Busy")).address)
    answer = weir.get("/")
    assert (answer.status, answer.reason, answer.body) == (503, "Busy", b"mine")
