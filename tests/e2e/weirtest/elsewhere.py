# SPDX-License-Identifier: Apache-2.0
"""Another machine, which can vanish: a network namespace behind a link, which loses its address."""
import ctypes
import os
import shutil
import socket
import subprocess

import pytest

from .wait import LIMIT

CLONE_NEWNET = 0x40000000


def ip(words):
    return subprocess.run(["ip", *words.split()], capture_output=True, text=True, timeout=LIMIT)


def enter(namespace):
    if ctypes.CDLL(None, use_errno=True).setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Elsewhere:
    here, there = "198.18.77.1", "198.18.77.2"  # of the addresses for tests of networks (RFC 2544)

    def __init__(self):
        if not shutil.which("ip"):
            pytest.skip("ip (iproute2) is not installed")
        self.name = f"weir{os.getpid()}"
        outer, self.inner = self.name + "o", self.name + "i"
        for words in (f"netns add {self.name}", f"link add {outer} type veth peer name {self.inner}",
                      f"link set {self.inner} netns {self.name}", f"addr add {self.here}/30 dev {outer}",
                      f"link set {outer} up", f"-n {self.name} addr add {self.there}/30 dev {self.inner}",
                      f"-n {self.name} link set {self.inner} up"):
            done = ip(words)
            if done.returncode != 0:
                self.remove()
                pytest.skip(f"no network namespace here: ip {words}: {done.stderr.strip()}")

    def socket(self):
        """A TCP socket of there: it belongs to the namespace in which it was made, whoever uses it."""
        own, other = os.open("/proc/thread-self/ns/net", os.O_RDONLY), os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            enter(other)
            made = socket.socket()
            enter(own)
        finally:
            os.close(own)
            os.close(other)
        made.settimeout(LIMIT)
        return made

    def vanish(self):
        """Without its address it takes nothing and says nothing. (With the link, ours would be down as well.)"""
        assert ip(f"-n {self.name} addr flush dev {self.inner}").returncode == 0

    def remove(self):
        ip(f"link del {self.name}o")
        ip(f"netns del {self.name}")
