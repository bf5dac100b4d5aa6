# SPDX-License-Identifier: Apache-2.0
"""Files: which one, what is said of it, and what is not served."""
import os
import re
import socket
import struct

import pytest
from weirtest.site import Site
from weirtest.wait import until


@pytest.fixture
def site(weir):
    return Site(weir)


def statuses(weir, *targets):
    return [weir.get(target).status for target in targets]


# -- files

@pytest.mark.parametrize("size", [0, 1, 2047, 2048, 2049, 16384, 16385, 65536, 65537, 3_000_000])
@pytest.mark.parametrize("http", ["", "open_file_cache = max=10", "sendfile = off", "tcp_nopush = off"])
def test_every_size_whole(site, size, http):
    content = os.urandom(size)
    site.file("data.bin", content)
    with site.serve(http=http).connect() as client:
        for _ in range(3):
            answer = client.get("/data.bin")
            assert answer.status == 200 and answer.body == content
        head = client.request("HEAD", "/data.bin").read("HEAD")
        assert head.get("Content-Length") == str(size)
        assert client.silent(0.05)


@pytest.mark.parametrize("name, expected", [
    ("a.html", "text/html"), ("a.js", "text/javascript"), ("a.mjs", "text/javascript"), ("a.css", "text/css"),
    ("A.PNG", "image/png"), ("a.svg", "image/svg+xml"), ("a.wasm", "application/wasm"), ("a.json", "application/json"),
    ("a.woff2", "font/woff2"), ("a.webp", "image/webp"), ("a.avif", "image/avif"), ("a.mp4", "video/mp4"),
    ("a.tar.gz", "application/gzip"), ("a.x.y", "text/x-own"), ("noextension", "text/plain"),
    ("a.unheard", "text/plain"),
    ("a.webmanifest", "application/manifest+json"), ("a.pdf", "application/pdf"),
])
def test_types(site, name, expected):
    site.file(name, b"x")
    site.serve(http="types = text/x-own x.y")
    assert site.weir.get("/" + name).get("Content-Type") == expected


def test_charset(site):
    site.file("a.html", "x")
    site.file("a.png", "x")
    site.serve(http="charset = utf-8")
    assert site.weir.get("/a.html").get("Content-Type") == "text/html; charset=utf-8"
    assert site.weir.get("/a.png").get("Content-Type") == "image/png"


def test_only_get_and_head(site):
    """S-44"""
    site.file("a.txt", "x")
    site.serve()
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"):
        with site.weir.connect() as client:
            answer = client.request(method, "/a.txt", body=b"abc").read()
            assert (answer.status, answer.get("Allow")) == (405, "GET, HEAD")


def test_what_is_no_file(site):
    """S-44: devices, FIFOs and sockets are not there, and nobody waits for their other end."""
    site.file("a.txt", "x")
    os.mkfifo(site.root / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(site.root / "socket"))
        os.mknod(site.root / "null", 0o666 | 0o020000, os.makedev(1, 3))
        site.serve()
        assert statuses(site.weir, "/fifo", "/socket", "/null", "/a.txt/", "/a.txt/b", "/none", "/none/",
                        "/" + "x" * 300, "/a.txt") == [404] * 8 + [200]


def test_not_readable(site):
    site.file("a.txt", "x").chmod(0)
    site.file("closed/b.txt", "x").parent.chmod(0)
    site.serve()
    assert statuses(site.weir, "/a.txt", "/closed/b.txt") == [403, 403]


def test_errors_are_counted(site):
    site.serve()
    site.weir.get("/none")
    site.weir.wait_metric(1, "weir_static_file_errors_total", errno="ENOENT")
    site.weir.wait_metric(1, "weir_http_aborts_total", reason="file_not_found")


def test_log_not_found(site):
    site.serve(locations="[location /]\n[location /quiet/]\nlog_not_found = off")
    site.weir.get("/quiet/one")
    site.weir.get("/two")
    site.weir.wait_for("GET /two")
    assert "GET /quiet/one" not in site.weir.log()


# -- folders

def test_a_folder_gets_its_slash(site):
    """S-45: relative, escaped, with the query."""
    site.file("a b/index.html", "index")
    site.serve(locations="[location /]\n[location /abs/]\nabsolute_redirect = on")
    answer = site.weir.get("/a%20b?x=%2F&y")
    assert (answer.status, answer.get("Location")) == (301, "/a%20b/?x=%2F&y")
    site.file("abs/dir/index.html", "x")
    assert site.weir.get("/abs/dir", host="www.test:81").get("Location") == "http://www.test:81/abs/dir/"


def test_index_is_an_internal_redirect(site):
    """S-45: locations are matched anew."""
    site.file("index.html", "top")
    site.file("sub/second.php", "raw")
    site.serve(server="index = first.html second.php index.html",
               locations='[location /]\n[location ~ \\.php$]\nreturn = 200 "ran $uri of $request_uri"')
    assert site.weir.get("/").text == "top"
    assert site.weir.get("/sub/?q").text == "ran /sub/second.php of /sub/?q"


def test_index_elsewhere(site):
    site.file("deep/x", "")
    site.serve(server="index = none.html /fallback",
               locations="[location /]\n[location = /fallback]\nreturn = 200 there")
    assert site.weir.get("/deep/").text == "there"


def test_without_an_index(site):
    site.file("sub/a", "x")
    site.serve()
    assert statuses(site.weir, "/sub/", "/none/") == [403, 404]


# -- root, alias, try_files

def test_alias(site):
    site.file("b/one.txt", "one")
    site.file("fav.ico", "icon")
    site.serve(locations="""
[location /i/]
alias = www/b/
[location = /favicon]
alias = www/fav.ico
[location users]
match = ~ ^/u/(\\w+)/(.+)$
alias = www/$1/$2
""")
    assert site.weir.get("/i/one.txt").text == "one"
    assert site.weir.get("/favicon").get("Content-Type") == "image/x-icon"
    assert site.weir.get("/u/b/one.txt").text == "one"
    assert site.weir.get("/i../fav.ico").status == 404


@pytest.mark.parametrize("location, alias", [("/i", "/srv/d/"), ("/i/", "/srv/d"), ("/i", "/srv/d")])
def test_alias_is_linted(weir, location, alias):
    """S-43: /i../ must not leave the folder."""
    weir.write(f"[server s]\nlisten = {weir.address()}\n[location {location}]\nalias = {alias}\n")
    checked = weir.run("-c", weir.config_path, "-t")
    assert checked.returncode == 1 and "must both end in" in checked.stderr


def test_root_with_variables(site):
    site.file("one.test/a", "one")
    site.file("two.test/a", "two")
    site.serve(server="", locations="[location /]\nroot = www/$host\n[location /arg/]\nroot = www/$arg_d")
    assert site.weir.get("/a", host="one.test").text == "one"
    assert site.weir.get("/a", host="two.test").text == "two"
    for climbing in ("..", "../www/one.test", "one.test/..", "/etc", ".."):
        assert site.weir.get(f"/arg/?d={climbing}").status in (403, 404)


def test_try_files(site):
    site.file("a.txt", "a")
    site.file("sub/index.html", "sub")
    site.file("page.html", "page")
    site.file("index.html", "app")
    site.serve(locations="[location /]\ntry_files = $uri $uri.html $uri/ /index.html")
    assert [site.weir.get(target).text for target in ("/a.txt", "/page", "/sub/", "/no/such/route", "/")] == [
        "a", "page", "sub", "app", "app"]
    folder = site.weir.get("/sub?x=1")
    assert folder.status == 301 and folder.get("Location").endswith("/sub/?x=1"), "S-45"


def test_try_files_goes_elsewhere(site, backend):
    upstream = backend()
    site.file("a.txt", "a")
    site.serve(locations=f"""
[location /]
try_files = $uri @app
[location /code/]
try_files = $uri =410
[location /args/]
try_files = $uri /run?to=$uri&$args
[location /run]
return = 200 "$uri $args"
[location @app]
proxy_pass = http://{upstream.address}
""")
    assert site.weir.get("/a.txt").text == "a"
    assert site.weir.get("/x%20y?z").status == 200
    assert upstream.requests[-1].target == "/x%20y?z"
    assert site.weir.get("/code/x").status == 410
    assert site.weir.get("/args/x?q=1").text == "/run to=/args/x&q=1"


def test_redirects_end(site):
    """Ten internal redirects, then 500."""
    site.serve(locations="[location /]\ntry_files = /none /other\n[location /other]\ntry_files = /none /again")
    assert site.weir.get("/").status == 500
    site.weir.wait_for("too_many_redirects")


def test_try_files_needs_a_root(weir):
    weir.write(f"[server s]\nlisten = {weir.address()}\n[location /]\ntry_files = $uri =404\n")
    assert 'there is no "root" to try files in' in weir.run("-c", weir.config_path, "-t").stderr


# -- what changes

def test_a_truncated_file_closes(site):
    """S-48: what is missing is never made up."""
    path = site.file("big", b"x" * 30_000_000)
    site.serve()
    with site.weir.connect() as client:
        client.request("GET", "/big")
        head = client.reader.head()
        assert b"Content-Length: 30000000" in head
        client.reader.more()
        os.truncate(path, 1000)
        got = len(client.reader.buffer) + len(client.socket.recv(1 << 20))
        while chunk := client.socket.recv(1 << 20):
            got += len(chunk)
        assert got < 30_000_000
    site.weir.wait_for("file_truncated")


def packets_of(client, target):
    """Gets it; the bytes received and how many packets brought them."""
    client.send(f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    received, room = 0, bytearray(1 << 20)
    while count := client.socket.recv_into(room):
        received += count
    info = client.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
    data_segs_in, = struct.unpack_from("<I", info, 152)
    return received, data_segs_in


def test_a_big_file_leaves_in_full_packets(site):
    """Acknowledgements do not send off what is there of a packet (TCP_CORK, part of tcp_nopush)."""
    site.file("big.bin", bytes(32 << 20))
    site.serve()
    received = packets = 0
    for _ in range(5):
        with site.weir.connect() as client:
            more, of = packets_of(client, "/big.bin")
        received, packets = received + more, packets + of
    assert received > 5 * 32 << 20
    assert received / packets > 56_000  # of 65,483; without, 42,000 to 49,000


def test_the_cache_sees_changes(site):
    """S-48: replaced, written in place, deleted: the next request knows, long before open_file_cache_valid."""
    site.file("a.txt", b"one")
    site.serve(http="open_file_cache = max=10\nopen_file_cache_valid = 1h")
    get = site.weir.get
    assert [get("/a.txt").text for _ in range(3)] == ["one"] * 3
    site.weir.wait_metric(2, "weir_static_file_cache_requests_total", result="hit")
    site.replace("a.txt", b"second")
    until(lambda: get("/a.txt").text == "second", lambda: "the replaced file")
    (site.root / "a.txt").write_bytes(b"third!")
    until(lambda: get("/a.txt").text == "third!", lambda: "the changed file")
    (site.root / "a.txt").unlink()
    until(lambda: get("/a.txt").status == 404, lambda: "the file's end")


def test_the_cache_is_bounded_and_outlives_a_reload(site):
    for i in range(8):
        site.file(f"{i}", b"x" * 1000)
    site.serve(http="open_file_cache = max=5 memory=3000")
    for i in range(8):
        assert site.weir.get(f"/{i}").status == 200
    site.weir.wait_metric(3000, "weir_static_file_cache_bytes")
    assert site.weir.metrics().sum("weir_static_file_cache_files") <= 5
    hits = site.weir.metrics().sum("weir_static_file_cache_requests_total", result="hit")
    assert site.weir.reload().returncode == 0
    assert site.weir.get("/7").status == 200
    site.weir.wait_metric(hits + 1, "weir_static_file_cache_requests_total", result="hit")


def test_missing_files_are_kept_in_mind_when_asked(site):
    site.serve(http="open_file_cache = max=10\nopen_file_cache_errors = on\nopen_file_cache_valid = 300ms")
    assert site.weir.get("/late").status == 404
    site.file("late", b"here")
    until(lambda: site.weir.get("/late").status == 200, lambda: "the file, after open_file_cache_valid")


def test_a_deployment_by_rename(site):
    """The root is looked up anew for each request that no cache answers."""
    site.file("a", b"old")
    site.serve()
    assert site.weir.get("/a").text == "old"
    site.root.rename(site.root.with_name("old"))
    site.root.mkdir()
    site.file("a", b"new")
    assert site.weir.get("/a").text == "new"


# -- precompressed

def test_precompressed(site):
    """S-49: by weight, each with its own tag; the type is that of the plain file."""
    site.file("a.js", b"plain")
    for suffix in ("gz", "br", "zst"):
        site.file("a.js." + suffix, suffix.encode())
    site.serve(http="gzip_static = on\nbrotli_static = on\nzstd_static = on")

    def ask(accept):
        return site.weir.get("/a.js", *([f"Accept-Encoding: {accept}"] if accept is not None else []))
    for accept, body in [(None, "plain"), ("gzip", "gz"), ("gzip, br", "br"), ("gzip, br;q=0.1", "gz"), ("zstd", "zst"),
                         ("identity", "plain"), ("gzip;q=0", "plain"), ("*", "br"), ("br;q=0, *", "zst"),
                         ("x-gzip", "gz")]:
        answer = ask(accept)
        assert answer.text == body, accept
        assert answer.get("Content-Type") == "text/javascript" and answer.get("Vary") == "Accept-Encoding"
        coding = {"gz": "gzip", "zst": "zstd"}.get(body, body)
        assert answer.get("Content-Encoding") == (None if body == "plain" else coding)
    assert len({ask(accept).get("ETag") for accept in ("", "gzip", "br", "zstd")}) == 4
    assert site.weir.get("/a.js.gz").get("Content-Type") == "application/gzip"


# -- listings

def test_listing(site):
    site.file("sub/b.txt", b"x" * 1500)
    site.file("sub/<a&b>\"'.txt", b"x")
    site.file("sub/folder/x", b"")
    site.file("sub/.hidden", b"")
    site.file("sub/50% off?#.txt", b"y")
    site.link("sub/broken", "nowhere")
    site.link("sub/outside", "../../secret.txt")
    site.link("sub/inside", "b.txt")
    site.serve(server="autoindex = on")
    page = site.weir.get("/sub/")
    assert page.get("Content-Type") == "text/html; charset=utf-8" and "script" not in page.text
    links = re.findall(r'<a class="[df]" href="([^"]*)">', page.text)
    assert links[0] == "folder/" and ".hidden" not in page.text and "broken" not in page.text
    assert "outside" not in page.text and "inside" in page.text
    assert "&lt;a&amp;b&gt;&quot;&#39;.txt" in page.text and "1.5 kB" in page.text and "UTC" in page.text
    for link in links[1:]:
        assert site.weir.get("/sub/" + link).status == 200, link


def test_listing_order(site):
    for name, size, age in (("a", 30, 10), ("b", 10, 30), ("c", 20, 20)):
        site.file(name, b"x" * size, age)
    site.serve(server="autoindex = on\nautoindex_exact_size = on")

    def order(query):
        return "".join(re.findall(r'<a class="f" href="(.)">', site.weir.get("/" + query).text))
    assert [order(q) for q in ("", "?C=N&O=D", "?C=S&O=A", "?C=S&O=D", "?C=M&O=A", "?C=x")] == [
        "abc", "cba", "bca", "acb", "bca", "abc"]


def test_listing_as_json(site):
    import json
    site.file("a\"b", b"123")
    (site.root / "d").mkdir()
    site.serve(server="autoindex = on\nautoindex_format = json")
    answer = site.weir.get("/")
    found = json.loads(answer.text)
    assert answer.get("Content-Type") == "application/json"
    assert [(e["name"], e["type"], e.get("size")) for e in found] == [("d", "directory", None), ('a"b', "file", 3)]


def disk_waits(site):
    return site.weir.metrics().sum("weir_static_disk_waits_total")


def test_a_name_that_is_not_in_memory_does_not_hold_up_the_loop(site):
    """S-48: of a name that nobody has asked for, the kernel has to ask the disk; a thread does that beside the loop."""
    site.file("a", b"content")
    site.serve()
    assert site.weir.get("/a").status == 200
    before = disk_waits(site)
    assert site.weir.get("/never-asked-for").status == 404
    assert disk_waits(site) > before


@pytest.mark.parametrize("http", ["", "open_file_cache = max=100\nopen_file_cache_errors = on"])
def test_the_search_goes_on_after_each_such_name(site, http):
    """try_files, precompressed variants and index, none of whose names is in memory; access rules are not asked again
    in a way that shows."""
    site.file("folder/last.html", b"found")
    site.serve("", """
[location /try]
try_files = $uri.1 $uri.2 $uri.3 /folder/
[location /]
allow = all
gzip_static = on
index = first.html second.html last.html
add_header = X-Once yes
    """, http)
    for target in ("/folder/", "/try/x"):
        answer = site.weir.get(target, "Accept-Encoding: gzip")
        assert (answer.status, answer.text, answer.all("X-Once")) == (200, "found", ["yes"])
    with site.weir.connect() as client:
        for number in range(30):
            assert client.get(f"/missing-{number}").status == 404
            assert client.get("/folder/last.html").text == "found"


def test_clients_that_leave_while_a_name_is_looked_up(site):
    site.serve()
    for number in range(50):
        client = site.weir.connect()
        client.request("GET", f"/gone-{number}")
        client.reset()
    assert site.weir.get("/here").status == 404
