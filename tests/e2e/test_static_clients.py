# SPDX-License-Identifier: Apache-2.0
"""Files for real clients: curl, wget -c, git over dumb HTTP, apt from a folder."""
import hashlib
import os
import shutil
import subprocess

import pytest
from weirtest.site import Site
from weirtest.wait import LIMIT


@pytest.fixture
def site(weir):
    return Site(weir)


def run(*command, **options):
    finished = subprocess.run(command, capture_output=True, text=True, timeout=3 * LIMIT, **options)
    assert finished.returncode == 0, f"{command}: {finished.stdout}\n{finished.stderr}"
    return finished.stdout


def needs(tool):
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed")


def test_curl_resumes(site, tmp_path):
    """curl -C -: the rest, and only that, and not of another file."""
    content = os.urandom(3_000_000)
    site.file("big.bin", content)
    site.serve()
    url = f"http://{site.weir.address()}/big.bin"
    part = tmp_path / "part"
    part.write_bytes(content[:1_234_567])
    run("curl", "-sSf", "-C", "-", "-o", str(part), url)
    assert part.read_bytes() == content
    assert run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-z", str(part), url) in ("200", "304")
    etag = tmp_path / "etag"
    run("curl", "-sSf", "--etag-save", str(etag), "-o", "/dev/null", url)
    assert run("curl", "-s", "--etag-compare", str(etag), "-o", "/dev/null", "-w", "%{http_code}", url) == "304"


def test_curl_compressed(site):
    site.file("page.html", b"page " * 10_000)
    site.serve(http="gzip = on")
    url = f"http://{site.weir.address()}/page.html"
    assert run("curl", "-sSf", "--compressed", url) == "page " * 10_000


@needs("wget")
def test_wget_continues(site, tmp_path):
    content = os.urandom(2_000_000)
    site.file("big.bin", content)
    site.serve()
    (tmp_path / "big.bin").write_bytes(content[:777_777])
    run("wget", "-q", "-c", f"http://{site.weir.address()}/big.bin", cwd=tmp_path)
    assert (tmp_path / "big.bin").read_bytes() == content


@needs("wget")
def test_wget_mirrors_a_listing(site, tmp_path):
    for name in ("a b.txt", "sub/ä.txt", "sub/100%.txt"):
        site.file(name, name)
    site.serve(server="autoindex = on")
    run("wget", "-q", "-r", "-np", "-nH", "-R", "index.html*", f"http://{site.weir.address()}/", cwd=tmp_path)
    assert {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.txt")} == {"a b.txt", "sub/ä.txt", "sub/100%.txt"}


@needs("git")
def test_git_over_dumb_http(site, tmp_path):
    source, bare = tmp_path / "source", site.root / "project.git"
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b",
                   "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}

    def git(*words, **options):
        return run("git", *words, env=environment, **options)
    git("init", "-q", "-b", "main", str(source))
    (source / "file").write_text("x" * 100_000)
    git("add", ".", cwd=source)
    git("commit", "-q", "-m", "one", cwd=source)
    git("clone", "-q", "--bare", str(source), str(bare))
    git("update-server-info", cwd=bare)
    run("chmod", "-R", "a+rX", str(bare))
    site.serve(http="open_file_cache = max=100")
    git("clone", "-q", f"http://{site.weir.address()}/project.git", str(tmp_path / "clone"))
    assert (tmp_path / "clone" / "file").read_text() == "x" * 100_000


@needs("apt-get")
@needs("dpkg-deb")
def test_apt_from_a_folder(site, tmp_path):
    build = tmp_path / "build"
    (build / "DEBIAN").mkdir(parents=True)
    (build / "DEBIAN" / "control").write_text(
        "Package: weir-test\nVersion: 1.0\nArchitecture: all\nMaintainer: a <a@b>\nDescription: test\n")
    package = site.file("pool/weir-test_1.0_all.deb", b"")
    run("dpkg-deb", "--root-owner-group", "-b", str(build), str(package))
    package.chmod(0o644)
    data = package.read_bytes()
    site.file("Packages", (build / "DEBIAN" / "control").read_text() + f"Filename: ./pool/{package.name}\n"
              f"Size: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n")
    site.serve()
    state = tmp_path / "apt"
    for folder in ("lists/partial", "archives/partial", "etc"):
        (state / folder).mkdir(parents=True)
    (state / "sources.list").write_text(f"deb [trusted=yes] http://{site.weir.address()}/ ./\n")
    options = [f"-o{name}={value}" for name, value in {
        "Dir::Etc::SourceList": state / "sources.list", "Dir::Etc::SourceParts": "-",
        "Dir::State::Lists": state / "lists",
        "Dir::Cache": state, "Dir::Cache::Archives": state / "archives", "APT::Sandbox::User": "root",
        "Acquire::http::Proxy": "false"}.items()]
    run("apt-get", *options, "-q", "update", cwd=tmp_path)
    run("apt-get", *options, "-q", "download", "weir-test", cwd=tmp_path)
    assert (tmp_path / package.name).read_bytes() == data
    again = run("apt-get", *options, "-q", "update", cwd=tmp_path)
    assert "Hit:" in again or "Ign:" in again
