# SPDX-License-Identifier: Apache-2.0
"""A folder of files to be served, and the configuration that serves it."""
import os
import pathlib


class Site:
    """root: the folder; outside: a file beside it that nobody may see."""

    def __init__(self, weir):
        self.weir = weir
        self.root = weir.prefix / "www"
        self.root.mkdir()
        self.outside = weir.prefix / "secret.txt"
        self.outside.write_text("TOP SECRET")

    def file(self, name, content=b"", age=None):
        """Writes a file and its folders; age: seconds since its modification."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        if age is not None:
            when = path.stat().st_mtime - age
            os.utime(path, (when, when))
        return path

    def link(self, name, target):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
        return path

    def replace(self, name, content):
        """Another file in the place of one that is there, in one step."""
        fresh = pathlib.Path(str(self.root / name) + ".new")
        fresh.write_bytes(content)
        fresh.replace(self.root / name)

    def serve(self, server="", locations="[location /]", http="", processes=1):
        return self.weir.start(f"""
[main]
worker_processes = {processes}
error_log = stderr info
pid = weir.pid
[metrics]
listen = {self.weir.address("metrics")}
[http]
{http}
[server main]
listen = {self.weir.address()}
root = www
{server}
{locations}
""")
