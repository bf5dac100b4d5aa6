# SPDX-License-Identifier: Apache-2.0
"""What a process that is killed had not yet written to its logs (S-3, S-56)."""
import os
import signal
import threading
from collections import Counter

from weirtest.client import Closed
from weirtest.wait import until


def logging(weir, log="access.log uri", main="worker_processes = 2"):
    weir.start(f"""
        [main]
        {main}
        error_log = stderr info
        pid = weir.pid
        [http]
        log_format = uri $request_uri
        access_log = {log}
        [server main]
        listen = {weir.address()}
        return = 200 "$pid"
    """)
    weir.wait_for("serves with")
    return weir


def kill(pid):
    os.kill(pid, signal.SIGKILL)


def ask_each_worker(weir, count):
    """Requests until each of two workers has answered one; gives their targets."""
    seen, targets = set(), []
    while len(targets) < count or len(seen) < 2:
        targets.append(f"/{len(targets)}")
        seen.add(weir.get(targets[-1]).text)
    return targets


def test_held_lines_of_a_killed_worker_are_written(weir):
    """The monitor writes them: neither buffer= nor the kill loses one."""
    logging(weir, "access.log uri buffer=1m")
    targets = ask_each_worker(weir, 50)
    for pid in weir.workers():
        kill(pid)
    until(lambda: sorted(weir.lines("access.log")) == sorted(targets), lambda: weir.lines("access.log"))
    assert "log lines that worker 0" in weir.log()


def test_lines_wait_for_a_new_monitor(weir):
    logging(weir, "access.log uri buffer=1m")
    targets = ask_each_worker(weir, 20)
    for pid in [weir.monitor(), *weir.workers()]:
        kill(pid)
    until(lambda: sorted(weir.lines("access.log")) == sorted(targets), lambda: weir.lines("access.log"))


def test_lines_of_a_worker_killed_while_it_drains(weir):
    """The last worker's, too: the monitor ends last."""
    logging(weir, "access.log uri buffer=1m", "worker_processes = 1")
    weir.get("/logged")
    client = weir.connect()
    client.send("GET /unfinished")
    worker = weir.workers()[0]
    weir.kill(signal.SIGQUIT)
    weir.wait_for("finishing gracefully")
    kill(worker)
    assert weir.wait() == 0
    assert weir.lines("access.log") == ["/logged"]
    weir.crash_expected = True


class Asker(threading.Thread):
    """Asks for one target after another, none twice, over kept connections; remembers those that were answered."""

    def __init__(self, weir, name):
        super().__init__()
        self.weir, self.prefix, self.answered, self.ending = weir, name, [], False

    def run(self):
        number = 0
        while not self.ending:
            try:
                with self.weir.connect() as client:
                    while not self.ending:
                        number += 1
                        target = f"/{self.prefix}-{number}"
                        client.get(target)
                        self.answered.append(target)
            except (OSError, Closed):
                pass


def test_kill_under_load_loses_no_line(weir):
    """S-3: every answer that a client got is logged, and once. The one that a worker was sending in the very moment of
    its death may have no line: its last byte goes before its line is made."""
    kills = 6
    logging(weir)
    askers = [Asker(weir, f"c{number}") for number in range(4)]
    for asker in askers:
        asker.start()
    for number in range(kills):
        before = sum(len(asker.answered) for asker in askers)
        until(lambda: sum(len(asker.answered) for asker in askers) > before + 300, "answers")
        victim = until(lambda: weir.worker(number % 2), "the worker")
        kill(victim)
        until(lambda: weir.worker(number % 2) not in (None, victim), "a successor")
    for asker in askers:
        asker.ending = True
        asker.join()
    answered = Counter(target for asker in askers for target in asker.answered)
    until(lambda: len(answered - Counter(weir.lines("access.log"))) <= kills,
          lambda: f"lines of {answered - Counter(weir.lines('access.log'))}")
    assert weir.stop() == 0
    lines = Counter(weir.lines("access.log"))
    missing = list((answered - lines).elements())
    assert len(missing) <= kills, missing
    assert [line for line, count in lines.items() if count > 1] == []
    assert all(line.startswith("/c") for line in lines)
