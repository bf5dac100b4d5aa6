# SPDX-License-Identifier: Apache-2.0
"""Backends that do what a test says. A behaviour is a function of a Peer, run in a thread of its own for each
connection; when it returns, the connection is closed."""
import os
import socket
import struct
import threading
import time

from .client import Closed, Head, Reader, chunks
from .wait import LIMIT, until


class Request(Head):
    def __init__(self, raw, body=b"", trailers=()):
        super().__init__(raw)
        self.method, self.target, self.version = self.start.split(" ")
        self.body = body
        self.trailers = list(trailers)


class Peer:
    """The backend's side of one connection."""

    def __init__(self, sock, backend, number):
        self.socket, self.accepted, self.backend, self.number = sock, sock, backend, number
        self.reader = Reader(sock)
        self.requests = 0

    def secure(self, context):
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.reader = Reader(self.socket)
        with self.backend.lock:
            self.backend.handshakes.append(self.socket.session_reused)

    def read_head(self):
        """The next request without its body, or None when weir closed."""
        try:
            request = Request(self.reader.head())
        except Closed as end:
            if end.got:
                raise
            return None
        self.requests += 1
        self.backend.took(request)
        return request

    def read_body(self, request):
        if request.chunked:
            request.body = self.reader.chunked()
            request.trailers = self.reader.trailers
        elif "Content-Length" in request:
            request.body = self.reader.exactly(int(request.get("Content-Length")))
        return request.body

    def read(self):
        request = self.read_head()
        if request is not None:
            self.read_body(request)
        return request

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def answer(self, body=b"", *fields, status="200 OK"):
        self.send(response(body, *fields, status=status))

    def answer_chunked(self, pieces, *fields, status="200 OK"):
        self.send("\r\n".join([f"HTTP/1.1 {status}", *fields, "Transfer-Encoding: chunked"]) + "\r\n\r\n")
        for piece in pieces:
            if piece:
                self.send(chunks(piece, last=b""))
        self.send(b"0\r\n\r\n")

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def wait_closed(self):
        """Blocks until weir closes; True for FIN, False for RST."""
        try:
            self.reader.to_end()
            return True
        except Closed:
            return False


class Backend:
    """Listens on a port (or a unix path) of its own; records every request's head."""

    def __init__(self, behaviour, path=None, host="127.0.0.1", port=0, tls=None):
        """tls: an ssl.SSLContext that it speaks by."""
        self.behaviour, self.tls = behaviour, tls
        self.handshakes = []  # of every connection that got so far, whether its session was resumed
        self.requests, self.connections, self.errors = [], 0, []
        self.open = set()
        self.lock = threading.Lock()
        if path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
            os.chmod(path, 0o666)
            self.address = f"unix:{path}"
        else:
            self.listener = socket.socket()
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind((host, port))
            self.port = self.listener.getsockname()[1]
            self.address = f"{host}:{self.port}"
        self.listener.listen(1024)
        self.ending = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            if self.ending:
                sock.close()
                return
            if sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections += 1
                self.open.add(sock)
                peer = Peer(sock, self, self.connections)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        try:
            peer.socket.settimeout(12 * LIMIT)
            if self.tls:
                peer.secure(self.tls)
            self.behaviour(peer)
        except (OSError, Closed):
            pass  # weir may close whenever it likes; a test asserts on what it saw
        except Exception as error:  # a mistake in a test's behaviour must not stay unseen
            self.errors.append(error)
        finally:
            with self.lock:
                self.open.discard(peer.accepted)
            peer.socket.close()

    def took(self, request):
        with self.lock:
            self.requests.append(request)

    @property
    def last(self):
        return self.requests[-1]

    def wait_requests(self, count):
        until(lambda: len(self.requests) >= count, lambda: f"{count} requests; there were {len(self.requests)}")
        return self.requests

    def wait_open(self, count):
        until(lambda: len(self.open) == count, lambda: f"{count} open connections; there are {len(self.open)}")

    def stop(self):
        """Stops listening and closes every connection."""
        self.ending = True
        for sock in [self.listener, *self.open]:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.listener.close()
        assert not self.errors, self.errors


# ---- behaviours ----

def response(body=b"", *fields, status="200 OK"):
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", *fields, f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def answering(body=b"ok", *fields, status="200 OK"):
    """The same answer for ever, over kept-alive connections: made beforehand, for a large one takes its time."""
    same = response(body, *fields, status=status)

    def behaviour(peer):
        while peer.read() is not None:
            peer.send(same)
    return behaviour


def named(name):
    return answering(name, f"X-Backend: {name}")


def echo(peer):
    """Answers with the request's body; the head that arrived is in backend.last."""
    while (request := peer.read()) is not None:
        peer.answer(request.body, "X-Method: " + request.method)


def echo_head(peer):
    """Answers with the head exactly as it arrived."""
    while (request := peer.read()) is not None:
        peer.answer(request.raw)


def raw(data, close=True):
    """Reads one request, sends exactly these bytes, then closes or waits."""
    def behaviour(peer):
        if peer.read() is not None:
            peer.send(data)
            if not close:
                peer.wait_closed()
    return behaviour


def silent(peer):
    """Takes a request and never answers."""
    if peer.read_head() is not None:
        peer.wait_closed()


def closing(peer):
    """Takes a request and closes without a byte."""
    peer.read()


def resetting(peer):
    if peer.read_head() is not None:
        peer.reset()


def slow(seconds, body=b"slow"):
    def behaviour(peer):
        while peer.read() is not None:
            time.sleep(seconds)
            peer.answer(body)
    return behaviour


def upgrading(peer):
    """Accepts any Upgrade and then echoes bytes until the other side ends."""
    request = peer.read_head()
    if request is None:
        return
    if "Upgrade" not in request:
        peer.answer("no upgrade was asked for", status="400 Bad Request")
        return
    peer.send(f"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: {request.get('Upgrade')}\r\n\r\n")
    while True:
        if peer.reader.buffer:
            data, peer.reader.buffer = peer.reader.buffer, b""
        else:
            data = peer.socket.recv(65536)
        if not data:
            return
        peer.send(data)
