# SPDX-License-Identifier: Apache-2.0
"""Files for a browser: a page with images, and a video in which somebody jumps about."""
import shutil
import subprocess

import pytest
from weirtest.process import end_with_parent
from weirtest.site import Site
from weirtest.wait import until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 120  # it starts slowly, the first time above all

needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")

GALLERY = """<!DOCTYPE html><link rel="stylesheet" href="style.css"><body>
<script>for (let i = 0; i < 24; i++) document.write(`<img src="picture-${i}.svg">`);
onload = () => fetch("/said?" + [...document.images].map(each => each.naturalWidth).join()); </script>"""
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="9"><rect width="{0}" height="9"/></svg>'

PLAYER = """<!DOCTYPE html><video src="film.webm" preload="auto" muted></video><script>
const video = document.querySelector("video"), said = [];
const wait = name => new Promise((done, fail) => { video.addEventListener(name, done, {once: true});
                                                   video.addEventListener("error", () => fail(video.error.message)); });
(async () => {
  if (video.readyState < 1) await wait("loadedmetadata");
  for (const part of [0.9, 0.1, 0.5, 0.95, 0.3]) {
    const seeked = wait("seeked");
    video.currentTime = part * video.duration;
    await seeked;
    said.push((video.currentTime / video.duration).toFixed(2));
  }
  return said.join();
})().then(text => fetch("/said?" + text), error => fetch("/said?" + error));
</script>"""


@pytest.fixture
def site(weir):
    return Site(weir)


def serve(site):
    site.serve("access_log = access.log browser", http="log_format = browser '$request_uri $status $http_range'")


def visit(site, page, tmp_path):
    """Shows a page until it has said something; gives that, and the lines of the log before it."""
    url = f"http://{site.weir.address()}/{page}"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio",
               "--autoplay-policy=no-user-gesture-required", "--remote-debugging-port=0",
               f"--user-data-dir={tmp_path / 'profile'}", "--no-first-run", "--disable-background-networking"]
    output = tmp_path / "output"
    with output.open("w") as to:
        browser = subprocess.Popen([CHROMIUM, *options, url], stdout=to, stderr=to, preexec_fn=end_with_parent,
                                   start_new_session=True)
    try:
        said = until(lambda: [line for line in site.weir.lines("access.log") if line.startswith("/said?")],
                     lambda: f"the page's word; the browser said:\n{output.read_text()[-3000:]}\n"
                             f"the log:\n{site.weir.lines('access.log')}", PATIENCE)
    finally:
        browser.terminate()
        browser.wait(30)
    return said[0].split(" ")[0].partition("?")[2], [line.split(" ", 2) for line in site.weir.lines("access.log")]


@needs_chromium
def test_a_page_with_images(site, tmp_path):
    site.file("index.html", GALLERY)
    site.file("style.css", "img { margin: 1px }")
    for number in range(24):
        site.file(f"picture-{number}.svg", PICTURE.format(number + 10))
    serve(site)
    said, log = visit(site, "", tmp_path)
    assert said == ",".join(str(number + 10) for number in range(24))
    assert {status for uri, status, _ in log if "picture" in uri or "style" in uri} == {"200"}


@needs_chromium
@needs_ffmpeg
def test_a_video_with_jumps(site, tmp_path):
    """Each jump ends where it should; they are ranges, answered 206, of a film that is too large to be read at once."""
    film = site.root / "film.webm"
    noise = "nullsrc=size=320x240:rate=10:duration=40,noise=alls=80:allf=t"
    coding = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "16", "-g", "10", "-b:v", "8M"]
    subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", noise, *coding, str(film)], check=True,
                   timeout=PATIENCE)
    assert film.stat().st_size > 8_000_000
    site.file("player.html", PLAYER)
    serve(site)
    said, log = visit(site, "player.html", tmp_path)
    assert said == "0.90,0.10,0.50,0.95,0.30"
    parts = [(status, field) for uri, status, field in log if uri == "/film.webm"]
    # What it has kept it may ask for anew, and be told that nothing changed (RFC 9110 13.2.2).
    statuses = [status for status, _ in parts]
    assert statuses.count("206") > 2 and set(statuses) <= {"206", "304"}, parts
    assert all(field.startswith("bytes=") for _, field in parts)
