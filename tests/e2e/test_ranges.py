# SPDX-License-Identifier: Apache-2.0
"""Ranges (S-47), byte for byte."""
import os
import re

import pytest
from weirtest.site import Site

CONTENT = b"0123456789abcdefghij"  # 20 bytes


@pytest.fixture
def site(weir):
    site = Site(weir)
    site.file("f.txt", CONTENT)
    return site


WHOLE, NONE = 200, 416
CASES = [
    ("bytes=0-0", [(0, 0)]),
    ("bytes=0-9", [(0, 9)]),
    ("bytes=5-", [(5, 19)]),
    ("bytes=19-", [(19, 19)]),
    ("bytes=-1", [(19, 19)]),
    ("bytes=-20", [(0, 19)]),
    ("bytes=-999", [(0, 19)]),
    ("bytes=10-999", [(10, 19)]),
    ("bytes=0-18446744073709551616", [(0, 19)]),
    ("BYTES=0-1", [(0, 1)]),
    ("bytes= 0-1 ", [(0, 1)]),
    ("bytes=0-1,", [(0, 1)]),
    ("bytes=,,0-1", [(0, 1)]),
    ("bytes=0-1,3-4", [(0, 1), (3, 4)]),
    ("bytes=3-4 , 0-1", [(3, 4), (0, 1)]),
    ("bytes=0-4,2-6", [(0, 4), (2, 6)]),
    ("bytes=0-0,-1", [(0, 0), (19, 19)]),
    ("bytes=0-1,99-", [(0, 1)]),
    ("bytes=99-,-2", [(18, 19)]),
    ("bytes=0-,0-,0-", [(0, 19)] * 3),
    # not there
    ("bytes=20-", NONE),
    ("bytes=20-30,40-", NONE),
    ("bytes=-0", NONE),
    ("bytes=99999999999999999999999-", NONE),
    # no ranges of bytes: as if nothing had been asked (nginx: 416)
    ("bytes=", WHOLE),
    ("bytes=,", WHOLE),
    ("bytes=5-2", WHOLE),
    ("bytes=0-1,5-2", WHOLE),
    ("bytes=a-b", WHOLE),
    ("bytes=1", WHOLE),
    ("bytes=--1", WHOLE),
    ("bytes=1-2-3", WHOLE),
    ("bytes=0x1-2", WHOLE),
    ("bytes 0-1", WHOLE),
    ("lines=0-1", WHOLE),
    ("0-1", WHOLE),
]


def parts_of(answer):
    boundary = re.fullmatch(r"multipart/byteranges; boundary=(\w+)", answer.get("Content-Type")).group(1).encode()
    assert boundary not in CONTENT
    pieces = (b"\r\n" + answer.body).split(b"\r\n--" + boundary)
    assert pieces[0] == b"" and pieces[-1] == b"--\r\n"
    return [piece.split(b"\r\n\r\n", 1) for piece in pieces[1:-1]]


def check(answer, expected, size=len(CONTENT), content=CONTENT):
    if expected == WHOLE:
        assert answer.status == 200 and answer.body == content and "Content-Range" not in answer
    elif expected == NONE:
        assert answer.status == 416 and answer.get("Content-Range") == f"bytes */{size}"
    elif len(expected) == 1:
        first, last = expected[0]
        assert answer.status == 206 and answer.body == content[first:last + 1]
        assert answer.get("Content-Range") == f"bytes {first}-{last}/{size}"
        assert answer.get("Content-Length") == str(last - first + 1)
    else:
        assert answer.status == 206 and "Content-Range" not in answer
        wanted = [[f"\r\nContent-Type: text/plain\r\nContent-Range: bytes {first}-{last}/{size}".encode(),
                   content[first:last + 1]] for first, last in expected]
        assert parts_of(answer) == wanted


@pytest.mark.parametrize("http", ["", "open_file_cache = max=10", "sendfile = off"])
def test_cases(site, http):
    """S-47"""
    site.serve(http=http)
    with site.weir.connect() as client:
        for value, expected in CASES:
            check(client.get("/f.txt", f"Range: {value}"), expected)


def test_head_gets_no_range(site):
    """S-47: Range is for GET (nginx answers 206 to HEAD)."""
    site.serve()
    with site.weir.connect() as client:
        answer = client.request("HEAD", "/f.txt", "Range: bytes=0-1").read("HEAD")
        assert answer.status == 200 and answer.get("Content-Length") == "20" and client.silent(0.05)


def test_two_range_fields_are_none(site):
    site.serve()
    check(site.weir.get("/f.txt", "Range: bytes=0-1", "Range: bytes=3-4"), WHOLE)


@pytest.mark.parametrize("value, expected", [("bytes=0-", NONE), ("bytes=-5", WHOLE), ("bytes=0-0", NONE)])
def test_an_empty_file(site, value, expected):
    site.file("empty.txt", b"")
    site.serve()
    check(site.weir.get("/empty.txt", f"Range: {value}"), expected, 0, b"")


def test_too_many(site):
    """S-47: whoever asks for more parts than max_ranges, or for more bytes than there are, gets the file."""
    content = os.urandom(100_000)
    site.file("big.txt", content)
    site.serve(http="max_ranges = 4")
    get = site.weir.get
    four = ",".join(f"{i}-{i}" for i in range(4))
    assert len(parts_of(get("/big.txt", f"Range: bytes={four}"))) == 4
    check(get("/big.txt", f"Range: bytes={four},9-9"), WHOLE, 100_000, content)
    check(get("/big.txt", "Range: bytes=0-,0-"), WHOLE, 100_000, content)
    assert get("/big.txt", "Range: bytes=0-60000,30000-70000").status == 206


def test_none_when_off(site):
    site.serve(http="max_ranges = 0")
    check(site.weir.get("/f.txt", "Range: bytes=0-1"), WHOLE)


def test_a_large_multipart_body(site):
    content = os.urandom(2_000_000)
    site.file("big.txt", content)
    site.serve()
    answer = site.weir.get("/big.txt", "Range: bytes=0-699999,1000000-1999999,5-9")
    check(answer, [(0, 699_999), (1_000_000, 1_999_999), (5, 9)], 2_000_000, content)


def test_behind_four_gigabytes(site):
    path = site.root / "huge.txt"
    with path.open("wb") as file:
        file.seek(5 << 30)
        file.write(b"the end")
    site.serve()
    size = (5 << 30) + 7
    answer = site.weir.get("/huge.txt", "Range: bytes=-7")
    assert answer.text == "the end" and answer.get("Content-Range") == f"bytes {size - 7}-{size - 1}/{size}"
    with site.weir.connect() as client:
        assert client.request("HEAD", "/huge.txt").read("HEAD").get("Content-Length") == str(size)
    answer = site.weir.get("/huge.txt", f"Range: bytes={(1 << 32) - 2}-{(1 << 32) + 2}")
    assert answer.body == b"\0" * 5
