# SPDX-License-Identifier: Apache-2.0
"""error_page: what stands in an error's place, and the internal redirects that lead there."""
import pytest

from weirtest.backend import closing
from weirtest.client import chunks


def site(weir, body, more=""):
    return weir.start(f"""
        [server main]
        listen = {weir.address()}
        {more}
        [location /]
        return = 404
        [location = /404.html]
        internal = on
        return = 200 "no $uri, asked for $request_uri with $request_method"
        [location @named]
        return = 200 "named $uri"
        {body}
    """)


def test_a_page_keeps_the_status(weir):
    answer = site(weir, "", "error_page = 404 /404.html").get("/x?a=1")
    assert (answer.status, answer.text) == (404, "no /404.html, asked for /x?a=1 with GET")


@pytest.mark.parametrize("how, status", [("=200", 200), ("=410", 410), ("=", 200)])
def test_another_status(weir, how, status):
    assert site(weir, "", f"error_page = 404 {how} /404.html").get("/x").status == status


def test_a_named_location_keeps_the_path(weir):
    answer = site(weir, "", "error_page = 404 @named").get("/x")
    assert (answer.status, answer.text) == (404, "named /x")


@pytest.mark.parametrize("how, status", [("", 302), ("=301", 301), ("=308", 308), ("=200", 302)])
def test_a_url_redirects(weir, how, status):
    answer = site(weir, "", f"error_page = 404 {how} http://other.test$request_uri").get("/x?y")
    assert (answer.status, answer.get("Location")) == (status, "http://other.test/x?y")


def test_pages_are_asked_for_by_get(weir):
    """A POST that fails gets the page that a GET would; its body does not become the next request."""
    with site(weir, "", "error_page = 404 /404.html").connect() as client:
        body = "GET /smuggled HTTP/1.1\r\n\r\n"  # in one piece with its head: what comes later closes
        answer = client.send(f"POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: {len(body)}\r\n\r\n{body}").read()
        assert answer.status == 404 and answer.text.endswith("with GET")
        assert client.get("/y").text.startswith("no /404.html, asked for /y")


def test_head_stays_head(weir):
    with site(weir, "", "error_page = 404 /404.html").connect() as client:
        answer = client.request("HEAD", "/x").read("HEAD")
        assert answer.status == 404 and int(answer.get("Content-Length")) > 10
        assert client.silent()


def test_internal_locations_are_for_redirects_only(weir):
    assert site(weir, "").get("/404.html").status == 404


def test_an_error_of_the_page_is_plain(weir):
    answer = site(weir, "[location /broken]\nreturn = 403", "error_page = 404 /broken").get("/x")
    assert answer.status == 403 and b"403" in answer.body


def test_recursive_error_pages_end(weir):
    """A page whose error is its own page: ten rounds, then the plain answer."""
    answer = site(weir, "", "error_page = 404 /again\nrecursive_error_pages = on").get("/x")
    assert answer.status == 404 and b"<h1>404" in answer.body


def test_locations_merge(weir):
    """S-57: an inner error_page adds to what it inherits; none clears."""
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        error_page = 404 @outer
        [location /]
        error_page = 403 @inner
        return = 404
        [location /forbidden]
        error_page = 403 @inner
        return = 403
        [location /plain]
        error_page = none
        return = 404
        [location @outer]
        return = 200 outer
        [location @inner]
        return = 200 inner
    """)
    assert weir.get("/").text == "outer"
    assert weir.get("/forbidden").text == "inner"
    assert b"<h1>404" in weir.get("/plain").body


def test_a_dead_upstream(weir):
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{weir.dead_address()}
        error_page = 502 =503 @sorry
        [location @sorry]
        add_header = Retry-After 5 always
        return = 200 sorry
    """)
    with weir.connect() as client:
        for _ in range(2):
            answer = client.get("/x")
            assert (answer.status, answer.text, answer.get("Retry-After")) == (503, "sorry", "5")


def test_a_page_from_an_upstream(weir, backend):
    """S-30: what a redirect made of the path is what the peer is asked for, not what the client wrote."""
    upstream = backend()
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        error_page = 404 =200 /errors/page?code=404
        [location /]
        return = 404
        [location /errors/]
        proxy_pass = http://{upstream.address}
    """)
    assert weir.get("/missing%20one?x=1").status == 200
    assert upstream.requests[-1].start.startswith("GET /errors/page?code=404 ")


def test_an_unknown_name_is_found_by_the_check(weir):
    weir.write(f"""
        [server main]
        listen = {weir.address()}
        error_page = 404 @nowhere
        [location /]
        return = 404
    """)
    checked = weir.run("-c", weir.config_path, "-t")
    assert checked.returncode == 1 and "there is no [location @nowhere] in [server main]" in checked.stderr


def fallback(weir, failing, page, error="502 =200 /page"):
    return weir.start(f"""
        [server main]
        listen = {weir.address()}
        error_page = {error}
        client_max_body_size = 1m
        [location /]
        proxy_pass = http://{failing}
        [location /page]
        proxy_pass = http://{page.address}
        [location @page]
        proxy_pass = http://{page.address}
    """)


def framing(request):
    return [name for name, _ in request.fields if name.lower() in ("content-length", "transfer-encoding")]


def posted(weir, body, chunked):
    """A POST on a connection that stays usable, if weir says so."""
    client = weir.connect()
    client.request("POST", "/x", *(["Transfer-Encoding: chunked"] if chunked else []), body=None if chunked else body)
    if chunked:
        client.send(chunks(body))
    return client.read("POST")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_page_from_an_upstream_is_asked_for_without_a_body(weir, backend, chunked):
    """The failed POST took the body with it: what announces one goes, too, or the page's peer would wait for it."""
    page = backend()
    fallback(weir, backend(closing).address, page)
    assert posted(weir, b"b" * 1000, chunked).status == 200
    assert page.last.method == "GET" and framing(page.last) == []


def test_what_still_comes_of_a_body_does_not_go_to_the_page(weir, backend):
    """Its rest, in the middle of which the peer broke off, would be the page's peer's next request."""
    def breaking(peer):
        peer.read_head()
        peer.reader.exactly(10)
        peer.reset()
    page = backend()
    fallback(weir, backend(breaking).address, page)
    client = weir.connect()
    client.request("POST", "/x", "Content-Length: 200000", body=b"a" * 10)
    assert client.read("POST").status == 200
    client.send(b"GET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n" * 1000)
    assert client.socket.recv(1) == b"" and len(page.requests) == 1 and framing(page.last) == []


@pytest.mark.parametrize("chunked", [False, True])
def test_a_named_location_gets_a_body_that_nobody_took(weir, backend, chunked):
    """As in nginx, method and body are the client's: its first peer was not even reached."""
    page = backend()
    fallback(weir, weir.dead_address(), page, "502 =200 @page")
    answer = posted(weir, b"important", chunked)
    assert (answer.status, answer.text, page.last.method) == (200, "important", "POST")


def test_a_named_location_gets_no_half_of_a_body(weir, backend):
    """Nothing is kept of what was passed on, and a POST without its body is another request: it becomes a GET."""
    page = backend()
    fallback(weir, backend(closing).address, page, "502 =200 @page")
    assert posted(weir, b"important", False).status == 200
    assert page.last.method == "GET" and framing(page.last) == []


@pytest.mark.parametrize("where", ["/page", "@page"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_has_a_page(weir, backend, where, chunked):
    page = backend()
    fallback(weir, backend().address, page, f"413 {where}")
    client = weir.connect()
    client.request("POST", "/x", "Transfer-Encoding: chunked" if chunked else "Content-Length: 2000000")
    if chunked:
        client.send(b"1e8480\r\n" + b"x" * 1_100_000)
    assert client.read("POST").status == 413
    assert len(page.requests) == 1 and framing(page.last) == []


def test_a_path_from_a_variable(weir):
    """As in nginx the value tells a path from a URL, not the text: "405 =200 $uri" serves the file to a POST."""
    (weir.prefix / "www").mkdir()
    (weir.prefix / "www" / "post").write_text("the file")
    site(weir, "[location /post]\nroot = www\nerror_page = 405 =200 $uri\n"
               "[location /away]\nreturn = 403\nerror_page = 403 $arg_to")
    with weir.connect() as client:
        answer = client.post("/post", b"x")
        assert (answer.status, answer.text) == (200, "the file")
    assert weir.get("/away?to=http://other.test/").get("Location") == "http://other.test/"
