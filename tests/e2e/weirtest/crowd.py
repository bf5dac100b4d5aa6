# SPDX-License-Identifier: Apache-2.0
"""A crowd: clients of several kinds that work all the time and keep exact books of what they asked and got."""
import threading
import time

from .client import Closed, Connection

KINDS = ("kept", "fresh", "slow", "chat")


class Failure:
    """When a request failed, on a connection of which worker (None: it had not answered yet), and how."""

    def __init__(self, kind, worker, error):
        self.at, self.kind, self.worker, self.error = time.monotonic(), kind, worker, error

    def __repr__(self):
        return f"{self.kind} on worker {self.worker}: {self.error}"


class Crowd:
    """Asks `address`: GET /app is proxied, and answered with X-Worker, the worker's process id; /chat upgrades and
    echoes. Every request is either in `answered` of its kind, once, or a failure."""

    def __init__(self, address, kept=3, fresh=2, slow=2, chat=2):
        self.address, self.ending, self.lock = address, threading.Event(), threading.Lock()
        self.answered, self.failures = dict.fromkeys(KINDS, 0), []
        self.waits = []     # begin and length of every request on a new connection
        self.renewed = 0    # chats that had to begin anew
        self.threads = []
        for run, count in ((self._kept, kept), (self._fresh, fresh), (self._slow, slow), (self._chat, chat)):
            self.threads += [threading.Thread(target=self._go_on, args=(run,)) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()
        return self

    @property
    def requests(self):
        """That were answered, but for the chats, which are one request as long as they go on."""
        return sum(self.answered[kind] for kind in ("kept", "fresh", "slow"))

    @property
    def longest(self):
        return max((took for _, took in self.waits), default=0.0)

    # -- what they do

    def _go_on(self, run):
        while not self.ending.is_set():
            run()

    def _connect(self, kind):
        try:
            return Connection(self.address)
        except OSError as error:
            self._fail(kind, None, error)
            return None

    def _fail(self, kind, worker, error):
        with self.lock:
            self.failures.append(Failure(kind, worker, repr(error)))

    def _count(self, kind):
        with self.lock:
            self.answered[kind] += 1

    def _ask(self, client, kind, worker, send):
        """One request; gives the worker, and whether the connection goes on."""
        try:
            send(client)
            answer = client.read()
            if answer.status != 200:
                raise Closed(answer)
        except (OSError, Closed) as error:
            self._fail(kind, worker, error)
            return worker, False
        self._count(kind)
        return int(answer.get("X-Worker")), answer.get("Connection") != "close"

    def _kept(self):
        worker, goes_on = None, True
        client = self._connect("kept")
        while client and goes_on and not self.ending.is_set():
            worker, goes_on = self._ask(client, "kept", worker, lambda it: it.request("GET", "/app"))
        if client:
            client.close()

    def _fresh(self):
        begun = time.monotonic()
        client = self._connect("fresh")
        if client:
            self._ask(client, "fresh", None, lambda it: it.request("GET", "/app", "Connection: close"))
            client.close()
        self.waits.append((begun, time.monotonic() - begun))

    def _slow(self):
        """The request comes in pieces; its body, too."""
        def send(client):
            for piece in ("POST /app HTTP/1.1\r\n", "Host: a\r\nConte", "nt-Length: 6\r\n", "\r\n", "abc", "def"):
                client.send(piece)
                self.ending.wait(0.05)
        worker, goes_on = None, True
        client = self._connect("slow")
        while client and goes_on and not self.ending.is_set():
            worker, goes_on = self._ask(client, "slow", worker, send)
        if client:
            client.close()

    def _chat(self):
        client = self._connect("chat")
        if not client:
            return
        self.renewed += 1
        worker = None
        try:
            client.request("GET", "/chat", "Connection: upgrade", "Upgrade: websocket")
            answer = client.read()
            if answer.status != 101:
                raise Closed(answer)
            worker = int(answer.get("X-Worker"))
            while not self.ending.wait(0.02):
                client.send(b"ping")
                client.reader.exactly(4)
                self._count("chat")
        except (OSError, Closed) as error:
            self._fail("chat", worker, error)
        client.close()
