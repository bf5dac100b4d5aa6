# SPDX-License-Identifier: Apache-2.0
"""An nginx beside the weir under test, to see what it does with the same request."""
import pathlib
import shutil
import socket
import subprocess
import tempfile

from .process import end_with_parent
from .wait import until

BINARY = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


class Nginx:
    """One process, in a folder of its own; http: what stands in its http block, with its `listen`s."""

    def __init__(self, http, addresses):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-nginx-"))
        (self.folder / "logs").mkdir()
        config = self.folder / "nginx.conf"
        config.write_text(f"daemon off; master_process off; pid nginx.pid; error_log logs/error.log info;\n"
                          f"events {{}}\nhttp {{\n{self._places()}\n{http}\n}}\n")
        with (self.folder / "output").open("w") as output:
            self.process = subprocess.Popen([BINARY, "-p", str(self.folder), "-c", str(config)], stdout=output,
                                            stderr=output, preexec_fn=end_with_parent)
        for address in addresses:
            until(lambda: self._accepts(address), lambda: f"nginx; it said:\n{self.said()}")

    def _places(self):
        """Its temporary files, which are elsewhere by default."""
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        return " ".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in kinds)

    def _accepts(self, address):
        assert self.process.poll() is None, self.said()
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            return False
        return True

    def said(self):
        return (self.folder / "output").read_text()

    def lines(self, path):
        return (self.folder / path).read_text(errors="replace").splitlines()

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)
