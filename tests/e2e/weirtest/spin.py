# SPDX-License-Identifier: Apache-2.0
"""Sends a process into an endless loop: a jump to itself where it is, put there as a debugger would."""
import ctypes
import os
import platform

ATTACH, DETACH, PEEKTEXT, POKETEXT, GETREGS = 16, 17, 1, 4, 12
RIP = 16  # of user_regs_struct's words
JUMP_TO_ITSELF = 0xfeeb

possible = platform.machine() == "x86_64" and os.getuid() == 0

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ptrace(request, pid, address=None, data=None):
    ctypes.set_errno(0)
    result = _libc.ptrace(request, pid, address, data)
    if result == -1 and ctypes.get_errno():
        raise OSError(ctypes.get_errno(), f"ptrace {request}")
    return result


def spin(pid):
    _ptrace(ATTACH, pid)
    os.waitpid(pid, 0x40000000)  # __WALL
    registers = (ctypes.c_ulong * 27)()
    _ptrace(GETREGS, pid, None, ctypes.addressof(registers))
    here = registers[RIP]
    word = _ptrace(PEEKTEXT, pid, here) & (2 ** 64 - 1)
    _ptrace(POKETEXT, pid, here, word & ~0xffff | JUMP_TO_ITSELF)
    _ptrace(DETACH, pid)
