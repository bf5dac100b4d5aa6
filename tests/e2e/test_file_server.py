# SPDX-License-Identifier: Apache-2.0
"""weir file-server: a folder on the web in one line, with its requests on the terminal."""
import os
import pathlib
import re
import subprocess

import pytest
from weirtest.one_liner import OneLiner
from weirtest.process import BINARY
from weirtest.wait import LIMIT, until


@pytest.fixture
def serve(tmp_path):
    started = []
    folder = tmp_path / "my files"
    folder.mkdir()
    (folder / "a.txt").write_text("hello")
    (folder / "sub").mkdir()
    for above in [folder, *folder.parents][:4]:  # workers may run as another user
        above.chmod(above.stat().st_mode | 0o055)

    def start(*arguments):
        started.append(OneLiner(tmp_path / "printed", "file-server", "--listen", "--root", folder, *arguments))
        return started[-1]
    start.folder = folder
    yield start
    for server in started:
        server.end()


def test_a_folder(serve):
    server = serve()
    assert server.get("/a.txt").text == "hello"
    assert server.get("/sub/").status == 403
    assert server.get("/none").status == 404
    assert f"{serve.folder} is at {server.port.address}" in server.text()
    until(lambda: re.search(r'127\.0\.0\.1 200 5 "GET /a\.txt HTTP/1\.1" 0\.\d+s', server.text()),
          lambda: f"the request on the terminal: {server.text()}")


def test_browse(serve):
    page = serve("--browse").get("/")
    assert page.status == 200 and "a.txt" in page.text and "sub/" in page.text


def test_spa(serve):
    (serve.folder / "index.html").write_text("app")
    server = serve("--spa")
    assert [server.get(target).text for target in ("/", "/any/route", "/a.txt")] == ["app", "app", "hello"]


def test_what_is_private_stays_private(serve):
    os.mkfifo(serve.folder / "fifo")
    (serve.folder / "private.txt").write_text("x")
    (serve.folder / "private.txt").chmod(0)
    (serve.folder / ".ssh").write_text("key")
    (serve.folder / "out").symlink_to("/etc/passwd")
    server = serve("--browse")
    assert [server.get(t).status for t in ("/.ssh", "/out", "/fifo")] == [404, 403, 404]
    assert ".ssh" not in server.get("/").text


def test_it_leaves_nothing_behind(serve):
    before = set(pathlib.Path(".").iterdir())
    server = serve()
    server.get("/a.txt")
    server.end()
    assert set(pathlib.Path(".").iterdir()) == before
    assert sorted(p.name for p in serve.folder.iterdir()) == ["a.txt", "sub"]


@pytest.mark.parametrize("arguments, said", [
    (["--root", "/no/such"], "No such file or directory"), (["--root", "/etc/passwd"], "is not a folder"),
    (["--rot", "x"], "unknown option --rot"), (["--root"], "an argument is missing after --root"),
    (["more"], 'unexpected argument "more"'), (["--listen", "nowhere:x"], "is not an address to listen on"),
])
def test_wrong_words(arguments, said):
    run = subprocess.run([BINARY, "file-server", *arguments], capture_output=True, text=True, timeout=LIMIT)
    assert run.returncode == 1 and said in run.stderr


def test_help():
    run = subprocess.run([BINARY, "file-server", "--help"], capture_output=True, text=True, timeout=LIMIT)
    assert run.returncode == 0 and "--browse" in run.stdout
