# SPDX-License-Identifier: Apache-2.0
"""Paths that try to leave the root (S-43): nothing of what lies outside is ever answered."""
import itertools
import os
import subprocess
import sys
import threading

import pytest
from weirtest.site import Site

UP = ["..", "%2e%2e", "%2E%2E", ".%2e", "%2e.", "%252e%252e", "..%00", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae",
      "..;", ". .", "%u002e%u002e", "%ef%bc%8e%ef%bc%8e", "..%20", "...", "%ff%fe..", "..\\", "..%5c", "..%255c"]
SLASH = ["/", "%2f", "%2F", "%5c", "\\", "//", "/./", "%252f", "%c0%af", "/%2e/"]
STARTS = ["/", "/sub/", "/sub/..", "/link/", "//", "/./"]


def attacks():
    for start, up, slash in itertools.product(STARTS, UP, SLASH):
        yield f"{start}{up}{slash}secret.txt"
        yield f"{start}{up}{slash}{up}{slash}{up}{slash}secret.txt"
    yield from [
        "/../secret.txt", "/../../../../../../etc/passwd", "/..", "/%2e%2e", "/sub/../../secret.txt",
        "/secret.txt%00.html", "/sub/%00/../../secret.txt", "/out", "/out/", "/deep/out", "/absolute",
        "/folder/secret.txt",
        "/chain", "/loop", "/dots/secret.txt", "/proc/self/environ", "/fd/0", "/self/environ", "/.hidden", "/sub/.env",
        "/.git/config", "/.well-known/../.hidden", "/.well-known/.hidden", "/%2ehidden", "/sub/%2eenv", "/./.hidden",
        "/..%2f..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e%2f%2e%2e%2fetc/passwd", "/....//....//secret.txt",
        "/alias../secret.txt", "/alias/../secret.txt", "/alias/..%2fsecret.txt", "/alias/out",
        "/alias%2f..%2fsecret.txt",
        "http://host/../secret.txt", "/\\..\\secret.txt", "/sub/..\\..\\secret.txt", "/C:/secret.txt",
        "/?/../secret.txt", "/#/../secret.txt", "/~root/", "/sub;/../../secret.txt", "/" + "../" * 200 + "etc/passwd",
        "/" + "a/" * 100 + "../" * 101 + "secret.txt"]


@pytest.fixture
def site(weir):
    site = Site(weir)
    site.file("sub/a.txt", "fine")
    site.file("sub/.env", "TOP SECRET")
    site.file(".hidden", "TOP SECRET")
    site.file(".git/config", "TOP SECRET")
    site.file(".well-known/acme", "fine")
    site.file(".well-known/.hidden", "TOP SECRET")
    site.file("b/x", "fine")
    site.link("out", "../secret.txt")
    site.link("deep/out", "../../secret.txt")
    site.link("b/out", "../../secret.txt")
    site.link("absolute", str(site.outside))
    site.link("folder", "..")
    site.link("link", "sub")
    site.link("chain", "out")
    site.link("loop", "loop")
    site.link("dots", "sub/../../")
    site.link("proc", "/proc")
    site.link("fd", "/proc/self/fd")
    site.link("self", "/proc/self")
    return site


LOCATIONS = """
[location /]
[location /alias/]
alias = www/b/
"""


@pytest.mark.parametrize("http", ["", "open_file_cache = max=100\nopen_file_cache_errors = on", "disable_symlinks = on",
                                  "disable_symlinks = if_not_owner\nmerge_slashes = off", "autoindex = on"])
def test_nothing_leaks(site, http):
    """S-43"""
    if "if_not_owner" in http:
        os.lchown(site.root / "absolute", 1, 1)
        for name in ("out", "deep/out", "b/out", "folder", "dots", "proc", "fd", "self"):
            os.lchown(site.root / name, 1, 1)
    site.serve(http=http, locations=LOCATIONS)
    tried = 0
    client = site.weir.connect()
    for target in attacks():
        if b" " in target.encode("latin-1") or "\0" in target:
            target = target.replace(" ", "%20")
        answer = client.get(target)
        tried += 1
        assert b"SECRET" not in answer.body and b"root:" not in answer.body, target
        assert answer.status in (200, 301, 400, 403, 404), (target, answer.status)
        if answer.status == 200:
            assert answer.body == b"fine" or b"<h1>" in answer.body, target
        if answer.get("Connection") == "close":
            client.close()
            client = site.weir.connect()
    assert tried > 60
    assert client.get("/sub/a.txt").text == "fine"
    assert site.weir.get("/.well-known/acme").text == "fine"


def test_links_within_are_followed(site):
    site.link("inner", "sub/a.txt")
    site.link("up", "sub/../sub/a.txt")
    site.serve()
    assert [site.weir.get(target).text for target in ("/inner", "/up", "/link/a.txt")] == ["fine"] * 3


def test_links_out_are_followed_when_allowed(site):
    site.serve(http="disable_symlinks = off")
    assert site.weir.get("/out").text == "TOP SECRET"
    assert site.weir.get("/absolute").text == "TOP SECRET"
    assert site.weir.get("/loop").status == 403


def test_dotfiles_when_allowed(site):
    site.serve(http="dotfiles = allow")
    assert site.weir.get("/.git/config").status == 200


@pytest.mark.parametrize("dotfiles, hidden", [("deny", 404), ("allow", 200)])
def test_dotfiles_that_a_variable_names(site, dotfiles, hidden):
    """A Host, a capture or an argument is the client's word as much as the path is."""
    site.serve(http=f"dotfiles = {dotfiles}", locations="""
[location re]
match = ~ ^/file-(.*)$
alias = www/$1
[location /host/]
alias = www/$host/
[location /arg]
root = www/b/../$arg_d
""")
    get = site.weir.get
    for target in ("/file-.git/config", "/file-sub/.env", "/file-.hidden", "/file-.well-known/.hidden"):
        assert get(target).status == hidden, target
    assert get("/host/config", host=".git").status == hidden
    assert get("/file-.well-known/acme").text == get("/file-sub/a.txt").text == "fine"
    assert get("/host/a.txt", host="sub").text == "fine"


def test_a_link_of_another_owner(site):
    site.serve(http="disable_symlinks = if_not_owner")
    assert site.weir.get("/link/a.txt").text == "fine"
    os.lchown(site.root / "link", 1, 1)
    assert site.weir.get("/link/a.txt").status == 403


SWAPPER = """
import os, sys
root = sys.argv[1]
os.makedirs(root + "/race/real", exist_ok=True)
open(root + "/race/real/secret.txt", "w").write("fine")
while True:
    os.symlink("../..", root + "/race/tmp")
    os.rename(root + "/race/tmp", root + "/race/way")
    os.symlink("real", root + "/race/tmp")
    os.rename(root + "/race/tmp", root + "/race/way")
    os.rename(root + "/race/real", root + "/race/other")
    os.rename(root + "/race/other", root + "/race/real")
"""


@pytest.mark.parametrize("http", ["", "open_file_cache = max=100", "disable_symlinks = if_not_owner"])
def test_a_race_of_links(site, http):
    """Somebody swaps a folder for a link out of the root as fast as they can: 4,000 requests see the good file or
    none."""
    if "if_not_owner" in http:
        os.chown(site.outside.parent, 1, 1)  # what the swapped link leads to is another's
    site.serve(http=http)
    swapper = subprocess.Popen([sys.executable, "-c", SWAPPER, str(site.root)])
    seen, leaks = {}, []
    guard = threading.Lock()

    def ask():
        with site.weir.connect() as client:
            for _ in range(1000):
                answer = client.get("/race/way/secret.txt")
                with guard:
                    seen[answer.status] = seen.get(answer.status, 0) + 1
                good = answer.body == b"fine" if answer.status == 200 else b"SECRET" not in answer.body
                if not good:
                    leaks.append(answer)
    try:
        threads = [threading.Thread(target=ask) for _ in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    finally:
        swapper.kill()
        swapper.wait()
    assert not leaks
    assert sum(seen.values()) == 4000 and set(seen) <= {200, 403, 404, 500}, seen
    assert seen.get(200), seen
