# SPDX-License-Identifier: Apache-2.0
"""The system calls of a worker, by strace."""
import subprocess

from .wait import until


def calls(weir, name, action):
    """How often the only worker made this one during the action."""
    [worker] = weir.workers()
    trace = weir.prefix / "trace"
    tracer = subprocess.Popen(["strace", "-f", "-qq", "-e", f"trace={name}", "-o", str(trace), "-p", str(worker)],
                              stderr=subprocess.PIPE)
    try:
        until(lambda: f"TracerPid:\t{tracer.pid}" in open(f"/proc/{worker}/status").read(), "strace")
        action()
    finally:
        tracer.terminate()
        tracer.wait()
    return trace.read_text().count(f"{name}(")
