# SPDX-License-Identifier: Apache-2.0
"""weir without a configuration file: what `weir COMMAND ...` runs."""
import signal
import socket
import subprocess

from .client import Connection
from .ports import Reservation
from .process import BINARY, end_with_parent
from .wait import LIMIT, until


class OneLiner:
    """Runs until end(); what it prints is in a file. option: the one that names its address."""

    def __init__(self, printed, command, option, *arguments):
        self.port, self.printed = Reservation(), printed
        with printed.open("w") as out:
            self.process = subprocess.Popen([BINARY, command, option, self.port.address, *arguments], stdout=out,
                                            stderr=subprocess.STDOUT, preexec_fn=end_with_parent,
                                            start_new_session=True)
        until(lambda: "generation 1 serves" in self.text() or self.accepts(), lambda: f"a start: {self.text()}")

    def accepts(self):
        assert self.process.poll() is None, self.text()
        with socket.socket() as sock:
            return sock.connect_ex((self.host, self.number)) == 0

    @property
    def host(self):
        return self.port.address.rsplit(":", 1)[0]

    @property
    def number(self):
        return int(self.port.address.rsplit(":", 1)[1])

    def text(self):
        return self.printed.read_text()

    def get(self, target, *fields):
        with Connection(self.port.address) as client:
            return client.get(target, *fields)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        assert self.process.wait(LIMIT) == 0, self.text()
        self.port.close()
