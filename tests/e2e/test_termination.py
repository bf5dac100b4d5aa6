# SPDX-License-Identifier: Apache-2.0
"""Who ended a request, why, and what it was waiting for: $termination, and the times of every part (S-56)."""
import time

from weirtest.backend import answering, closing
from weirtest.client import Closed
from weirtest.wait import until

FORMAT = "log_format = how '$uri $status $termination $termination_phase'"


def serve(weir, location, http="", name="how"):
    return weir.start(f"""
        [http]
        {FORMAT}
        log_format = times '$request_time $request_header_time $request_body_time $first_byte_time ' \\
            '$upstream_connect_time $upstream_header_time $upstream_response_time'
        access_log = how.log {name}
        {http}
        [server main]
        listen = {weir.address()}
        [location /]
        {location}
    """)


def to_end(client):
    """Reads until weir closes or resets."""
    try:
        client.reader.to_end()
    except Closed:
        pass


def line(weir, number=1):
    return weir.wait_lines("how.log", number)[number - 1]


def test_nobody(weir, backend):
    serve(weir, f"proxy_pass = http://{backend(answering(b'x')).address}")
    weir.get("/a")
    assert line(weir) == "/a 200 ok -"


def test_a_peer_that_says_500_did_answer(weir, backend):
    def app(peer):
        peer.read()
        peer.answer(b"", status="500 Oops")
    serve(weir, f"proxy_pass = http://{backend(app).address}")
    weir.get("/a")
    assert line(weir) == "/a 500 ok -"


def test_a_peer_that_refuses(weir):
    serve(weir, f"proxy_pass = http://{weir.dead_address()}")
    weir.get("/a")
    assert line(weir) == "/a 502 upstream:connect_refused connect"


def test_a_peer_that_closes(weir, backend):
    serve(weir, f"proxy_pass = http://{backend(closing).address}")
    weir.get("/a")
    assert line(weir) == "/a 502 upstream:upstream_closed header"


def test_a_peer_that_is_late(weir, backend):
    def app(peer):
        peer.read()
        peer.wait_closed()
    serve(weir, f"proxy_pass = http://{backend(app).address}\nproxy_read_timeout = 100ms")
    weir.get("/a")
    assert line(weir) == "/a 504 upstream:upstream_read_timeout header"


def test_a_peer_that_breaks_off(weir, backend):
    def app(peer):
        peer.read()
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    serve(weir, f"proxy_pass = http://{backend(app).address}")
    with weir.connect() as client:
        client.request("GET", "/a")
        to_end(client)
    assert line(weir) == "/a 200 upstream:upstream_truncated response"


def test_a_client_that_leaves(weir, backend):
    app = backend(lambda peer: (peer.read(), peer.wait_closed()))
    serve(weir, f"proxy_pass = http://{app.address}")
    client = weir.connect()
    client.request("GET", "/a")
    until(lambda: app.requests, "the request")
    client.close()
    assert line(weir) == "/a 499 client:client_aborted header"


def test_a_client_that_leaves_within_its_head(weir):
    """nginx logs these, too: a port scan is seen."""
    serve(weir, "return = 200 x")
    client = weir.connect()
    client.send("GET /a HTTP/1.1\r\nHost:")
    client.close()
    assert line(weir).endswith(" 499 client:client_aborted head")
    weir.connect().close()
    weir.get("/next")
    assert line(weir, 2) == "/next 200 ok -"


def test_a_client_that_is_late(weir):
    serve(weir, "return = 200 x", "client_header_timeout = 100ms")
    with weir.connect() as client:
        client.send("GET /a HTTP/1.1\r\n")
        to_end(client)
    assert line(weir).endswith(" 408 client:client_header_timeout head")


def test_nonsense(weir):
    serve(weir, "return = 200 x")
    with weir.connect() as client:
        client.send("nonsense\r\n\r\n")
        to_end(client)
    assert line(weir).endswith(" 400 client:bad_request head")


def test_weir_says_no(weir):
    serve(weir, "deny = all\nreturn = 200 x")
    weir.get("/a")
    assert line(weir) == "/a 403 client:forbidden request"


def test_nobody_configured_an_answer(weir):
    serve(weir, "")
    weir.get("/a")
    assert line(weir) == "/a 404 weir:no_handler request"


def test_an_end_in_the_middle(weir, backend):
    """A fast stop logs what it cut off."""
    app = backend(lambda peer: (peer.read(), peer.wait_closed()))
    serve(weir, f"proxy_pass = http://{app.address}")
    client = weir.connect()
    client.request("GET", "/a")
    until(lambda: app.requests, "the request")
    weir.stop()
    assert weir.lines("how.log") == ["/a 000 weir:shutting_down header"]


def upgraded(peer):
    peer.read_head()
    peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
    try:
        word = peer.reader.exactly(3)
    except Exception:
        return
    if word == b"bye":
        return
    peer.wait_closed()


def tunnel(weir, backend, more=""):
    serve(weir, f"proxy_pass = http://{backend(upgraded).address}\n{more}")
    client = weir.connect()
    client.send("GET /t HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
    assert b"101" in client.reader.until(b"\r\n\r\n")
    return client


def test_the_end_of_a_tunnel(weir, backend):
    """One line, when it ends, that says who closed."""
    client = tunnel(weir, backend)
    assert weir.lines("how.log") == []
    client.send("bye")
    to_end(client)
    client.close()
    assert line(weir) == "/t 101 upstream:closed tunnel"


def test_a_client_ends_a_tunnel(weir, backend):
    client = tunnel(weir, backend)
    client.close()
    assert line(weir) == "/t 101 client:closed tunnel"


def test_a_tunnel_that_idles(weir, backend):
    client = tunnel(weir, backend, "proxy_read_timeout = 200ms")
    to_end(client)
    assert line(weir).startswith("/t 101 ") and line(weir).endswith(":idle_timeout tunnel")


def test_a_tunnel_that_outlives_its_configuration(weir, backend):
    """It goes on; its line is written with the configuration that it began with."""
    client = tunnel(weir, backend)
    assert weir.reload().returncode == 0
    assert line(weir) == "/t 101 weir:reload tunnel"
    client.send("bye")
    to_end(client)


def test_times(weir, backend):
    """Every part of a slow exchange has its own time."""
    def app(peer):
        peer.read_head()
        peer.read_body(peer.backend.requests[-1])
        time.sleep(0.2)
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
        time.sleep(0.2)
        peer.send("b")
        peer.wait_closed()
    serve(weir, f"proxy_pass = http://{backend(app).address}", name="times")
    client = weir.connect()
    client.send("POST / HTTP/1.1\r\nHost: x\r\n")
    time.sleep(0.2)
    client.send("Content-Length: 2\r\n\r\n1")
    time.sleep(0.2)
    client.send("2")
    assert client.read().body == b"ab"
    total, head, body, first, connect, header, response = (float(word) for word in line(weir).split())
    assert 0.19 < head < 5 and 0.19 < body < 5
    assert abs(first - (head + header)) < 0.1
    assert header > body + 0.19 and response > header + 0.19
    assert connect < 0.19 and abs(total - (head + response)) < 0.1


def test_times_that_did_not_come(weir):
    serve(weir, "return = 200 x", name="times")
    weir.get("/")
    words = line(weir).split()
    assert words[2] == "-" and words[4:] == ["-", "-", "-"]
    assert [float(words[0]), float(words[1]), float(words[3])]
