# SPDX-License-Identifier: Apache-2.0
"""Ports that the kernel gave and that nobody else can be given while the test lasts."""
import socket


class Reservation:
    """A bound socket that never listens: connecting gives ECONNREFUSED until somebody listens there. Weir may bind
    the same port beside it because both ask for SO_REUSEPORT (and, for its look whether the port is free, for
    SO_REUSEADDR); the kernel gives the port to nobody else meanwhile."""

    def __init__(self, family=socket.AF_INET, host="127.0.0.1"):
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((host, 0))
        self.port = self.socket.getsockname()[1]
        self.address = f"[{host}]:{self.port}" if family == socket.AF_INET6 else f"{host}:{self.port}"

    def close(self):
        self.socket.close()
