# SPDX-License-Identifier: Apache-2.0
"""Conditional requests (S-46) in the order of RFC 9110 13.2.2, each against the same file."""
import email.utils
import os
import time

import pytest
from weirtest.site import Site

CONTENT = b"0123456789"


@pytest.fixture
def site(weir):
    site = Site(weir)
    site.file("f.txt", CONTENT, age=3600)
    return site


def date(seconds):
    return email.utils.formatdate(seconds, usegmt=True)


class File:
    def __init__(self, weir):
        answer = weir.get("/f.txt")
        self.tag = answer.get("ETag")
        self.when = email.utils.parsedate_to_datetime(answer.get("Last-Modified")).timestamp()


CASES = [
    # If-None-Match: weak comparison, lists, *
    (["If-None-Match: {tag}"], 304),
    (["If-None-Match: W/{tag}"], 304),
    (["If-None-Match: \"x\", {tag}"], 304),
    (["If-None-Match: \"x\"", "If-None-Match: {tag}"], 304),
    (["If-None-Match: *"], 304),
    (["If-None-Match: \"x\""], 200),
    (["If-None-Match: {bare}"], 200),
    (["If-None-Match: \"unterminated"], 200),
    # If-Modified-Since: at or before
    (["If-Modified-Since: {same}"], 304),
    (["If-Modified-Since: {later}"], 304),
    (["If-Modified-Since: {earlier}"], 200),
    (["If-Modified-Since: yesterday"], 200),
    (["If-Modified-Since: {rfc850}"], 304),
    (["If-Modified-Since: {asctime}"], 304),
    # If-None-Match outdoes If-Modified-Since (nginx wants both)
    (["If-None-Match: \"x\"", "If-Modified-Since: {same}"], 200),
    (["If-None-Match: {tag}", "If-Modified-Since: {earlier}"], 304),
    # If-Match: strong comparison
    (["If-Match: {tag}"], 200),
    (["If-Match: *"], 200),
    (["If-Match: \"x\", {tag}"], 200),
    (["If-Match: W/{tag}"], 412),
    (["If-Match: \"x\""], 412),
    # If-Unmodified-Since
    (["If-Unmodified-Since: {same}"], 200),
    (["If-Unmodified-Since: {later}"], 200),
    (["If-Unmodified-Since: {earlier}"], 412),
    (["If-Unmodified-Since: never"], 200),
    # If-Match outdoes If-Unmodified-Since
    (["If-Match: {tag}", "If-Unmodified-Since: {earlier}"], 200),
    (["If-Match: \"x\"", "If-Unmodified-Since: {later}"], 412),
    # both stages
    (["If-Match: {tag}", "If-None-Match: {tag}"], 304),
    (["If-Match: \"x\"", "If-None-Match: {tag}"], 412),
    # If-Range: strong comparison, exact date; 206 when it holds
    (["Range: bytes=0-3", "If-Range: {tag}"], 206),
    (["Range: bytes=0-3", "If-Range: W/{tag}"], 200),
    (["Range: bytes=0-3", "If-Range: \"x\""], 200),
    (["Range: bytes=0-3", "If-Range: {same}"], 206),
    (["Range: bytes=0-3", "If-Range: {later}"], 200),
    (["Range: bytes=0-3", "If-Range: {earlier}"], 200),
    (["Range: bytes=0-3", "If-Range: nonsense"], 200),
    (["If-Range: \"x\""], 200),
    # a condition comes before the range
    (["Range: bytes=0-3", "If-None-Match: {tag}"], 304),
    (["Range: bytes=0-3", "If-Match: \"x\""], 412),
    (["Range: bytes=99-", "If-None-Match: {tag}"], 304),
]


@pytest.mark.parametrize("http", ["", "open_file_cache = max=10"])
def test_cases(site, http):
    """S-46"""
    site.serve(http=http)
    file = File(site.weir)
    moment = time.gmtime(file.when)
    words = {"tag": file.tag, "bare": file.tag.strip('"'), "same": date(file.when), "later": date(file.when + 60),
             "earlier": date(file.when - 60), "rfc850": time.strftime("%A, %d-%b-%y %H:%M:%S GMT", moment),
             "asctime": time.asctime(moment)}
    bodies = {200: CONTENT, 206: CONTENT[:4], 304: b""}
    with site.weir.connect() as client:
        for fields, status in CASES:
            answer = client.get("/f.txt", *[field.format(**words) for field in fields])
            assert answer.status == status, fields
            assert answer.body == bodies.get(status, answer.body), fields
            if status == 304:
                assert answer.get("ETag") == file.tag and "Date" in answer and "Content-Length" not in answer
            if status != 412:
                assert answer.get("Last-Modified") == date(file.when), fields


def test_304_keeps_what_caches_need(site):
    site.serve(http="expires = 1h\nadd_header = Vary Accept\nadd_header = Content-Location /f")
    file = File(site.weir)
    answer = site.weir.get("/f.txt", f"If-None-Match: {file.tag}")
    assert answer.status == 304 and answer.get("Cache-Control") == "max-age=3600"
    assert all(name in answer for name in ("Expires", "Vary", "Content-Location", "ETag"))


def test_head_is_conditional_too(site):
    site.serve()
    file = File(site.weir)
    with site.weir.connect() as client:
        assert client.request("HEAD", "/f.txt", f"If-None-Match: {file.tag}").read("HEAD").status == 304
        assert client.request("HEAD", "/f.txt", "If-None-Match: \"x\"").read("HEAD").status == 200


def test_two_writes_in_a_second_have_two_tags(site):
    """S-46: same size, same second, another tag."""
    site.serve()
    tags = set()
    for content in (b"aaa", b"bbb", b"ccc"):
        path = site.file("w.txt", content)
        second = int(path.stat().st_mtime)
        os.utime(path, ns=(second * 10**9, second * 10**9 + len(tags)))
        tags.add(site.weir.get("/w.txt").get("ETag"))
    assert len(tags) == 3


def test_a_replaced_file_has_another_tag(site):
    """Same size, same times, another inode."""
    site.serve()
    before = File(site.weir).tag
    status = (site.root / "f.txt").stat()
    site.replace("f.txt", CONTENT[::-1])
    os.utime(site.root / "f.txt", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert File(site.weir).tag != before


@pytest.mark.parametrize("mode, same, later", [("exact", 304, 200), ("before", 304, 304), ("off", 200, 200)])
def test_if_modified_since(site, mode, same, later):
    site.serve(http=f"if_modified_since = {mode}")
    file = File(site.weir)
    assert site.weir.get("/f.txt", f"If-Modified-Since: {date(file.when)}").status == same
    assert site.weir.get("/f.txt", f"If-Modified-Since: {date(file.when + 60)}").status == later


def test_etag_off(site):
    site.serve(http="etag = off")
    answer = site.weir.get("/f.txt", 'If-None-Match: "x"')
    assert answer.status == 200 and "ETag" not in answer
    assert site.weir.get("/f.txt", 'If-Match: "x"').status == 412


def test_a_fresh_file_has_no_strong_date(site):
    """RFC 9110 8.8.2.2: within its own second a date says too little for If-Range."""
    site.serve()
    path = site.file("now.txt", CONTENT)
    soon = time.time() + 5
    os.utime(path, (soon, soon))
    when = site.weir.get("/now.txt").get("Last-Modified")
    assert site.weir.get("/now.txt", "Range: bytes=0-3", f"If-Range: {when}").status == 200


def test_an_error_page_is_unconditional(site):
    site.file("404.html", b"sorry")
    site.serve(server="error_page = 404 /404.html")
    for field in ("If-None-Match: *", "Range: bytes=0-1", 'If-Match: "x"'):
        answer = site.weir.get("/none", field)
        assert (answer.status, answer.text) == (404, "sorry")
