# SPDX-License-Identifier: Apache-2.0
"""Upgrades need no recipe: the answer 101 makes the connection a tunnel (S-38)."""
import asyncio
import threading
import time

import pytest
import websockets
from weirtest.backend import answering, upgrading
from weirtest.client import Closed
from weirtest.wait import until

ASK = ("Connection: Upgrade", "Upgrade: websocket")


def proxying(weir, address, more=""):
    return weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{address}
        {more}
    """)


def opened(weir):
    client = weir.connect().request("GET", "/chat", *ASK, "Sec-WebSocket-Key: abc")
    answer = client.read()
    assert answer.status == 101, answer
    assert answer.get("Upgrade") == "websocket" and answer.get("Connection").lower() == "upgrade"
    return client


def echoes(client, data=b"ping"):
    client.send(data)
    return client.reader.exactly(len(data)) == data


def test_bytes_pass_both_ways(weir, backend):
    app = backend(upgrading)
    proxying(weir, app.address)
    client = opened(weir)
    for size in (1, 100, 70000, 3):
        assert echoes(client, b"z" * size)
    assert app.last.get("Upgrade") == "websocket" and app.last.get("Connection").lower() == "upgrade"
    assert app.last.get("Sec-WebSocket-Key") == "abc"


def test_bytes_sent_before_the_answer_are_not_lost(weir, backend):
    proxying(weir, backend(upgrading).address)
    client = weir.connect()
    client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nearly")
    assert client.read().status == 101
    assert client.reader.exactly(5) == b"early"


def test_bytes_sent_with_the_answer_are_not_lost(weir, backend):
    def app(peer):
        peer.read_head()
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nwelcome")
        peer.wait_closed()
    proxying(weir, backend(app).address)
    client = weir.connect().request("GET", "/", "Connection: upgrade", "Upgrade: x")
    assert client.read().status == 101
    assert client.reader.exactly(7) == b"welcome"


def test_backend_that_declines_answers_as_usual(weir, backend):
    proxying(weir, backend(answering(b"no", status="400 Bad Request")).address)
    with weir.connect() as client:
        answer = client.get("/", *ASK)
        assert (answer.status, answer.body) == (400, b"no")
        assert client.get("/").status == 400


def test_end_of_the_client_reaches_the_backend(weir, backend):
    app = backend(upgrading)
    proxying(weir, app.address)
    opened(weir).close()
    app.wait_open(0)


def test_end_of_the_backend_reaches_the_client(weir, backend):
    def app(peer):
        peer.read_head()
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nbye")
    proxying(weir, backend(app).address)
    client = weir.connect().request("GET", "/", *ASK)
    assert client.read().status == 101
    assert client.reader.to_end() == b"bye"


def test_half_close_passes(weir, backend):
    """What the backend still says after the client's FIN arrives."""
    def app(peer):
        peer.read_head()
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        peer.send(b"after:" + peer.reader.to_end())
    proxying(weir, backend(app).address)
    client = weir.connect().request("GET", "/", *ASK)
    assert client.read().status == 101
    client.send(b"data").half_close()
    assert client.reader.to_end() == b"after:data"


def test_silence_ends_the_tunnel(weir, backend):
    """S-38: proxy_read_timeout is its idle timeout."""
    app = backend(upgrading)
    proxying(weir, app.address, "proxy_read_timeout = 1s\n        proxy_send_timeout = 1s")
    client = opened(weir)
    for _ in range(4):
        time.sleep(0.5)
        assert echoes(client)
    try:
        assert client.ended()
    except Closed:
        pass
    app.wait_open(0)


def test_upgrade_of_http10_is_not_forwarded(weir, backend):
    app = backend(answering())
    proxying(weir, app.address)
    weir.get("/", *ASK, version="HTTP/1.0")
    assert "Upgrade" not in app.last


def test_upgrade_needs_its_connection_option(weir, backend):
    """S-27: Upgrade that Connection does not name is not an upgrade."""
    app = backend(answering())
    proxying(weir, app.address).get("/", "Upgrade: websocket")
    assert "Upgrade" not in app.last


def test_upgrade_of_a_request_with_a_body_is_not_forwarded(weir, backend):
    """S-38."""
    app = backend(answering())
    proxying(weir, app.address)
    assert weir.connect().post("/", b"body", *ASK).status == 200
    assert "Upgrade" not in app.last


def test_tunnel_outlives_reloads(weir, backend):
    proxying(weir, backend(upgrading).address)
    client = opened(weir)
    for _ in range(5):
        assert weir.reload().returncode == 0
        assert echoes(client)


class RealServer:
    """An echo server of the websockets library in a loop of its own."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()

        async def echo(socket):
            async for message in socket:
                await socket.send(message)

        async def start():
            self.server = await websockets.serve(echo, "127.0.0.1", 0, max_size=None)
            self.address = "127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]
            ready.set()

        def run():
            self.loop.run_until_complete(start())
            self.loop.run_forever()
        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        ready.wait(10)

    def stop(self):
        async def end():
            self.server.close()
            await self.server.wait_closed()
            self.loop.stop()
        asyncio.run_coroutine_threadsafe(end(), self.loop)
        self.thread.join(10)


def test_real_clients_and_servers(weir):
    server = RealServer()
    proxying(weir, server.address)

    async def talk(number):
        async with websockets.connect(f"ws://{weir.address()}/{number}", max_size=None) as socket:
            for size in (0, 1, 125, 126, 65535, 65536, 1 << 20):
                await socket.send(b"x" * size)
                assert await socket.recv() == b"x" * size
            await socket.send("text ü")
            assert await socket.recv() == "text ü"
            assert await asyncio.wait_for(await socket.ping(), 10) is not False

    async def crowd():
        await asyncio.gather(*(talk(number) for number in range(20)))
    try:
        asyncio.run(crowd())
    finally:
        server.stop()


@pytest.mark.parametrize("token", ["h2c", "H2C", "TLS/1.0"])
def test_other_protocols_are_not_tunnelled(weir, backend, token):
    app = backend(answering())
    proxying(weir, app.address)
    assert weir.get("/", "Connection: Upgrade", f"Upgrade: {token}").status == 200
    assert "Upgrade" not in app.last and "Connection" not in app.last


def test_recipes_of_nginx_do_no_harm(weir, backend):
    app = backend(answering())
    proxying(weir, app.address, """
        proxy_set_header = Upgrade $http_upgrade
        proxy_set_header = Connection upgrade
    """)
    weir.get("/", *ASK)
    assert len(app.last.all("Upgrade")) == 1 and len(app.last.all("Connection")) == 1
    weir.get("/")
    assert "Upgrade" not in app.last and "Connection" not in app.last


def test_the_log_of_a_tunnel_names_its_own_request(weir, backend):
    """The head is kept until the tunnel's line is written, whatever the buffers served meanwhile."""
    app = backend(upgrading)
    proxying(weir, app.address)
    with weir.connect() as client:
        client.request("GET", "/tunnel-of-mine", *ASK)
        assert client.reader.head()
        for n in range(20):
            weir.get(f"/other-{n}")
    until(lambda: "/tunnel-of-mine" in (weir.prefix / "logs" / "access.log").read_text(), "the tunnel's line")
