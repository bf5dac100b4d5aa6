# SPDX-License-Identifier: Apache-2.0
"""What is said about content: expires, robots, cors."""
import email.utils
import time

import pytest
from weirtest.site import Site


@pytest.fixture
def site(weir):
    site = Site(weir)
    site.file("f.txt", "x", age=3600)
    return site


def until_expiry(answer):
    return email.utils.parsedate_to_datetime(answer.get("Expires")).timestamp() - time.time()


@pytest.mark.parametrize("value, control, seconds", [
    ("1h", "max-age=3600", 3600), ("-1h", "no-cache", -3600), ("0", "max-age=0", 0), ("modified 2h", None, 3600),
])
def test_expires(site, value, control, seconds):
    site.serve(http=f"expires = {value}")
    answer = site.weir.get("/f.txt")
    assert abs(until_expiry(answer) - seconds) < 20
    assert control is None or answer.get("Cache-Control") == control
    assert "Expires" not in site.weir.get("/none")


def test_expires_fixed(site):
    site.serve(locations="""
[location /]
expires = max
[location /never]
expires = epoch
return = 200 x
[location /noon]
expires = @12h
return = 200 x
[location /off]
expires = off
return = 200 x
""")
    assert site.weir.get("/f.txt").get("Cache-Control") == "max-age=315360000"
    assert site.weir.get("/never").get("Cache-Control") == "no-cache"
    assert " 12:00:00 GMT" in site.weir.get("/noon").get("Expires")
    assert "Expires" not in site.weir.get("/off")


def test_expires_replaces_the_peers(site, backend):
    upstream = backend(lambda peer: [peer.answer("x", "Cache-Control: private", "Expires: 0")
                                     for _ in iter(peer.read, None)])
    site.serve(locations=f"[location /]\nexpires = 1h\nproxy_pass = http://{upstream.address}")
    assert site.weir.get("/").all("Cache-Control") == ["max-age=3600"]


@pytest.mark.parametrize("value, text", [("deny", "User-agent: *\nDisallow: /\n"),
                                         ("allow", "User-agent: *\nDisallow:\n")])
def test_robots(site, value, text):
    site.serve(http=f"robots = {value}")
    answer = site.weir.get("/robots.txt")
    assert (answer.status, answer.text, answer.get("Content-Type")) == (200, text, "text/plain")
    assert site.weir.get("/f.txt").get("X-Robots-Tag") == ("noindex, nofollow" if value == "deny" else None)


def test_robots_off(site):
    site.serve()
    assert site.weir.get("/robots.txt").status == 404


ORIGIN = "Origin: https://app.example.com"


def preflight(weir, *fields):
    with weir.connect() as client:
        return client.request("OPTIONS", "/f.txt", "Access-Control-Request-Method: PUT", *fields).read()


def test_cors_any(site):
    site.serve(http="cors = *")
    assert site.weir.get("/f.txt", ORIGIN).get("Access-Control-Allow-Origin") == "*"
    answer = site.weir.get("/f.txt")
    assert "Access-Control-Allow-Origin" not in answer and "Vary" not in answer
    assert site.weir.get("/none", ORIGIN).get("Access-Control-Allow-Origin") == "*"


@pytest.mark.parametrize("origin, allowed", [
    ("https://app.example.com", True), ("https://a.b.other.test", True), ("https://other.test", False),
    ("http://app.example.com", False), ("https://app.example.com.evil.test", False), ("https://evilother.test", False),
    ("https://evil.test/.other.test", False), ("null", False),
])
def test_cors_origins(site, origin, allowed):
    site.serve(http="cors = https://app.example.com https://*.other.test\ncors_credentials = on\n"
                    "cors_expose_headers = ETag X-A")
    answer = site.weir.get("/f.txt", f"Origin: {origin}")
    assert answer.get("Access-Control-Allow-Origin") == (origin if allowed else None)
    assert answer.get("Access-Control-Allow-Credentials") == ("true" if allowed else None)
    assert answer.get("Access-Control-Expose-Headers") == ("ETag, X-A" if allowed else None)
    assert answer.get("Vary") == "Origin" and answer.status == 200


def test_preflight(site):
    site.serve(http="cors = https://app.example.com\ncors_max_age = 10m\ncors_methods = GET PUT")
    answer = preflight(site.weir, ORIGIN, "Access-Control-Request-Headers: x-one, x-two")
    assert answer.status == 204 and answer.get("Access-Control-Allow-Methods") == "GET, PUT"
    assert answer.get("Access-Control-Allow-Headers") == "x-one, x-two"
    assert answer.get("Access-Control-Max-Age") == "600"
    stranger = preflight(site.weir, "Origin: https://evil.test")
    assert stranger.status == 204 and not [name for name, _ in stranger.fields if name.startswith("Access-Control")]


def test_options_without_cors_is_405(site):
    site.serve()
    assert preflight(site.weir, ORIGIN).status == 405


def test_cors_of_all_with_credentials_is_refused(weir):
    weir.write(f"[server s]\nlisten = {weir.address()}\ncors = *\ncors_credentials = on\n"
               "[location /]\nreturn = 200 x\n")
    assert "would let any page act" in weir.run("-c", weir.config_path, "-t").stderr
