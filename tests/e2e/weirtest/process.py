# SPDX-License-Identifier: Apache-2.0
"""A weir under test: its folder, its ports, its processes and what they wrote."""
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import textwrap

from .client import Connection
from .metrics import Metrics
from .ports import Reservation
from .wait import LIMIT, until

BINARY = os.environ.get("WEIR_BIN", str(pathlib.Path(__file__).resolve().parents[3] / "build" / "weir"))
REPORT = re.compile(r"(AddressSanitizer|LeakSanitizer|runtime error:|ThreadSanitizer|assertion|Assertion).*")
MAIN = """
[main]
worker_processes = 2
error_log = stderr info
pid = weir.pid
"""


PR_SET_PDEATHSIG = 1


def end_with_parent():
    """In the child: a test run that is killed takes its weirs with it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def session_members(session):
    """The processes of a session, zombies left out."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def title(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""  # it has just ended


class Weir:
    """Starts at most one master at a time. Everything it made is gone after finish()."""

    def __init__(self):
        self.prefix = pathlib.Path(tempfile.mkdtemp(prefix="weir-"))
        self.prefix.chmod(0o777)  # workers run as another user
        (self.prefix / "logs").mkdir()
        self.config_path = self.prefix / "weir.ini"
        self.stderr_path = self.prefix / "stderr.log"
        self.ports, self.process, self.connections = {}, None, []
        self.crash_expected = False

    # -- where it listens

    def address(self, name="main"):
        """HOST:PORT, reserved for this name until the test ends."""
        if name not in self.ports:
            self.ports[name] = Reservation()
        return self.ports[name].address

    def dead_address(self):
        """An address that refuses connections."""
        return self.address(f"dead {len(self.ports)}")

    def connect(self, name="main", **options):
        connection = Connection(self.address(name), **options)
        self.connections.append(connection)
        return connection

    def get(self, target="/", *fields, name="main", tls=None, **options):
        """One request over a connection of its own."""
        with self.connect(name, tls=tls) as connection:
            return connection.get(target, *fields, **options)

    # -- its life

    def write(self, config):
        """Writes the configuration; a [main] for tests comes first unless it has its own."""
        config = textwrap.dedent(config)
        self.config_path.write_text(config if "[main]" in config else MAIN + config)
        return self.config_path

    def run(self, *arguments, stdin=None):
        """The binary with these arguments, to its end."""
        return subprocess.run([BINARY, "-p", str(self.prefix), *map(str, arguments)], capture_output=True, text=True,
                              timeout=6 * LIMIT, input=stdin)

    def launch(self, config, *arguments, env=None, limits=None, through=(), pass_fds=()):
        """Starts without waiting for it to serve. through: a program and arguments that run the rest."""
        self.write(config)

        def prepare():
            end_with_parent()
            if limits:
                limits()
        with self.stderr_path.open("ab") as stderr:
            self.process = subprocess.Popen(
                [*through, BINARY, "-p", str(self.prefix), "-c", str(self.config_path), *arguments],
                stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr, start_new_session=True,
                env={**os.environ, **(env or {})}, preexec_fn=prepare, pass_fds=pass_fds)
        return self

    def start(self, config, *arguments, limit=LIMIT, **options):
        """Starts, and waits until every address() that the configuration names accepts."""
        self.launch(config, *arguments, **options)
        for reservation in self.ports.values():
            if re.search(rf"listen = .*\b{reservation.port}\b", config):
                until(lambda: self._accepts(reservation), lambda: f"a listener; it said:\n{self.log()}", limit)
        return self

    def _accepts(self, reservation):
        assert self.process.poll() is None, f"weir ended with {self.process.returncode}:\n{self.log()}"
        host, port = reservation.socket.getsockname()[:2]
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            return False
        return True

    def kill(self, number):
        os.kill(self.process.pid, number)

    def wait(self, limit=LIMIT):
        """Waits for the end; gives the exit code."""
        until(lambda: self.process.poll() is not None, lambda: f"the master's end; it said:\n{self.log()}", limit)
        return self.process.returncode

    def stop(self, number=signal.SIGTERM):
        self.kill(number)
        return self.wait()

    def reload(self, config=None):
        """weir -s reload; gives the finished process."""
        if config is not None:
            self.write(config)
        return self.run("-c", self.config_path, "-s", "reload")

    # -- what can be seen of it

    def status(self):
        """What weir -s status --json says of it."""
        result = self.run("-c", self.config_path, "-s", "status", "--json")
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    @property
    def master(self):
        return self.process.pid

    def children(self):
        return [pid for pid in session_members(self.process.pid) if pid != self.process.pid]

    def children_named(self, word):
        """Children by the name that they give themselves; one that has just ended has none."""
        return [pid for pid in self.children() if word in title(pid)]

    def workers(self):
        """The worker processes: the children that hold listening sockets in use."""
        return self.children_named("worker")

    def worker(self, slot):
        """The process id of a worker, or None while there is none."""
        return next((pid for pid in self.children() if title(pid).split("\0")[0] == f"weir: worker {slot}"), None)

    def monitor(self):
        return next((pid for pid in self.children() if title(pid).split("\0")[0] == "weir: monitor"), None)

    def listening(self):
        """The inodes of the sockets that listen on the addresses of this weir, whoever holds them."""
        return [row[9] for row in self._listening_rows()]

    def queued(self):
        """How many connections wait to be accepted."""
        return sum(int(row[4].partition(":")[2], 16) for row in self._listening_rows())

    def _listening_rows(self):
        wanted = {f":{reservation.port:04X}" for reservation in self.ports.values()}
        rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return [row for row in rows if row[3] == "0A" and row[1][8:] in wanted]

    def log(self):
        return self.stderr_path.read_text(errors="replace") if self.stderr_path.exists() else ""

    def wait_for(self, text, count=1, path=None, limit=LIMIT):
        """Waits until the error log (or another file of the prefix) holds text that often."""
        def said():
            file = self.prefix / path if path else self.stderr_path
            return file.exists() and file.read_text(errors="replace").count(text) >= count
        until(said, lambda: f"{text!r} in the log:\n{self.log()[-4000:]}", limit)

    def lines(self, path):
        file = self.prefix / path
        return file.read_text(errors="replace").splitlines() if file.exists() else []

    def wait_lines(self, path, count):
        until(lambda: len(self.lines(path)) >= count, lambda: f"{count} lines in {path}: {self.lines(path)}")
        return self.lines(path)

    def metrics(self, name="metrics"):
        response = self.get("/metrics", name=name)
        assert response.status == 200, response
        return Metrics(response.text)

    def wait_metric(self, wanted, metric, **labels):
        """Waits until the sum of the samples is exactly this."""
        until(lambda: self.metrics().sum(metric, **labels) == wanted,
              lambda: f"{metric}{labels} = {wanted}; it is {self.metrics().sum(metric, **labels)}")

    # -- its end

    def finish(self):
        """Ends what still runs and asserts that it was healthy: exit code 0, no process left, no sanitizer report."""
        for connection in self.connections:
            connection.close()
        problems = []
        if self.process is not None:
            problems = self._end()
        for reservation in self.ports.values():
            reservation.close()
        log = self.log()
        shutil.rmtree(self.prefix, ignore_errors=True)
        if not self.crash_expected:
            problems += [match.group(0) for match in REPORT.finditer(log)][:1]
        assert not problems, f"{problems}\n{log[-12000:]}"

    def _end(self):
        problems = []
        if self.process.poll() is None:
            self.kill(signal.SIGTERM)
            try:
                self.process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                problems.append("the master did not end on TERM")
                self.process.kill()
                self.process.wait()
        if self.process.returncode != 0 and not self.crash_expected:
            problems.append(f"the master's exit code is {self.process.returncode}")
        left = session_members(self.process.pid)
        for pid in left:
            problems.append(f"process {pid} is left over")
            os.kill(pid, signal.SIGKILL)
        return problems
