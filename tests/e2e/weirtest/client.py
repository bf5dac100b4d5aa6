# SPDX-License-Identifier: Apache-2.0
"""An HTTP/1 client that sends exactly the bytes it is given and reads exactly one response at a time."""
import socket
import struct

from .wait import LIMIT


class Closed(Exception):
    """The other side closed where more was due; reset says that it did so with RST."""

    def __init__(self, got, reset=False):
        super().__init__(f"{'reset' if reset else 'closed'} after {got!r}")
        self.got, self.reset = got, reset


class Head:
    """The start line and fields of a message."""

    def __init__(self, raw):
        self.raw = raw
        lines = raw.decode("latin-1").split("\r\n")
        self.start = lines[0]
        self.fields = []
        for line in lines[1:]:
            if line:
                name, _, value = line.partition(":")
                self.fields.append((name, value.strip()))

    def all(self, name):
        return [value for field, value in self.fields if field.lower() == name.lower()]

    def get(self, name, default=None):
        return next(iter(self.all(name)), default)

    def __contains__(self, name):
        return bool(self.all(name))

    @property
    def chunked(self):
        return (self.get("Transfer-Encoding") or "").lower() == "chunked"


class Response(Head):
    def __init__(self, raw, body=b"", interim=()):
        super().__init__(raw)
        self.version, _, rest = self.start.partition(" ")
        self.status = int(rest[:3])
        self.reason = rest[4:]
        self.body = body
        self.interim = list(interim)

    @property
    def text(self):
        return self.body.decode("latin-1")

    def __repr__(self):
        return f"<{self.start} {self.fields} {self.body[:200]!r}>"


class Reader:
    """Reads framed pieces from a socket; what was read too much stays for the next one."""

    def __init__(self, sock):
        self.socket = sock
        self.buffer = b""

    def more(self):
        try:
            got = self.socket.recv(65536)
        except ConnectionResetError:
            raise Closed(self.buffer, reset=True) from None
        if not got:
            raise Closed(self.buffer)
        self.buffer += got

    def until(self, mark):
        while mark not in self.buffer:
            self.more()
        at = self.buffer.index(mark) + len(mark)
        piece, self.buffer = self.buffer[:at], self.buffer[at:]
        return piece

    def exactly(self, count):
        if len(self.buffer) >= count:
            piece, self.buffer = self.buffer[:count], self.buffer[count:]
            return piece
        pieces, missing = [self.buffer], count - len(self.buffer)
        self.buffer = b""
        while missing > 0:
            try:
                got = self.socket.recv(min(missing, 1 << 20))
            except ConnectionResetError:
                raise Closed(b"".join(pieces)[-200:], reset=True) from None
            if not got:
                raise Closed(b"".join(pieces)[-200:])
            pieces.append(got)
            missing -= len(got)
        return b"".join(pieces)

    def to_end(self):
        try:
            while True:
                self.more()
        except Closed as end:
            if end.reset:
                raise
            piece, self.buffer = self.buffer, b""
            return piece

    def chunked(self):
        """A chunked body without its trailers, which are kept in self.trailers."""
        return b"".join(self.chunk_pieces())

    # -- bodies of any size, in pieces as they come

    def pieces(self, count):
        while count > 0:
            if not self.buffer:
                self.more()
            piece, self.buffer = self.buffer[:count], self.buffer[count:]
            count -= len(piece)
            yield piece

    def chunk_pieces(self):
        while (size := int(self.until(b"\r\n").split(b";")[0], 16)) > 0:
            yield from self.pieces(size)
            assert self.exactly(2) == b"\r\n"
        self.trailers = []
        while (line := self.until(b"\r\n")) != b"\r\n":
            self.trailers.append(line[:-2].decode("latin-1"))

    def pieces_to_end(self):
        try:
            while True:
                self.more()
                piece, self.buffer = self.buffer, b""
                yield piece
        except Closed as end:
            if end.reset:
                raise
            if end.got:
                yield end.got

    def body_pieces(self, head):
        """The body that a head announces."""
        if head.chunked:
            return self.chunk_pieces()
        if "Content-Length" in head:
            return self.pieces(int(head.get("Content-Length")))
        return self.pieces_to_end()

    def head(self):
        return self.until(b"\r\n\r\n")


def has_body(method, status):
    return method != "HEAD" and status >= 200 and status not in (204, 304)


class Connection:
    def __init__(self, address, limit=LIMIT, source=None, tls=None, server_name="localhost", session=None):
        """tls: an ssl.SSLContext to speak by; server_name: asked for and expected; session: one to be resumed."""
        if isinstance(address, str):
            host, _, port = address.rpartition(":")
            address = (host.strip("[]"), int(port))
        self.socket = socket.create_connection(address, timeout=limit, source_address=source)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname=server_name, session=session)
        self.reader = Reader(self.socket)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    @property
    def local(self):
        host, port = self.socket.getsockname()[:2]
        return f"{host}:{port}"

    def send(self, data):
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        return self

    def read(self, method="GET"):
        """One response; 1xx ones before it are in its .interim. 101 is final."""
        interim = []
        while True:
            response = Response(self.reader.head(), interim=interim)
            if 100 <= response.status < 200 and response.status != 101:
                interim.append(response)
                continue
            break
        if not has_body(method, response.status):
            return response
        if response.chunked:
            response.body = self.reader.chunked()
        elif "Content-Length" in response:
            response.body = self.reader.exactly(int(response.get("Content-Length")))
        else:
            response.body = self.reader.to_end()
        return response

    def request(self, method, target, *fields, body=None, host="test", version="HTTP/1.1"):
        """fields are whole lines: "Accept: */*". A body is sent with Content-Length unless a field frames it."""
        lines = [f"{method} {target} {version}"]
        if host is not None:
            lines.append(f"Host: {host}")
        lines += fields
        framed = any(f.lower().startswith(("content-length:", "transfer-encoding:")) for f in fields)
        if body is not None and not framed:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines) + "\r\n\r\n")
        if body:
            self.send(body)
        return self

    def get(self, target="/", *fields, **options):
        return self.request("GET", target, *fields, **options).read()

    def post(self, target, body, *fields, **options):
        return self.request("POST", target, *fields, body=body, **options).read("POST")

    def ended(self):
        """Waits for the other side's end; True for FIN, "reset" for RST. Bytes before it are an error."""
        try:
            self.reader.more()
        except Closed as end:
            assert not end.got, end.got
            return "reset" if end.reset else True
        raise AssertionError(f"bytes instead of an end: {self.reader.buffer[:300]!r}")

    def silent(self, seconds=0.2):
        """True when nothing, not even an end, arrives in that time."""
        self.socket.settimeout(seconds)
        try:
            self.reader.more()
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(LIMIT)
        return False


def chunks(*pieces, last=b"0\r\n\r\n"):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece) + last
