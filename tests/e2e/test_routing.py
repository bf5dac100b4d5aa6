# SPDX-License-Identifier: Apache-2.0
"""Which server and which location a request belongs to, with nginx's precedence."""
import pytest


def answers(weir, cases, target="/", **options):
    for given, wanted in cases.items():
        got = weir.get(target, host=given, **options).text
        assert got == wanted, f"{given}: {got}, not {wanted}"


def test_server_names(weir):
    weir.start(f"""
        [http]
        [server exact]
        listen = {weir.address()}
        server_name = example.com www.example.com
        return = 200 exact
        [server leading]
        listen = {weir.address()}
        server_name = *.example.com
        return = 200 leading
        [server longer]
        listen = {weir.address()}
        server_name = *.deep.example.com
        return = 200 longer
        [server trailing]
        listen = {weir.address()}
        server_name = mail.*
        return = 200 trailing
        [server dotted]
        listen = {weir.address()}
        server_name = .dotted.test
        return = 200 dotted
        [server regex]
        listen = {weir.address()}
        server_name = ~^r(?<digits>[0-9]+)\\.test$
        return = 200 regex-$digits
        [server fallback]
        listen = {weir.address()} default_server
        server_name = fallback.test
        return = 200 fallback
    """)
    answers(weir, {
        "example.com": "exact", "www.example.com": "exact", "EXAMPLE.COM": "exact", "example.com:80": "exact",
        "a.example.com": "leading", "a.b.example.com": "leading", "x.deep.example.com": "longer",
        "mail.anything": "trailing", "mail.example.com": "leading",
        "dotted.test": "dotted", "a.dotted.test": "dotted",
        "r42.test": "regex-42", "r.test": "fallback",
        "unknown.test": "fallback", "fallback.test": "fallback", "127.0.0.1": "fallback",
    })


def test_first_server_is_the_default(weir):
    weir.start(f"""
        [server first]
        listen = {weir.address()}
        server_name = first.test
        return = 200 first
        [server second]
        listen = {weir.address()}
        server_name = second.test
        return = 200 second
    """)
    answers(weir, {"first.test": "first", "second.test": "second", "other.test": "first"})


def test_servers_of_different_addresses(weir):
    weir.start(f"""
        [server a]
        listen = {weir.address("a")}
        server_name = same.test
        return = 200 a
        [server b]
        listen = {weir.address("b")}
        server_name = same.test
        return = 200 b
    """)
    assert weir.get("/", host="same.test", name="a").text == "a"
    assert weir.get("/", host="same.test", name="b").text == "b"


LOCATIONS = """
    [location = /exact]
    return = 200 exact
    [location /]
    return = 200 root
    [location /documents/]
    return = 200 documents
    [location /documents/deep/]
    return = 200 deep
    [location ^~ /images/]
    return = 200 images
    [location ~ \\.(gif|jpg)$]
    return = 200 regex
    [location ~* \\.png$]
    return = 200 regex-i
    [location captured]
    match = ~ ^/user/(?<name>[a-z]+)/(\\d+)$
    return = 200 $name-$2
"""


@pytest.mark.parametrize("target, wanted", [
    ("/", "root"), ("/exact", "exact"), ("/exact/", "root"), ("/exac", "root"),
    ("/documents/x", "documents"), ("/documents", "root"), ("/documents/deep/x", "deep"),
    ("/documents/1.jpg", "regex"), ("/documents/1.JPG", "documents"), ("/documents/1.PNG", "regex-i"),
    ("/images/1.gif", "images"), ("/images/1.png", "images"),
    ("/user/bob/42", "bob-42"),
    ("/exact?a=b", "exact"), ("/documents/1.gif?x=.php", "regex"),
    ("/%65xact", "exact"), ("/a/../exact", "exact"), ("/./exact", "exact"), ("//exact", "exact"),
    ("/documents/%2e%2e/images/1.gif", "images"),
])
def test_locations(weir, target, wanted):
    """The decoded, normalised path is matched: =, then the longest prefix, ^~ before regexes, regexes in order."""
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        {LOCATIONS}
    """)
    assert weir.get(target).text == wanted


@pytest.mark.parametrize("target", ["/../etc", "/a/../../b", "/%2e%2e/b", "/%00", "/%zz", "/%4", "/a%2"])
def test_bad_paths_are_refused(weir, target):
    """S-43: escaping the root, NUL, and broken escapes."""
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /]
        return = 200 fine
    """)
    assert weir.get(target).status == 400


def test_location_without_answer_is_404(weir):
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /a]
        return = 200 a
    """)
    assert weir.get("/b").status == 404
    assert weir.get("/a").status == 200


def test_merge_slashes_off(weir):
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        merge_slashes = off
        [location = /a/b]
        return = 200 merged
        [location /]
        return = 200 kept
    """)
    assert weir.get("/a//b").text == "kept"
    assert weir.get("/a/b").text == "merged"


def test_thousand_locations(weir):
    """Longest prefix among many, some of them prefixes of each other."""
    rows = "".join(f"[location /p{n}]\nreturn = 200 p{n}\n[location /p{n}/x/]\nreturn = 200 x{n}\n" for n in range(500))
    weir.start(f"""
[server main]
listen = {weir.address()}
{rows}
""")
    with weir.connect() as client:
        assert client.get("/p1").text == "p1"
        assert client.get("/p499/x/y").text == "x499"
        assert client.get("/p49/x").text == "p49"
        assert client.get("/q").status == 404


def test_ipv6_listener(weir):
    from weirtest.ports import Reservation
    import socket
    try:
        weir.ports["six"] = Reservation(socket.AF_INET6, "::1")
    except OSError:
        pytest.skip("no IPv6 here")
    weir.start(f"""
        [server main]
        listen = {weir.address("six")}
        return = 200 $remote_addr
    """)
    assert weir.get("/", name="six").text == "::1"
