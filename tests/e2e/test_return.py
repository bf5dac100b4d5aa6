# SPDX-License-Identifier: Apache-2.0
"""return: a status, a text or a URL."""
import pytest


def returning(weir, value, more=""):
    return weir.start(f"""
        [server main]
        listen = {weir.address()}
        server_name = name.test
        {more}
        [location /]
        return = {value}
    """)


@pytest.mark.parametrize("value, status, body", [
    ("200 hello", 200, b"hello"),
    ('200 "two words"', 200, b"two words"),
    ("201 made", 201, b"made"),
    ("404 nothing", 404, b"nothing"),
    ("503 later", 503, b"later"),
    ('200 "line\\n"', 200, None),
    ("200", 200, b""),
])
def test_texts(weir, value, status, body):
    answer = returning(weir, value).get("/")
    assert answer.status == status
    assert body is None or answer.body == body


def test_variables(weir):
    returning(weir, '200 "$request_method $scheme://$host$request_uri $uri $args $arg_b ${http_x}; $remote_addr"')
    answer = weir.get("/a%20b?a=1&b=2", "X: y", host="name.test:99")
    assert answer.text == "GET http://name.test/a%20b?a=1&b=2 /a b a=1&b=2 2 y; 127.0.0.1"


def test_default_type(weir):
    answer = returning(weir, "200 x", "default_type = application/json").get("/")
    assert answer.get("Content-Type") == "application/json"


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_relative(weir, code):
    """absolute_redirect is off by default."""
    answer = returning(weir, f"{code} /new$is_args$args").get("/old?a=b")
    assert (answer.status, answer.get("Location")) == (code, "/new?a=b")


def test_url_alone_is_302(weir):
    answer = returning(weir, "https://$host$request_uri").get("/x", host="name.test")
    assert (answer.status, answer.get("Location")) == (302, "https://name.test/x")


def test_absolute_redirect(weir):
    answer = returning(weir, "301 /new", "absolute_redirect = on").get("/", host="name.test")
    assert answer.get("Location").startswith("http://name.test") and answer.get("Location").endswith("/new")


def test_value_from_the_client_cannot_split_the_head(weir):
    """A decoded CR LF must not become header lines."""
    with returning(weir, "302 /login?to=$uri").connect() as client:
        answer = client.get("/%0d%0aSet-Cookie:%20a=b")
        assert "Set-Cookie" not in answer
        assert answer.status in (302, 400, 500)


def test_444_closes_without_an_answer(weir):
    with returning(weir, "444").connect() as client:
        client.request("GET", "/")
        assert client.ended()


def test_204_has_no_body(weir):
    with returning(weir, "204").connect() as client:
        for _ in range(2):
            answer = client.get("/")
            assert answer.status == 204 and "Transfer-Encoding" not in answer
        assert client.silent()


def test_head(weir):
    with returning(weir, "200 hello").connect() as client:
        answer = client.request("HEAD", "/").read("HEAD")
        assert answer.get("Content-Length") == "5"
        assert client.silent()


def test_error_pages_name_their_status(weir):
    answer = returning(weir, "404").get("/")
    assert b"404" in answer.body and "html" in answer.get("Content-Type")


def test_add_header_merges_and_clears(weir):
    """A location adds to what it inherits; none clears."""
    weir.start(f"""
        [http]
        add_header = X-Http 1
        [server main]
        listen = {weir.address()}
        add_header = X-Server $host
        [location /]
        add_header = X-Location 3
        return = 200 ok
        [location /clear]
        add_header = X-Http none
        return = 200 ok
        [location /error]
        add_header = X-Always 4 always
        return = 404 gone
    """)
    answer = weir.get("/")
    assert [answer.get(f"X-{name}") for name in ("Http", "Server", "Location")] == ["1", "test", "3"]
    assert weir.get("/clear").get("X-Http") is None and weir.get("/clear").get("X-Server") == "test"
    answer = weir.get("/error")
    assert answer.get("X-Always") == "4" and "X-Http" not in answer


def test_server_tokens(weir):
    assert returning(weir, "200 x").get("/").get("Server") == "weir"


def test_server_tokens_on(weir):
    assert returning(weir, "200 x", "server_tokens = on").get("/").get("Server").startswith("weir/")
