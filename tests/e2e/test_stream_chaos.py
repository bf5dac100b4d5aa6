# SPDX-License-Identifier: Apache-2.0
"""Sessions of streams while everything around them changes: none is lost, no datagram goes astray. STREAM_SESSIONS says
how many there are of each kind."""
import asyncio
import os
import pathlib
import signal
import socket

import pytest
from weirtest.wait import LIMIT, until

SESSIONS = int(os.environ.get("STREAM_SESSIONS", "150"))
MAIN = """
[main]
worker_processes = {}
worker_connections = 20000
error_log = stderr info
pid = weir.pid
"""


class Peers(asyncio.DatagramProtocol):
    """A TCP and a UDP echo server; the UDP one remembers from where each flow came."""

    def __init__(self):
        self.flows = {}

    async def start(self):
        loop = asyncio.get_running_loop()
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=4096)
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.tcp = "127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]
        self.udp = "127.0.0.1:%d" % self.transport.get_extra_info("sockname")[1]

    async def serve(self, reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    def connection_made(self, transport):
        pass

    def datagram_received(self, data, sender):
        self.flows.setdefault(data.split(b":")[0], set()).add(sender)
        self.transport.sendto(data, sender)

    def close(self):
        self.server.close()
        self.transport.close()


class Flow(asyncio.DatagramProtocol):
    """One UDP client."""

    def __init__(self, name):
        self.name, self.answers, self.strays = name, asyncio.Queue(), 0

    def datagram_received(self, data, sender):
        if data.split(b":")[0] == self.name:
            self.answers.put_nowait(data)
        else:
            self.strays += 1

    def connection_made(self, transport):
        self.transport = transport

    async def ask(self, number):
        """A datagram may be lost on a busy machine, and is asked for again; a flow may not."""
        question = b"%s:%d" % (self.name, number)
        for _ in range(5):
            self.transport.sendto(question)
            try:
                while await asyncio.wait_for(self.answers.get(), LIMIT / 5) != question:
                    pass
                return
            except asyncio.TimeoutError:
                pass
        raise AssertionError(f"{self.name} is not answered")


class Sessions:
    def __init__(self, weir):
        self.weir, self.tcp, self.udp, self.lost = weir, [], [], []

    async def open(self):
        host, port = self.weir.address().rsplit(":", 1)
        loop = asyncio.get_running_loop()
        for i in range(SESSIONS):
            self.tcp.append(await asyncio.open_connection(host, int(port)))
            _, flow = await loop.create_datagram_endpoint(lambda i=i: Flow(b"flow-%d" % i),
                                                          remote_addr=(host, int(port)))
            self.udp.append(flow)

    async def talk(self, number):
        """Each says something and hears it back; gives how many TCP sessions did not."""
        outcomes = await asyncio.gather(*(self.say(pair, number) for pair in self.tcp))
        await asyncio.gather(*(flow.ask(number) for flow in self.udp))
        return outcomes.count(False)

    async def say(self, pair, number):
        reader, writer = pair
        try:
            writer.write(b"%d\n" % number)
            return await asyncio.wait_for(reader.readline(), LIMIT) == b"%d\n" % number
        except OSError:
            return False

    def close(self):
        for _, writer in self.tcp:
            writer.close()
        for flow in self.udp:
            flow.transport.close()


def config(weir, peers, workers, extra=""):
    return MAIN.format(workers) + f"""
[metrics]
listen = {weir.address('metrics')}
[stream tcp]
listen = {weir.address()} backlog=4096
proxy_pass = {peers.tcp}
[stream udp]
listen = {weir.address()} udp
proxy_pass = {peers.udp}
{extra}
"""


async def off_loop(call, *arguments):
    return await asyncio.get_running_loop().run_in_executor(None, call, *arguments)


async def starting(weir):
    peers = Peers()
    await peers.start()
    weir.start(config(weir, peers, 2))  # by this thread: its end is the end of what it started
    sessions = Sessions(weir)
    await sessions.open()
    assert await sessions.talk(0) == 0
    return peers, sessions


def unharmed(peers, sessions):
    moved = [name for name, senders in peers.flows.items() if len(senders) != 1]
    assert not moved, f"{len(moved)} flows reached their peer by more than one session"
    assert len(peers.flows) == SESSIONS
    assert sum(flow.strays for flow in sessions.udp) == 0


def test_reloads_worker_counts_and_a_dead_monitor_harm_no_session(weir):
    async def run():
        peers, sessions = await starting(weir)
        for number in range(1, 21):
            workers = {7: 4, 8: 4, 9: 4, 10: 4, 11: 4, 12: 4}.get(number, 2)
            outcome = await off_loop(weir.reload, config(weir, peers, workers, f"# {number}"))
            assert outcome.returncode == 0, outcome.stderr
            if number % 6 == 0:
                monitor, = [pid for pid in weir.children()
                            if b"monitor" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()]
                os.kill(monitor, signal.SIGKILL)
            assert await sessions.talk(number) == 0
        unharmed(peers, sessions)
        sessions.close()
        peers.close()
    asyncio.run(run())


def test_a_killed_worker_takes_only_its_own_sessions(weir):
    async def run():
        peers, sessions = await starting(weir)
        weir.crash_expected = True
        os.kill(weir.workers()[0], signal.SIGKILL)
        await off_loop(weir.wait_for, "was killed by signal 9")
        lost = await sessions.talk(1)
        assert 0 < lost < SESSIONS, f"{lost} of {SESSIONS}"
        moved = [name for name, senders in peers.flows.items() if len(senders) > 1]
        assert 0 < len(moved) < SESSIONS, "those of the other worker stay"
        assert await sessions_left(sessions) == 0
        sessions.close()
        peers.close()

    async def sessions_left(sessions):
        alive = []
        for pair in sessions.tcp:
            if not pair[0].at_eof() and pair[0].exception() is None:
                alive.append(pair)
        sessions.tcp = alive
        return await sessions.talk(2)
    asyncio.run(run())


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_idle_sessions_end_by_themselves(weir, kind):
    async def run():
        peers = Peers()
        await peers.start()
        weir.start(config(weir, peers, 1).replace("proxy_pass", "proxy_timeout = 700ms\nproxy_pass"))
        sessions = Sessions(weir)
        await sessions.open()
        await asyncio.gather(*(flow.ask(0) for flow in sessions.udp))
        reason = "session_idle" if kind == "tcp" else "none"
        listener = weir.address() if kind == "tcp" else "udp:" + weir.address()

        def ended():
            return weir.metrics().sum("weir_stream_sessions_total", listener=listener, reason=reason) >= SESSIONS
        await off_loop(until, ended, "all sessions' ends")
        sessions.close()
        peers.close()
    asyncio.run(run())
